#include "latent/numeric_environment.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace latent {
namespace {

// OpenBLAS picks its kernels by the processor's model number, and takes those of a Prescott
// (2004) for a model that is newer than itself: a quarter of the speed. Its features say better.
const char* openblas_core_type() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return "SKYLAKEX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
#endif
  return nullptr;
}

}  // namespace

std::vector<NumericSetting> numeric_settings() {
  // One row per variable: every setting that the libraries get from us is in this table.
  std::vector<NumericSetting> settings;
  if (const char* core = openblas_core_type()) settings.push_back({"OPENBLAS_CORETYPE", core});
  // At the end of each pass OpenMP's threads wait for the slowest, by default turning in a loop for
  // milliseconds: alone that is as quick as sleeping, beside a busy processor it burns the share
  // that the slowest needs. One epoch of a VAE on 2 processors beside two compilers, twice: 11.3 to
  // 11.8 s by default and 8.1 to 8.4 s so (on 2 threads held fixed 19.7 to 19.9 and 10.7 to 11.5);
  // alone, two epochs in turns: 8.6, 8.8, 6.0 and 8.8, 8.2, 6.2 s.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) settings.push_back({"GOMP_SPINCOUNT", "1000"});
  return settings;
}

void prepare_numeric_environment() {
  for (const NumericSetting& setting : numeric_settings()) {
    setenv(setting.name.c_str(), setting.value.c_str(), /*overwrite=*/0);
  }
}

namespace {

bool has_openmp_read_without_us() {
  void* openmp = dlopen("libgomp.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (openmp == nullptr) return false;
  dlclose(openmp);
  return std::getenv("GOMP_SPINCOUNT") == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr;
}

// While this library is loaded, before `main`: later, another thread may be reading the
// environment, which setenv may not meet.
const bool settings_came_late = [] {
  const bool late = has_openmp_read_without_us();
  prepare_numeric_environment();
  return late;
}();

}  // namespace

void restart_if_settings_came_late(char* const arguments[]) {
  if (!settings_came_late) return;
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  // In the environment now, so that the one that begins finds them there and goes on.
  if (!unknown) execv(program.c_str(), arguments);
}

}  // namespace latent
