#include "data/image_import.h"

#include <algorithm>
#include <cmath>

#include "io/resample.h"
#include "latent/error.h"

namespace latent {
namespace {

int scaled(int side, double factor) {
  return std::max(1, static_cast<int>(std::lround(side * factor)));
}

/// The middle part that has the target's proportions (a square, for a square target), scaled.
Picture cropped(const Picture& picture, int width, int height) {
  const double factor = std::min(static_cast<double>(picture.width) / width,
                                 static_cast<double>(picture.height) / height);
  const Picture middle = crop_middle(picture, std::min(picture.width, scaled(width, factor)),
                                     std::min(picture.height, scaled(height, factor)));
  return resample(middle, width, height);
}

std::uint8_t corner_mean(const Picture& picture, std::size_t channel) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t row = static_cast<std::size_t>(picture.width) * channels;
  const std::size_t last_row = row * static_cast<std::size_t>(picture.height - 1);
  const int sum = picture.pixels[channel] + picture.pixels[row - channels + channel] +
                  picture.pixels[last_row + channel] +
                  picture.pixels[last_row + row - channels + channel];
  return static_cast<std::uint8_t>((sum + 2) / 4);
}

/// The whole picture, scaled to fit, on a ground of its own.
Picture fitted(const Picture& picture, int width, int height) {
  const double factor = std::min(static_cast<double>(width) / picture.width,
                                 static_cast<double>(height) / picture.height);
  const Picture small = resample(picture, std::min(width, scaled(picture.width, factor)),
                                 std::min(height, scaled(picture.height, factor)));
  const auto channels = static_cast<std::size_t>(picture.channels);
  Picture whole{width, height, picture.channels, {}};
  whole.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                      channels);
  for (std::size_t i = 0; i < whole.pixels.size(); ++i) {
    whole.pixels[i] = corner_mean(small, i % channels);
  }
  const auto left = static_cast<std::size_t>((width - small.width) / 2);
  const auto top = static_cast<std::size_t>((height - small.height) / 2);
  const std::size_t row = static_cast<std::size_t>(small.width) * channels;
  for (std::size_t y = 0; y < static_cast<std::size_t>(small.height); ++y) {
    std::copy_n(
        small.pixels.data() + y * row, row,
        whole.pixels.data() + ((top + y) * static_cast<std::size_t>(width) + left) * channels);
  }
  return whole;
}

}  // namespace

void check_import(const ImageImport& image_import) {
  constexpr int kSmallest = 4;
  constexpr int kLargest = 1024;
  for (const int side : {image_import.width, image_import.height}) {
    if (side < kSmallest || side > kLargest) {
      throw Error(ErrorCode::InvalidConfig,
                  "Pictures can be brought to 4 to 1024 pixels a side; asked for were " +
                      std::to_string(image_import.width) + " × " +
                      std::to_string(image_import.height) + ".");
    }
  }
}

void import_picture(const Picture& picture, const ImageImport& image_import,
                    std::span<std::uint8_t> pixels) {
  const Picture sized = image_import.crop_to_square
                            ? cropped(picture, image_import.width, image_import.height)
                            : fitted(picture, image_import.width, image_import.height);
  const auto channels = static_cast<std::size_t>(sized.channels);
  const std::size_t plane = sized.pixels.size() / channels;
  const std::uint8_t flip = image_import.invert ? 255 : 0;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < plane; ++i) {
      pixels[c * plane + i] = sized.pixels[i * channels + c] ^ flip;
    }
  }
}

}  // namespace latent
