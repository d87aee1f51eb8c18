#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/latent_space/umap_codes.h"
#include "latent/error.h"
#include "latent/umap.h"
#include "latent_space/spectral_start.h"
#include "support/catch.h"

using namespace latent;
using test::clouds;
using test::scattered_codes;

namespace {

std::vector<float> laid_out(const std::vector<float>& codes, int dim,
                            const UmapSettings& settings) {
  Umap umap{settings};
  umap.set_codes(codes, dim);
  while (umap.step(50)) {
  }
  return {umap.positions().begin(), umap.positions().end()};
}

double distance(std::span<const float> places, std::size_t i, std::size_t j) {
  return std::hypot(double{places[2 * i]} - double{places[2 * j]},
                    double{places[2 * i + 1]} - double{places[2 * j + 1]});
}

}  // namespace

TEST_CASE("two separated clouds stay separated", "[latent_space]") {
  for (const float apart : {6.0F, 60.0F}) {  // in one piece, and in two
    const auto codes = clouds(2, 200, 10, apart);
    const auto places = laid_out(codes, 10, {});
    double within = 0.0;
    double between = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < 200; ++i) {
      double nearest = std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < 200; ++j) {
        if (j != i) nearest = std::min(nearest, distance(places, i, j));
        between = std::min(between, distance(places, i, 200 + j));
      }
      within = std::max(within, nearest);
    }
    CHECK(between > within);
  }
}

TEST_CASE("the same seed gives the same map, with any number of threads", "[latent_space]") {
  const auto codes = clouds(4, 300, 8, 4.0F);
  const auto one = laid_out(codes, 8, {.epochs = 100, .seed = 5, .threads = 1});
  CHECK(one == laid_out(codes, 8, {.epochs = 100, .seed = 5, .threads = 2}));
  CHECK(one == laid_out(codes, 8, {.epochs = 100, .seed = 5, .threads = 5}));
  CHECK(one != laid_out(codes, 8, {.epochs = 100, .seed = 6, .threads = 2}));
}

TEST_CASE("turns of any size lead to the same map", "[latent_space]") {
  const auto codes = clouds(3, 100, 5, 4.0F);
  Umap whole{{.epochs = 60}};
  whole.set_codes(codes, 5);
  CHECK_FALSE(whole.step(1000));
  Umap parts{{.epochs = 60}};
  parts.set_codes(codes, 5);
  int turns = 1;
  while (parts.step(7)) ++turns;
  CHECK(turns == 9);
  CHECK(parts.epoch() == 60);
  CHECK(std::equal(whole.positions().begin(), whole.positions().end(), parts.positions().begin()));
}

TEST_CASE("a map of a sheet rolled up in three dimensions keeps its neighbours", "[latent_space]") {
  const auto uniform = scattered_codes(1500, 2);
  std::vector<float> roll;
  for (std::size_t i = 0; i < 1500; ++i) {
    const float angle = 4.7F + 9.4F * uniform[2 * i];
    roll.insert(roll.end(),
                {angle * std::cos(angle), 20.0F * uniform[2 * i + 1], angle * std::sin(angle)});
  }
  Umap umap;
  umap.set_codes(roll, 3);
  const double start = trustworthiness(roll, 3, umap.positions(), 2, 15);
  umap.step(umap.epochs());
  CHECK(umap.started_from_spectrum());
  const double end = trustworthiness(roll, 3, umap.positions(), 2, 15);
  CHECK(end > 0.98);
  CHECK(end > start);
}

TEST_CASE("the spectral start is the second and third eigenvector of the Laplacian",
          "[latent_space]") {
  // A path graph of n points: W' has the eigenvalues cos(πm / (n − 1)), whose eigenvectors are
  // √degree · cos(πm·i / (n − 1)).
  const std::size_t n = 200;
  FuzzyGraph path;
  path.begin.push_back(0);
  for (std::size_t i = 0; i < n; ++i) {
    for (const std::size_t j : {i - 1, i + 1}) {
      if (j >= n) continue;
      path.target.push_back(static_cast<std::int32_t>(j));
      path.weight.push_back(1.0F);
    }
    path.begin.push_back(static_cast<std::int64_t>(path.target.size()));
  }
  CHECK(components_of(path) == 1);
  ThreadTeam team{2};
  const auto start = spectral_start(path, 1, team, {});
  for (const std::size_t m : {std::size_t{1}, std::size_t{2}}) {
    double product = 0.0;
    double ours = 0.0;
    double theirs = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      const double degree = i == 0 || i == n - 1 ? 1.0 : 2.0;
      const double right =
          std::sqrt(degree) *
          std::cos(3.14159265358979 * static_cast<double>(m * i) / static_cast<double>(n - 1));
      const double found = start[2 * i + m - 1];
      product += right * found;
      ours += found * found;
      theirs += right * right;
    }
    CHECK(std::abs(product) / std::sqrt(ours * theirs) > 0.999);
  }
}

TEST_CASE("a layout can be stopped at once and gone on with", "[latent_space]") {
  const auto codes = scattered_codes(3000, 10);
  Umap umap;
  umap.set_codes(codes, 10);
  umap.step(20);
  const std::vector<float> before(umap.positions().begin(), umap.positions().end());
  CHECK_THROWS_AS(umap.step(400, [] { return true; }), Error);
  CHECK(umap.epoch() == 20);
  CHECK(std::equal(before.begin(), before.end(), umap.positions().begin()));
  int asked = 0;
  CHECK_THROWS_AS(umap.step(400, [&asked] { return ++asked > 3; }), Error);
  CHECK(umap.epoch() == 23);
  CHECK(umap.step(1));

  // Broken off while the graph is made: nothing has changed.
  CHECK_THROWS_AS(umap.set_codes(scattered_codes(4000, 10), 10, [] { return true; }), Error);
  CHECK(umap.count() == 3000);
  CHECK(umap.epoch() == 24);
}

TEST_CASE("when the codes change a little the map goes on from where it is", "[latent_space]") {
  auto codes = clouds(4, 150, 6, 5.0F);
  Umap umap;
  umap.set_codes(codes, 6);
  umap.step(1000);
  REQUIRE(umap.is_finished());
  const std::vector<float> before(umap.positions().begin(), umap.positions().end());
  for (float& value : codes) value += 0.01F;
  umap.set_codes(codes, 6);
  CHECK(std::equal(before.begin(), before.end(), umap.positions().begin()));
  CHECK_FALSE(umap.is_finished());
  CHECK(umap.epoch() == 300);
  umap.step(1000);
  // The clouds' places stay: their middles move less than they are apart.
  for (std::size_t cloud = 0; cloud < 4; ++cloud) {
    double dx = 0.0;
    double dy = 0.0;
    for (std::size_t i = 150 * cloud; i < 150 * (cloud + 1); ++i) {
      dx += (double{umap.positions()[2 * i]} - double{before[2 * i]}) / 150.0;
      dy += (double{umap.positions()[2 * i + 1]} - double{before[2 * i + 1]}) / 150.0;
    }
    CHECK(std::hypot(dx, dy) < 4.0);
  }
  // Another number of points is another map.
  umap.set_codes(clouds(4, 100, 6, 5.0F), 6);
  CHECK(umap.epoch() == 0);
  CHECK(umap.count() == 400);
}

TEST_CASE("a layout goes on from places that it is given", "[latent_space]") {
  const auto codes = clouds(2, 50, 4, 6.0F);
  Umap umap;
  umap.set_codes(codes, 4);
  std::vector<float> places(200);
  for (std::size_t i = 0; i < 200; ++i) places[i] = static_cast<float>(i);
  umap.set_positions(places);
  CHECK(std::equal(places.begin(), places.end(), umap.positions().begin()));
  CHECK_THROWS_WITH(umap.set_positions(std::span{places}.first(20)),
                    "UMAP has 100 points to go on with; found places for 10.");
}

TEST_CASE("a layout that was put away at an epoch goes on to the same bits", "[latent_space]") {
  const auto codes = clouds(3, 200, 6, 4.0F);
  Umap whole{{.epochs = 120}};
  whole.set_codes(codes, 6);
  whole.step(70);
  Umap again{{.epochs = 120}};
  again.set_codes(codes, 6);
  again.resume(whole.positions(), whole.epoch());
  CHECK(again.epoch() == 70);
  CHECK(again.transform(codes) == whole.transform(codes));
  whole.step(50);
  again.step(50);
  CHECK(again.is_finished());
  CHECK(std::ranges::equal(again.positions(), whole.positions()));
  CHECK_THROWS_AS(again.resume(std::vector<float>(6), 3), Error);
}

TEST_CASE("a known code is placed near its place, a new one among its kind", "[latent_space]") {
  const auto codes = clouds(4, 250, 8, 8.0F);
  Umap umap;
  umap.set_codes(codes, 8);
  umap.step(1000);
  const auto places = umap.positions();
  const auto again = umap.transform(codes);
  REQUIRE(again.size() == places.size());
  std::vector<double> moved;
  for (std::size_t i = 0; i < 1000; ++i) {
    moved.push_back(std::hypot(double{again[2 * i]} - double{places[2 * i]},
                               double{again[2 * i + 1]} - double{places[2 * i + 1]}));
  }
  std::sort(moved.begin(), moved.end());
  CHECK(moved[500] < 0.3);
  CHECK(moved[990] < 1.5);

  auto near = std::vector<float>(codes.begin(), codes.begin() + 8 * 250);
  for (float& value : near) value += 0.05F;
  const auto placed = umap.transform(near);
  double cx = 0.0;
  double cy = 0.0;
  for (std::size_t i = 0; i < 250; ++i) {
    cx += double{places[2 * i]} / 250.0;
    cy += double{places[2 * i + 1]} / 250.0;
  }
  double widest = 0.0;
  double farthest = 0.0;
  for (std::size_t i = 0; i < 250; ++i) {
    widest =
        std::max(widest, std::hypot(double{places[2 * i]} - cx, double{places[2 * i + 1]} - cy));
    farthest =
        std::max(farthest, std::hypot(double{placed[2 * i]} - cx, double{placed[2 * i + 1]} - cy));
  }
  CHECK(farthest < 1.2 * widest);
  // The same code, asked alone or among others, on any number of threads.
  const auto alone = umap.transform(std::span{near}.first(8));
  CHECK(alone[0] == placed[0]);
  CHECK(alone[1] == placed[1]);
  CHECK_THROWS_WITH(umap.transform(std::span{near}.first(9)),
                    "UMAP places codes of 8 numbers; found 9 numbers.");
}

TEST_CASE("UMAP of all equal codes ends, with finite places", "[latent_space]") {
  const std::vector<float> codes(3 * 100, 0.5F);
  for (const float place : laid_out(codes, 3, {.epochs = 50})) REQUIRE(std::isfinite(place));
}

TEST_CASE("a smaller min_dist lets points come nearer", "[latent_space]") {
  const auto codes = clouds(3, 200, 6, 5.0F);
  const auto median_gap = [&codes](double min_dist) {
    const auto places = laid_out(codes, 6, {.min_dist = min_dist});
    std::vector<double> gaps;
    for (std::size_t i = 0; i < 600; ++i) {
      double nearest = std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < 600; ++j) {
        if (i != j) nearest = std::min(nearest, distance(places, i, j));
      }
      gaps.push_back(nearest);
    }
    std::sort(gaps.begin(), gaps.end());
    return gaps[300];
  };
  CHECK(median_gap(0.0) < 0.7 * median_gap(0.8));
}

TEST_CASE("what UMAP cannot do is said in a sentence", "[latent_space]") {
  Umap umap;
  auto codes = scattered_codes(15, 4);
  CHECK_THROWS_WITH(umap.set_codes(codes, 4),
                    "With 15 neighbours at least 16 points are needed; found 15.");
  codes = scattered_codes(50, 4);
  codes[9] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(umap.set_codes(codes, 4),
                    "Neighbours need codes of finite numbers; code 2 holds one that is not.");
  CHECK_FALSE(umap.step(10));
  CHECK_THROWS_AS(Umap({.neighbours = 1}), Error);
  CHECK_THROWS_AS(Umap({.min_dist = 4.0}), Error);
  CHECK_THROWS_AS(umap.transform(codes), Error);
}
