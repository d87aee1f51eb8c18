#include "data/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "data/corrupt.h"
#include "latent/error.h"

namespace latent {
namespace {

/// What stands after `'key':` in the header's Python dictionary, blanks skipped; empty when it does
/// not stand there.
std::string_view after_key(std::string_view header, std::string_view key) {
  std::string quoted = "'";
  quoted.append(key).append("'");
  std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return {};
  at = header.find_first_not_of(" ", at + quoted.size());
  if (at == std::string_view::npos || header[at] != ':') return {};
  at = header.find_first_not_of(" ", at + 1);
  return at == std::string_view::npos ? std::string_view() : header.substr(at);
}

void parse_type(std::string_view header, const std::string& name, NpyArray& array) {
  const std::string_view text = after_key(header, "descr");
  const std::size_t end = text.size() > 1 && text[0] == '\'' ? text.find('\'', 1) : 0;
  if (end == 0 || end == std::string_view::npos) {
    corrupt(name + " holds no plain numbers: its type is not one of NumPy's simple ones.");
  }
  const std::string_view type = text.substr(1, end - 1);
  static constexpr std::array<std::string_view, 11> kTypes = {"b1", "u1", "u2", "u4", "u8", "i1",
                                                              "i2", "i4", "i8", "f4", "f8"};
  const std::string_view plain = type.size() == 3 ? type.substr(1) : "";
  if (std::find(kTypes.begin(), kTypes.end(), plain) == kTypes.end()) {
    corrupt(name + " holds values of the type '" + std::string(type.substr(0, 40)) +
            "'; expected whole numbers, float32 or float64.");
  }
  array.kind = plain[0];
  array.width = plain[1] - '0';
  if (type[0] == '>' && array.width > 1) {
    corrupt(name + " holds big-endian values ('" + std::string(type) +
            "'); save it with the usual byte order.");
  }
}

void parse_shape(std::string_view header, const std::string& name, NpyArray& array) {
  std::string_view text = after_key(header, "shape");
  if (text.empty() || text[0] != '(') corrupt(name + " has a damaged header: it gives no shape.");
  text.remove_prefix(1);
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" ,"), text.size()));
    if (!text.empty() && text[0] == ')') return;
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || size < 0 || array.shape.size() == 8) {
      corrupt(name + " has a damaged header: its shape cannot be read.");
    }
    array.shape.push_back(size);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
}

template <typename Value>
double read_as(const std::uint8_t* bytes) {
  Value value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

}  // namespace

std::int64_t NpyArray::count() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

double NpyArray::value(std::int64_t index) const {
  const std::uint8_t* at =
      file.data() + header + static_cast<std::size_t>(index) * static_cast<std::size_t>(width);
  switch (kind) {
    case 'f':
      return width == 4 ? read_as<float>(at) : read_as<double>(at);
    case 'i':
      switch (width) {
        case 1:
          return read_as<std::int8_t>(at);
        case 2:
          return read_as<std::int16_t>(at);
        case 4:
          return read_as<std::int32_t>(at);
        default:
          return read_as<std::int64_t>(at);
      }
    default:
      switch (width) {
        case 1:
          return read_as<std::uint8_t>(at);
        case 2:
          return read_as<std::uint16_t>(at);
        case 4:
          return read_as<std::uint32_t>(at);
        default:
          return read_as<std::uint64_t>(at);
      }
  }
}

std::string NpyArray::type_name() const {
  if (kind == 'b') return "bool";
  const std::string bits = std::to_string(width * 8);
  return (kind == 'f' ? "float" : kind == 'i' ? "int" : "uint") + bits;
}

NpyArray parse_npy(std::vector<std::uint8_t> file, const std::string& name) {
  static constexpr std::array<std::uint8_t, 6> kMagic = {0x93, 'N', 'U', 'M', 'P', 'Y'};
  if (file.size() < 12 || !std::equal(kMagic.begin(), kMagic.end(), file.begin())) {
    corrupt(name + " is not an array saved by NumPy.");
  }
  const int version = file[6];
  if (version < 1 || version > 3) {
    corrupt(name + " is of NumPy's format " + std::to_string(version) + "; 1 to 3 are read.");
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | file[8 + i];
  NpyArray array;
  array.header = 8 + length_bytes + length;
  if (array.header > file.size()) corrupt(name + " is truncated: it ends within its header.");
  const std::string header(file.begin() + static_cast<std::ptrdiff_t>(8 + length_bytes),
                           file.begin() + static_cast<std::ptrdiff_t>(array.header));
  parse_type(header, name, array);
  parse_shape(header, name, array);
  if (after_key(header, "fortran_order").substr(0, 4) == "True") {
    corrupt(name + " is in Fortran order; save it with numpy.ascontiguousarray.");
  }
  std::uint64_t bytes = static_cast<std::uint64_t>(array.width);
  for (const std::int64_t size : array.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
      corrupt(name + " has a damaged header: its shape is too large.");
    }
  }
  if (bytes != file.size() - array.header) {
    corrupt(name + (bytes > file.size() - array.header ? " is truncated" : " is too long") +
            ": its header promises " + std::to_string(bytes) + " bytes of values, found " +
            std::to_string(file.size() - array.header) + ".");
  }
  array.file = std::move(file);
  return array;
}

}  // namespace latent
