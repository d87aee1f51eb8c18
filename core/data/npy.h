#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace latent {

/// An array as NumPy saves it (format 1 to 3), C order.
struct NpyArray {
  char kind = 'u';  ///< 'u' unsigned, 'i' signed, 'f' float, 'b' truth value
  int width = 1;    ///< bytes a value
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> file;
  std::size_t header = 0;  ///< bytes before the values

  std::int64_t count() const;
  /// Any kind as a double; exact up to 2^53.
  double value(std::int64_t index) const;
  std::string type_name() const;  ///< as NumPy writes it, e.g. "float32"
};

/// Throws Error{DatasetCorrupt}; `name` is the file and member, for the sentence.
NpyArray parse_npy(std::vector<std::uint8_t> file, const std::string& name);

}  // namespace latent
