#include <png.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "io/deflate.h"
#include "io/picture_codecs.h"
#include "latent/atomic_file.h"
#include "latent/error.h"

namespace latent {
namespace {

/// libpng's simplified interface keeps its setjmp to itself and reports errors as text.
struct PngImage {
  png_image image = {};
  PngImage() { image.version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(&image); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
};

struct MemoryStream {
  char* data = nullptr;
  std::size_t size = 0;
  FILE* file = open_memstream(&data, &size);
  ~MemoryStream() {
    if (file != nullptr) std::fclose(file);
    std::free(data);
  }
};

}  // namespace

bool is_png(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 8 && png_sig_cmp(bytes.data(), 0, 8) == 0;
}

Picture decode_png(std::span<const std::uint8_t> bytes, bool colour, const std::string& name) {
  PngImage png;
  const auto damaged = [&] {
    return Error(ErrorCode::DatasetCorrupt, name + " is not a whole PNG picture.",
                 png.image.message);
  };
  if (png_image_begin_read_from_memory(&png.image, bytes.data(), bytes.size()) == 0) {
    throw damaged();
  }
  const std::int64_t pixels = std::int64_t{png.image.width} * png.image.height;
  // A pixel takes one bit at least, before compression.
  const auto possible = static_cast<std::int64_t>(bytes.size() * kMostDeflateExpands * 8);
  if (pixels > kMostPicturePixels || pixels > possible) {
    throw Error(ErrorCode::DatasetCorrupt,
                name + " is a PNG picture that claims " + std::to_string(png.image.width) + " × " +
                    std::to_string(png.image.height) + " pixels, which is too many for its file.");
  }
  png.image.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Picture picture;
  picture.width = static_cast<int>(png.image.width);
  picture.height = static_cast<int>(png.image.height);
  picture.channels = colour ? 3 : 1;
  picture.pixels.resize(PNG_IMAGE_SIZE(png.image));
  const png_color white = {255, 255, 255};
  if (png_image_finish_read(&png.image, &white, picture.pixels.data(), 0, nullptr) == 0 ||
      PNG_IMAGE_FAILED(png.image)) {
    throw damaged();
  }
  return picture;
}

void write_png(const std::filesystem::path& path, const Picture& picture) {
  const auto values = std::int64_t{picture.width} * picture.height * picture.channels;
  if (picture.width < 1 || picture.height < 1 || (picture.channels != 1 && picture.channels != 3) ||
      values != static_cast<std::int64_t>(picture.pixels.size())) {
    throw Error(ErrorCode::WriteFailed, "Cannot write " + path.string() +
                                            ": the picture has no grey or RGB pixels to write.");
  }
  PngImage png;
  png.image.width = static_cast<png_uint_32>(picture.width);
  png.image.height = static_cast<png_uint_32>(picture.height);
  png.image.format = picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  MemoryStream memory;
  if (memory.file == nullptr || png_image_write_to_stdio(&png.image, memory.file, 0,
                                                         picture.pixels.data(), 0, nullptr) == 0) {
    throw Error(ErrorCode::WriteFailed,
                "Cannot write " + path.string() + ": the picture could not be compressed.",
                png.image.message);
  }
  std::fflush(memory.file);
  write_atomically(path, [&](std::ostream& out) {
    out.write(memory.data, static_cast<std::streamsize>(memory.size));
  });
}

}  // namespace latent
