#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "latent/latent_space.h"
#include "support/catch.h"

using namespace latent;

namespace {

// Points ±√n on each axis: the covariance is diagonal and exactly known.
std::vector<float> cross(const std::vector<double>& variances) {
  const std::size_t dim = variances.size();
  std::vector<float> codes(2 * dim * dim, 0.0F);
  for (std::size_t axis = 0; axis < dim; ++axis) {
    const auto reach = static_cast<float>(std::sqrt(variances[axis] * static_cast<double>(dim)));
    codes[(2 * axis) * dim + axis] = reach;
    codes[(2 * axis + 1) * dim + axis] = -reach;
  }
  return codes;
}

double dot(const float* a, const float* b, std::size_t n) {
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

std::vector<float> gaussian(std::size_t n, std::size_t dim) {
  std::mt19937_64 generator{7};
  std::normal_distribution<float> normal;
  std::vector<float> codes(n * dim);
  for (float& value : codes) value = normal(generator);
  return codes;
}

}  // namespace

TEST_CASE("the components of a diagonal covariance are its largest axes", "[latent_space]") {
  const Projection pca = fit_pca(cross({1, 9, 4, 2}), 4);
  CHECK(pca.axes[1] == Approx(1));
  CHECK(pca.axes[4 + 2] == Approx(1));
  CHECK(pca.explained_variance[0] == Approx(9.0 / 16));
  CHECK(pca.explained_variance[1] == Approx(4.0 / 16));
}

TEST_CASE("the components turn with the data", "[latent_space]") {
  // Covariance [[2, 1], [1, 2]]: eigenvalues 3 and 1 along the diagonals.
  const float r3 = std::sqrt(3.0F);
  const std::vector<float> codes{r3 + 5, r3 - 2, -r3 + 5, -r3 - 2, 1 + 5, -1 - 2, -1 + 5, 1 - 2};
  const Projection pca = fit_pca(codes, 2);
  const double h = std::numbers::sqrt2 / 2;
  CHECK(pca.origin[0] == Approx(5));
  CHECK(pca.origin[1] == Approx(-2));
  CHECK(pca.axes[0] == Approx(h));
  CHECK(pca.axes[1] == Approx(h));
  CHECK(pca.axes[2] * pca.axes[3] == Approx(-0.5));
  CHECK(pca.explained_variance[0] == Approx(0.75));
  CHECK(pca.explained_variance[1] == Approx(0.25));
}

TEST_CASE("long codes give the same components as short ones", "[latent_space]") {
  // 120 and 500 numbers take other ways than the full spectrum of a short code.
  for (const std::size_t dim : {std::size_t{120}, std::size_t{500}}) {
    std::vector<double> variances(dim, 0.1);
    variances[17] = 30;
    variances[99] = 10;
    const double total = 40 + 0.1 * static_cast<double>(dim - 2);
    const Projection pca = fit_pca(cross(variances), static_cast<int>(dim));
    CHECK(std::abs(pca.axes[17]) == Approx(1).epsilon(1e-5));
    CHECK(std::abs(pca.axes[dim + 99]) == Approx(1).epsilon(1e-5));
    CHECK(pca.explained_variance[0] == Approx(30 / total));
    CHECK(pca.explained_variance[1] == Approx(10 / total));
  }
}

TEST_CASE("the axes are orthonormal, also for one code and for none", "[latent_space]") {
  const std::vector<float> many = gaussian(500, 12);
  for (const std::size_t n : {std::size_t{500}, std::size_t{1}, std::size_t{0}}) {
    const Projection pca = fit_pca(std::span{many}.first(n * 12), 12);
    const float* first = pca.axes.data();
    const float* second = first + 12;
    CHECK(dot(first, first, 12) == Approx(1));
    CHECK(dot(second, second, 12) == Approx(1));
    CHECK(dot(first, second, 12) == Approx(0).margin(1e-6));
  }
  const Projection wide = fit_pca(std::vector<float>(200, 1.0F), 100);
  CHECK(dot(wide.axes.data(), wide.axes.data(), 100) == Approx(1));
}

TEST_CASE("the signs follow the previous map and do not flip", "[latent_space]") {
  const std::vector<float> codes = cross({9, 4, 1});
  Projection before = fit_pca(codes, 3);
  for (float& value : before.axes) value = -value;
  const Projection after = fit_pca(codes, 3, &before);
  CHECK(after.axes[0] == Approx(-1));
  CHECK(after.axes[3 + 1] == Approx(-1));
  CHECK(fit_pca(codes, 3).axes[0] == Approx(1));
  const Projection of_another_size = fit_pca(cross({9, 4}), 2);
  CHECK(fit_pca(codes, 3, &of_another_size).axes[0] == Approx(1));
}

TEST_CASE("a code that is not finite is left out", "[latent_space]") {
  std::vector<float> codes = cross({9, 4, 1});
  const Projection clean = fit_pca(codes, 3);
  codes.insert(codes.end(), {std::numeric_limits<float>::quiet_NaN(), 1, 2});
  codes.insert(codes.end(), {std::numeric_limits<float>::infinity(), 1, 2});
  CHECK(fit_pca(codes, 3).axes == clean.axes);
}
