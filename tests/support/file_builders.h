#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace latent::test {

using Bytes = std::vector<std::uint8_t>;

inline void put_file(const std::filesystem::path& path, const Bytes& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline Bytes get_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline Bytes gzip(const Bytes& bytes, int window_bits = 15 + 16) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(deflateBound(&stream, bytes.size()) + 32);
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// An IDX file whose header claims `shape`, followed by `values`.
inline Bytes idx_file(const std::vector<std::uint32_t>& shape, const Bytes& values) {
  Bytes file = {0, 0, 8, static_cast<std::uint8_t>(shape.size())};
  for (const std::uint32_t size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      file.push_back(static_cast<std::uint8_t>(size >> shift));
    }
  }
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

/// `count` values 0, 1, 2 … 250, 0 …
inline Bytes counting(std::size_t count) {
  Bytes values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i % 251);
  return values;
}

/// What `numpy.save` writes.
inline Bytes npy_file(const std::string& type, const std::string& shape, const Bytes& values,
                      const std::string& fortran = "False") {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  header.append(64 - (header.size() + 11) % 64, ' ');
  header += '\n';
  Bytes file = {0x93,
                'N',
                'U',
                'M',
                'P',
                'Y',
                1,
                0,
                static_cast<std::uint8_t>(header.size()),
                static_cast<std::uint8_t>(header.size() >> 8)};
  file.insert(file.end(), header.begin(), header.end());
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

template <typename Value>
Bytes bytes_of(const std::vector<Value>& values) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(values.data());
  return {begin, begin + values.size() * sizeof(Value)};
}

/// A zip archive, as `numpy.savez` (stored) and `numpy.savez_compressed` (deflated) write it.
inline Bytes zip_file(const std::vector<std::pair<std::string, Bytes>>& members, bool deflated) {
  Bytes archive, directory;
  const auto number = [](Bytes& to, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i, value >>= 8) to.push_back(static_cast<std::uint8_t>(value));
  };
  for (const auto& [name, bytes] : members) {
    const Bytes packed = deflated ? gzip(bytes, -15) : bytes;
    Bytes common;
    number(common, 20, 2);
    number(common, 0, 2);
    number(common, deflated ? 8 : 0, 2);
    number(common, 0, 4);
    number(common, crc32(0, bytes.data(), static_cast<uInt>(bytes.size())), 4);
    number(common, packed.size(), 4);
    number(common, bytes.size(), 4);
    number(common, name.size(), 2);
    number(common, 0, 2);
    number(directory, 0x02014b50, 4);
    number(directory, 20, 2);
    directory.insert(directory.end(), common.begin(), common.end());
    number(directory, 0, 10);
    number(directory, archive.size(), 4);
    directory.insert(directory.end(), name.begin(), name.end());
    number(archive, 0x04034b50, 4);
    archive.insert(archive.end(), common.begin(), common.end());
    archive.insert(archive.end(), name.begin(), name.end());
    archive.insert(archive.end(), packed.begin(), packed.end());
  }
  const std::size_t start = archive.size();
  archive.insert(archive.end(), directory.begin(), directory.end());
  number(archive, 0x06054b50, 4);
  number(archive, 0, 4);
  number(archive, members.size(), 2);
  number(archive, members.size(), 2);
  number(archive, directory.size(), 4);
  number(archive, start, 4);
  number(archive, 0, 2);
  return archive;
}

}  // namespace latent::test
