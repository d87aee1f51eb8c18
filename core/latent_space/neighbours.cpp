#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

#include "latent/latent_space.h"
#include "latent/thread_team.h"
#include "latent_space/distance_passes.h"
#include "latent_space/point_tree.h"

namespace latent {
namespace {

constexpr std::size_t kCodesAtOnce = 512;  // what a search measures before it looks
constexpr std::size_t kPlacesAtOnce = 64;  // that a thread takes
constexpr std::size_t kPlacesOfOne = 512;  // up to which other threads are not worth their start

/// The label that most of `neighbours` have; of equally frequent ones the nearest one's.
std::int32_t majority_label(const std::vector<PointTree::Candidate>& neighbours,
                            std::span<const std::int32_t> labels) {
  std::int32_t winner = -1;
  std::ptrdiff_t votes = 0;
  // Nearest first: a later tie does not win.
  for (const PointTree::Candidate& candidate : neighbours) {
    const std::int32_t label = labels[candidate.row];
    const auto count = std::count_if(
        neighbours.begin(), neighbours.end(),
        [&](const PointTree::Candidate& other) { return labels[other.row] == label; });
    if (count > votes) {
      votes = count;
      winner = label;
    }
  }
  return winner;
}

bool is_nearer(const Neighbour& a, const Neighbour& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
}

}  // namespace

std::vector<Neighbour> nearest_neighbours(std::span<const float> points, int dim,
                                          std::span<const float> query, int k) {
  const auto width = static_cast<std::size_t>(dim);
  const std::size_t n = points.size() / width;
  const auto wanted = static_cast<std::size_t>(std::max(k, 0));
  std::vector<Neighbour> nearest;  // a heap, the farthest first
  if (wanted == 0) return nearest;
  nearest.reserve(std::min(n, wanted) + 1);
  double limit = 0.0;  // once all are found, squared
  std::array<double, kCodesAtOnce> squared;
  for (std::size_t first = 0; first < n; first += kCodesAtOnce) {
    const std::size_t count = std::min(kCodesAtOnce, n - first);
    passes::squared_distances(points.data() + first * width, count, width, query.data(),
                              squared.data());
    for (std::size_t j = 0; j < count; ++j) {
      const bool full = nearest.size() == wanted;
      if (full ? !(squared[j] < limit) : std::isnan(squared[j])) continue;
      const Neighbour candidate{static_cast<std::int64_t>(first + j),
                                static_cast<float>(std::sqrt(squared[j]))};
      if (full) {
        // Rounded, it may be as far as one that was there before.
        if (!is_nearer(candidate, nearest.front())) continue;
        std::pop_heap(nearest.begin(), nearest.end(), is_nearer);
        nearest.pop_back();
      }
      nearest.push_back(candidate);
      std::push_heap(nearest.begin(), nearest.end(), is_nearer);
      if (nearest.size() < wanted) continue;
      // From here on, a distance is rounded to a greater one than that of the farthest.
      const auto farthest =
          double{std::nextafter(nearest.front().distance, std::numeric_limits<float>::infinity())};
      limit = farthest * farthest;
    }
  }
  std::sort_heap(nearest.begin(), nearest.end(), is_nearer);
  return nearest;
}

double knn_accuracy(std::span<const float> points, int dim, std::span<const std::int32_t> labels,
                    int k, int threads, const std::function<bool()>& interrupted) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0) rows.push_back(i);
  }
  if (rows.size() < 2 || k < 1) return 0.0;
  const std::size_t labelled = rows.size();
  const PointTree tree{points, static_cast<std::size_t>(dim), std::move(rows)};
  const std::size_t wanted = std::min(static_cast<std::size_t>(k), labelled - 1);
  std::atomic<std::size_t> right = 0;  // those that are not finite are told by nobody
  ThreadTeam team{tree.count() > kPlacesOfOne ? threads : 1};
  team.run((tree.count() + kPlacesAtOnce - 1) / kPlacesAtOnce,
           [&](std::size_t piece) {
             PointTree::Search search{tree, wanted};
             std::vector<float> query(tree.dim());
             const std::size_t last = std::min(tree.count(), (piece + 1) * kPlacesAtOnce);
             std::size_t mine = 0;
             for (std::size_t place = piece * kPlacesAtOnce; place < last; ++place) {
               tree.copy(place, query.data());
               const auto& found = search.nearest(query.data(), place);
               if (majority_label(found, labels) == labels[tree.row(place)]) ++mine;
             }
             right += mine;
           },
           interrupted);
  return static_cast<double>(right) / static_cast<double>(labelled);
}

}  // namespace latent
