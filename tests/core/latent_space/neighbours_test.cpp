#include <algorithm>
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

TEST_CASE("a code that is not a number is nobody's neighbour", "[latent_space]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> points{0, nan, 1};
  CHECK(nearest_neighbours(points, 1, std::vector<float>{0}, 3).size() == 2);
  CHECK(knn_accuracy(points, 1, std::vector<std::int32_t>{0, 1, 0}, 1) == Approx(2.0 / 3));
}
