#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "latent/latent_space.h"
#include "support/catch.h"

using namespace latent;

namespace {

struct Cloud {
  std::vector<float> points;
  std::vector<std::int32_t> labels;
};

Cloud cloud(std::size_t n, std::size_t dim) {
  std::mt19937_64 generator{3};
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<std::int32_t> label{0, 4};
  Cloud result;
  for (std::size_t i = 0; i < n; ++i) {
    result.labels.push_back(label(generator));
    for (std::size_t d = 0; d < dim; ++d) {
      result.points.push_back(normal(generator) + 0.7F * static_cast<float>(result.labels[i]));
    }
  }
  return result;
}

}  // namespace

TEST_CASE("the nearest neighbours come nearest first, equals by index", "[latent_space]") {
  const std::vector<float> points{0, 0, 3, 4, 1, 0, 0, 1, -3, -4};
  const auto found = nearest_neighbours(points, 2, std::vector<float>{0, 0}, 4);
  REQUIRE(found.size() == 4);
  CHECK(found[0].index == 0);
  CHECK(found[1].index == 2);
  CHECK(found[2].index == 3);
  CHECK(found[3].index == 1);
  CHECK(found[3].distance == Approx(5));
  CHECK(nearest_neighbours(points, 2, std::vector<float>{0, 0}, 99).size() == 5);
}

TEST_CASE("two far apart clusters are classified without a mistake", "[latent_space]") {
  const std::vector<float> points{0, 1, 2, 100, 101, 102};
  CHECK(knn_accuracy(points, 1, std::vector<std::int32_t>{0, 0, 0, 1, 1, 1}, 2) == 1.0);
  // A point is not its own neighbour: were it, nobody would ever be wrong at k = 1.
  const std::vector<float> pairs{0, 1, 10, 11};
  CHECK(knn_accuracy(pairs, 1, std::vector<std::int32_t>{0, 1, 0, 0}, 1) == 0.5);
}

TEST_CASE("among equally frequent labels the nearest one's wins", "[latent_space]") {
  // The point at 0 sees label 1 at 1 and label 0 at −2.
  const std::vector<float> points{0, 1, -2};
  const std::vector<std::int32_t> labels{0, 1, 0};
  // 0 → 1 (wrong), 1 → 0 at distance 1 (wrong), −2 → 0 at distance 2 (right).
  CHECK(knn_accuracy(points, 1, labels, 2) == Approx(1.0 / 3));
}

TEST_CASE("points without a label neither count nor vote", "[latent_space]") {
  const std::vector<float> points{0, 0.1F, 0.2F, 50, 50.1F};
  CHECK(knn_accuracy(points, 1, std::vector<std::int32_t>{2, -1, 2, 4, 4}, 1) == 1.0);
  CHECK(knn_accuracy(points, 1, std::vector<std::int32_t>{-1, -1, 2, -1, -1}, 3) == 0.0);
}

TEST_CASE("the blocked search agrees with a plain one", "[latent_space]") {
  for (const int dim : {2, 5}) {
    const Cloud data = cloud(700, static_cast<std::size_t>(dim));  // not a multiple of a block
    std::size_t right = 0;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      const auto query = std::span{data.points}.subspan(i * static_cast<std::size_t>(dim),
                                                        static_cast<std::size_t>(dim));
      std::vector<int> votes(5, 0);
      std::vector<std::int32_t> order;
      for (const Neighbour& near : nearest_neighbours(data.points, dim, query, 12)) {
        if (static_cast<std::size_t>(near.index) == i) continue;
        order.push_back(data.labels[static_cast<std::size_t>(near.index)]);
        ++votes[static_cast<std::size_t>(order.back())];
      }
      const int most = *std::max_element(votes.begin(), votes.end());
      const auto winner = std::find_if(order.begin(), order.end(), [&](std::int32_t label) {
        return votes[static_cast<std::size_t>(label)] == most;
      });
      right += static_cast<std::size_t>(*winner == data.labels[i]);
    }
    CHECK(knn_accuracy(data.points, dim, data.labels, 11) ==
          Approx(static_cast<double>(right) / 700));
  }
}

TEST_CASE(
    "the accuracy of a map is that of a plain search, among copies and points that are not "
    "finite, with any number of threads",
    "[latent_space]") {
  for (const std::size_t dim : {2, 6}) {
    Cloud data = cloud(1500, dim);
    for (std::size_t i = 0; i < 1500; ++i) {
      float* point = data.points.data() + i * dim;
      // Half of them on a grid, where many are equally far.
      for (std::size_t l = 0; i % 2 == 0 && l < dim; ++l) point[l] = std::round(point[l]);
      if (i % 10 == 3) data.labels[i] = -1;
      if (i % 100 == 7) point[dim - 1] = std::numeric_limits<float>::quiet_NaN();
    }
    std::size_t labelled = 0;
    std::size_t right = 0;
    for (std::size_t i = 0; i < 1500; ++i) {
      if (data.labels[i] < 0) continue;
      ++labelled;
      std::vector<std::pair<float, std::size_t>> others;
      for (std::size_t j = 0; j < 1500; ++j) {
        if (j == i || data.labels[j] < 0) continue;
        float squared = 0.0F;
        for (std::size_t l = 0; l < dim; ++l) {
          const float difference = data.points[i * dim + l] - data.points[j * dim + l];
          squared += difference * difference;
        }
        if (std::isfinite(squared)) others.emplace_back(squared, j);
      }
      std::sort(others.begin(), others.end());
      others.resize(std::min<std::size_t>(others.size(), 15));
      std::vector<int> votes(5, 0);
      for (const auto& other : others) ++votes[static_cast<std::size_t>(data.labels[other.second])];
      const int most = *std::max_element(votes.begin(), votes.end());
      const auto winner = std::find_if(others.begin(), others.end(), [&](const auto& other) {
        return votes[static_cast<std::size_t>(data.labels[other.second])] == most;
      });
      if (winner != others.end() && data.labels[winner->second] == data.labels[i]) ++right;
    }
    const double wanted = static_cast<double>(right) / static_cast<double>(labelled);
    for (const int threads : {1, 2, 5}) {
      CHECK(knn_accuracy(data.points, static_cast<int>(dim), data.labels, 15, threads) == wanted);
    }
  }
}

TEST_CASE("of codes that are equally far the first ones are found", "[latent_space]") {
  // Copies of a few codes, more than are measured at once.
  std::vector<float> codes;
  for (std::size_t i = 0; i < 2000; ++i) {
    for (std::size_t l = 0; l < 10; ++l) codes.push_back(static_cast<float>((i * 7 % 5 + l) % 3));
  }
  const std::vector<float> query(10, 0.3F);
  const auto all = nearest_neighbours(codes, 10, query, 2000);
  REQUIRE(all.size() == 2000);
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool sorted = all[i - 1].distance < all[i].distance ||
                        (all[i - 1].distance == all[i].distance && all[i - 1].index < all[i].index);
    REQUIRE(sorted);
  }
  for (const int k : {1, 8, 700, 1999}) {
    const auto found = nearest_neighbours(codes, 10, query, k);
    REQUIRE(found.size() == static_cast<std::size_t>(k));
    for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(found[i].index == all[i].index);
  }
}

TEST_CASE("a code that is not a number is nobody's neighbour", "[latent_space]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> points{0, nan, 1};
  CHECK(nearest_neighbours(points, 1, std::vector<float>{0}, 3).size() == 2);
  CHECK(knn_accuracy(points, 1, std::vector<std::int32_t>{0, 1, 0}, 1) == Approx(2.0 / 3));
}
