#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent_space/block_search.h"

namespace latent {
namespace {

using block_search::Candidate;
using block_search::Columns;
using block_search::kBlock;
using block_search::kFar;
using block_search::Nearest;

/// The label that most of `neighbours` have; of equally frequent ones the nearest one's.
std::int32_t majority_label(const std::vector<Candidate>& neighbours,
                            const std::vector<std::int32_t>& labels) {
  std::int32_t winner = -1;
  std::ptrdiff_t votes = 0;
  for (const Candidate& candidate : neighbours) {  // nearest first: a later tie does not win
    const std::int32_t label = labels[candidate.index];
    const auto count =
        std::count_if(neighbours.begin(), neighbours.end(),
                      [&](const Candidate& other) { return labels[other.index] == label; });
    if (count > votes) {
      votes = count;
      winner = label;
    }
  }
  return winner;
}

}  // namespace

std::vector<Neighbour> nearest_neighbours(std::span<const float> points, int dim,
                                          std::span<const float> query, int k) {
  const auto width = static_cast<std::size_t>(dim);
  const std::size_t n = points.size() / width;
  std::vector<Neighbour> neighbours;
  neighbours.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    double square = 0.0;
    for (std::size_t d = 0; d < width; ++d) {
      const double difference = double{points[i * width + d]} - double{query[d]};
      square += difference * difference;
    }
    if (std::isnan(square)) continue;
    neighbours.push_back({static_cast<std::int64_t>(i), static_cast<float>(std::sqrt(square))});
  }
  const auto count = std::min(neighbours.size(), static_cast<std::size_t>(std::max(k, 0)));
  std::partial_sort(neighbours.begin(), neighbours.begin() + static_cast<std::ptrdiff_t>(count),
                    neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
                      return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
                    });
  neighbours.resize(count);
  return neighbours;
}

double knn_accuracy(std::span<const float> points, int dim, std::span<const std::int32_t> labels,
                    int k, const std::function<bool()>& interrupted) {
  const auto width = static_cast<std::size_t>(dim);
  std::vector<std::size_t> rows;
  std::vector<std::int32_t> known;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    rows.push_back(i);
    known.push_back(labels[i]);
  }
  if (rows.size() < 2 || k < 1) return 0.0;

  const Columns columns{points, width, rows};
  Nearest nearest{std::min(static_cast<std::size_t>(k), rows.size() - 1)};
  std::array<float, kBlock> distances;
  std::size_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % kBlock == 0 && interrupted && interrupted()) {
      throw Error{ErrorCode::Cancelled, "Cancelled."};
    }
    const float* query = points.data() + rows[i] * width;
    nearest.clear();
    for (std::size_t first = 0; first < columns.count(); first += kBlock) {
      columns.squared_distances(query, first, distances);
      if (i >= first && i < first + kBlock) distances[i - first] = kFar;  // not its own neighbour
      nearest.offer(distances, first);
    }
    if (majority_label(nearest.found(), known) == known[i]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(rows.size());
}

}  // namespace latent
