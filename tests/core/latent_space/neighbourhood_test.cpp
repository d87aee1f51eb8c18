#include "latent/neighbourhood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "latent/error.h"
#include "support/catch.h"

using namespace latent;

TEST_CASE("a cluster of one class is pure, a point among others is not", "[latent_space]") {
  // Two far groups of four; one point of class 1 lies among those of class 0.
  const std::vector<float> points = {0,    0,  1,  0,  0,  1,  1,  1,  0.5F,
                                     0.5F, 50, 50, 51, 50, 50, 51, 51, 51};
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, 1, 1, 1, 1, 1};
  std::vector<float> purity(labels.size());
  neighbour_purity(points, 2, labels, 3, 0, purity);
  CHECK(purity[4] == 0.0F);
  for (std::size_t i = 5; i < 9; ++i) CHECK(purity[i] == 1.0F);
  // Each corner's nearest is the stranger, then two of its own.
  for (std::size_t i = 0; i < 4; ++i) CHECK(purity[i] == Approx(2.0 / 3.0));
}

TEST_CASE("purity in pieces is purity at once, and agrees with a plain search", "[latent_space]") {
  std::mt19937 generator(7);
  std::normal_distribution<float> normal;
  constexpr std::size_t kRows = 700;
  constexpr int kDim = 5;
  std::vector<float> points;
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < kRows; ++i) {
    labels.push_back(static_cast<std::int32_t>(generator() % 4));
    for (int d = 0; d < kDim; ++d) points.push_back(normal(generator) + labels.back());
  }
  labels[3] = -1;
  points[10 * kDim] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> whole(kRows);
  neighbour_purity(points, kDim, labels, 15, 0, whole);
  CHECK(std::isnan(whole[3]));
  CHECK(std::isnan(whole[10]));
  for (std::size_t first = 0; first < kRows; first += 300) {
    std::vector<float> piece(std::min<std::size_t>(300, kRows - first));
    neighbour_purity(points, kDim, labels, 15, first, piece);
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (std::isnan(piece[i])) {
        CHECK(std::isnan(whole[first + i]));
      } else {
        CHECK(piece[i] == whole[first + i]);
      }
    }
  }
  const std::size_t row = 42;
  std::vector<std::pair<double, std::size_t>> others;
  for (std::size_t i = 0; i < kRows; ++i) {
    if (i == row || i == 3 || i == 10) continue;
    double square = 0.0;
    for (std::size_t d = 0; d < kDim; ++d) {
      const double difference = points[i * kDim + d] - points[row * kDim + d];
      square += difference * difference;
    }
    others.emplace_back(square, i);
  }
  std::sort(others.begin(), others.end());
  int same = 0;
  for (std::size_t j = 0; j < 15; ++j) same += labels[others[j].second] == labels[row] ? 1 : 0;
  CHECK(whole[row] == Approx(same / 15.0));
}

TEST_CASE("the nearest picture to a picture of the data is itself", "[latent_space]") {
  Dataset data;
  data.shape = {1, 2, 2};
  data.images = {0, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0};
  data.labels = {0, 1, 2};
  const std::vector<float> query = {1.0F, 0.0F, 0.0F, 0.0F};
  const auto found = nearest_pictures(data, query, 3);
  REQUIRE(found.size() == 3);
  CHECK(found[0].index == 1);
  CHECK(found[0].distance == 0.0F);
  // One pixel of full brightness away: at distance 1 both; the lower index comes first.
  CHECK(found[1].index == 0);
  CHECK(found[1].distance == Approx(1.0));
  CHECK(found[2].index == 2);
  CHECK(nearest_pictures(data, query, 2).size() == 2);
  CHECK_THROWS_AS(nearest_pictures(data, std::vector<float>(3), 1), Error);
}

TEST_CASE("the distance to the k-th nearest is that of the sorted distances", "[latent_space]") {
  std::mt19937 random{9};
  std::normal_distribution<float> normal;
  for (const int dim : {1, 3}) {
    std::vector<float> points(static_cast<std::size_t>(700 * dim));
    std::vector<float> queries(static_cast<std::size_t>(40 * dim));
    for (float& value : points) value = normal(random);
    for (float& value : queries) value = 2.0F * normal(random);
    for (const int k : {1, 5, 700, 701}) {
      std::vector<float> found(40);
      kth_distances(points, dim, queries, k, found);
      for (std::size_t i = 0; i < 40; ++i) {
        std::vector<double> distances;
        for (std::size_t j = 0; j < 700; ++j) {
          double square = 0.0;
          for (std::size_t d = 0; d < static_cast<std::size_t>(dim); ++d) {
            const double off = points[j * static_cast<std::size_t>(dim) + d] -
                               queries[i * static_cast<std::size_t>(dim) + d];
            square += off * off;
          }
          distances.push_back(std::sqrt(square));
        }
        std::sort(distances.begin(), distances.end());
        CAPTURE(dim, k, i);
        if (k > 700) {
          CHECK(std::isinf(found[i]));
        } else {
          CHECK(found[i] == Approx(distances[static_cast<std::size_t>(k - 1)]).margin(1e-5));
        }
      }
    }
  }
}

TEST_CASE("the distance to the nearest picture is that of a plain search, and 0 for a copy",
          "[latent_space]") {
  std::mt19937 generator(11);
  const auto random_pictures = [&](std::int64_t count, ImageShape shape) {
    Dataset data;
    data.shape = shape;
    data.labels.assign(static_cast<std::size_t>(count), -1);
    for (std::int64_t i = 0; i < count * shape.pixels(); ++i) {
      data.images.push_back(static_cast<std::uint8_t>(generator() % 256));
    }
    return data;
  };
  const Dataset among = random_pictures(40, {3, 7, 5});  // 105 pixels: no multiple of a register
  Dataset pictures = random_pictures(6, {3, 7, 5});
  std::copy_n(among.images.begin() + 105 * 17, 105, pictures.images.begin() + 105 * 2);
  const std::vector<float> found = distances_to_nearest(pictures, 4, among);
  REQUIRE(found.size() == 4);
  CHECK(found[2] == 0.0F);
  for (std::int64_t i = 0; i < 4; ++i) {
    std::vector<float> query;
    for (const std::uint8_t pixel : pictures.image(i)) query.push_back(float(pixel) / 255.0F);
    const auto nearest = nearest_pictures(among, query, 1);
    CHECK(found[std::size_t(i)] == Approx(nearest[0].distance).margin(1e-4));
  }
  CHECK(distances_to_nearest(pictures, 100, among).size() == 6);
  CHECK_THROWS_AS(distances_to_nearest(pictures, 4, among, [] { return true; }), Error);
  // More pixels than are summed at once, black against white.
  const std::vector<std::uint8_t> black(40'000, 0);
  const std::vector<std::uint8_t> white(40'000, 255);
  CHECK(squared_pixel_distance(black, white) == std::int64_t{40'000} * 255 * 255);
}
