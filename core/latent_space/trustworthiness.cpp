#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "latent/error.h"
#include "latent/thread_team.h"
#include "latent/umap.h"
#include "latent_space/point_blocks.h"

namespace latent {
namespace {

constexpr std::size_t kPoints = 16;  // a piece of work

void require_finite(std::span<const float> values, const char* what) {
  if (std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) return;
  throw Error{ErrorCode::InvalidConfig,
              std::string{"Trustworthiness needs finite "} + what + "; found one that is not."};
}

}  // namespace

double trustworthiness(std::span<const float> high, int high_dim, std::span<const float> low,
                       int low_dim, int k, int threads, const Interrupted& interrupted) {
  const auto width = static_cast<std::size_t>(high_dim);
  const std::size_t n = high.size() / width;
  if (low.size() != n * static_cast<std::size_t>(low_dim)) {
    throw Error{ErrorCode::ShapeMismatch,
                "Trustworthiness needs a place for each of " + std::to_string(n) +
                    " codes; found " +
                    std::to_string(low.size() / static_cast<std::size_t>(low_dim)) + "."};
  }
  if (k < 1 || 2 * static_cast<std::size_t>(k) >= n) {
    throw Error{
        ErrorCode::InvalidConfig,
        "Trustworthiness needs a number of neighbours of at least 1 and below half of the " +
            std::to_string(n) + " points; found " + std::to_string(k) + "."};
  }
  require_finite(high, "codes");
  require_finite(low, "places");

  const NeighbourGraph near = neighbour_graph(low, low_dim, k + 1, UmapMetric::Euclidean,
                                              NeighbourSearch::Exact, threads, interrupted);
  const PointBlocks blocks{high, width};
  std::vector<double> excess(n, 0.0);  // ranks beyond k
  ThreadTeam team{threads};
  team.run((n + kPoints - 1) / kPoints,
           [&](std::size_t piece) {
             std::vector<float> distances(blocks.blocks() * PointBlocks::kBlock);
             for (std::size_t i = piece * kPoints; i < std::min(n, (piece + 1) * kPoints); ++i) {
               for (std::size_t block = 0; block < blocks.blocks(); ++block) {
                 blocks.squared_distances(high.data() + i * width, block,
                                          distances.data() + block * PointBlocks::kBlock);
               }
               distances[i] = std::numeric_limits<float>::infinity();
               for (std::size_t m = 1; m < near.k; ++m) {
                 const auto j = static_cast<std::size_t>(near.indices[i * near.k + m]);
                 const float limit = distances[j];
                 std::size_t nearer = 0;
                 for (std::size_t block = 0; block < blocks.blocks(); ++block) {
                   nearer += PointBlocks::count_below(
                       distances.data() + block * PointBlocks::kBlock, limit);
                 }
                 nearer += static_cast<std::size_t>(std::count(
                     distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(j), limit));
                 const std::size_t rank = nearer + 1;
                 if (rank > static_cast<std::size_t>(k)) {
                   excess[i] += static_cast<double>(rank - static_cast<std::size_t>(k));
                 }
               }
             }
           },
           interrupted);
  double sum = 0.0;
  for (const double value : excess) sum += value;
  const auto count = static_cast<double>(n);
  const auto kk = static_cast<double>(k);
  return 1.0 - sum * 2.0 / (count * kk * (2.0 * count - 3.0 * kk - 1.0));
}

}  // namespace latent
