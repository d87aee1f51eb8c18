#include "nn/gaussian_mixture.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace latent::nn {
namespace {

constexpr std::int64_t kMostComponents = 20;
constexpr std::int64_t kMostNumbers = 8000;  // K·L²
constexpr int kRounds = 15;
constexpr double kRidge = 1e-3;  // of the variances of all points, added to every covariance
constexpr double kLeastVariance = 1e-12;

const double kLogTwoPiDouble = std::log(2.0 * std::acos(-1.0));

}  // namespace

GaussianMixture::GaussianMixture(std::int64_t dimensions) {
  const std::int64_t components =
      std::clamp<std::int64_t>(kMostNumbers / (dimensions * dimensions), 1, kMostComponents);
  const auto numbers = torch::TensorOptions().dtype(torch::kFloat64);
  weights_ = register_buffer("weights", torch::zeros({components}, numbers));
  means_ = register_buffer("means", torch::zeros({components, dimensions}, numbers));
  factors_ =
      register_buffer("factors", torch::zeros({components, dimensions, dimensions}, numbers));
}

void GaussianMixture::fit(const Tensor& x, const at::Generator& generator) {
  const torch::NoGradGuard no_grad;
  const Tensor points = x.to(torch::kFloat64);
  const std::int64_t n = points.size(0);
  // Each point belongs to the nearest of K of them; rounds from there.
  const Tensor rows = torch::randperm(n, generator, torch::kInt64)
                          .index_select(0, torch::arange(components(), torch::kInt64).remainder(n));
  const Tensor first = torch::cdist(points, points.index_select(0, rows)).argmin(1);
  adopt(points,
        torch::zeros({n, components()}, torch::kFloat64).scatter_(1, first.unsqueeze(1), 1.0));
  const int rounds = components() > 1 ? kRounds : 0;  // one Gaussian is found at once
  for (int round = 0; round < rounds; ++round) adopt(points, log_joint(points).softmax(1));
}

bool GaussianMixture::fitted() const {
  return weights_.sum().item<double>() > 0.0;
}

void GaussianMixture::adopt(const Tensor& x, const Tensor& shares) {
  const Tensor own = torch::diag(x.var(0, /*unbiased=*/false) + kLeastVariance);
  // A component that no point belongs to keeps a small share.
  const Tensor count = shares.sum(0) + 1e-6;  // [K]
  weights_.copy_(count / count.sum());
  means_.copy_(torch::mm(shares.t(), x) / count.unsqueeze(1));
  for (std::int64_t k = 0; k < components(); ++k) {
    const Tensor away = x - means_[k];
    const Tensor weighted = away * shares.select(1, k).unsqueeze(1);
    const Tensor covariance = torch::mm(weighted.t(), away) / count[k];
    // With less than two points to each dimension, the variance of all points stands in for a part.
    const double few =
        std::max(0.0, 1.0 - count[k].item<double>() / (2.0 * static_cast<double>(x.size(1))));
    factors_[k].copy_(torch::linalg_cholesky((1.0 - few) * covariance + (few + kRidge) * own));
  }
}

Tensor GaussianMixture::log_joint(const Tensor& x) const {
  const auto dimensions = static_cast<double>(x.size(1));
  std::vector<Tensor> columns;
  for (std::int64_t k = 0; k < components(); ++k) {
    const Tensor away = (x - means_[k]).t();  // [L, N]
    const Tensor scaled = torch::linalg_solve_triangular(factors_[k], away, /*upper=*/false);
    const Tensor log_scale = factors_[k].diagonal().log().sum();
    columns.push_back(weights_[k].log() - log_scale -
                      0.5 * (scaled.square().sum(0) + dimensions * kLogTwoPiDouble));
  }
  return torch::stack(columns, 1);
}

Tensor GaussianMixture::log_density(const Tensor& x) const {
  const torch::NoGradGuard no_grad;
  return log_joint(x.to(torch::kFloat64)).logsumexp(1).to(torch::kFloat32);
}

Tensor GaussianMixture::sample(std::int64_t n, const at::Generator& generator) const {
  const torch::NoGradGuard no_grad;
  const Tensor component = torch::multinomial(weights_, n, /*replacement=*/true, generator);
  const Tensor noise =
      torch::empty({n, means_.size(1)}, torch::kFloat64).normal_(0.0, 1.0, generator);
  Tensor x = torch::empty({n, means_.size(1)}, torch::kFloat64);
  for (std::int64_t k = 0; k < components(); ++k) {
    const Tensor rows = component.eq(k).nonzero().flatten();
    if (rows.numel() == 0) continue;
    x.index_copy_(0, rows, means_[k] + torch::mm(noise.index_select(0, rows), factors_[k].t()));
  }
  return x.to(torch::kFloat32);
}

}  // namespace latent::nn
