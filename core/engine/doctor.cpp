#include "engine/doctor.h"

#include <dnnl.h>
#include <torch/version.h>
#include "nn/libtorch.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "latent/numeric_environment.h"
#include "nn/kernels/kernels.h"
#include "training/threads.h"

namespace latent::engine {
namespace {

using Level = DoctorFinding::Level;
using Clock = std::chrono::steady_clock;

constexpr const char* kInstallBlas = "sudo apt install libopenblas0-openmp";

/// Files of shared objects that this process has mapped, links resolved by the loader.
std::set<std::string> loaded_libraries() {
  std::set<std::string> files;
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && line.find(".so", path) != std::string::npos) {
      files.insert(line.substr(path));
    }
  }
  return files;
}

/// The loaded libraries whose file name begins with one of `names`.
std::vector<std::string> loaded_as(const std::set<std::string>& libraries,
                                   std::initializer_list<const char*> names) {
  std::vector<std::string> found;
  for (const std::string& path : libraries) {
    const std::string file = std::filesystem::path{path}.filename().string();
    if (std::any_of(names.begin(), names.end(),
                    [&](const char* name) { return file.rfind(name, 0) == 0; })) {
      found.push_back(path);
    }
  }
  return found;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "none" : text;
}

std::string processor_name() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0) {
      const std::size_t colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return "unknown";
}

/// Floating-point operations a second of `run`, which does `operations` of them: the best of
/// several short windows, so that a moment's load does not count.
double rate(double operations, const std::function<void()>& run) {
  constexpr int kWindows = 6;
  constexpr double kWindowSeconds = 0.015;
  run();
  double best = 0.0;
  for (int window = 0; window < kWindows; ++window) {
    const Clock::time_point begin = Clock::now();
    double elapsed = 0.0;
    int runs = 0;
    do {
      run();
      ++runs;
      elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    } while (elapsed < kWindowSeconds);
    best = std::max(best, operations * runs / elapsed);
  }
  return best;
}

struct Rates {
  double engine;    ///< the engine's own products (oneDNN)
  double libtorch;  ///< LibTorch's matrix product, through whatever BLAS is loaded
};

/// The widest layer of the default network at its default batch: [128, 784] · [784, 512].
Rates measure_products(int threads) {
  constexpr std::int64_t kBatch = 128;
  constexpr std::int64_t kIn = 784;
  constexpr std::int64_t kOut = 512;
  constexpr double kOperations = 2.0 * kBatch * kIn * kOut;
  const torch::NoGradGuard no_grad;
  const int before = training::thread_count();
  training::set_thread_count(threads);
  const torch::Tensor x = torch::ones({kBatch, kIn});
  const torch::Tensor weight = torch::ones({kOut, kIn});
  torch::Tensor y = torch::empty({kBatch, kOut});
  const Rates rates{.engine = rate(kOperations,
                                   [&] {
                                     nn::kernels::multiply_forward(
                                         x.data_ptr<float>(), weight.data_ptr<float>(),
                                         y.data_ptr<float>(), kBatch, kIn, kOut);
                                   }),
                    .libtorch = rate(kOperations, [&] { torch::mm_out(y, x, weight.t()); })};
  training::set_thread_count(before);
  return rates;
}

std::string gigaflops(double rate) {
  return std::to_string(static_cast<long>(rate / 1e9 + 0.5)) + " GFLOP/s";
}

DoctorFinding examine_blas(const std::set<std::string>& libraries) {
  DoctorFinding finding{.level = Level::Good, .name = "BLAS that LibTorch uses"};
  const std::vector<std::string> optimised =
      loaded_as(libraries, {"libopenblas", "libmkl", "libblis", "libarmpl"});
  const std::vector<std::string> plain = loaded_as(libraries, {"libblas.so", "libblas-"});
  const auto any_contains = [](const std::vector<std::string>& paths, const char* text) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return path.find(text) != std::string::npos;
    });
  };
  // Distributions install OpenBLAS's own file as libblas.so.3 in a folder that names it.
  const bool interface_is_optimised =
      plain.empty() || any_contains(plain, "openblas") || any_contains(plain, "blis");
  finding.value = joined(interface_is_optimised && !optimised.empty() ? optimised : plain);
  if (plain.empty() && optimised.empty()) {
    finding.level = Level::Fact;
    finding.value = "built into LibTorch";
  } else if (!interface_is_optimised) {
    finding.level = Level::Problem;
    finding.advice =
        std::string{
            "This is the reference BLAS. Dense networks do not use it, but what LibTorch "
            "computes itself is slow; install a fast one: "} +
        kInstallBlas;
  } else if (any_contains(optimised, "pthread") || any_contains(plain, "pthread")) {
    finding.level = Level::Problem;
    finding.advice =
        std::string{
            "Its threads compete with those of LibTorch and oneDNN; install the one that "
            "shares them: "} +
        kInstallBlas;
  }
  return finding;
}

DoctorFinding examine_openmp(const std::set<std::string>& libraries) {
  const std::vector<std::string> runtimes = loaded_as(libraries, {"libgomp", "libomp", "libiomp"});
  DoctorFinding finding{.level = Level::Good, .name = "OpenMP runtime", .value = joined(runtimes)};
  if (runtimes.size() > 1) {
    finding.level = Level::Problem;
    finding.advice =
        "Two of them are loaded, each with threads of its own that wait for the other's; remove "
        "what LD_PRELOAD or LD_LIBRARY_PATH brings in.";
  }
  return finding;
}

std::vector<DoctorFinding> examine_environment() {
  std::vector<DoctorFinding> findings;
  const std::vector<NumericSetting> own = numeric_settings();
  std::set<std::string> names = {"OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT",
                                 "OPENBLAS_CORETYPE"};
  for (const NumericSetting& setting : own) names.insert(setting.name);
  for (const std::string& name : names) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) continue;
    DoctorFinding finding{.level = Level::Fact, .name = name, .value = value};
    const auto ours = std::find_if(own.begin(), own.end(), [&](const NumericSetting& setting) {
      return setting.name == name;
    });
    if (ours != own.end()) {
      finding.value += ours->value == value
                           ? " (what this program chooses)"
                           : " (set by you; this program would choose " + ours->value + ")";
    }
    if (name == "OMP_WAIT_POLICY" && (finding.value == "active" || finding.value == "ACTIVE")) {
      finding.level = Level::Problem;
      finding.advice =
          "Waiting threads never sleep: training collapses whenever another program needs a "
          "processor; unset OMP_WAIT_POLICY.";
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<DoctorFinding> examine_products(int processors) {
  std::vector<DoctorFinding> findings;
  std::vector<int> counts = {1};
  if (processors > 1) counts.push_back(2);
  if (processors > 2) counts.push_back(processors);
  double single = 0.0;
  for (const int threads : counts) {
    const Rates rates = measure_products(threads);
    const std::string suffix =
        ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    DoctorFinding engine{
        .level = Level::Good, .name = "sgemm" + suffix, .value = gigaflops(rates.engine)};
    if (threads == 1) {
      single = rates.engine;
    } else if (rates.engine < 1.2 * single) {
      engine.level = Level::Problem;
      engine.advice =
          "More threads are hardly faster than one: something else is using the processors; "
          "close it, or train with fewer threads.";
    }
    DoctorFinding libtorch{.level = Level::Fact,
                           .name = "LibTorch's own product" + suffix,
                           .value = gigaflops(rates.libtorch)};
    if (rates.libtorch < 0.25 * rates.engine) {
      libtorch.level = Level::Problem;
      libtorch.advice =
          std::string{
              "Less than a quarter of what the processor can do; dense "
              "networks do not use it, others do: "} +
          kInstallBlas;
    }
    findings.push_back(std::move(engine));
    findings.push_back(std::move(libtorch));
  }
  return findings;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> versions() {
  const dnnl_version_t* dnnl = dnnl_version();
  return {{"Latent Studio", LATENT_VERSION},
          {"LibTorch", TORCH_VERSION},
          {"oneDNN", std::to_string(dnnl->major) + "." + std::to_string(dnnl->minor) + "." +
                         std::to_string(dnnl->patch)}};
}

std::vector<DoctorFinding> examine() {
  std::vector<DoctorFinding> findings;
  for (const auto& [name, version] : versions()) {
    findings.push_back({Level::Fact, name, version, {}});
  }
  const int processors = training::automatic_thread_count();
  findings.push_back({Level::Fact, "processor", processor_name(), {}});
  findings.push_back({Level::Fact, "processors usable", std::to_string(processors), {}});
  DoctorFinding kernels{.level = Level::Good,
                        .name = "vector instructions used",
                        .value = nn::kernels::name_of(nn::kernels::instruction_set())};
  if (nn::kernels::instruction_set() == nn::kernels::InstructionSet::Plain) {
    kernels.level = Level::Fact;
  }
  findings.push_back(std::move(kernels));

  const std::set<std::string> libraries = loaded_libraries();
  findings.push_back(examine_blas(libraries));
  findings.push_back(examine_openmp(libraries));
  const auto append = [&](std::vector<DoctorFinding> more) {
    findings.insert(findings.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  };
  append(examine_environment());
  append(examine_products(processors));
  return findings;
}

}  // namespace latent::engine
