#include "latent/neighbourhood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "latent/error.h"
#include "latent/thread_team.h"
#include "latent_space/distance_passes.h"
#include "latent_space/point_tree.h"

namespace latent {
namespace {

// What a thread takes at a time, and up to how many the others are not worth their start.
constexpr std::size_t kPointsAtOnce = 32;
constexpr std::size_t kPointsOfOne = 64;
constexpr std::size_t kPicturesAtOnce = 1024;
constexpr std::size_t kPixelsOfOne = 16'000'000;  // 1 ms
// Pictures that are held against another one while it is in the cache.
constexpr std::size_t kPicturesTogether = 8;

std::vector<std::size_t> all_rows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::size_t pieces_of(std::size_t count, std::size_t each) {
  return (count + each - 1) / each;
}

/// `own`: picture i is also others' number i, and not its own neighbour.
std::vector<std::int64_t> to_nearest(std::span<const std::uint8_t> pictures,
                                     std::span<const std::uint8_t> others, std::int64_t pixels,
                                     bool own, int threads,
                                     const std::function<bool()>& interrupted) {
  const auto size = static_cast<std::size_t>(pixels);
  std::vector<std::int64_t> nearest(pictures.size() / size,
                                    std::numeric_limits<std::int64_t>::max());
  ThreadTeam team{threads};
  team.run(
      pieces_of(nearest.size(), kPicturesTogether),
      [&](std::size_t piece) {
        const std::size_t begin = piece * kPicturesTogether;
        const std::size_t end = std::min(nearest.size(), begin + kPicturesTogether);
        for (std::size_t other = 0; other < others.size() / size; ++other) {
          for (std::size_t i = begin; i < end; ++i) {
            if (own && i == other) continue;
            nearest[i] = std::min(
                nearest[i], passes::squared_pixel_distance(pictures.data() + i * size,
                                                           others.data() + other * size, size));
          }
        }
      },
      interrupted);
  return nearest;
}

}  // namespace

NeighbourPurity::NeighbourPurity(std::span<const float> points, int dim,
                                 std::span<const std::int32_t> labels)
    : labels_(labels.begin(), labels.end()), place_(labels.size(), PointTree::kNone) {
  std::vector<std::size_t> rows = all_rows(labels_.size());
  std::erase_if(rows, [&](std::size_t row) { return labels_[row] < 0; });
  tree_ = std::make_unique<const PointTree>(points, static_cast<std::size_t>(dim), std::move(rows));
  for (std::size_t place = 0; place < tree_->count(); ++place) place_[tree_->row(place)] = place;
}

NeighbourPurity::~NeighbourPurity() = default;

void NeighbourPurity::measure(int k, std::size_t first, std::span<float> purity, int threads,
                              const std::function<bool()>& interrupted) const {
  std::fill(purity.begin(), purity.end(), std::numeric_limits<float>::quiet_NaN());
  if (tree_->count() < 2 || k < 1) return;
  const std::size_t wanted = std::min(static_cast<std::size_t>(k), tree_->count() - 1);
  std::vector<std::size_t> places;
  for (std::size_t row = first; row < std::min(first + purity.size(), place_.size()); ++row) {
    if (place_[row] != PointTree::kNone) places.push_back(place_[row]);
  }
  // Neighbours one after the other find what they need in the cache.
  std::sort(places.begin(), places.end());
  ThreadTeam team{places.size() > kPointsOfOne ? threads : 1};
  team.run(
      pieces_of(places.size(), kPointsAtOnce),
      [&](std::size_t piece) {
        PointTree::Search search{*tree_, wanted};
        std::vector<float> query(tree_->dim());
        const std::size_t last = std::min(places.size(), (piece + 1) * kPointsAtOnce);
        for (std::size_t i = piece * kPointsAtOnce; i < last; ++i) {
          const std::size_t row = tree_->row(places[i]);
          tree_->copy(places[i], query.data());
          const auto& found = search.nearest(query.data(), places[i]);
          const auto same = std::count_if(
              found.begin(), found.end(),
              [&](const PointTree::Candidate& near) { return labels_[near.row] == labels_[row]; });
          purity[row - first] = static_cast<float>(same) / static_cast<float>(found.size());
        }
      },
      interrupted);
}

NearestDistances::NearestDistances(std::span<const float> points, int dim)
    : tree_(std::make_unique<const PointTree>(
          points, static_cast<std::size_t>(dim),
          all_rows(points.size() / static_cast<std::size_t>(dim)))) {}

NearestDistances::~NearestDistances() = default;

void NearestDistances::measure(std::span<const float> queries, int k, std::span<float> distances,
                               int threads, const std::function<bool()>& interrupted) const {
  const auto wanted = static_cast<std::size_t>(std::max(k, 1));
  ThreadTeam team{distances.size() > kPointsOfOne ? threads : 1};
  team.run(
      pieces_of(distances.size(), kPointsAtOnce),
      [&](std::size_t piece) {
        PointTree::Search search{*tree_, wanted};
        const std::size_t last = std::min(distances.size(), (piece + 1) * kPointsAtOnce);
        for (std::size_t i = piece * kPointsAtOnce; i < last; ++i) {
          const auto& found = search.nearest(queries.data() + i * tree_->dim());
          distances[i] = found.size() < wanted ? std::numeric_limits<float>::infinity()
                                               : std::sqrt(found.back().squared_distance);
        }
      },
      interrupted);
}

std::vector<Neighbour> nearest_pictures(const Dataset& data, std::span<const float> query, int k,
                                        int threads) {
  const auto pixels = static_cast<std::size_t>(data.shape.pixels());
  if (query.size() != pixels) {
    throw Error{ErrorCode::InvalidConfig, "A picture of " + std::to_string(pixels) +
                                              " numbers was expected, one of " +
                                              std::to_string(query.size()) + " was given."};
  }
  std::vector<float> wanted(pixels);
  std::transform(query.begin(), query.end(), wanted.begin(),
                 [](float value) { return 255.0F * value; });
  std::vector<Neighbour> neighbours(static_cast<std::size_t>(data.size()));
  ThreadTeam team{data.images.size() > kPixelsOfOne ? threads : 1};
  team.run(pieces_of(neighbours.size(), kPicturesAtOnce), [&](std::size_t piece) {
    const std::size_t last = std::min(neighbours.size(), (piece + 1) * kPicturesAtOnce);
    for (std::size_t row = piece * kPicturesAtOnce; row < last; ++row) {
      const float squared = passes::squared_picture_distance(data.images.data() + row * pixels,
                                                             wanted.data(), pixels);
      neighbours[row] = {static_cast<std::int64_t>(row), std::sqrt(squared) / 255.0F};
    }
  });
  const auto count = std::min(neighbours.size(), static_cast<std::size_t>(std::max(k, 0)));
  std::partial_sort(neighbours.begin(), neighbours.begin() + static_cast<std::ptrdiff_t>(count),
                    neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
                      return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
                    });
  neighbours.resize(count);
  return neighbours;
}

std::vector<std::int64_t> squared_distances_to_nearest(std::span<const std::uint8_t> pictures,
                                                       std::span<const std::uint8_t> others,
                                                       std::int64_t pixels, int threads,
                                                       const std::function<bool()>& interrupted) {
  return to_nearest(pictures, others, pixels, /*own=*/false, threads, interrupted);
}

std::vector<std::int64_t> squared_distances_to_nearest_other(
    std::span<const std::uint8_t> pictures, std::int64_t pixels, int threads,
    const std::function<bool()>& interrupted) {
  return to_nearest(pictures, pictures, pixels, /*own=*/true, threads, interrupted);
}

std::vector<float> distances_to_nearest(const Dataset& pictures, std::int64_t count,
                                        const Dataset& among, int threads,
                                        const std::function<bool()>& interrupted) {
  const auto chosen =
      static_cast<std::size_t>(std::min(count, pictures.size()) * pictures.shape.pixels());
  std::vector<float> distances;
  for (const std::int64_t squared :
       squared_distances_to_nearest(std::span{pictures.images}.first(chosen), among.images,
                                    pictures.shape.pixels(), threads, interrupted)) {
    distances.push_back(static_cast<float>(std::sqrt(static_cast<double>(squared)) / 255.0));
  }
  return distances;
}

}  // namespace latent
