#include "nn/densities.h"

#include <array>
#include <cmath>
#include <vector>

namespace latent::nn {
namespace {

const double kLogTwoPi = std::log(2.0 * std::acos(-1.0));

/// Σ_s C·s/(C·s + d²) of all pairs: x [N, L], y [M, L] to [N, M].
Tensor multiquadratics(const Tensor& x, const Tensor& y) {
  constexpr std::array<double, 7> kScales = {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0};
  const Tensor distance =
      (x.square().sum(1, true) + y.square().sum(1).unsqueeze(0) - 2.0 * torch::mm(x, y.t()))
          .clamp_min(0.0);
  const auto base = 2.0 * static_cast<double>(x.size(1));
  Tensor kernel = torch::zeros_like(distance);
  for (const double scale : kScales) kernel = kernel + base * scale / (base * scale + distance);
  return kernel;
}

Tensor mean_off_diagonal(const Tensor& kernel) {
  const auto n = static_cast<double>(kernel.size(0));
  return (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1.0));
}

}  // namespace

Gaussian diagonal_gaussian(const Tensor& outputs) {
  constexpr double kLogVarLimit = 10.0;
  const std::vector<Tensor> halves = outputs.chunk(2, 1);
  return {halves[0], halves[1].clamp(-kLogVarLimit, kLogVarLimit)};
}

Tensor log_standard_normal(const Tensor& z) {
  return -0.5 * (z.square() + kLogTwoPi);
}

Tensor log_normal(const Tensor& z, const Tensor& mean, const Tensor& log_var) {
  return -0.5 * ((z - mean).square() * (-log_var).exp() + log_var + kLogTwoPi);
}

Tensor kl_divergence(const Tensor& q_mean, const Tensor& q_log_var, const Tensor& p_mean,
                     const Tensor& p_log_var) {
  const Tensor difference = q_log_var - p_log_var;
  return 0.5 *
         (difference.exp() + (q_mean - p_mean).square() * (-p_log_var).exp() - 1.0 - difference);
}

Tensor bernoulli_kl(double target, const Tensor& mean) {
  constexpr double kEdge = 1e-6;
  const Tensor rho = mean.clamp(kEdge, 1.0 - kEdge);
  const double entropy = target * std::log(target) + (1.0 - target) * std::log(1.0 - target);
  return (entropy - target * rho.log() - (1.0 - target) * (1.0 - rho).log()).sum();
}

Tensor log_mixture(const Tensor& z, const Tensor& mean, const Tensor& log_var) {
  const Tensor each = log_normal(z.unsqueeze(1), mean.unsqueeze(0), log_var.unsqueeze(0)).sum(2);
  return each.logsumexp(1) - std::log(static_cast<double>(mean.size(0)));
}

KlParts kl_parts(const Tensor& z, const Tensor& mean, const Tensor& log_var) {
  const double log_images = std::log(static_cast<double>(z.size(0)));
  // [N, M, L]: log q(z_n,j | x_m).
  const Tensor pairs = log_normal(z.unsqueeze(1), mean.unsqueeze(0), log_var.unsqueeze(0));
  const Tensor own = log_normal(z, mean, log_var).sum(1);
  const Tensor joint = pairs.sum(2).logsumexp(1) - log_images;
  const Tensor marginals = (pairs.logsumexp(1) - log_images).sum(1);
  const Tensor prior = log_standard_normal(z).sum(1);
  return {.mutual_information = (own - joint).mean(),
          .total_correlation = (joint - marginals).mean(),
          .dimension_kl = (marginals - prior).mean()};
}

Tensor permute_dimensions(const Tensor& z, const at::Generator& generator) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> columns;
  columns.reserve(static_cast<std::size_t>(z.size(1)));
  for (std::int64_t j = 0; j < z.size(1); ++j) {
    const Tensor order = torch::randperm(z.size(0), generator, torch::kInt64);
    columns.push_back(z.select(1, j).index_select(0, order));
  }
  return torch::stack(columns, 1);
}

Tensor squared_mmd(const Tensor& x, const Tensor& y) {
  return mean_off_diagonal(multiquadratics(x, x)) + mean_off_diagonal(multiquadratics(y, y)) -
         2.0 * multiquadratics(x, y).mean();
}

}  // namespace latent::nn
