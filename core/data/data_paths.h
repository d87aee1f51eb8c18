#pragma once

#include <filesystem>
#include <vector>

namespace latent {

/// Where a copy of a well-known data set may already be, best first: `$LATENT_DATA`, the user's
/// data folder, the machine's. `name` is its folder there, e.g. "mnist".
std::vector<std::filesystem::path> data_set_directories(const std::string& name);

}  // namespace latent
