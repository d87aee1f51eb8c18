#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace latent {

/// A member of a zip archive; views into the archive.
struct ZipMember {
  std::string name;
  std::span<const std::uint8_t> packed;
  bool deflated = false;
  std::uint64_t size = 0;  ///< unpacked, as the archive claims
  std::uint32_t crc = 0;
};

bool is_zip(std::span<const std::uint8_t> bytes);

/// The members that the archive's directory names. `name` is the file, for the sentence. Throws
/// Error{DatasetCorrupt}; also for archives over 4 GiB (zip64) and encrypted members.
std::vector<ZipMember> zip_members(std::span<const std::uint8_t> archive, const std::string& name);

/// Unpacks one and checks its length and its checksum. Throws Error{DatasetCorrupt}.
std::vector<std::uint8_t> unzip(const ZipMember& member, const std::string& name);

}  // namespace latent
