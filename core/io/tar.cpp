#include "io/tar.h"

#include <algorithm>

namespace latent {
namespace {

constexpr std::size_t kTarBlock = 512;

std::string text_field(std::span<const std::uint8_t> field) {
  const auto end = std::find(field.begin(), field.end(), 0);
  return {field.begin(), end};
}

/// An octal number, or nothing where the field is none.
std::optional<std::uint64_t> size_field(std::span<const std::uint8_t> field) {
  std::uint64_t size = 0;
  bool any = false;
  for (const std::uint8_t digit : field) {
    if (digit >= '0' && digit <= '7') {
      size = size * 8 + (digit - '0');
      any = true;
    } else if (digit == 0 || digit == ' ') {
      if (any) break;
    } else {
      return std::nullopt;
    }
  }
  return any ? std::optional(size) : std::nullopt;
}

}  // namespace

std::optional<std::span<const std::uint8_t>> tar_member(std::span<const std::uint8_t> archive,
                                                        const std::string& path) {
  while (archive.size() >= kTarBlock) {
    const auto header = archive.first(kTarBlock);
    archive = archive.subspan(kTarBlock);
    const std::optional<std::uint64_t> size = size_field(header.subspan(124, 12));
    if (!size || *size > archive.size()) return std::nullopt;
    std::string name = text_field(header.first(100));
    if (std::equal(header.begin() + 257, header.begin() + 262, "ustar")) {
      const std::string prefix = text_field(header.subspan(345, 155));
      if (!prefix.empty()) name.insert(0, prefix + "/");
    }
    const bool regular = header[156] == '0' || header[156] == 0;
    if (regular && name == path) return archive.first(*size);
    const std::uint64_t padded = (*size + kTarBlock - 1) / kTarBlock * kTarBlock;
    archive = archive.subspan(std::min<std::uint64_t>(padded, archive.size()));
  }
  return std::nullopt;
}

}  // namespace latent
