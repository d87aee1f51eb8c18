#include "io/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "latent/error.h"

namespace latent {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kRawWindow = -15;

class Inflater {
 public:
  explicit Inflater(int window_bits) {
    if (inflateInit2(&stream, window_bits) != Z_OK) {
      throw Error(ErrorCode::OutOfMemory, "There is not enough memory to unpack a file.");
    }
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  z_stream stream = {};
};

std::vector<std::uint8_t> unpack(std::span<const std::uint8_t> bytes, std::uint64_t at_most,
                                 const std::string& name, int window_bits) {
  Inflater inflater(window_bits);
  z_stream& stream = inflater.stream;
  const std::uint64_t bound =
      std::min<std::uint64_t>(at_most, bytes.size() * kMostDeflateExpands + 64);
  std::vector<std::uint8_t> out;
  std::size_t have = 0;
  std::size_t read = 0;
  constexpr std::size_t kMostAtOnce = std::numeric_limits<uInt>::max();
  // zlib only reads through next_in; its declaration is older than const.
  auto* const input = const_cast<Bytef*>(bytes.data());
  for (;;) {
    if (have == out.size()) {
      if (have == bound) return out;
      // Grow with what has really come out, not with what a header promises.
      out.resize(std::min<std::uint64_t>(
          bound, std::max<std::uint64_t>(out.size() * 2, bytes.size() * 4 + 4096)));
    }
    stream.next_in = input + read;
    stream.avail_in = static_cast<uInt>(std::min(bytes.size() - read, kMostAtOnce));
    stream.next_out = out.data() + have;
    stream.avail_out = static_cast<uInt>(std::min(out.size() - have, kMostAtOnce));
    const int result = inflate(&stream, Z_NO_FLUSH);
    read = static_cast<std::size_t>(stream.next_in - bytes.data());
    have = static_cast<std::size_t>(stream.next_out - out.data());
    if (result == Z_STREAM_END) {
      const bool another_member =
          window_bits == kGzipWindow && is_gzip(bytes.subspan(std::min(read, bytes.size())));
      if (!another_member) break;
      inflateReset(&stream);
      continue;
    }
    if (result == Z_BUF_ERROR || (result == Z_OK && read == bytes.size() && stream.avail_out > 0)) {
      if (have == out.size() && read < bytes.size()) continue;
      throw Error(ErrorCode::DatasetCorrupt,
                  name + " is truncated: its compressed data stop before their end.");
    }
    if (result == Z_MEM_ERROR) {
      throw Error(ErrorCode::OutOfMemory, "There is not enough memory to unpack " + name + ".");
    }
    if (result != Z_OK) {
      throw Error(ErrorCode::DatasetCorrupt, name + " is damaged: its compressed data are invalid.",
                  stream.msg != nullptr ? stream.msg : "");
    }
  }
  out.resize(have);
  return out;
}

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

std::vector<std::uint8_t> gunzip(std::span<const std::uint8_t> bytes, std::uint64_t at_most,
                                 const std::string& name) {
  return unpack(bytes, at_most, name, kGzipWindow);
}

std::vector<std::uint8_t> inflate_raw(std::span<const std::uint8_t> bytes, std::uint64_t at_most,
                                      const std::string& name) {
  return unpack(bytes, at_most, name, kRawWindow);
}

}  // namespace latent
