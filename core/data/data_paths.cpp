#include "data/data_paths.h"

#include <cstdlib>
#include <string>

#include "latent/data_catalogue.h"

namespace latent {
namespace {

namespace fs = std::filesystem;

fs::path from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? fs::path(value) : fs::path();
}

}  // namespace

fs::path user_data_directory() {
  fs::path base = from_environment("XDG_DATA_HOME");
  // The XDG specification says that a relative path is to be ignored.
  if (!base.is_absolute()) {
    const fs::path home = from_environment("HOME");
    base = (home.empty() ? fs::temp_directory_path() : home) / ".local" / "share";
  }
  return base / "latent-studio";
}

fs::path resource_directory() {
  if (fs::path chosen = from_environment("LATENT_RESOURCES"); !chosen.empty()) return chosen;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    fs::path installed =
        program.parent_path().parent_path() / "share" / "latent-studio" / "resources";
    if (fs::is_directory(installed, error)) return installed;
  }
  return LATENT_SOURCE_RESOURCES;
}

std::vector<fs::path> data_set_directories(const std::string& name) {
  std::vector<fs::path> folders;
  if (const fs::path chosen = from_environment("LATENT_DATA"); !chosen.empty()) {
    folders.push_back(chosen / name);
    folders.push_back(chosen);
  }
  folders.push_back(user_data_directory() / name);
  for (const char* shared : {"/usr/local/share/datasets", "/usr/share/datasets"}) {
    folders.push_back(fs::path(shared) / name);
  }
  return folders;
}

}  // namespace latent
