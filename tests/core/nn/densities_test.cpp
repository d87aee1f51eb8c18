#include "nn/densities.h"

#include <cmath>
#include <vector>

#include "support/catch.h"
#include "support/small_system.h"

using latent::nn::KlParts;
using latent::test::generator;
using torch::Tensor;

namespace {

Tensor normal(at::IntArrayRef sizes, std::uint64_t seed) {
  return torch::empty(sizes).normal_(0.0, 1.0, generator(seed));
}

double density(double z, double mean, double variance) {
  return std::exp(-0.5 * (z - mean) * (z - mean) / variance) /
         std::sqrt(2.0 * std::acos(-1.0) * variance);
}

}  // namespace

TEST_CASE("log densities of Gaussians are those of the formula") {
  const Tensor z = torch::tensor({0.3F, -2.0F});
  const Tensor mean = torch::tensor({1.0F, -1.5F});
  const Tensor log_var = torch::tensor({std::log(0.25F), std::log(4.0F)});
  const Tensor got = latent::nn::log_normal(z, mean, log_var);
  CHECK(got[0].item<double>() == Approx(std::log(density(0.3, 1.0, 0.25))).epsilon(1e-5));
  CHECK(got[1].item<double>() == Approx(std::log(density(-2.0, -1.5, 4.0))).epsilon(1e-5));
  CHECK(latent::nn::log_standard_normal(z)[1].item<double>() ==
        Approx(std::log(density(-2.0, 0.0, 1.0))).epsilon(1e-5));
}

TEST_CASE("the KL between two Gaussians is the integral of its definition") {
  const double q_mean = 0.7;
  const double q_var = 0.5;
  const double p_mean = -0.4;
  const double p_var = 1.8;
  double integral = 0.0;
  constexpr double kStep = 1e-3;
  for (double z = -12.0; z < 12.0; z += kStep) {
    const double q = density(z, q_mean, q_var);
    integral += kStep * q * std::log(std::max(q, 1e-300) / density(z, p_mean, p_var));
  }
  const auto scalar = [](double value) { return torch::tensor({static_cast<float>(value)}); };
  CHECK(latent::nn::kl_divergence(scalar(q_mean), scalar(std::log(q_var)), scalar(p_mean),
                                  scalar(std::log(p_var)))
            .item<double>() == Approx(integral).epsilon(1e-4));
}

TEST_CASE("the KL of Bernoulli units is zero at the target and right beside it") {
  CHECK(latent::nn::bernoulli_kl(0.25, torch::tensor({0.25F, 0.25F})).item<double>() ==
        Approx(0.0).margin(1e-6));
  // ¼ log ½ + ¾ log 3/2, by hand; plus a unit at the target.
  CHECK(latent::nn::bernoulli_kl(0.25, torch::tensor({0.25F, 0.5F})).item<double>() ==
        Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)).epsilon(1e-5));
  CHECK(std::isfinite(latent::nn::bernoulli_kl(0.25, torch::tensor({0.0F, 1.0F})).item<double>()));
}

TEST_CASE("a mixture's log density is the log of the direct sum") {
  const Tensor z = normal({3, 2}, 1);
  const Tensor mean = normal({4, 2}, 2);
  const Tensor log_var = 0.3 * normal({4, 2}, 3);
  const Tensor got = latent::nn::log_mixture(z, mean, log_var);
  for (int n = 0; n < 3; ++n) {
    double sum = 0.0;
    for (int k = 0; k < 4; ++k) {
      double product = 1.0;
      for (int j = 0; j < 2; ++j) {
        product *= density(z[n][j].item<double>(), mean[k][j].item<double>(),
                           std::exp(log_var[k][j].item<double>()));
      }
      sum += product / 4.0;
    }
    CHECK(got[n].item<double>() == Approx(std::log(sum)).epsilon(1e-4));
  }
}

TEST_CASE("the parts of the KL are those of a tiny mixture integrated on a grid") {
  // Three posteriors on a diagonal: the two dimensions say the same thing.
  const std::vector<double> centre = {-1.2, 0.1, 1.4};
  constexpr double kVariance = 0.2;
  double information = 0.0;
  double correlation = 0.0;
  double dimensions = 0.0;
  constexpr double kStep = 0.04;
  const auto marginal = [&](double z) {
    double sum = 0.0;
    for (const double c : centre) sum += density(z, c, kVariance) / 3.0;
    return sum;
  };
  for (double a = -4.0; a < 4.0; a += kStep) {
    for (double b = -4.0; b < 4.0; b += kStep) {
      double joint = 0.0;
      for (const double c : centre) {
        joint += density(a, c, kVariance) * density(b, c, kVariance) / 3.0;
      }
      if (joint < 1e-30) continue;
      const double product = marginal(a) * marginal(b);
      for (const double c : centre) {
        const double own = density(a, c, kVariance) * density(b, c, kVariance);
        if (own > 1e-30) information += kStep * kStep * own / 3.0 * std::log(own / joint);
      }
      correlation += kStep * kStep * joint * std::log(joint / product);
      dimensions +=
          kStep * kStep * joint * std::log(product / (density(a, 0, 1) * density(b, 0, 1)));
    }
  }

  // A batch in which each of the three posteriors comes many times has the same mixture.
  constexpr std::int64_t kRows = 1500;
  const Tensor one = torch::tensor({-1.2F, 0.1F, 1.4F}).repeat({kRows / 3}).unsqueeze(1);
  const Tensor mean = one.expand({kRows, 2}).contiguous();
  const Tensor log_var = torch::full_like(mean, std::log(kVariance));
  const Tensor z = mean + std::sqrt(kVariance) * normal({kRows, 2}, 5);
  const KlParts parts = latent::nn::kl_parts(z, mean, log_var);
  // Means over 1500 samples of log ratios whose spread is about 1.
  CHECK(parts.mutual_information.item<double>() == Approx(information).margin(0.08));
  CHECK(parts.total_correlation.item<double>() == Approx(correlation).margin(0.08));
  CHECK(parts.dimension_kl.item<double>() == Approx(dimensions).margin(0.08));
  CHECK(correlation > 0.5);

  const double sampled =
      (latent::nn::log_normal(z, mean, log_var).sum(1) - latent::nn::log_standard_normal(z).sum(1))
          .mean()
          .item<double>();
  CHECK((parts.mutual_information + parts.total_correlation + parts.dimension_kl).item<double>() ==
        Approx(sampled).epsilon(1e-4));
}

TEST_CASE("shuffled dimensions keep their marginals and lose what they had in common") {
  const Tensor column = normal({400, 1}, 8);
  const Tensor z = torch::cat({column, 2.0 * column, -column}, 1);
  const Tensor shuffled = latent::nn::permute_dimensions(z, generator(9));
  CHECK(torch::equal(std::get<0>(z.sort(0)), std::get<0>(shuffled.sort(0))));
  const auto correlation = [](const Tensor& a, const Tensor& b) {
    return ((a - a.mean()) * (b - b.mean())).mean().item<double>() /
           (a.std(false) * b.std(false)).item<double>();
  };
  CHECK(correlation(z.select(1, 0), z.select(1, 1)) == Approx(1.0).epsilon(1e-4));
  CHECK(std::abs(correlation(shuffled.select(1, 0), shuffled.select(1, 1))) < 0.2);
  CHECK(std::abs(correlation(shuffled.select(1, 1), shuffled.select(1, 2))) < 0.2);
}

TEST_CASE("the squared MMD is the double sum of its definition") {
  const Tensor x = normal({6, 3}, 10);
  const Tensor y = normal({6, 3}, 11) + 1.0;
  const auto kernel = [](const Tensor& a, const Tensor& b) {
    const double distance = (a - b).square().sum().item<double>();
    double sum = 0.0;
    for (const double scale : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
      sum += 6.0 * scale / (6.0 * scale + distance);
    }
    return sum;
  };
  double expected = 0.0;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      if (i != j) expected += (kernel(x[i], x[j]) + kernel(y[i], y[j])) / 30.0;
      expected -= 2.0 * kernel(x[i], y[j]) / 36.0;
    }
  }
  CHECK(latent::nn::squared_mmd(x, y).item<double>() == Approx(expected).epsilon(1e-4));
  CHECK(expected > 0.1);
}

TEST_CASE("the squared MMD of two samples of one distribution is zero on average") {
  double mean = 0.0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    mean +=
        latent::nn::squared_mmd(normal({64, 4}, 100 + i), normal({64, 4}, 500 + i)).item<double>() /
        100.0;
  }
  CHECK(std::abs(mean) < 0.01);
}
