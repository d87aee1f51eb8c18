#include <algorithm>
#include <numeric>
#include <random>

#include "core/latent_space/umap_codes.h"
#include "latent/error.h"
#include "latent/umap.h"
#include "support/catch.h"

using namespace latent;
using test::scattered_codes;

TEST_CASE("a map that keeps all distances is trustworthy", "[latent_space]") {
  const auto codes = scattered_codes(300, 2);
  CHECK(trustworthiness(codes, 2, codes, 2, 15) == 1.0);
}

TEST_CASE("a random map is as trustworthy as chance allows", "[latent_space]") {
  // A random neighbour's rank r is uniform on 1 … n − 1: what it costs, max(0, r − k), is on
  // average (n − 1 − k)(n − k) / (2 (n − 1)).
  const std::size_t n = 1500;
  const int k = 15;
  const auto codes = scattered_codes(n, 8);
  std::mt19937 generator{5};
  std::uniform_real_distribution<float> uniform;
  std::vector<float> places(2 * n);
  for (float& value : places) value = uniform(generator);
  const double cost = (n - 1.0 - k) * (n - k) / (2.0 * (n - 1.0));
  const double expected = 1.0 - 2.0 * cost / (2.0 * n - 3.0 * k - 1.0);
  CHECK(trustworthiness(codes, 8, places, 2, k) == Approx(expected).margin(0.01));
}

TEST_CASE("trustworthiness is Venna and Kaski's sum over ranks", "[latent_space]") {
  const std::size_t n = 60;
  const int k = 4;
  const auto high = scattered_codes(n, 3);
  std::vector<float> low;
  for (std::size_t i = 0; i < n; ++i) low.insert(low.end(), {high[3 * i], high[3 * i + 1]});
  const auto order = [n](const std::vector<float>& points, std::size_t dim, std::size_t from) {
    std::vector<double> distance(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t d = 0; d < dim; ++d) {
        const double difference = double{points[i * dim + d]} - double{points[from * dim + d]};
        distance[i] += difference * difference;
      }
    }
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < n; ++i) {
      if (i != from) others.push_back(i);
    }
    std::sort(others.begin(), others.end(),
              [&](std::size_t a, std::size_t b) { return distance[a] < distance[b]; });
    return others;
  };
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto among_codes = order(high, 3, i);
    const auto in_plane = order(low, 2, i);
    for (int j = 0; j < k; ++j) {
      const auto rank =
          std::find(among_codes.begin(), among_codes.end(), in_plane[static_cast<std::size_t>(j)]) -
          among_codes.begin() + 1;
      sum += std::max<double>(0.0, static_cast<double>(rank) - k);
    }
  }
  const double expected = 1.0 - 2.0 * sum / (n * k * (2.0 * n - 3.0 * k - 1.0));
  CHECK(expected < 0.99);
  CHECK(trustworthiness(high, 3, low, 2, k) == Approx(expected).epsilon(1e-9));
  CHECK(trustworthiness(high, 3, low, 2, k, 3) == trustworthiness(high, 3, low, 2, k, 1));
}

TEST_CASE("trustworthiness says what it cannot measure", "[latent_space]") {
  const auto codes = scattered_codes(10, 2);
  CHECK_THROWS_WITH(trustworthiness(codes, 2, codes, 2, 5),
                    "Trustworthiness needs a number of neighbours of at least 1 and below half of "
                    "the 10 points; found 5.");
  CHECK_THROWS_AS(trustworthiness(codes, 2, std::span{codes}.first(10), 2, 3), Error);
}
