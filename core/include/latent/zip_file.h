#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace latent {

/// One file of an archive that is to be written.
struct ZipSource {
  std::string name;            ///< in the archive, "runs/1/run.safetensors"
  std::filesystem::path file;  ///< its bytes, stored as they are; empty: `bytes`
  std::string bytes;
  bool deflate = false;  ///< packs `bytes`
};

/// Writes an archive that every zip program opens, atomically; the same bytes for the same sources.
/// Throws Error{WriteFailed}, also for a file that cannot be read, and beyond 4 GiB.
void write_zip(const std::filesystem::path& path, const std::vector<ZipSource>& sources);

/// An archive in memory, its directory checked.
class ZipFile {
 public:
  /// Throws Error{DatasetNotFound} where there is no such file, Error{DatasetCorrupt} where it is
  /// no whole archive or one of 4 GiB and more.
  explicit ZipFile(const std::filesystem::path& path);

  bool contains(const std::string& name) const;
  /// Unpacks one member and checks its length and checksum. Throws Error{DatasetCorrupt}, also
  /// where there is none of this name.
  std::string read(const std::string& name) const;
  /// The same into a file, atomically. Throws Error{WriteFailed} as well.
  void extract(const std::string& name, const std::filesystem::path& to) const;

 private:
  struct Entry {
    std::string name;
    std::uint64_t begin = 0;  ///< of its packed bytes
    std::uint64_t packed = 0;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
    bool deflated = false;
  };
  std::vector<std::uint8_t> unpack(const std::string& name) const;

  std::filesystem::path path_;
  std::vector<std::uint8_t> bytes_;
  std::vector<Entry> entries_;
};

}  // namespace latent
