// The mixture of Gaussians.

#include "nn/gaussian_mixture.h"

#include <cmath>

#include "support/catch.h"
#include "training/threads.h"

using latent::nn::GaussianMixture;
using torch::Tensor;

namespace {

/// Half the points around (−5, 0), the others around (5, 0) on a slant.
Tensor two_clouds(std::int64_t n, const at::Generator& generator) {
  const Tensor noise = torch::empty({n, 2}).normal_(0.0, 1.0, generator);
  const Tensor side = torch::arange(n, torch::kInt64).remainder(2).to(torch::kFloat32);
  const Tensor first = (10.0 * side - 5.0) + noise.select(1, 0);
  const Tensor second = side * 0.8 * noise.select(1, 0) + (1.0 - 0.4 * side) * noise.select(1, 1);
  return torch::stack({first, second}, 1);
}

double log_density_of_two_clouds(double a, double b) {
  const double two_pi = 2.0 * std::acos(-1.0);
  const double left = std::exp(-0.5 * ((a + 5) * (a + 5) + b * b)) / two_pi;
  const double slanted = (b - 0.8 * (a - 5)) / 0.6;
  const double right = std::exp(-0.5 * ((a - 5) * (a - 5) + slanted * slanted)) / (two_pi * 0.6);
  return std::log(0.5 * left + 0.5 * right);
}

}  // namespace

TEST_CASE("a mixture finds the density that its points were drawn from", "[nn]") {
  const at::Generator generator = latent::training::make_generator(3);
  GaussianMixture mixture{2};
  CHECK_FALSE(mixture.fitted());
  mixture.fit(two_clouds(6000, generator), generator);
  REQUIRE(mixture.fitted());
  const Tensor fresh = two_clouds(2000, generator);
  const Tensor found = mixture.log_density(fresh);
  double expected = 0.0;
  for (int i = 0; i < 2000; ++i) {
    expected += log_density_of_two_clouds(fresh[i][0].item<double>(), fresh[i][1].item<double>());
  }
  CHECK(found.mean().item<double>() == Approx(expected / 2000.0).margin(0.05));
}

TEST_CASE("what a mixture draws has the mean and the covariance of its points", "[nn]") {
  const at::Generator generator = latent::training::make_generator(4);
  GaussianMixture mixture{2};
  const Tensor points = two_clouds(6000, generator);
  mixture.fit(points, generator);
  const Tensor drawn = mixture.sample(20000, generator);
  CHECK(torch::allclose(drawn.mean(0), points.mean(0), 0.0, 0.15));
  CHECK(torch::allclose(drawn.var(0), points.var(0), 0.05, 0.0));
  // Nothing in between.
  CHECK(drawn.select(1, 0).abs().lt(1.0).to(torch::kFloat32).mean().item<double>() < 0.005);
}

TEST_CASE("a mixture can be fitted to few points, to one, and in many dimensions", "[nn]") {
  const at::Generator generator = latent::training::make_generator(5);
  for (const std::int64_t dimensions : {1, 3, 100}) {
    for (const std::int64_t n : {1, 5, 50}) {
      CAPTURE(dimensions, n);
      GaussianMixture mixture{dimensions};
      CHECK_FALSE(mixture.fitted());
      const Tensor points = torch::empty({n, dimensions}).normal_(2.0, 1.0, generator);
      mixture.fit(points, generator);
      const Tensor drawn = mixture.sample(500, generator);
      CHECK(drawn.sizes() == std::vector<std::int64_t>{500, dimensions});
      CHECK(drawn.isfinite().all().item<bool>());
      CHECK(drawn.mean().item<double>() == Approx(points.mean().item<double>()).margin(0.3));
    }
  }
  CHECK(GaussianMixture{20}.components() == 20);
  CHECK(GaussianMixture{512}.components() == 1);
}
