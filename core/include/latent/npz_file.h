#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace latent {

/// One array of an archive; borrows its values, C order.
struct NpzArray {
  std::string name;                 ///< the key in Python's `numpy.load(path)`
  std::vector<std::int64_t> shape;  ///< its product is the number of values
  std::variant<std::span<const float>, std::span<const std::int64_t>> values;
};

/// Writes what `numpy.load` opens, uncompressed as `numpy.savez` does, atomically. Throws
/// Error{WriteFailed}; Error{ShapeMismatch} when the values are not as many as the shape says.
/// More than 2 GiB are refused: Error{WriteFailed}.
void write_npz(const std::filesystem::path& path, const std::vector<NpzArray>& arrays);

}  // namespace latent
