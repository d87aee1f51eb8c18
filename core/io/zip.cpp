#include "io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "io/deflate.h"
#include "latent/error.h"

namespace latent {
namespace {

using ZipBytes = std::span<const std::uint8_t>;

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kDirectoryEnd = 0x06054b50;
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::size_t kEntryBytes = 46;
constexpr std::size_t kEndBytes = 22;

std::uint32_t number(ZipBytes bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

[[noreturn]] void damaged(const std::string& name, const std::string& detail) {
  throw Error(ErrorCode::DatasetCorrupt, name + " is not a whole zip archive.", detail);
}

/// Where the directory's end record begins: at the very end, but for a comment.
std::optional<std::size_t> find_end(ZipBytes archive) {
  if (archive.size() < kEndBytes) return std::nullopt;
  constexpr std::size_t kLongestComment = 65535;
  const std::size_t last = archive.size() - kEndBytes;
  const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (number(archive, at, 4) == kDirectoryEnd) return at;
  }
  return std::nullopt;
}

}  // namespace

bool is_zip(ZipBytes bytes) {
  return bytes.size() >= 4 && number(bytes, 0, 4) == kLocalHeader;
}

std::vector<ZipMember> zip_members(ZipBytes archive, const std::string& name) {
  const std::optional<std::size_t> end = find_end(archive);
  if (!end) damaged(name, "no end of the directory");
  const std::uint32_t count = number(archive, *end + 10, 2);
  std::uint64_t at = number(archive, *end + 16, 4);
  std::vector<ZipMember> members;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (at + kEntryBytes > archive.size() || number(archive, at, 4) != kDirectoryEntry) {
      damaged(name, "the directory ends early");
    }
    const ZipBytes entry = archive.subspan(at);
    const std::uint32_t flags = number(entry, 8, 2);
    const std::uint32_t method = number(entry, 10, 2);
    const std::uint32_t packed = number(entry, 20, 4);
    const std::uint32_t name_bytes = number(entry, 28, 2);
    const std::uint64_t local = number(entry, 42, 4);
    ZipMember member;
    member.crc = number(entry, 16, 4);
    member.size = number(entry, 24, 4);
    at += kEntryBytes + name_bytes + number(entry, 30, 2) + number(entry, 32, 2);
    if (at > archive.size()) damaged(name, "the directory ends early");
    const ZipBytes text = entry.subspan(kEntryBytes, name_bytes);
    member.name.assign(text.begin(), text.end());
    if (packed == 0xffffffff || member.size == 0xffffffff || local == 0xffffffff) {
      throw Error(ErrorCode::DatasetCorrupt,
                  name + " is too large: archives of 4 GiB and more are not read.");
    }
    constexpr std::uint32_t kEncrypted = 1;
    if ((flags & kEncrypted) != 0 || (method != 0 && method != 8)) {
      throw Error(ErrorCode::DatasetCorrupt, name + " holds " + member.name +
                                                 " encrypted or packed in a way that is not read; "
                                                 "expected stored or deflated.");
    }
    member.deflated = method == 8;
    if (local + kLocalHeaderBytes > archive.size() || number(archive, local, 4) != kLocalHeader) {
      damaged(name, "a member is not where the directory says");
    }
    const std::uint64_t begin =
        local + kLocalHeaderBytes + number(archive, local + 26, 2) + number(archive, local + 28, 2);
    if (begin > archive.size() || packed > archive.size() - begin) {
      damaged(name, "a member ends early");
    }
    member.packed = archive.subspan(begin, packed);
    members.push_back(std::move(member));
  }
  return members;
}

std::vector<std::uint8_t> unzip(const ZipMember& member, const std::string& name) {
  const std::string whole_name = name + ": " + member.name;
  std::vector<std::uint8_t> bytes;
  if (member.deflated) {
    bytes = inflate_raw(member.packed, member.size + 1, whole_name);
  } else {
    bytes.assign(member.packed.begin(), member.packed.end());
  }
  std::uint32_t crc = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t part = std::min<std::size_t>(bytes.size() - at, std::size_t{1} << 30);
    crc = static_cast<std::uint32_t>(crc32(crc, bytes.data() + at, static_cast<uInt>(part)));
    at += part;
  }
  if (bytes.size() != member.size || crc != member.crc) {
    throw Error(ErrorCode::DatasetCorrupt,
                whole_name + " is damaged: its length or checksum is not what the archive says.");
  }
  return bytes;
}

}  // namespace latent
