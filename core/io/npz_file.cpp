#include "latent/npz_file.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <numeric>

#include "latent/atomic_file.h"
#include "latent/error.h"

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

std::uint32_t checksum(const std::string& bytes) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 30U;
  uLong crc = crc32(0, nullptr, 0);
  for (std::size_t at = 0; at < bytes.size(); at += kAtOnce) {
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()) + at,
                static_cast<uInt>(std::min(kAtOnce, bytes.size() - at)));
  }
  return static_cast<std::uint32_t>(crc);
}

/// What a member's two records in an archive have in common: stored, not packed; 1 January 1980.
std::string member_facts(const std::string& bytes, const std::string& name) {
  constexpr std::uint64_t kVersion = 20;
  constexpr std::uint64_t kFirstDay = 0x21;
  std::string facts;
  put(facts, kVersion, 2);
  put(facts, 0, 2 + 2 + 2);  // flags, stored, time
  put(facts, kFirstDay, 2);
  put(facts, checksum(bytes), 4);
  put(facts, bytes.size(), 4);
  put(facts, bytes.size(), 4);
  put(facts, name.size(), 2);
  put(facts, 0, 2);  // no extra field
  return facts;
}

}  // namespace

void write_npz(const std::filesystem::path& path, const std::vector<NpzArray>& arrays) {
  std::string archive;
  std::string directory;
  for (const NpzArray& array : arrays) {
    const std::string bytes = npy(array);
    const std::string name = array.name + ".npy";
    if (archive.size() + bytes.size() > std::numeric_limits<std::uint32_t>::max() / 2) {
      throw Error(ErrorCode::WriteFailed,
                  "Cannot write " + path.string() +
                      ": more than 2 GiB of codes; write them as CSV, or fewer of them.");
    }
    const std::string facts = member_facts(bytes, name);
    directory += "PK\x01\x02";
    put(directory, 20, 2);
    directory += facts;
    put(directory, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
    put(directory, archive.size(), 4);
    directory += name;
    archive += "PK\x03\x04" + facts + name + bytes;
  }
  std::string end = "PK\x05\x06";
  put(end, 0, 4);
  put(end, arrays.size(), 2);
  put(end, arrays.size(), 2);
  put(end, directory.size(), 4);
  put(end, archive.size(), 4);
  put(end, 0, 2);
  write_atomically(path, [&](std::ostream& out) { out << archive << directory << end; });
}

}  // namespace latent
