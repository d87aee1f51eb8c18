#include "latent/pictures.h"

#include <algorithm>
#include <cmath>

#include "io/file_bytes.h"
#include "io/picture_codecs.h"
#include "latent/error.h"

namespace latent {
namespace {

std::uint8_t to_byte(std::uint8_t value) {
  return value;
}

std::uint8_t to_byte(float value) {
  // Written so that a value that is no number becomes black.
  return value > 0.0F ? static_cast<std::uint8_t>(std::lround(std::min(value, 1.0F) * 255.0F))
                      : std::uint8_t{0};
}

template <typename Value>
Picture tile(std::span<const Value> pixels, ImageShape shape, int columns, int gap, int scale,
             std::uint8_t background) {
  if ((shape.channels != 1 && shape.channels != 3) || shape.height < 1 || shape.width < 1 ||
      columns < 1 || gap < 0 || scale < 1 ||
      pixels.size() % static_cast<std::size_t>(shape.pixels()) != 0) {
    throw Error(ErrorCode::ShapeMismatch,
                "Pictures can be tiled when they are whole and have one or three channels; these "
                "have " +
                    std::to_string(shape.channels) + " of " + std::to_string(shape.height) + " × " +
                    std::to_string(shape.width) + ".");
  }
  const auto count = static_cast<int>(pixels.size() / static_cast<std::size_t>(shape.pixels()));
  const int across = std::max(1, std::min(columns, count));
  const int down = std::max(1, (count + across - 1) / across);
  const int step_x = shape.width * scale + gap;
  const int step_y = shape.height * scale + gap;
  Picture picture;
  picture.channels = shape.channels;
  picture.width = across * step_x - gap;
  picture.height = down * step_y - gap;
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t row_bytes = static_cast<std::size_t>(picture.width) * channels;
  picture.pixels.assign(row_bytes * static_cast<std::size_t>(picture.height), background);
  for (int index = 0; index < count; ++index) {
    const Value* image = pixels.data() + index * shape.pixels();
    std::uint8_t* corner = picture.pixels.data() +
                           static_cast<std::size_t>(index / across * step_y) * row_bytes +
                           static_cast<std::size_t>(index % across * step_x) * channels;
    for (int y = 0; y < shape.height; ++y) {
      std::uint8_t* row = corner + static_cast<std::size_t>(y * scale) * row_bytes;
      for (int x = 0; x < shape.width * scale; ++x) {
        for (int c = 0; c < shape.channels; ++c) {
          row[x * shape.channels + c] =
              to_byte(image[(c * shape.height + y) * shape.width + x / scale]);
        }
      }
      const auto tile_bytes = static_cast<std::size_t>(shape.width * scale) * channels;
      for (int again = 1; again < scale; ++again) {
        std::copy_n(row, tile_bytes, row + static_cast<std::size_t>(again) * row_bytes);
      }
    }
  }
  return picture;
}

}  // namespace

Picture tile_pictures(std::span<const float> pixels, ImageShape shape, int columns, int gap,
                      int scale, std::uint8_t background) {
  return tile(pixels, shape, columns, gap, scale, background);
}

Picture tile_pictures(std::span<const std::uint8_t> pixels, ImageShape shape, int columns, int gap,
                      int scale, std::uint8_t background) {
  return tile(pixels, shape, columns, gap, scale, background);
}

Picture decode_picture(std::span<const std::uint8_t> bytes, bool colour, const std::string& name,
                       int smallest_side, PictureSize* full_size) {
  if (is_png(bytes)) {
    Picture picture = decode_png(bytes, colour, name);
    if (full_size != nullptr) *full_size = {picture.width, picture.height};
    return picture;
  }
  if (is_jpeg(bytes)) return decode_jpeg(bytes, colour, name, smallest_side, full_size);
  throw Error(ErrorCode::DatasetCorrupt, name + " is neither a PNG nor a JPEG picture.");
}

Picture read_picture(const std::filesystem::path& path, bool colour) {
  try {
    return decode_picture(read_file(path), colour, path.string());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::DatasetNotFound) throw;
    throw Error(ErrorCode::DatasetCorrupt, error.what(), error.detail());
  }
}

}  // namespace latent
