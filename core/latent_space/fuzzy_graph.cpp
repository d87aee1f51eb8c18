#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "latent/umap.h"

namespace latent {
namespace {

constexpr int kBisections = 64;
constexpr double kTolerance = 1e-5;      // of the sum of memberships
constexpr double kSmallestScale = 1e-3;  // of the mean distance; of the authors' program

double memberships(std::span<const float> distances, double rho, double sigma) {
  double sum = 0.0;
  for (const float distance : distances) {
    const double beyond = double{distance} - rho;
    sum += beyond > 0.0 ? std::exp(-beyond / sigma) : 1.0;
  }
  return sum;
}

double scale_of(std::span<const float> distances, double rho, double target) {
  double low = 0.0;
  double high = std::numeric_limits<double>::infinity();
  double sigma = 1.0;
  for (int i = 0; i < kBisections; ++i) {
    const double sum = memberships(distances, rho, sigma);
    if (std::abs(sum - target) < kTolerance) break;
    if (sum > target) {
      high = sigma;
    } else {
      low = sigma;
    }
    sigma = std::isinf(high) ? 2.0 * sigma : 0.5 * (low + high);
  }
  return sigma;
}

double mean_of(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct Edge {
  std::int32_t target;
  float weight;
};

}  // namespace

SmoothDistances smooth_distances(const NeighbourGraph& graph, int local_connectivity) {
  SmoothDistances smooth;
  smooth.rho.assign(graph.count, 0.0F);
  smooth.sigma.assign(graph.count, 0.0F);
  const double target = std::log2(static_cast<double>(graph.k));
  const double mean = mean_of(graph.distances);
  for (std::size_t i = 0; i < graph.count; ++i) {
    const auto row = std::span{graph.distances}.subspan(i * graph.k, graph.k);
    double rho = 0.0;
    if (local_connectivity > 0) {
      // Points that lie on this one do not say how far its neighbours are.
      const auto nearest = std::upper_bound(row.begin(), row.end(), 0.0F);
      if (nearest != row.end()) rho = *nearest;
    }
    // The first entry is the point itself or, of a new point, its nearest; the authors' program
    // leaves both out.
    const double sigma = scale_of(row.subspan(1), rho, target);
    const double smallest = kSmallestScale * (rho > 0.0 ? mean_of(row) : mean);
    smooth.rho[i] = static_cast<float>(rho);
    smooth.sigma[i] = static_cast<float>(std::max(sigma, smallest));
  }
  return smooth;
}

FuzzyGraph fuzzy_union(const NeighbourGraph& graph) {
  const SmoothDistances smooth = smooth_distances(graph);
  const std::size_t n = graph.count;
  // Each membership stands in the rows of both ends: its own first, then what others think of it.
  std::vector<std::vector<Edge>> own(n);
  std::vector<std::int64_t> begin(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    own[i].reserve(graph.k);
    for (std::size_t j = 0; j < graph.k; ++j) {
      const std::int32_t target = graph.indices[i * graph.k + j];
      if (static_cast<std::size_t>(target) == i) continue;
      const double beyond = double{graph.distances[i * graph.k + j]} - double{smooth.rho[i]};
      const double weight =
          beyond <= 0.0 || smooth.sigma[i] == 0.0F ? 1.0 : std::exp(-beyond / smooth.sigma[i]);
      if (weight > 0.0) own[i].push_back({target, static_cast<float>(weight)});
    }
    std::sort(own[i].begin(), own[i].end(),
              [](const Edge& a, const Edge& b) { return a.target < b.target; });
    own[i].erase(std::unique(own[i].begin(), own[i].end(),
                             [](const Edge& a, const Edge& b) { return a.target == b.target; }),
                 own[i].end());
  }
  const auto membership = [&](std::size_t i, std::int32_t target) {
    const auto place =
        std::lower_bound(own[i].begin(), own[i].end(), target,
                         [](const Edge& edge, std::int32_t at) { return edge.target < at; });
    return place != own[i].end() && place->target == target ? place->weight : 0.0F;
  };
  for (std::size_t i = 0; i < n; ++i) {
    begin[i + 1] += static_cast<std::int64_t>(own[i].size());
    for (const Edge& edge : own[i]) {
      const auto target = static_cast<std::size_t>(edge.target);
      if (membership(target, static_cast<std::int32_t>(i)) == 0.0F) ++begin[target + 1];
    }
  }
  std::partial_sum(begin.begin(), begin.end(), begin.begin());

  FuzzyGraph fuzzy;
  fuzzy.begin = begin;
  fuzzy.target.resize(static_cast<std::size_t>(begin[n]));
  fuzzy.weight.resize(fuzzy.target.size());
  std::vector<Edge> edges(fuzzy.target.size());
  std::vector<std::int64_t> next(begin.begin(), begin.end() - 1);
  const auto add = [&](std::size_t row, std::size_t target, float weight) {
    edges[static_cast<std::size_t>(next[row]++)] = {static_cast<std::int32_t>(target), weight};
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (const Edge& edge : own[i]) {
      const auto target = static_cast<std::size_t>(edge.target);
      const float back = membership(target, static_cast<std::int32_t>(i));
      const float weight = edge.weight + back - edge.weight * back;
      add(i, target, weight);
      if (back == 0.0F) add(target, i, weight);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    std::sort(edges.begin() + begin[i], edges.begin() + begin[i + 1],
              [](const Edge& a, const Edge& b) { return a.target < b.target; });
  }
  for (std::size_t e = 0; e < edges.size(); ++e) {
    fuzzy.target[e] = edges[e].target;
    fuzzy.weight[e] = edges[e].weight;
  }
  return fuzzy;
}

}  // namespace latent
