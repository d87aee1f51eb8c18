#include "io/resample.h"

#include <algorithm>
#include <cmath>

namespace latent {
namespace {

/// Which source pixels make one target pixel, and how much each counts.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

std::vector<Taps> taps_for(int from, int to) {
  const double ratio = static_cast<double>(from) / to;
  const double support = std::max(1.0, ratio);
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (int target = 0; target < to; ++target) {
    const double centre = (target + 0.5) * ratio;
    const int first = std::max(0, static_cast<int>(std::floor(centre - support)));
    const int last = std::min(from - 1, static_cast<int>(std::ceil(centre + support)) - 1);
    Taps& taps = all[static_cast<std::size_t>(target)];
    taps.first = first;
    double sum = 0;
    for (int source = first; source <= last; ++source) {
      const double weight = std::max(0.0, 1.0 - std::abs(source + 0.5 - centre) / support);
      taps.weights.push_back(static_cast<float>(weight));
      sum += weight;
    }
    for (float& weight : taps.weights) weight = static_cast<float>(weight / sum);
  }
  return all;
}

}  // namespace

Picture resample(const Picture& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::vector<Taps> across = taps_for(picture.width, width);
  const std::vector<Taps> down = taps_for(picture.height, height);
  const std::size_t source_row = static_cast<std::size_t>(picture.width) * channels;
  const std::size_t target_row = static_cast<std::size_t>(width) * channels;
  std::vector<float> narrowed(static_cast<std::size_t>(picture.height) * target_row);
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
    const std::uint8_t* source = picture.pixels.data() + y * source_row;
    float* target = narrowed.data() + y * target_row;
    for (const Taps& taps : across) {
      for (std::size_t c = 0; c < channels; ++c) {
        float sum = 0;
        const std::uint8_t* pixel = source + static_cast<std::size_t>(taps.first) * channels + c;
        for (const float weight : taps.weights) {
          sum += weight * static_cast<float>(*pixel);
          pixel += channels;
        }
        *target++ = sum;
      }
    }
  }
  Picture scaled{width, height, picture.channels, {}};
  scaled.pixels.resize(static_cast<std::size_t>(height) * target_row);
  std::uint8_t* out = scaled.pixels.data();
  for (const Taps& taps : down) {
    const float* column = narrowed.data() + static_cast<std::size_t>(taps.first) * target_row;
    for (std::size_t x = 0; x < target_row; ++x) {
      float sum = 0;
      for (std::size_t i = 0; i < taps.weights.size(); ++i) {
        sum += taps.weights[i] * column[i * target_row + x];
      }
      *out++ = static_cast<std::uint8_t>(std::clamp(sum + 0.5F, 0.0F, 255.0F));
    }
  }
  return scaled;
}

Picture crop_middle(const Picture& picture, int width, int height) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  const auto left = static_cast<std::size_t>((picture.width - width) / 2);
  const auto top = static_cast<std::size_t>((picture.height - height) / 2);
  const std::size_t row_bytes = static_cast<std::size_t>(width) * channels;
  Picture part{width, height, picture.channels, {}};
  part.pixels.reserve(row_bytes * static_cast<std::size_t>(height));
  for (std::size_t y = top; y < top + static_cast<std::size_t>(height); ++y) {
    const auto row = picture.pixels.begin() +
                     static_cast<std::ptrdiff_t>(
                         (y * static_cast<std::size_t>(picture.width) + left) * channels);
    part.pixels.insert(part.pixels.end(), row, row + static_cast<std::ptrdiff_t>(row_bytes));
  }
  return part;
}

}  // namespace latent
