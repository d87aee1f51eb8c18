#include "latent/npz_file.h"

#include <bit>
#include <functional>
#include <limits>
#include <numeric>

#include "latent/error.h"
#include "latent/zip_file.h"

namespace latent {
namespace {

static_assert(std::endian::native == std::endian::little, "the headers below say little-endian");

void put(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8U) to += static_cast<char>(value & 0xFFU);
}

/// An array as the file format "npy" 1.0 has it.
std::string npy(const NpzArray& array) {
  std::string dims;
  for (const std::int64_t size : array.shape) dims += std::to_string(size) + ", ";
  const bool real = std::holds_alternative<std::span<const float>>(array.values);
  std::string header = std::string("{'descr': '") + (real ? "<f4" : "<i8") +
                       "', 'fortran_order': False, 'shape': (" + dims + "), }";
  // The values begin at a multiple of 64.
  constexpr std::size_t kBefore = 10;
  constexpr std::size_t kAlign = 64;
  header.append(kAlign - (kBefore + header.size() + 1) % kAlign, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  put(bytes, header.size(), 2);
  bytes += header;
  std::visit(
      [&](const auto& values) {
        const auto count = std::accumulate(array.shape.begin(), array.shape.end(), std::int64_t{1},
                                           std::multiplies<>());
        if (count != static_cast<std::int64_t>(values.size())) {
          throw Error(ErrorCode::ShapeMismatch, "The array " + array.name + " should hold " +
                                                    std::to_string(count) + " values; it holds " +
                                                    std::to_string(values.size()) + ".");
        }
        bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
      },
      array.values);
  return bytes;
}

}  // namespace

void write_npz(const std::filesystem::path& path, const std::vector<NpzArray>& arrays) {
  std::vector<ZipSource> members;
  std::size_t total = 0;
  for (const NpzArray& array : arrays) {
    members.push_back({array.name + ".npy", {}, npy(array)});
    total += members.back().bytes.size();
    if (total > std::numeric_limits<std::uint32_t>::max() / 2) {
      throw Error(ErrorCode::WriteFailed,
                  "Cannot write " + path.string() +
                      ": more than 2 GiB of codes; write them as CSV, or fewer of them.");
    }
  }
  write_zip(path, members);
}

}  // namespace latent
