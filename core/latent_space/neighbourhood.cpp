#include "latent/neighbourhood.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "latent/error.h"
#include "latent_space/block_search.h"

namespace latent {

using block_search::kBlock;
using block_search::kFar;

namespace {

/// Sums side by side, so that the compiler may compute them at once.
float squared_picture_distance(std::span<const std::uint8_t> image, std::span<const float> wanted) {
  constexpr std::size_t kSums = 16;
  std::array<float, kSums> sums{};
  std::size_t p = 0;
  for (; p + kSums <= image.size(); p += kSums) {
    for (std::size_t i = 0; i < kSums; ++i) {
      const float difference = static_cast<float>(image[p + i]) - wanted[p + i];
      sums[i] += difference * difference;
    }
  }
  for (; p < image.size(); ++p) {
    const float difference = static_cast<float>(image[p]) - wanted[p];
    sums[0] += difference * difference;
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

}  // namespace

void neighbour_purity(std::span<const float> points, int dim, std::span<const std::int32_t> labels,
                      int k, std::size_t first, std::span<float> purity) {
  const auto width = static_cast<std::size_t>(dim);
  const auto takes_part = [&](std::size_t row) {
    if (labels[row] < 0) return false;
    const auto code = points.subspan(row * width, width);
    return std::all_of(code.begin(), code.end(), [](float value) { return std::isfinite(value); });
  };
  std::vector<std::size_t> rows;
  std::vector<std::size_t> place(labels.size(), labels.size());
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (!takes_part(row)) continue;
    place[row] = rows.size();
    rows.push_back(row);
  }
  std::fill(purity.begin(), purity.end(), std::numeric_limits<float>::quiet_NaN());
  if (rows.size() < 2 || k < 1) return;
  const block_search::Columns columns{points, width, rows};
  block_search::Nearest nearest{std::min(static_cast<std::size_t>(k), rows.size() - 1)};
  std::array<float, kBlock> distances;
  for (std::size_t i = 0; i < purity.size(); ++i) {
    const std::size_t row = first + i;
    if (row >= labels.size() || place[row] == labels.size()) continue;
    const std::size_t own = place[row];
    nearest.clear();
    for (std::size_t begin = 0; begin < columns.count(); begin += kBlock) {
      columns.squared_distances(points.data() + row * width, begin, distances);
      if (own >= begin && own < begin + kBlock) distances[own - begin] = kFar;
      nearest.offer(distances, begin);
    }
    const auto same = std::count_if(nearest.found().begin(), nearest.found().end(),
                                    [&](const block_search::Candidate& near) {
                                      return labels[rows[near.index]] == labels[row];
                                    });
    purity[i] = static_cast<float>(same) / static_cast<float>(nearest.found().size());
  }
}

void kth_distances(std::span<const float> points, int dim, std::span<const float> queries, int k,
                   std::span<float> distances) {
  const auto width = static_cast<std::size_t>(dim);
  std::vector<std::size_t> rows(points.size() / width);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const block_search::Columns columns{points, width, rows};
  block_search::Nearest nearest{static_cast<std::size_t>(k)};
  std::array<float, kBlock> squared;
  for (std::size_t i = 0; i < distances.size(); ++i) {
    nearest.clear();
    for (std::size_t begin = 0; begin < columns.count(); begin += kBlock) {
      columns.squared_distances(queries.data() + i * width, begin, squared);
      nearest.offer(squared, begin);
    }
    distances[i] = std::sqrt(nearest.worst());
  }
}

std::vector<Neighbour> nearest_pictures(const Dataset& data, std::span<const float> query, int k) {
  const auto pixels = static_cast<std::size_t>(data.shape.pixels());
  if (query.size() != pixels) {
    throw Error{ErrorCode::InvalidConfig, "A picture of " + std::to_string(pixels) +
                                              " numbers was expected, one of " +
                                              std::to_string(query.size()) + " was given."};
  }
  std::vector<float> wanted(pixels);
  std::transform(query.begin(), query.end(), wanted.begin(),
                 [](float value) { return 255.0F * value; });
  std::vector<Neighbour> neighbours;
  neighbours.reserve(static_cast<std::size_t>(data.size()));
  for (std::int64_t row = 0; row < data.size(); ++row) {
    neighbours.push_back(
        {row, std::sqrt(squared_picture_distance(data.image(row), wanted)) / 255.0F});
  }
  const auto count = std::min(neighbours.size(), static_cast<std::size_t>(std::max(k, 0)));
  std::partial_sort(neighbours.begin(), neighbours.begin() + static_cast<std::ptrdiff_t>(count),
                    neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
                      return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
                    });
  neighbours.resize(count);
  return neighbours;
}

std::int64_t squared_pixel_distance(std::span<const std::uint8_t> a,
                                    std::span<const std::uint8_t> b) {
  // A sum of so many squares fits 32 bits, and whole numbers may be summed in any order.
  constexpr std::size_t kPart = 32768;
  std::int64_t sum = 0;
  for (std::size_t first = 0; first < a.size(); first += kPart) {
    const std::size_t last = std::min(a.size(), first + kPart);
    std::int32_t part = 0;
    for (std::size_t p = first; p < last; ++p) {
      const std::int32_t difference = std::int32_t{a[p]} - std::int32_t{b[p]};
      part += difference * difference;
    }
    sum += part;
  }
  return sum;
}

std::vector<float> distances_to_nearest(const Dataset& pictures, std::int64_t count,
                                        const Dataset& among,
                                        const std::function<bool()>& interrupted) {
  std::vector<float> distances;
  for (std::int64_t row = 0; row < std::min(count, pictures.size()); ++row) {
    if (interrupted && interrupted()) throw Error{ErrorCode::Cancelled, "Cancelled."};
    std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t other = 0; other < among.size(); ++other) {
      nearest = std::min(nearest, squared_pixel_distance(pictures.image(row), among.image(other)));
    }
    distances.push_back(static_cast<float>(std::sqrt(static_cast<double>(nearest)) / 255.0));
  }
  return distances;
}

}  // namespace latent
