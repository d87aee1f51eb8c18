#include <algorithm>
#include <cmath>
#include <limits>

#include "latent/latent_geometry.h"
#include "latent/neighbourhood.h"

namespace latent {
namespace {

constexpr std::size_t kMedianOf = 1000;

}  // namespace

std::vector<float> distance_from_codes(std::span<const float> codes, int dim,
                                       std::span<const float> queries, int k,
                                       const std::function<bool()>& interrupted) {
  const auto width = static_cast<std::size_t>(dim);
  const NearestDistances among{codes, dim};
  const auto search = [&](std::span<const float> wanted, int rank) {
    std::vector<float> found(wanted.size() / width);
    among.measure(wanted, rank, found, /*threads=*/1, interrupted);
    return found;
  };
  const std::size_t n = codes.size() / width;
  const std::size_t stride = std::max<std::size_t>(1, (n + kMedianOf - 1) / kMedianOf);
  std::vector<float> own;
  for (std::size_t i = 0; i < n; i += stride) {
    const auto code = codes.subspan(i * width, width);
    if (std::isfinite(code[0])) own.insert(own.end(), code.begin(), code.end());
  }
  // Each code is its own nearest.
  std::vector<float> usual = search(own, k + 1);
  float scale = 0.0F;
  if (!usual.empty()) {
    const auto middle = usual.begin() + static_cast<std::ptrdiff_t>(usual.size() / 2);
    std::nth_element(usual.begin(), middle, usual.end());
    scale = *middle;
  }
  if (!std::isfinite(scale) || scale <= 0.0F) {
    return std::vector<float>(queries.size() / width, std::numeric_limits<float>::quiet_NaN());
  }
  std::vector<float> distances = search(queries, k);
  for (float& distance : distances) distance /= scale;
  return distances;
}

}  // namespace latent
