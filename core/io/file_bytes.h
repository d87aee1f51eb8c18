#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace latent {

/// The whole of a regular file. Throws Error{DatasetNotFound} when it is not there or not readable
/// and Error{DatasetCorrupt} when it is not a regular file or holds more than `at_most` bytes.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path,
                                    std::uint64_t at_most = std::uint64_t{4} << 30);

}  // namespace latent
