#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent/thread_team.h"
#include "latent/umap.h"
#include "latent_space/point_blocks.h"

namespace latent {
namespace {

constexpr std::size_t kQueries = 32;  // answered together: a block of points is fetched once
constexpr std::size_t kAlwaysExact = 4096;
// Multiplications of the exact search up to which it was faster than the building of an index.
constexpr double kExactOperations = 4.0e11;
constexpr std::size_t kLinks = 16;
constexpr std::size_t kBuildBreadth = 120;

void require_finite(std::span<const float> codes, int dim) {
  const auto broken =
      std::find_if(codes.begin(), codes.end(), [](float value) { return !std::isfinite(value); });
  if (broken == codes.end()) return;
  throw Error{ErrorCode::InvalidConfig, "Neighbours need codes of finite numbers; code " +
                                            std::to_string((broken - codes.begin()) / dim) +
                                            " holds one that is not."};
}

/// Codes such that the Euclidean distance orders them as the metric does: for the cosine, of length
/// one, where a code of zeros gets a direction of its own in a coordinate more.
struct Space {
  std::vector<float> points;
  std::size_t dim;
};

Space space_of(std::span<const float> codes, int dim, UmapMetric metric) {
  const auto width = static_cast<std::size_t>(dim);
  if (metric == UmapMetric::Euclidean) return {{codes.begin(), codes.end()}, width};
  const std::size_t n = codes.size() / width;
  Space space{std::vector<float>(n * (width + 1), 0.0F), width + 1};
  for (std::size_t i = 0; i < n; ++i) {
    const auto code = codes.subspan(i * width, width);
    double square = 0.0;
    for (const float value : code) square += double{value} * double{value};
    float* to = space.points.data() + i * (width + 1);
    if (square == 0.0) {
      to[width] = 1.0F;
      continue;
    }
    const double length = std::sqrt(square);
    for (std::size_t l = 0; l < width; ++l) to[l] = static_cast<float>(double{code[l]} / length);
  }
  return space;
}

float distance_in(UmapMetric metric, float squared) {
  // Between codes of length one: |u − v|² = 2 − 2 cos.
  return metric == UmapMetric::Cosine ? 0.5F * squared : std::sqrt(squared);
}

/// The k nearest so far, nearest first; of equally near ones the lower index.
struct NearestOfBlock {
  std::vector<float> distances;
  std::vector<std::int32_t> indices;
  std::size_t found = 0;

  explicit NearestOfBlock(std::size_t k) : distances(k), indices(k) { clear(); }
  void clear() {
    found = 0;
    std::fill(distances.begin(), distances.end(), std::numeric_limits<float>::infinity());
  }
  float worst() const { return distances.back(); }
  void insert(float distance, std::size_t index) {
    std::size_t place = std::min(found, distances.size() - 1);
    for (; place > 0 && distances[place - 1] > distance; --place) {
      distances[place] = distances[place - 1];
      indices[place] = indices[place - 1];
    }
    distances[place] = distance;
    indices[place] = static_cast<std::int32_t>(index);
    found = std::min(found + 1, distances.size());
  }
};

/// Writes the nearest of `queries` among `space` to rows of `graph`, behind the first `skip`
/// entries. `own`: query i is point i and not its own neighbour.
void exact_search(const Space& space, std::span<const float> queries, bool own, UmapMetric metric,
                  std::size_t skip, NeighbourGraph& graph, ThreadTeam& team,
                  const Interrupted& interrupted) {
  const PointBlocks blocks{space.points, space.dim};
  const std::size_t wanted = graph.k - skip;
  team.run((graph.count + kQueries - 1) / kQueries,
           [&](std::size_t piece) {
             const std::size_t first = piece * kQueries;
             const std::size_t last = std::min(graph.count, first + kQueries);
             std::vector<NearestOfBlock> nearest(last - first, NearestOfBlock{wanted});
             alignas(64) float distances[PointBlocks::kBlock];
             for (std::size_t block = 0; block < blocks.blocks(); ++block) {
               const std::size_t begin = block * PointBlocks::kBlock;
               for (std::size_t i = first; i < last; ++i) {
                 blocks.squared_distances(queries.data() + i * space.dim, block, distances);
                 if (own && i >= begin && i < begin + PointBlocks::kBlock) {
                   distances[i - begin] = std::numeric_limits<float>::infinity();
                 }
                 NearestOfBlock& mine = nearest[i - first];
                 // Most blocks hold nothing nearer.
                 if (PointBlocks::count_below(distances, mine.worst()) == 0) continue;
                 for (std::size_t j = 0; j < PointBlocks::kBlock; ++j) {
                   if (distances[j] < mine.worst()) mine.insert(distances[j], begin + j);
                 }
               }
             }
             for (std::size_t i = first; i < last; ++i) {
               for (std::size_t j = 0; j < wanted; ++j) {
                 graph.indices[i * graph.k + skip + j] = nearest[i - first].indices[j];
                 graph.distances[i * graph.k + skip + j] =
                     distance_in(metric, nearest[i - first].distances[j]);
               }
             }
           },
           interrupted);
}

/// One thread builds the index, since the order of insertion decides what it becomes; all search.
void approximate_search(const Space& space, UmapMetric metric, NeighbourGraph& graph,
                        ThreadTeam& team, const Interrupted& interrupted) {
  hnswlib::L2Space metric_space{space.dim};
  hnswlib::HierarchicalNSW<float> index{&metric_space, graph.count, kLinks, kBuildBreadth};
  for (std::size_t i = 0; i < graph.count; ++i) {
    if (i % 64 == 0 && interrupted && interrupted()) {
      throw Error{ErrorCode::Cancelled, "Cancelled."};
    }
    index.addPoint(space.points.data() + i * space.dim, i);
  }
  index.setEf(std::max<std::size_t>(3 * graph.k, 64));
  team.run(
      (graph.count + kQueries - 1) / kQueries,
      [&](std::size_t piece) {
        for (std::size_t i = piece * kQueries; i < std::min(graph.count, (piece + 1) * kQueries);
             ++i) {
          auto heap = index.searchKnn(space.points.data() + i * space.dim, graph.k);
          std::vector<std::pair<float, std::size_t>> found;
          for (; !heap.empty(); heap.pop()) {
            if (heap.top().second != i) found.emplace_back(heap.top().first, heap.top().second);
          }
          if (found.size() + 1 < graph.k) {
            // Among many equal codes an index may find too few: this row exactly.
            found.clear();
            const auto query = std::span{space.points}.subspan(i * space.dim, space.dim);
            for (const Neighbour& neighbour : nearest_neighbours(
                     space.points, static_cast<int>(space.dim), query, static_cast<int>(graph.k))) {
              const auto at = static_cast<std::size_t>(neighbour.index);
              if (at != i) found.emplace_back(neighbour.distance * neighbour.distance, at);
            }
          }
          std::sort(found.begin(), found.end());
          for (std::size_t j = 1; j < graph.k; ++j) {
            const auto& [squared, at] = found[j - 1];
            graph.indices[i * graph.k + j] = static_cast<std::int32_t>(at);
            graph.distances[i * graph.k + j] = distance_in(metric, squared);
          }
        }
      },
      interrupted);
}

}  // namespace

NeighbourGraph neighbour_graph(std::span<const float> codes, int dim, int k, UmapMetric metric,
                               NeighbourSearch search, int threads,
                               const Interrupted& interrupted) {
  const std::size_t n = dim > 0 ? codes.size() / static_cast<std::size_t>(dim) : 0;
  if (k < 2) {
    throw Error{ErrorCode::InvalidConfig,
                "A graph of neighbours needs at least 2, the point itself being one; found " +
                    std::to_string(k) + "."};
  }
  if (n <= static_cast<std::size_t>(k)) {
    throw Error{ErrorCode::InvalidConfig, "With " + std::to_string(k) + " neighbours at least " +
                                              std::to_string(k + 1) + " points are needed; found " +
                                              std::to_string(n) + "."};
  }
  require_finite(codes, dim);

  NeighbourGraph graph{.count = n, .k = static_cast<std::size_t>(k)};
  graph.indices.resize(n * graph.k);
  graph.distances.assign(n * graph.k, 0.0F);
  for (std::size_t i = 0; i < n; ++i) {
    graph.indices[i * graph.k] = static_cast<std::int32_t>(i);
  }
  const Space space = space_of(codes, dim, metric);
  const double operations =
      static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(space.dim + 12);
  const bool exact =
      search == NeighbourSearch::Exact || (search == NeighbourSearch::Automatic &&
                                           (n <= kAlwaysExact || operations < kExactOperations));
  ThreadTeam team{threads};
  if (exact) {
    exact_search(space, space.points, true, metric, 1, graph, team, interrupted);
  } else {
    approximate_search(space, metric, graph, team, interrupted);
  }
  return graph;
}

NeighbourGraph neighbours_among(std::span<const float> codes, int dim,
                                std::span<const float> queries, int k, UmapMetric metric,
                                int threads) {
  require_finite(queries, dim);
  const auto width = static_cast<std::size_t>(dim);
  NeighbourGraph graph{.count = queries.size() / width, .k = static_cast<std::size_t>(k)};
  graph.indices.resize(graph.count * graph.k);
  graph.distances.resize(graph.count * graph.k);
  const Space space = space_of(codes, dim, metric);
  const Space asked = space_of(queries, dim, metric);
  ThreadTeam team{graph.count > kQueries ? threads : 1};
  exact_search(space, asked.points, false, metric, 0, graph, team, {});
  return graph;
}

}  // namespace latent
