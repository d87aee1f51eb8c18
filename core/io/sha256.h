#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace latent {

/// SHA-256 (FIPS 180-4), fed in parts. Uses the processor's SHA instructions where it has them.
class Sha256 {
 public:
  void add(std::span<const std::uint8_t> bytes);
  void add(std::string_view text);
  /// The digest as 64 lower-case hexadecimal digits; the object is spent afterwards.
  std::string hex();

 private:
  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> block_ = {};
  std::size_t filled_ = 0;
  std::uint64_t length_ = 0;
};

std::string sha256_hex(std::span<const std::uint8_t> bytes);

namespace sha256_detail {
/// Both do the same; a test compares them.
using Compress = void (*)(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
void compress_portable(std::uint32_t* state, const std::uint8_t* blocks, std::size_t count);
/// Null where the processor has no SHA instructions.
Compress compress_with_instructions();
}  // namespace sha256_detail

}  // namespace latent
