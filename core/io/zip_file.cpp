#include "latent/zip_file.h"

#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <utility>

#include "io/file_bytes.h"
#include "io/zip.h"
#include "latent/atomic_file.h"
#include "latent/error.h"

namespace latent {
namespace {

void put_number(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8U) to += static_cast<char>(value & 0xFFU);
}

std::uint32_t checksum_of(const std::string& bytes) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 30U;
  uLong crc = crc32(0, nullptr, 0);
  for (std::size_t at = 0; at < bytes.size(); at += kAtOnce) {
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()) + at,
                static_cast<uInt>(std::min(kAtOnce, bytes.size() - at)));
  }
  return static_cast<std::uint32_t>(crc);
}

/// A bare deflate stream, as archives hold it.
std::string deflated(const std::string& bytes, const std::filesystem::path& path) {
  z_stream stream{};
  constexpr int kBareWindow = -15;
  constexpr int kMemory = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kBareWindow, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(ErrorCode::WriteFailed, "Cannot write " + path.string() + ": out of memory.");
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int end = ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) {
    throw Error(ErrorCode::WriteFailed, "Cannot write " + path.string() + ": packing failed.");
  }
  return packed;
}

std::string bytes_of(const std::filesystem::path& file, const std::filesystem::path& archive) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) {
    throw Error(ErrorCode::WriteFailed, "Cannot write " + archive.string() + ": " + file.string() +
                                            ", which belongs into it, cannot be read.");
  }
  return bytes;
}

/// What a member's two records have in common; 1 January 1980.
std::string shared_facts(const ZipSource& source, const std::string& bytes,
                         const std::string& packed) {
  constexpr std::uint64_t kVersion = 20;
  constexpr std::uint64_t kDeflated = 8;
  constexpr std::uint64_t kFirstDay = 0x21;
  std::string facts;
  put_number(facts, kVersion, 2);
  put_number(facts, 0, 2);  // flags
  put_number(facts, source.deflate ? kDeflated : 0, 2);
  put_number(facts, 0, 2);  // time
  put_number(facts, kFirstDay, 2);
  put_number(facts, checksum_of(bytes), 4);
  put_number(facts, packed.size(), 4);
  put_number(facts, bytes.size(), 4);
  put_number(facts, source.name.size(), 2);
  put_number(facts, 0, 2);  // no extra field
  return facts;
}

}  // namespace

void write_zip(const std::filesystem::path& path, const std::vector<ZipSource>& sources) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint32_t>::max();
  write_atomically(path, [&](std::ostream& out) {
    std::uint64_t written = 0;
    std::string directory;
    for (const ZipSource& source : sources) {
      const std::string bytes = source.file.empty() ? source.bytes : bytes_of(source.file, path);
      const std::string shrunk = source.deflate ? deflated(bytes, path) : std::string();
      const std::string& packed = source.deflate ? shrunk : bytes;
      const std::string facts = shared_facts(source, bytes, packed);
      const std::string head = "PK\x03\x04" + facts + source.name;
      directory += "PK\x01\x02";
      put_number(directory, 20, 2);
      directory += facts;
      put_number(directory, 0, 2 + 2 + 2 + 4);  // comment, disk, attributes
      put_number(directory, written, 4);
      directory += source.name;
      written += head.size() + packed.size();
      if (std::max<std::uint64_t>(written + directory.size(), bytes.size()) >= kLargest) {
        throw Error(ErrorCode::WriteFailed,
                    "Cannot write " + path.string() + ": it would be larger than 4 GiB.");
      }
      out << head << packed;
    }
    std::string end = "PK\x05\x06";
    put_number(end, 0, 4);
    put_number(end, sources.size(), 2);
    put_number(end, sources.size(), 2);
    put_number(end, directory.size(), 4);
    put_number(end, written, 4);
    put_number(end, 0, 2);
    out << directory << end;
  });
}

ZipFile::ZipFile(const std::filesystem::path& path) : path_(path), bytes_(read_file(path)) {
  for (const ZipMember& member : zip_members(bytes_, path.string())) {
    Entry entry;
    entry.name = member.name;
    entry.begin = static_cast<std::uint64_t>(member.packed.data() - bytes_.data());
    entry.packed = member.packed.size();
    entry.size = member.size;
    entry.crc = member.crc;
    entry.deflated = member.deflated;
    entries_.push_back(std::move(entry));
  }
}

bool ZipFile::contains(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.name == name; });
}

std::vector<std::uint8_t> ZipFile::unpack(const std::string& name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  if (found == entries_.end()) {
    throw Error(ErrorCode::DatasetCorrupt, path_.string() + " holds no " + name + ".");
  }
  ZipMember member;
  member.name = found->name;
  member.packed = std::span(bytes_).subspan(found->begin, found->packed);
  member.size = found->size;
  member.crc = found->crc;
  member.deflated = found->deflated;
  return unzip(member, path_.string());
}

std::string ZipFile::read(const std::string& name) const {
  const std::vector<std::uint8_t> bytes = unpack(name);
  return {bytes.begin(), bytes.end()};
}

void ZipFile::extract(const std::string& name, const std::filesystem::path& to) const {
  const std::vector<std::uint8_t> bytes = unpack(name);
  write_atomically(to, [&](std::ostream& out) {
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
  });
}

}  // namespace latent
