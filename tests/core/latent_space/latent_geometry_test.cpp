#include "latent/latent_geometry.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <random>

#include "latent/error.h"
#include "support/catch.h"

using namespace latent;

namespace {

/// The plane of the first two numbers, turned by `angle` within itself.
Projection turned_plane(int dims, double angle) {
  Projection plane = axis_projection(dims, 0, 1);
  const auto width = static_cast<std::size_t>(dims);
  plane.axes[0] = static_cast<float>(std::cos(angle));
  plane.axes[1] = static_cast<float>(std::sin(angle));
  plane.axes[width] = static_cast<float>(-std::sin(angle));
  plane.axes[width + 1] = static_cast<float>(std::cos(angle));
  return plane;
}

/// Pictures of a linear decoder [pixels, 2] at the corners of a grid's cells.
std::vector<float> decoded_linearly(const std::vector<double>& matrix, int rows, int columns,
                                    double cell_width, double cell_height) {
  std::vector<float> pictures;
  for (int row = 0; row <= rows; ++row) {
    for (int column = 0; column <= columns; ++column) {
      for (std::size_t p = 0; p + 1 < matrix.size(); p += 2) {
        pictures.push_back(static_cast<float>(0.3 + matrix[p] * cell_width * column -
                                              matrix[p + 1] * cell_height * row));
      }
    }
  }
  return pictures;
}

}  // namespace

TEST_CASE("the ellipse of a diagonal covariance turns with the plane and keeps its axes") {
  const double angle = 0.4;
  const std::vector<float> mean = {1.0F, 2.0F, 5.0F};
  const std::vector<float> log_var = {static_cast<float>(2.0 * std::log(3.0)),
                                      static_cast<float>(2.0 * std::log(0.5)), 2.0F};
  const PlaneEllipse straight =
      plane_ellipse(plane_gaussian(axis_projection(3, 0, 1), mean, log_var), 1.0);
  CHECK(straight.x == Approx(1.0));
  CHECK(straight.y == Approx(2.0));
  CHECK(straight.major == Approx(3.0));
  CHECK(straight.minor == Approx(0.5));
  CHECK(straight.angle == Approx(0.0).margin(1e-6));
  // The plane's x axis points to `angle`: seen from it the long axis lies at −angle.
  const PlaneEllipse turned =
      plane_ellipse(plane_gaussian(turned_plane(3, angle), mean, log_var), 2.0);
  CHECK(turned.x == Approx(std::cos(angle) + 2.0 * std::sin(angle)));
  CHECK(turned.major == Approx(6.0));
  CHECK(turned.minor == Approx(1.0));
  CHECK(turned.angle == Approx(-angle));
  CHECK_THROWS_AS(plane_gaussian(axis_projection(3, 0, 1), mean, {}), Error);
}

TEST_CASE("a plane across many dimensions sees the mean of their variances") {
  // Both axes are the diagonal of a pair: half of each variance, nothing in common.
  Projection plane = axis_projection(4, 0, 1);
  const auto half = static_cast<float>(std::numbers::sqrt2 / 2.0);
  plane.axes = {half, half, 0.0F, 0.0F, 0.0F, 0.0F, half, half};
  const std::vector<float> log_var = {std::log(1.0F), std::log(3.0F), std::log(5.0F),
                                      std::log(9.0F)};
  const PlaneGaussian seen = plane_gaussian(plane, std::vector<float>(4), log_var);
  CHECK(seen.xx == Approx(2.0));
  CHECK(seen.yy == Approx(7.0));
  CHECK(seen.xy == Approx(0.0).margin(1e-9));
}

TEST_CASE("the standard normal is a unit circle wherever the plane lies, about the code zero") {
  Projection plane = turned_plane(5, 1.1);
  plane.origin = {0.5F, -1.0F, 3.0F, 0.0F, 0.0F};
  const PlaneEllipse circle = plane_ellipse(plane_standard_normal(plane), 3.0);
  CHECK(circle.major == Approx(3.0));
  CHECK(circle.minor == Approx(3.0));
  float zero[2] = {0.0F, 0.0F};
  plane.project(std::vector<float>(5), zero);
  CHECK(circle.x == Approx(zero[0]));
  CHECK(circle.y == Approx(zero[1]));
  // A circle has no direction: the last bits of the plane must not choose one.
  CHECK(circle.angle == 0.0);
}

TEST_CASE("the outline that holds 39.3 % of a standard normal's draws is the unit circle") {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> points(2 * 40'000);
  for (float& value : points) value = normal(generator);
  points.push_back(std::nanf(""));
  points.push_back(0.0F);
  const PlaneDensity density = plane_density(points, 96);
  for (const double deviations : {1.0, 2.0}) {
    const double share = 1.0 - std::exp(-0.5 * deviations * deviations);
    const auto pieces = density_outline(density, density_level(density, share));
    REQUIRE(pieces.size() > 4 * 40);
    for (std::size_t i = 0; i < pieces.size(); i += 2) {
      // The kernel widens the density by 1.5 %; the rest is the draws'.
      CHECK(std::hypot(pieces[i], pieces[i + 1]) == Approx(deviations).epsilon(0.13));
    }
  }
  CHECK(plane_density(std::vector<float>{1.0F, 1.0F}, 32).values.empty());
  CHECK(plane_density(std::vector<float>{0.0F, 1.0F, 2.0F, 1.0F}, 32).values.empty());
}

TEST_CASE("an outline encloses the share of the mass that it was asked for") {
  std::mt19937 generator(4);
  std::normal_distribution<float> normal;
  std::vector<float> points;
  for (int i = 0; i < 6000; ++i) {  // two hills
    points.push_back(normal(generator) + (i % 3 == 0 ? 6.0F : 0.0F));
    points.push_back(0.5F * normal(generator));
  }
  const PlaneDensity density = plane_density(points, 80);
  const double level = density_level(density, 0.6);
  double above = 0.0;
  for (const float value : density.values) above += value >= level ? double{value} : 0.0;
  CHECK(above == Approx(0.6).margin(0.01));
}

TEST_CASE("a linear decoder stretches everywhere alike, by the norm of its matrix") {
  const std::vector<double> matrix = {0.2, -0.1, 0.0, 0.4, -0.3, 0.05};
  double squares = 0.0;
  for (const double entry : matrix) squares += entry * entry;
  const auto stretch = decoder_stretch(decoded_linearly(matrix, 3, 4, 0.25, 0.5), 3, 4, 0.25, 0.5);
  REQUIRE(stretch.size() == 12);
  for (const float value : stretch) CHECK(value == Approx(std::sqrt(squares)).epsilon(1e-4));
  CHECK_THROWS_AS(decoder_stretch(std::vector<float>(19), 3, 4, 1.0, 1.0), Error);
}

TEST_CASE("a decoder that bends is stretched where it bends") {
  // One pixel, the sine of x: its slope is the cosine.
  std::vector<float> pictures;
  const double width = 0.02;
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column <= 100; ++column) {
      pictures.push_back(static_cast<float>(std::sin(width * column)));
    }
  }
  const auto stretch = decoder_stretch(pictures, 1, 100, width, 1.0);
  for (std::size_t i = 0; i < 100; i += 9) {
    const double middle = width * (double(i) + 0.5);
    CHECK(stretch[i] == Approx(std::abs(std::cos(middle))).margin(2e-3));
  }
}

TEST_CASE("the distance from the codes is 1 where codes lie as they do, and grows outside") {
  std::vector<float> codes;  // a lattice of side 1
  for (int x = 0; x < 20; ++x) {
    for (int y = 0; y < 20; ++y) {
      codes.push_back(static_cast<float>(x));
      codes.push_back(static_cast<float>(y));
    }
  }
  codes.push_back(std::nanf(""));
  codes.push_back(0.0F);
  // Each code's fourth nearest other is one step away.
  const std::vector<float> queries = {9.5F, 9.5F, 9.0F, 29.0F};
  const auto distances = distance_from_codes(codes, 2, queries, 4);
  CHECK(distances[0] == Approx(std::sqrt(0.5)));
  CHECK(distances[1] == Approx(std::hypot(2.0, 10.0)).epsilon(0.03));
  CHECK_THROWS_AS(distance_from_codes(codes, 2, queries, 4, [] { return true; }), Error);
  CHECK(std::isnan(distance_from_codes(std::vector<float>(4), 2, queries, 4)[0]));
}

TEST_CASE("a shortest path goes round a ridge, and straight where there is none") {
  // A picture is its place and how high the ground is; a wall stands at x = 5 but for y ≥ 8.
  const auto ground = [](bool walled) {
    std::vector<float> pictures;
    for (int y = 0; y < 11; ++y) {
      for (int x = 0; x < 11; ++x) {
        pictures.push_back(static_cast<float>(x));
        pictures.push_back(static_cast<float>(y));
        pictures.push_back(walled && (x == 5 || x == 6) && y < 8 ? 100.0F : 0.0F);
      }
    }
    return pictures;
  };
  const auto place = [](int x, int y) { return static_cast<std::int32_t>(y * 11 + x); };
  const auto length = [](const std::vector<std::int32_t>& path, const std::vector<float>& all) {
    std::vector<float> pictures;
    for (const std::int32_t node : path) {
      const auto from = all.begin() + 3 * std::ptrdiff_t{node};
      pictures.insert(pictures.end(), from, from + 3);
    }
    double sum = 0.0;
    for (const double step : step_lengths(pictures, path.size())) sum += step;
    return sum;
  };
  const auto edges = grid_edges(11, 11);
  const auto flat = ground(false);
  const auto straight = shortest_path(metric_graph(121, edges, flat), place(1, 2), place(9, 2));
  CHECK(length(straight, flat) == Approx(8.0));
  const auto oblique = shortest_path(metric_graph(121, edges, flat), place(0, 0), place(10, 3));
  CHECK(length(oblique, flat) <= 1.028 * std::hypot(10.0, 3.0));
  const auto hill = ground(true);
  const auto round = shortest_path(metric_graph(121, edges, hill), place(1, 2), place(9, 2));
  REQUIRE(round.size() > 2);
  CHECK(round.front() == place(1, 2));
  CHECK(round.back() == place(9, 2));
  for (const std::int32_t node : round) CHECK(hill[3 * static_cast<std::size_t>(node) + 2] == 0.0F);
  // The wall is passed at x = 5.5 above y = 7.5; along the ground, at (5, 8) and (6, 8).
  CHECK(length(round, hill) >= std::hypot(4.5, 5.5) + std::hypot(3.5, 5.5));
  CHECK(length(round, hill) <= 1.028 * (std::hypot(4.0, 6.0) + 1.0 + std::hypot(3.0, 6.0)));
}

TEST_CASE("Dijkstra's path is as short as the shortest of all") {
  std::mt19937 generator(7);
  std::uniform_real_distribution<float> uniform;
  constexpr std::size_t kPlaces = 30;
  std::vector<float> pictures(kPlaces * 4);
  for (float& pixel : pictures) pixel = uniform(generator);
  GraphEdges edges;
  for (std::int32_t i = 0; i < 29; ++i) {  // the last stays alone
    for (std::int32_t j = i + 1; j < 29; ++j) {
      if (uniform(generator) < 0.2F) edges.emplace_back(i, j);
    }
  }
  const MetricGraph graph = metric_graph(kPlaces, edges, pictures);
  // Floyd & Warshall's table of all shortest lengths.
  std::vector<std::vector<double>> table(kPlaces, std::vector<double>(kPlaces, 1e9));
  for (std::size_t i = 0; i < kPlaces; ++i) {
    table[i][i] = 0.0;
    for (auto s = graph.begin[i]; s < graph.begin[i + 1]; ++s) {
      const auto at = static_cast<std::size_t>(s);
      table[i][static_cast<std::size_t>(graph.target[at])] = graph.length[at];
    }
  }
  for (std::size_t k = 0; k < kPlaces; ++k) {
    for (std::size_t i = 0; i < kPlaces; ++i) {
      for (std::size_t j = 0; j < kPlaces; ++j) {
        table[i][j] = std::min(table[i][j], table[i][k] + table[k][j]);
      }
    }
  }
  for (std::int32_t to = 1; to < 30; ++to) {
    const auto path = shortest_path(graph, 0, to);
    double length = path.empty() ? 1e9 : 0.0;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const auto here = static_cast<std::size_t>(path[i]);
      double step = 1e9;
      for (auto s = graph.begin[here]; s < graph.begin[here + 1]; ++s) {
        const auto at = static_cast<std::size_t>(s);
        if (graph.target[at] == path[i + 1]) step = graph.length[at];
      }
      length += step;
    }
    CHECK(length == Approx(table[0][static_cast<std::size_t>(to)]));
  }
  CHECK(shortest_path(graph, 0, 29).empty());
}

TEST_CASE("neighbours are joined once, whoever found the other") {
  NeighbourGraph graph;
  graph.count = 3;
  graph.k = 2;
  graph.indices = {0, 1, 1, 0, 2, 1};
  CHECK(neighbour_edges(graph) == GraphEdges{{0, 1}, {1, 2}});
}

TEST_CASE("a path is walked evenly by its lengths, and ends where it ends") {
  const std::vector<float> codes = {0.0F, 0.0F, 1.0F, 0.0F, 1.0F, 2.0F};
  const std::vector<double> lengths = {3.0, 1.0};  // the first piece counts three times
  const auto path = even_path(codes, 2, lengths, 5);
  const std::vector<float> expected = {0.0F, 0.0F, 1.0F / 3.0F, 0.0F, 2.0F / 3.0F,
                                       0.0F, 1.0F, 0.0F,        1.0F, 2.0F};
  REQUIRE(path.size() == expected.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    CHECK(path[i] == Approx(expected[i]).margin(1e-6));
  }
  const auto still = even_path(codes, 2, std::vector<double>{0.0, 0.0}, 3);
  CHECK(std::vector<float>(still.end() - 2, still.end()) == std::vector<float>{1.0F, 2.0F});
  CHECK_THROWS_AS(even_path(codes, 2, lengths, 1), Error);
}

TEST_CASE("a quantiser's cells are where each group takes the same nearest level") {
  std::mt19937 generator(5);
  std::normal_distribution<float> normal;
  CodeLevels levels{2, 3, 2, std::vector<float>(12)};
  for (float& value : levels.values) value = normal(generator);
  Projection plane = turned_plane(4, 0.3);
  plane.origin = {0.1F, 0.2F, 0.3F, -0.1F};
  const std::vector<float> base = {0.4F, -0.2F, 0.6F, 0.1F};
  const auto cells = quantiser_cells(levels, plane, base, -2.0, 2.0, -1.5, 1.5, 15, 20);
  const auto codes = manifold_grid(plane, base, -2.0F, 2.0F, -1.5F, 1.5F, 15, 20);
  std::map<std::pair<int, int>, std::uint64_t> name;
  std::map<std::uint64_t, std::pair<int, int>> meaning;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    int chosen[2] = {0, 0};
    for (std::size_t group = 0; group < 2; ++group) {
      double least = 1e9;
      for (std::size_t level = 0; level < 3; ++level) {
        const float* value = levels.values.data() + (group * 3 + level) * 2;
        const float* code = codes.data() + i * 4 + group * 2;
        const double distance = std::hypot(code[0] - value[0], code[1] - value[1]);
        if (distance < least) {
          least = distance;
          chosen[group] = static_cast<int>(level);
        }
      }
    }
    const std::pair<int, int> both{chosen[0], chosen[1]};
    CHECK(name.try_emplace(both, cells[i]).first->second == cells[i]);
    CHECK(meaning.try_emplace(cells[i], both).first->second == both);
  }
  CHECK(name.size() > 2);
  CHECK_THROWS_AS(quantiser_cells(levels, axis_projection(3, 0, 1), {}, 0.0, 1.0, 0.0, 1.0, 2, 2),
                  Error);
}
