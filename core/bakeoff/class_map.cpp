#include <algorithm>
#include <cmath>

#include "bakeoff/class_colours.h"

namespace latent::bakeoff {

Picture class_map(const std::vector<float>& points, const std::vector<std::int32_t>& labels) {
  constexpr int kSide = 360;
  constexpr int kMargin = 8;
  constexpr std::uint8_t kUnlabelled[3] = {205, 210, 218};
  float low[2] = {INFINITY, INFINITY};
  float high[2] = {-INFINITY, -INFINITY};
  for (std::size_t i = 0; i < points.size(); ++i) {
    low[i % 2] = std::min(low[i % 2], points[i]);
    high[i % 2] = std::max(high[i % 2], points[i]);
  }
  const float extent = std::max({high[0] - low[0], high[1] - low[1], 1e-6F});
  Picture picture{kSide, kSide, 3, std::vector<std::uint8_t>(std::size_t{3} * kSide * kSide, 255)};
  const auto place = [&](std::size_t point, std::size_t axis) {
    const float middle = 0.5F * (low[axis] + high[axis]);
    const float at = (points[2 * point + axis] - middle) / extent + 0.5F;
    return kMargin + static_cast<int>(std::lround(at * (kSide - 2 * kMargin - 2)));
  };
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::uint8_t* colour =
        labels[i] < 0 ? kUnlabelled
                      : kClassColours[static_cast<std::size_t>(labels[i]) % kClassColourCount];
    for (int dy = 0; dy < 2; ++dy) {
      for (int dx = 0; dx < 2; ++dx) {
        const int x = place(i, 0) + dx;
        const int y = kSide - 1 - place(i, 1) - dy;
        std::copy_n(colour, 3, picture.pixels.begin() + 3 * (y * kSide + x));
      }
    }
  }
  return picture;
}

}  // namespace latent::bakeoff
