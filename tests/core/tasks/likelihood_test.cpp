#include <cmath>
#include <random>

#include "core/tasks/function_model.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

namespace {

/// z ~ N(0, 1), x|z ~ N(w·z, I), so that p(x) = N(0, I + w·wᵀ); q(z|x) wider than the posterior and
/// off its place.
struct LinearGaussianTask {
  static constexpr double kW[2] = {1.5, -0.7};
  static constexpr double kLogTwoPi = 1.8378770664093453;
  ImageShape shape{1, 1, 2};
  std::shared_ptr<FunctionModel> model = std::make_shared<FunctionModel>(shape, 1);
  Dataset data = pictures_of(shape, {200, 30, 10, 240, 120, 120, 255, 0, 60, 90});

  LinearGaussianTask() {
    model->model.gaussian_posterior = true;
    model->weights = [](std::span<const std::uint8_t> images, int samples, std::uint64_t seed) {
      const std::size_t n = images.size() / 2;
      std::mt19937_64 random{seed};
      std::normal_distribution<double> normal;
      std::vector<float> result(n * static_cast<std::size_t>(samples));
      const double precision = 1.0 + kW[0] * kW[0] + kW[1] * kW[1];
      const double variance = 2.0 / precision;
      for (std::size_t k = 0; k < static_cast<std::size_t>(samples); ++k) {
        for (std::size_t i = 0; i < n; ++i) {
          const double x[2] = {images[2 * i] / 255.0, images[2 * i + 1] / 255.0};
          const double mean = 0.6 * (kW[0] * x[0] + kW[1] * x[1]) / precision;
          const double noise = normal(random);
          const double z = mean + std::sqrt(variance) * noise;
          double log_joint = -0.5 * (3.0 * kLogTwoPi + z * z);
          for (int d = 0; d < 2; ++d) {
            log_joint -= 0.5 * (x[d] - kW[d] * z) * (x[d] - kW[d] * z);
          }
          const double log_q = -0.5 * (kLogTwoPi + std::log(variance) + noise * noise);
          result[k * n + i] = static_cast<float>(log_joint - log_q);
        }
      }
      return result;
    };
  }

  /// Mean −log N(x; 0, I + w·wᵀ) over the pictures.
  double exact() const {
    const double norm = kW[0] * kW[0] + kW[1] * kW[1];
    double sum = 0.0;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      const double x[2] = {data.images[2 * i] / 255.0, data.images[2 * i + 1] / 255.0};
      const double projected = kW[0] * x[0] + kW[1] * x[1];
      const double quadratic = x[0] * x[0] + x[1] * x[1] - projected * projected / (1.0 + norm);
      sum += 0.5 * (quadratic + std::log(1.0 + norm) + 2.0 * kLogTwoPi);
    }
    return sum / static_cast<double>(data.labels.size());
  }

  double bound(double k, std::uint64_t seed) const {
    return figure_of(
        measured("likelihood", model, data, {.parameter = k, .hidden = {}, .seed = seed}), "nll");
  }
};

}  // namespace

TEST_CASE("with k the estimate falls to −log p(x) of a linear-Gaussian model", "[tasks]") {
  const LinearGaussianTask task;
  double one = 0.0;
  double eight = 0.0;
  constexpr int kSeeds = 400;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    one += task.bound(1, seed) / kSeeds;
    eight += task.bound(8, seed) / kSeeds;
  }
  const double exact = task.exact();
  CHECK(one > eight + 0.03);
  CHECK(eight > exact);
  CHECK(task.bound(1000, 3) == Approx(exact).margin(0.03));
}

TEST_CASE("the curve over k begins at the ELBO, ends at the estimate and falls on average",
          "[tasks]") {
  const LinearGaussianTask task;
  const TaskResult result =
      measured("likelihood", task.model, task.data, {.parameter = 1000, .hidden = {}});
  REQUIRE(result.curves.size() == 1);
  const TaskCurve::Line& line = result.curves[0].lines.at(0);
  CHECK(line.x.front() == 1.0);
  CHECK(line.x.back() == 1000.0);
  CHECK(line.y.front() == Approx(figure_of(result, "negative_elbo")));
  CHECK(line.y.back() == Approx(figure_of(result, "nll")));
  // Means over ever fewer groups of the same draws: Jensen's inequality, picture by picture, where
  // each group of 2k is two of k.
  for (std::size_t i = 1; i + 1 < line.y.size(); ++i) CHECK(line.y[i] <= line.y[i - 1] + 0.01);
  CHECK(figure_of(result, "bits_per_pixel") ==
        Approx(figure_of(result, "nll") / std::log(2.0) / 2.0));
}

TEST_CASE("a system without a density over pixels has no likelihood, and says so", "[tasks]") {
  const FunctionModel model({1, 1, 2}, 1);
  const Dataset data = pictures_of({1, 1, 2}, {0, 255});
  CHECK_THAT(find_task("likelihood").why_not(model, data), ContainsSubstring("probability"));
  CHECK(find_task("likelihood").why_not(*LinearGaussianTask().model, data).empty());
}
