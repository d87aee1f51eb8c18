#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <vector>

#include "latent/engine.h"
#include "latent/error.h"
#include "latent/numeric_environment.h"

namespace latent {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEngineFile = "liblatent_engine.so";
constexpr const char* kEntryPoint = "latent_engine_entry";

/// The folder of the shared object (or program) that this code is in.
fs::path own_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&load_engine), &info) == 0 ||
      info.dli_fname == nullptr) {
    return {};
  }
  std::error_code ignored;
  const fs::path file = fs::canonical(info.dli_fname, ignored);
  return ignored ? fs::path{} : file.parent_path();
}

fs::path program_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return ignored ? fs::path{} : program.parent_path();
}

/// Where the engine may be, best first. What the user names is the only place then.
std::vector<fs::path> candidates() {
  if (const char* named = std::getenv("LATENT_ENGINE"); named != nullptr && *named != '\0') {
    return {fs::path{named}};
  }
  std::vector<fs::path> places;
  for (const fs::path& folder : {own_folder(), program_folder()}) {
    if (folder.empty()) continue;
    for (const fs::path& place :
         {folder / kEngineFile, folder.parent_path() / "lib" / "latent-studio" / kEngineFile}) {
      if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
    }
  }
  return places;
}

const Engine* open_engine() {
  const std::vector<fs::path> places = candidates();
  std::string searched;
  for (const fs::path& place : places) {
    searched += (searched.empty() ? "" : ", ") + place.string();
    std::error_code ignored;
    if (!fs::is_regular_file(place, ignored)) continue;

    prepare_numeric_environment();
    // Never closed: its threads and its thread-local data live as long as the program.
    void* library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
      const char* reason = dlerror();
      throw Error(ErrorCode::EngineMissing,
                  "The engine " + place.string() +
                      " is there but cannot be loaded: " + (reason != nullptr ? reason : "") + ".");
    }
    using EntryPoint = const Engine* (*)();
    const auto entry = reinterpret_cast<EntryPoint>(dlsym(library, kEntryPoint));
    const Engine* engine = entry != nullptr ? entry() : nullptr;
    if (engine == nullptr) {
      throw Error(ErrorCode::EngineMissing, place.string() + " is not an engine of this program: " +
                                                "it has no entry point " + kEntryPoint + ".");
    }
    return engine;
  }
  throw Error(ErrorCode::EngineMissing, "The engine (" + std::string(kEngineFile) +
                                            ") was not found; searched " + searched +
                                            ". Build it, or name it in LATENT_ENGINE.");
}

}  // namespace

const Engine& load_engine() {
  // Not a static local: a load that failed may be tried again.
  static std::mutex mutex;
  static const Engine* engine = nullptr;
  const std::lock_guard lock{mutex};
  if (engine == nullptr) engine = open_engine();
  return *engine;
}

}  // namespace latent
