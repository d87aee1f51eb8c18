#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "latent/engine.h"
#include "latent/error.h"
#include "latent/numeric_environment.h"
#include "support/catch.h"

using namespace latent;

namespace {

std::string load_failure(const std::string& engine) {
  setenv("LATENT_ENGINE", engine.c_str(), 1);
  std::string sentence;
  try {
    load_engine();
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::EngineMissing);
    sentence = error.what();
  }
  unsetenv("LATENT_ENGINE");
  return sentence;
}

}  // namespace

// These never load the real engine: they fail first, and a failed load may be tried again.
TEST_CASE("an engine that is not there is named with the places searched", "[session]") {
  CHECK_THAT(load_failure("/nowhere/liblatent_engine.so"),
             ContainsSubstring("/nowhere/liblatent_engine.so") && ContainsSubstring("not found"));
}

TEST_CASE("a file that is not an engine is named as such", "[session]") {
  const auto file = std::filesystem::temp_directory_path() /
                    ("not_an_engine_" + std::to_string(getpid()) + ".so");
  std::ofstream{file} << "not a shared object";
  CHECK_THAT(load_failure(file.string()),
             ContainsSubstring(file.string()) && ContainsSubstring("cannot be loaded"));
  std::filesystem::remove(file);
}

TEST_CASE("a shared object without the entry point is refused", "[session]") {
  CHECK_THAT(load_failure(LATENT_BINARY_DIR "/liblatent_base.so"),
             ContainsSubstring("entry point"));
}

TEST_CASE("the numeric libraries' settings do not overrule the user's", "[session]") {
  for (const NumericSetting& setting : numeric_settings()) {
    const char* before = std::getenv(setting.name.c_str());
    const std::string kept = before != nullptr ? before : "";
    setenv(setting.name.c_str(), "the user's own", 1);
    prepare_numeric_environment();
    CHECK(std::string{std::getenv(setting.name.c_str())} == "the user's own");
    unsetenv(setting.name.c_str());
    prepare_numeric_environment();
    CHECK(std::string{std::getenv(setting.name.c_str())} == setting.value);
    if (before != nullptr) {
      setenv(setting.name.c_str(), kept.c_str(), 1);
    } else {
      unsetenv(setting.name.c_str());
    }
  }
}

TEST_CASE("who says how OpenMP waits is not given a spin count", "[session]") {
  const auto chooses = [](const std::string& name) {
    const auto settings = numeric_settings();
    return std::any_of(settings.begin(), settings.end(),
                       [&](const NumericSetting& setting) { return setting.name == name; });
  };
  const char* before = std::getenv("OMP_WAIT_POLICY");
  const std::string kept = before != nullptr ? before : "";
  unsetenv("OMP_WAIT_POLICY");
  CHECK(chooses("GOMP_SPINCOUNT"));
  setenv("OMP_WAIT_POLICY", "passive", 1);
  CHECK_FALSE(chooses("GOMP_SPINCOUNT"));
  before != nullptr ? setenv("OMP_WAIT_POLICY", kept.c_str(), 1) : unsetenv("OMP_WAIT_POLICY");
}
