#include <csetjmp>
#include <cstddef>
#include <cstdio>
// jpeglib.h needs size_t and FILE before it.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>

#include "io/picture_codecs.h"
#include "latent/error.h"

namespace latent {
namespace {

/// Everything a decoding needs lives here, in the caller's frame: libjpeg leaves by longjmp, and a
/// jump must not pass over a destructor.
struct Decoding {
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  jpeg_decompress_struct jpeg = {};
  std::jmp_buf on_error = {};
  std::array<char, JMSG_LENGTH_MAX> message = {};
  bool too_large = false;
  bool incomplete = false;
  Picture picture;
  bool created = false;

  Decoding() = default;
  ~Decoding() {
    if (created) jpeg_destroy_decompress(&jpeg);
  }
  Decoding(const Decoding&) = delete;
  Decoding& operator=(const Decoding&) = delete;
};

[[noreturn]] void leave(j_common_ptr common) {
  auto* decoding = static_cast<Decoding*>(common->client_data);
  common->err->format_message(common, decoding->message.data());
  std::longjmp(decoding->on_error, 1);
}

void take_message(j_common_ptr common, int level) {
  if (level >= 0) return;  // a trace, not a warning
  ++common->err->num_warnings;
  // Others (stray bytes before a marker …) are common in whole pictures.
  const int code = common->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) {
    static_cast<Decoding*>(common->client_data)->incomplete = true;
  }
}

void limit_scans(j_common_ptr common) {
  // A progressive file of a few kB can hold thousands of scans, each of which costs a whole
  // picture.
  constexpr int kMostScans = 200;
  if (reinterpret_cast<j_decompress_ptr>(common)->input_scan_number > kMostScans) leave(common);
}

/// Holds nothing that has a destructor. False: `message` says why.
bool decode(Decoding& decoding, const unsigned char* bytes, unsigned long size, bool colour,
            int smallest_side) {
  jpeg_decompress_struct& jpeg = decoding.jpeg;
  jpeg.err = jpeg_std_error(&decoding.errors);
  decoding.errors.error_exit = leave;
  decoding.errors.emit_message = take_message;
  jpeg.client_data = &decoding;
  if (setjmp(decoding.on_error) != 0) return false;
  jpeg_create_decompress(&jpeg);
  decoding.created = true;
  jpeg.client_data = &decoding;
  decoding.progress.progress_monitor = limit_scans;
  jpeg.progress = &decoding.progress;
  jpeg_mem_src(&jpeg, bytes, size);
  jpeg_read_header(&jpeg, TRUE);
  if (static_cast<std::int64_t>(jpeg.image_width) * jpeg.image_height > kMostPicturePixels) {
    decoding.too_large = true;
    return false;
  }
  jpeg.out_color_space = colour ? JCS_RGB : JCS_GRAYSCALE;
  const int side = static_cast<int>(std::min(jpeg.image_width, jpeg.image_height));
  jpeg.scale_num = 1;
  jpeg.scale_denom = 1;
  while (smallest_side > 0 && jpeg.scale_denom < 8 &&
         side / static_cast<int>(jpeg.scale_denom * 2) >= smallest_side) {
    jpeg.scale_denom *= 2;
  }
  jpeg_start_decompress(&jpeg);
  decoding.picture.width = static_cast<int>(jpeg.output_width);
  decoding.picture.height = static_cast<int>(jpeg.output_height);
  decoding.picture.channels = jpeg.output_components;
  const std::size_t row_bytes = std::size_t{jpeg.output_width} * jpeg.output_components;
  decoding.picture.pixels.resize(row_bytes * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = decoding.picture.pixels.data() + row_bytes * jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

}  // namespace

bool is_jpeg(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

Picture decode_jpeg(std::span<const std::uint8_t> bytes, bool colour, const std::string& name,
                    int smallest_side, PictureSize* full_size) {
  Decoding decoding;
  const bool done = decode(decoding, bytes.data(), bytes.size(), colour, smallest_side);
  if (decoding.too_large) {
    throw Error(ErrorCode::DatasetCorrupt, name + " is a JPEG picture that claims " +
                                               std::to_string(decoding.jpeg.image_width) + " × " +
                                               std::to_string(decoding.jpeg.image_height) +
                                               " pixels, which is too many.");
  }
  if (!done || decoding.incomplete) {
    throw Error(ErrorCode::DatasetCorrupt, name + " is not a whole JPEG picture.",
                decoding.message.data());
  }
  if (full_size != nullptr) {
    *full_size = {static_cast<int>(decoding.jpeg.image_width),
                  static_cast<int>(decoding.jpeg.image_height)};
  }
  return std::move(decoding.picture);
}

}  // namespace latent
