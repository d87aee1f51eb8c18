#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace latent {

/// No deflate stream grows by more than this factor: what a header promises beyond it is a lie, and
/// nothing is allocated for it.
inline constexpr std::uint64_t kMostDeflateExpands = 1032;

bool is_gzip(std::span<const std::uint8_t> bytes);

/// The first `at_most` bytes of what a gzip file (one member or several) holds; fewer when it holds
/// fewer. The checksum is checked when the end is reached. `name` is the file, for the sentence.
/// Throws Error{DatasetCorrupt}.
std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::uint64_t at_most,
                                 const std::string& name);

/// The same for a bare deflate stream, as zip archives hold it.
std::vector<std::uint8_t> inflate_raw(std::span<const std::uint8_t> bytes, std::uint64_t at_most,
                                      const std::string& name);

}  // namespace latent
