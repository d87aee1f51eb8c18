#include "latent/neighbourhood.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "latent/error.h"
#include "support/catch.h"

using namespace latent;

namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInfinity = std::numeric_limits<float>::infinity();

/// Points of several kinds at once: a cloud, many copies of one point, a grid of small numbers on
/// which many distances are equal, and some that are not finite.
std::vector<float> awkward_points(std::size_t count, std::size_t dim) {
  std::mt19937 random{17};
  std::normal_distribution<float> normal;
  std::vector<float> points;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t l = 0; l < dim; ++l) {
      const float cloud = normal(random);
      const auto grid = static_cast<float>(random() % 3);
      points.push_back(i % 3 == 0 ? cloud : i % 3 == 1 ? grid : 0.25F);
    }
  }
  points[5 * dim] = kNan;
  points[77 * dim + dim - 1] = kInfinity;
  points[78 * dim] = -kInfinity;
  points[79 * dim] = 3e38F;  // finite, its squared distance is not
  return points;
}

std::vector<std::int32_t> awkward_labels(std::size_t count) {
  std::mt19937 random{18};
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < count; ++i) {
    labels.push_back(static_cast<std::int32_t>(random() % 5) - 1);
  }
  return labels;
}

float squared_distance(const float* a, const float* b, std::size_t dim) {
  volatile float sum = 0.0F;  // rounded after each step
  for (std::size_t l = 0; l < dim; ++l) {
    const volatile float difference = a[l] - b[l];
    const volatile float square = difference * difference;
    sum = sum + square;
  }
  return sum;
}

/// Rows by distance, then by number: those at a finite distance, without `row` itself.
std::vector<std::pair<float, std::size_t>> sorted_by_distance(
    const std::vector<float>& points, std::size_t dim, const float* query,
    const std::vector<std::int32_t>& labels, std::size_t row) {
  std::vector<std::pair<float, std::size_t>> found;
  for (std::size_t i = 0; i < points.size() / dim; ++i) {
    if (i == row || (!labels.empty() && labels[i] < 0)) continue;
    const float squared = squared_distance(points.data() + i * dim, query, dim);
    if (std::isfinite(squared)) found.emplace_back(squared, i);
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool is_same(float a, float b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

}  // namespace

TEST_CASE("a cluster of one class is pure, a point among others is not", "[latent_space]") {
  // Two far groups of four; one point of class 1 lies among those of class 0.
  const std::vector<float> points = {0,    0,  1,  0,  0,  1,  1,  1,  0.5F,
                                     0.5F, 50, 50, 51, 50, 50, 51, 51, 51};
  const std::vector<std::int32_t> labels = {0, 0, 0, 0, 1, 1, 1, 1, 1};
  std::vector<float> purity(labels.size());
  NeighbourPurity{points, 2, labels}.measure(3, 0, purity);
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
  const NeighbourPurity neighbours{points, kDim, labels};
  neighbours.measure(15, 0, whole);
  CHECK(std::isnan(whole[3]));
  CHECK(std::isnan(whole[10]));
  for (std::size_t first = 0; first < kRows; first += 300) {
    std::vector<float> piece(std::min<std::size_t>(300, kRows - first));
    neighbours.measure(15, first, piece);
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
      NearestDistances{points, dim}.measure(queries, k, found);
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
  CHECK_THROWS_AS(distances_to_nearest(pictures, 4, among, 1, [] { return true; }), Error);
  // More pixels than are summed at once, black against white.
  const std::vector<std::uint8_t> black(40'000, 0);
  const std::vector<std::uint8_t> white(40'000, 255);
  CHECK(squared_distances_to_nearest(black, white, 40'000).at(0) ==
        std::int64_t{40'000} * 255 * 255);
}

TEST_CASE(
    "purity is that of a plain search bit for bit, among equals and what is not finite, with "
    "any number of threads",
    "[latent_space]") {
  constexpr std::size_t kCount = 900;
  for (const std::size_t dim : {1, 2, 3, 5, 9, 20}) {
    const std::vector<float> points = awkward_points(kCount, dim);
    const std::vector<std::int32_t> labels = awkward_labels(kCount);
    for (const int k : {1, 15}) {
      std::vector<float> wanted(kCount, kNan);
      for (std::size_t row = 0; row < kCount; ++row) {
        const float* code = points.data() + row * dim;
        const bool finite =
            std::all_of(code, code + dim, [](float value) { return std::isfinite(value); });
        if (labels[row] < 0 || !finite) continue;
        auto found = sorted_by_distance(points, dim, code, labels, row);
        found.resize(std::min(found.size(), static_cast<std::size_t>(k)));
        const auto same = std::count_if(found.begin(), found.end(), [&](const auto& near) {
          return labels[near.second] == labels[row];
        });
        wanted[row] = static_cast<float>(same) / static_cast<float>(found.size());
      }
      const NeighbourPurity neighbours{points, static_cast<int>(dim), labels};
      for (const int threads : {1, 2, 5}) {
        std::vector<float> found(kCount);
        neighbours.measure(k, 0, found, threads);
        CAPTURE(dim, k, threads);
        CHECK(std::equal(found.begin(), found.end(), wanted.begin(), is_same));
      }
    }
  }
}

TEST_CASE(
    "the distance to the k-th nearest is that of a plain search bit for bit, with any number "
    "of threads",
    "[latent_space]") {
  constexpr std::size_t kCount = 900;
  for (const std::size_t dim : {1, 2, 3, 5, 9, 20}) {
    const std::vector<float> points = awkward_points(kCount, dim);
    std::vector<float> queries(points.begin(),
                               points.begin() + static_cast<std::ptrdiff_t>(200 * dim));
    for (float& value : queries) value = 1.5F * value;
    std::vector<std::vector<std::pair<float, std::size_t>>> found_plainly;
    for (std::size_t i = 0; i < 200; ++i) {
      found_plainly.push_back(
          sorted_by_distance(points, dim, queries.data() + i * dim, {}, kCount));
    }
    for (const int k : {1, 15, 850, 900}) {
      std::vector<float> wanted;
      for (const auto& found : found_plainly) {
        const auto rank = static_cast<std::size_t>(k);
        wanted.push_back(found.size() < rank ? kInfinity : std::sqrt(found[rank - 1].first));
      }
      const NearestDistances among{points, static_cast<int>(dim)};
      for (const int threads : {1, 2, 5}) {
        std::vector<float> found(200);
        among.measure(queries, k, found, threads);
        CAPTURE(dim, k, threads);
        CHECK(found == wanted);
      }
    }
  }
}

TEST_CASE("a search among nothing finds nothing", "[latent_space]") {
  const std::vector<float> nothing{kNan, kNan, kInfinity, 0.0F};
  std::vector<float> found(1);
  NearestDistances{nothing, 2}.measure(std::vector<float>{0, 0}, 1, found);
  CHECK(std::isinf(found[0]));
  std::vector<float> purity(2, 0.5F);
  NeighbourPurity{nothing, 2, std::vector<std::int32_t>{0, 0}}.measure(3, 0, purity);
  CHECK(std::isnan(purity[0]));
  CHECK(std::isnan(purity[1]));
}

TEST_CASE("a hundred thousand copies of a point are searched in a moment", "[latent_space]") {
  // As when all codes have collapsed: looked at in pairs, they would take a minute.
  constexpr std::size_t kCount = 100'000;
  const std::vector<float> points(2 * kCount, 0.5F);
  const std::vector<std::int32_t> labels(kCount, 3);
  std::vector<float> purity(kCount);
  NeighbourPurity{points, 2, labels}.measure(15, 0, purity);
  CHECK(std::all_of(purity.begin(), purity.end(), [](float share) { return share == 1.0F; }));
}

TEST_CASE("a search ends with Error{Cancelled} soon after it is told to", "[latent_space]") {
  const std::vector<float> points = awkward_points(3000, 2);
  const std::vector<std::int32_t> labels(3000, 1);
  std::vector<float> found(3000);
  const auto code_of = [](const auto& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::Internal;
  };
  for (const int threads : {1, 3}) {
    int asked = 0;
    // Between pieces where there is one thread; several may be done before they are asked again.
    const auto soon = [&] { return ++asked > (threads == 1 ? 1 : 0); };
    const NeighbourPurity purity{points, 2, labels};
    CHECK(code_of([&] { purity.measure(15, 0, found, threads, soon); }) == ErrorCode::Cancelled);
    asked = 0;
    const NearestDistances among{points, 2};
    CHECK(code_of([&] { among.measure(points, 15, found, threads, soon); }) ==
          ErrorCode::Cancelled);
    asked = 0;
    CHECK(code_of([&] { knn_accuracy(points, 2, labels, 15, threads, soon); }) ==
          ErrorCode::Cancelled);
    asked = 0;
    const std::vector<std::uint8_t> pictures(100 * 16);
    CHECK(code_of([&] { squared_distances_to_nearest(pictures, pictures, 16, threads, soon); }) ==
          ErrorCode::Cancelled);
  }
}

TEST_CASE("the nearest pictures are the same with any number of threads", "[latent_space]") {
  std::mt19937 random{4};
  Dataset data;
  // So many that other threads are asked, and many equally far.
  data.shape = {1, 5, 5};
  data.labels.assign(700'000, -1);
  for (std::size_t i = 0; i < 700'000 * 25; ++i) {
    data.images.push_back(static_cast<std::uint8_t>(random() % 3 * 100));
  }
  const std::vector<float> query(25, 0.4F);
  const auto one = nearest_pictures(data, query, 50);
  for (const int threads : {2, 5}) {
    const auto found = nearest_pictures(data, query, 50, threads);
    CHECK(std::equal(found.begin(), found.end(), one.begin(), one.end(),
                     [](const Neighbour& a, const Neighbour& b) {
                       return a.index == b.index && a.distance == b.distance;
                     }));
  }
  const std::span pictures = std::span{data.images}.first(100 * 25);
  std::vector<std::int64_t> wanted;
  for (std::size_t i = 0; i < 100; ++i) {
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t other = 0; other < 100; ++other) {
      std::int64_t sum = 0;
      for (std::size_t p = 0; p < 25; ++p) {
        const std::int64_t difference =
            std::int64_t{pictures[i * 25 + p]} - std::int64_t{pictures[other * 25 + p]};
        sum += difference * difference;
      }
      if (other != i) least = std::min(least, sum);
    }
    wanted.push_back(least);
  }
  for (const int threads : {1, 2, 5}) {
    CHECK(squared_distances_to_nearest_other(pictures, 25, threads) == wanted);
    const auto own = squared_distances_to_nearest(pictures, pictures, 25, threads);
    CHECK(std::all_of(own.begin(), own.end(), [](std::int64_t least) { return least == 0; }));
  }
}
