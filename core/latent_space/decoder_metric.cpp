#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <string>

#include "latent/error.h"
#include "latent/latent_geometry.h"

namespace latent {
namespace {

double decoded_distance(const float* a, const float* b, std::size_t pixels) {
  double sum = 0.0;
  for (std::size_t p = 0; p < pixels; ++p) {
    const double difference = double{a[p]} - double{b[p]};
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

std::size_t pixels_of_each(std::span<const float> pictures, std::size_t count) {
  if (count == 0 || pictures.size() % count != 0) {
    throw Error(ErrorCode::ShapeMismatch,
                std::to_string(count) + " pictures of one size were expected, " +
                    std::to_string(pictures.size()) + " pixels were given.");
  }
  return pictures.size() / count;
}

}  // namespace

std::vector<float> decoder_stretch(std::span<const float> pictures, int rows, int columns,
                                   double cell_width, double cell_height) {
  const auto across = static_cast<std::size_t>(columns) + 1;
  const std::size_t pixels =
      pixels_of_each(pictures, (static_cast<std::size_t>(rows) + 1) * across);
  std::vector<float> stretch;
  stretch.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    for (std::size_t column = 0; column + 1 < across; ++column) {
      const float* above = pictures.data() + (row * across + column) * pixels;
      const float* below = above + across * pixels;
      double right_squares = 0.0;
      double up_squares = 0.0;
      for (std::size_t p = 0; p < pixels; ++p) {
        // The mean of both sides of the cell, which is the difference at its middle.
        const double right = 0.5 * (double{above[pixels + p]} - double{above[p]} +
                                    double{below[pixels + p]} - double{below[p]});
        const double up = 0.5 * (double{above[p]} - double{below[p]} + double{above[pixels + p]} -
                                 double{below[pixels + p]});
        right_squares += right * right;
        up_squares += up * up;
      }
      stretch.push_back(static_cast<float>(std::sqrt(right_squares / (cell_width * cell_width) +
                                                     up_squares / (cell_height * cell_height))));
    }
  }
  return stretch;
}

GraphEdges grid_edges(int rows, int columns) {
  constexpr int kSteps[8][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}, {1, 2}, {2, 1}, {1, -2}, {2, -1}};
  GraphEdges edges;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      for (const auto& step : kSteps) {
        const int down = row + step[0];
        const int right = column + step[1];
        if (down >= rows || right < 0 || right >= columns) continue;
        edges.emplace_back(row * columns + column, down * columns + right);
      }
    }
  }
  return edges;
}

GraphEdges neighbour_edges(const NeighbourGraph& graph) {
  GraphEdges edges;
  for (std::size_t i = 0; i < graph.count; ++i) {
    for (std::size_t j = 0; j < graph.k; ++j) {
      const auto own = static_cast<std::int32_t>(i);
      const std::int32_t other = graph.indices[i * graph.k + j];
      if (other != own) edges.emplace_back(std::min(own, other), std::max(own, other));
    }
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

MetricGraph metric_graph(std::size_t count, const GraphEdges& edges,
                         std::span<const float> pictures) {
  const std::size_t pixels = pixels_of_each(pictures, count);
  MetricGraph graph;
  graph.begin.assign(count + 1, 0);
  for (const auto& [from, to] : edges) {
    ++graph.begin[static_cast<std::size_t>(from) + 1];
    ++graph.begin[static_cast<std::size_t>(to) + 1];
  }
  for (std::size_t i = 0; i < count; ++i) graph.begin[i + 1] += graph.begin[i];
  graph.target.resize(2 * edges.size());
  graph.length.resize(2 * edges.size());
  std::vector<std::int64_t> next(graph.begin.begin(), graph.begin.end() - 1);
  for (const auto& [from, to] : edges) {
    const auto length = static_cast<float>(
        decoded_distance(pictures.data() + static_cast<std::size_t>(from) * pixels,
                         pictures.data() + static_cast<std::size_t>(to) * pixels, pixels));
    for (const auto& [here, there] : {std::pair{from, to}, std::pair{to, from}}) {
      const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(here)]++);
      graph.target[at] = there;
      graph.length[at] = length;
    }
  }
  return graph;
}

std::vector<std::int32_t> shortest_path(const MetricGraph& graph, std::int32_t from,
                                        std::int32_t to) {
  const auto count = static_cast<std::int32_t>(graph.count());
  if (from < 0 || from >= count || to < 0 || to >= count) return {};
  using Reached = std::pair<double, std::int32_t>;
  std::vector<double> length(graph.count(), std::numeric_limits<double>::infinity());
  std::vector<std::int32_t> before(graph.count(), -1);
  std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
  length[static_cast<std::size_t>(from)] = 0.0;
  open.emplace(0.0, from);
  while (!open.empty()) {
    const auto [so_far, place] = open.top();
    open.pop();
    const auto here = static_cast<std::size_t>(place);
    if (place == to) break;
    if (so_far > length[here]) continue;
    for (auto step = static_cast<std::size_t>(graph.begin[here]);
         step < static_cast<std::size_t>(graph.begin[here + 1]); ++step) {
      const auto there = static_cast<std::size_t>(graph.target[step]);
      const double reached = so_far + double{graph.length[step]};
      if (reached >= length[there]) continue;
      length[there] = reached;
      before[there] = place;
      open.emplace(reached, graph.target[step]);
    }
  }
  if (!std::isfinite(length[static_cast<std::size_t>(to)])) return {};
  std::vector<std::int32_t> path = {to};
  while (path.back() != from) path.push_back(before[static_cast<std::size_t>(path.back())]);
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<double> step_lengths(std::span<const float> pictures, std::size_t count) {
  const std::size_t pixels = pixels_of_each(pictures, count);
  std::vector<double> lengths;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const float* here = pictures.data() + i * pixels;
    lengths.push_back(decoded_distance(here, here + pixels, pixels));
  }
  return lengths;
}

std::vector<float> even_path(std::span<const float> codes, int dim, std::span<const double> lengths,
                             int steps) {
  const auto dims = static_cast<std::size_t>(dim);
  const std::size_t count = lengths.size() + 1;
  if (lengths.empty() || codes.size() != count * dims || steps < 2) {
    throw Error(ErrorCode::ShapeMismatch,
                "A path needs 2 or more codes, a length between each two and 2 or more steps; "
                "found " +
                    std::to_string(codes.size()) + " numbers, " + std::to_string(lengths.size()) +
                    " lengths and " + std::to_string(steps) + " steps.");
  }
  double whole = 0.0;
  for (const double length : lengths) whole += length;
  std::vector<float> path;
  path.reserve(static_cast<std::size_t>(steps) * dims);
  std::size_t piece = 0;
  double passed = 0.0;  // before this piece
  for (int step = 0; step < steps; ++step) {
    const double wanted = whole * step / (steps - 1);
    while (piece + 1 < lengths.size() && passed + lengths[piece] < wanted) {
      passed += lengths[piece++];
    }
    double share = lengths[piece] > 0.0 ? (wanted - passed) / lengths[piece] : 0.0;
    if (step + 1 == steps) {
      piece = lengths.size() - 1;
      share = 1.0;
    }
    share = std::clamp(share, 0.0, 1.0);
    const float* from = codes.data() + piece * dims;
    for (std::size_t l = 0; l < dims; ++l) {
      path.push_back(
          static_cast<float>((1.0 - share) * double{from[l]} + share * double{from[dims + l]}));
    }
  }
  return path;
}

}  // namespace latent
