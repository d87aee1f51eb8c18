#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include "core/latent_space/umap_codes.h"
#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent/thread_team.h"
#include "latent/umap.h"
#include "support/catch.h"

using namespace latent;
using test::clouds;
using test::scattered_codes;

TEST_CASE("exact neighbours are those of a plain search", "[latent_space]") {
  const int dim = 7;
  const auto codes = scattered_codes(600, dim);  // not a multiple of a block
  const NeighbourGraph graph =
      neighbour_graph(codes, dim, 9, UmapMetric::Euclidean, NeighbourSearch::Exact);
  for (std::size_t i = 0; i < 600; i += 7) {
    const auto plain = nearest_neighbours(codes, dim, std::span{codes}.subspan(i * dim, dim), 9);
    for (std::size_t j = 0; j < 9; ++j) {
      CHECK(graph.indices[i * 9 + j] == plain[j].index);
      CHECK(graph.distances[i * 9 + j] == Approx(plain[j].distance).margin(1e-6));
    }
  }
}

TEST_CASE("a point is its own first neighbour, also where others lie on it", "[latent_space]") {
  const std::vector<float> codes{1, 1, 1, 1, 1, 1, 5, 5};
  const NeighbourGraph graph = neighbour_graph(codes, 2, 3);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(graph.indices[3 * i] == static_cast<int>(i));
    CHECK(graph.indices[3 * i + 1] != static_cast<int>(i));
  }
}

TEST_CASE("the cosine's neighbours differ by angle, not by length", "[latent_space]") {
  const std::vector<float> codes{1, 0, 100, 1, 0, 1, 1, 1, 0, 0};
  const NeighbourGraph graph = neighbour_graph(codes, 2, 4, UmapMetric::Cosine);
  CHECK(graph.indices[1] == 1);
  CHECK(graph.distances[1] == Approx(1.0 - 100.0 / std::sqrt(10001.0)).margin(1e-6));
  CHECK(graph.indices[2] == 3);
  CHECK(graph.distances[2] == Approx(1.0 - std::sqrt(0.5)));
  CHECK(graph.distances[3] == Approx(1.0));
  // A code of zeros has no angle: it is at 1 from all others.
  for (std::size_t j = 1; j < 4; ++j) CHECK(graph.distances[4 * 4 + j] == Approx(1.0));
}

TEST_CASE("the approximate search finds 99 of 100 neighbours", "[latent_space]") {
  const int dim = 20;
  const auto codes = clouds(10, 600, dim, 4.0F);
  const auto exact = neighbour_graph(codes, dim, 15, UmapMetric::Euclidean, NeighbourSearch::Exact);
  const auto approximate =
      neighbour_graph(codes, dim, 15, UmapMetric::Euclidean, NeighbourSearch::Approximate);
  std::size_t found = 0;
  for (std::size_t i = 0; i < exact.count; ++i) {
    CHECK(approximate.indices[i * 15] == static_cast<int>(i));
    const std::set<std::int32_t> right(
        exact.indices.begin() + static_cast<std::ptrdiff_t>(i * 15 + 1),
        exact.indices.begin() + static_cast<std::ptrdiff_t>(i * 15 + 15));
    for (std::size_t j = 1; j < 15; ++j) found += right.count(approximate.indices[i * 15 + j]);
  }
  CHECK(static_cast<double>(found) / static_cast<double>(14 * exact.count) >= 0.99);
}

TEST_CASE("the approximate search does the same with one thread and with three", "[latent_space]") {
  const auto codes = scattered_codes(1000, 5);
  const auto one =
      neighbour_graph(codes, 5, 10, UmapMetric::Euclidean, NeighbourSearch::Approximate, 1);
  const auto three =
      neighbour_graph(codes, 5, 10, UmapMetric::Euclidean, NeighbourSearch::Approximate, 3);
  CHECK(one.indices == three.indices);
}

TEST_CASE("equal codes in great number break no search", "[latent_space]") {
  std::vector<float> codes(2 * 3000, 0.5F);
  codes[0] = 0.25F;
  for (const auto search : {NeighbourSearch::Exact, NeighbourSearch::Approximate}) {
    const auto graph = neighbour_graph(codes, 2, 15, UmapMetric::Euclidean, search);
    for (std::size_t i = 0; i < graph.count; ++i) {
      const std::set<std::int32_t> different(
          graph.indices.begin() + static_cast<std::ptrdiff_t>(i * 15),
          graph.indices.begin() + static_cast<std::ptrdiff_t>(i * 15 + 15));
      REQUIRE(different.size() == 15);
    }
  }
}

TEST_CASE("what a graph of neighbours cannot be made of is said in a sentence", "[latent_space]") {
  auto codes = scattered_codes(15, 4);
  CHECK_THROWS_WITH(neighbour_graph(codes, 4, 15),
                    "With 15 neighbours at least 16 points are needed; found 15.");
  CHECK_THROWS_WITH(neighbour_graph(codes, 4, 1),
                    "A graph of neighbours needs at least 2, the point itself being one; found 1.");
  codes[4 * 3 + 2] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(neighbour_graph(codes, 4, 5),
                    "Neighbours need codes of finite numbers; code 3 holds one that is not.");
}

TEST_CASE("a search that is interrupted ends soon", "[latent_space]") {
  const auto codes = scattered_codes(20'000, 8);
  for (const auto search : {NeighbourSearch::Exact, NeighbourSearch::Approximate}) {
    int asked = 0;
    try {
      neighbour_graph(codes, 8, 15, UmapMetric::Euclidean, search, 2,
                      [&asked] { return ++asked > 3; });
      FAIL("it went on");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::Cancelled);
    }
    CHECK(asked <= 5);
  }
}

TEST_CASE("a team does each piece once and hands on what a piece throws", "[latent_space]") {
  ThreadTeam team{4};
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> done(50);
    team.run(done.size(), [&done](std::size_t piece) { ++done[piece]; });
    REQUIRE(std::all_of(done.begin(), done.end(), [](const auto& n) { return n == 1; }));
  }
  CHECK_THROWS_WITH(team.run(50,
                             [](std::size_t piece) {
                               if (piece == 17) throw std::runtime_error{"piece 17"};
                             }),
                    "piece 17");
  std::atomic<int> done = 0;
  team.run(3, [&done](std::size_t) { ++done; });
  CHECK(done == 3);
}
