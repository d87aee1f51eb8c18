#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace latent {

/// The safetensors file format (https://github.com/huggingface/safetensors), bytes level: eight
/// bytes of header length (little endian), a JSON header, then the tensors without gaps. We write
/// the data at a multiple of 8 and wider types first, so that every tensor is aligned in the file.
enum class TensorType { U8, I32, I64, F32, F64 };

/// "F32"
std::string_view tensor_type_name(TensorType type);
std::size_t tensor_type_size(TensorType type);

/// A tensor to be written; `bytes` is borrowed, row-major.
struct TensorBytes {
  std::string name;
  TensorType type = TensorType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes atomically. Throws Error{WriteFailed}; Error{Internal} when a tensor's bytes are not what
/// its shape says or a name comes twice.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorBytes> tensors,
                       const std::map<std::string, std::string>& metadata);

/// Where a tensor of a file lies.
struct TensorEntry {
  TensorType type = TensorType::F32;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;  ///< byte offset from the start of the data
  std::size_t end = 0;
};

/// What a file says of itself.
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::map<std::string, TensorEntry> tensors;
  std::size_t data_begin = 0;  ///< byte offset of the data in the file
  std::size_t data_size = 0;
};

/// Reads and checks the header alone: every length and offset against the file's real size, every
/// shape against its offsets, no gap and no overlap. Throws Error{RunFileCorrupt} naming the file,
/// what was expected and what was found.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// A whole file in memory.
class SafetensorsFile {
 public:
  /// Throws Error{RunFileCorrupt}.
  static SafetensorsFile read(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  const std::map<std::string, TensorEntry>& tensors() const { return header_.tensors; }
  bool contains(const std::string& name) const { return header_.tensors.count(name) != 0; }
  /// The bytes of a tensor that must be there with this type and shape; Error{RunFileCorrupt} names
  /// what was expected and what was found.
  std::span<const std::byte> tensor(const std::string& name, TensorType type,
                                    std::span<const std::int64_t> shape) const;

 private:
  std::filesystem::path path_;
  SafetensorsHeader header_;
  std::vector<std::byte> data_;
};

}  // namespace latent
