#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "core/latent_space/umap_codes.h"
#include "latent/error.h"
#include "latent/umap.h"
#include "support/catch.h"

using namespace latent;
using test::scattered_codes;

namespace {

using Edges = std::map<std::pair<int, int>, double>;

Edges edges_of(const FuzzyGraph& graph) {
  Edges edges;
  for (std::size_t i = 0; i < graph.count(); ++i) {
    for (auto e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
      edges[{static_cast<int>(i), graph.target[static_cast<std::size_t>(e)]}] =
          graph.weight[static_cast<std::size_t>(e)];
    }
  }
  return edges;
}

}  // namespace

TEST_CASE("the memberships of a point's neighbours sum to log2 of their number", "[latent_space]") {
  for (const int k : {5, 15, 40}) {
    const auto codes = scattered_codes(300, 6);
    const NeighbourGraph graph = neighbour_graph(codes, 6, k);
    const SmoothDistances smooth = smooth_distances(graph);
    for (std::size_t i = 0; i < graph.count; ++i) {
      CHECK(smooth.rho[i] == graph.distances[i * graph.k + 1]);
      double sum = 0.0;
      for (std::size_t j = 1; j < graph.k; ++j) {
        sum += std::exp(
            -std::max(0.0, double{graph.distances[i * graph.k + j]} - double{smooth.rho[i]}) /
            double{smooth.sigma[i]});
      }
      CHECK(sum == Approx(std::log2(k)).margin(1e-4));
    }
  }
}

TEST_CASE("points that lie on a point do not count as its nearest", "[latent_space]") {
  const NeighbourGraph graph{
      .count = 1, .k = 4, .indices = {0, 1, 2, 3}, .distances = {0, 0, 0.5F, 2}};
  CHECK(smooth_distances(graph).rho[0] == 0.5F);
  CHECK(smooth_distances(graph, 0).rho[0] == 0.0F);
}

TEST_CASE("the fuzzy union of a graph made by hand is a + b - ab", "[latent_space]") {
  // On a line: 0 at 0, 1 at 1, 2 at 3, 3 at 7. Each with its two nearest.
  const NeighbourGraph graph{.count = 4,
                             .k = 3,
                             .indices = {0, 1, 2, 1, 0, 2, 2, 1, 0, 3, 2, 1},
                             .distances = {0, 1, 3, 0, 1, 2, 0, 2, 3, 0, 4, 6}};
  // k = 3: the nearest has membership 1, the second log2(3) − 1, whatever its distance.
  const double second = std::log2(3.0) - 1.0;
  const Edges edges = edges_of(fuzzy_union(graph));
  REQUIRE(edges.size() == 10);
  CHECK(edges.at({0, 1}) == Approx(1.0));
  CHECK(edges.at({0, 2}) == Approx(second + second - second * second).epsilon(1e-4));
  CHECK(edges.at({1, 2}) == Approx(1.0));  // second of 1, but the nearest of 2
  CHECK(edges.at({2, 3}) == Approx(1.0));  // 2 does not know 3
  CHECK(edges.at({1, 3}) == Approx(second).epsilon(1e-4));
  CHECK(edges.count({0, 3}) == 0);
  for (const auto& [ends, weight] : edges) {
    CHECK(edges.at({ends.second, ends.first}) == weight);
  }
}

TEST_CASE("the fuzzy graph is umap-learn's", "[latent_space]") {
  // tests/data: fuzzy_simplicial_set of umap-learn 0.5.3 on the same 120 codes, 10 neighbours.
  const auto codes = scattered_codes(120, 3);
  for (const auto& [metric, name] :
       {std::pair{UmapMetric::Euclidean, "euclidean"}, std::pair{UmapMetric::Cosine, "cosine"}}) {
    const Edges ours = edges_of(fuzzy_union(neighbour_graph(codes, 3, 10, metric)));
    std::ifstream file{std::string{LATENT_TEST_DATA} + "/umap-graph-" + name + ".txt"};
    REQUIRE(file.is_open());
    int from = 0;
    int to = 0;
    double weight = 0.0;
    std::size_t count = 0;
    while (file >> from >> to >> weight) {
      ++count;
      REQUIRE(ours.count({from, to}) == 1);
      CHECK(ours.at({from, to}) == Approx(weight).margin(2e-4));
    }
    CHECK(2 * count == ours.size());
  }
}

TEST_CASE("the curve's constants are umap-learn's", "[latent_space]") {
  const auto check = [](double min_dist, double spread, double a, double b) {
    const UmapCurve curve = fit_umap_curve(min_dist, spread);
    CHECK(curve.a == Approx(a).epsilon(1e-5));
    CHECK(curve.b == Approx(b).epsilon(1e-5));
  };
  check(0.1, 1.0, 1.5769434602, 0.8950608780);
  check(0.0, 1.0, 1.9328083975, 0.7904949741);
  check(0.5, 1.0, 0.5830300205, 1.3341669936);
  CHECK_THROWS_WITH(fit_umap_curve(-0.1, 1.0),
                    ContainsSubstring("min_dist between 0 and 3 times the spread"));
  CHECK_THROWS_AS(fit_umap_curve(0.1, 0.0), Error);
}
