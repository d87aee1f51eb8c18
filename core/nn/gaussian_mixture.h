#pragma once

#include "nn/libtorch.h"

#include <cstdint>

namespace latent::nn {

using torch::Tensor;

/// A mixture of K Gaussians with full covariances in L dimensions, fitted to points by
/// expectation-maximisation (Dempster, Laird & Rubin 1977; Bishop 2006, section 9.2.2). All that it
/// knows are buffers. Fewer components where L is large: K·L² numbers stay a few thousand.
class GaussianMixture : public torch::nn::Module {
 public:
  explicit GaussianMixture(std::int64_t dimensions);

  /// x [N, L], N ≥ 1: forgets what was, and fits to these. Draws the first means from `generator`.
  void fit(const Tensor& x, const at::Generator& generator);
  bool fitted() const;
  /// [n, L]; only when `fitted`.
  Tensor sample(std::int64_t n, const at::Generator& generator) const;
  /// log p(x) of each row of x [N, L], [N] nats; only when `fitted`.
  Tensor log_density(const Tensor& x) const;

  std::int64_t components() const { return weights_.size(0); }

 private:
  /// log(weight_k·N(x; k)) [N, K] in double precision.
  Tensor log_joint(const Tensor& x) const;
  /// Weights, means and covariances of `shares` [N, K] of the points x [N, L], in double precision.
  void adopt(const Tensor& x, const Tensor& shares);

  Tensor weights_;  // [K] float64, sum 1; zeros before the first fit
  Tensor means_;    // [K, L] float64
  Tensor factors_;  // [K, L, L] float64: lower Cholesky factors of the covariances
};

}  // namespace latent::nn
