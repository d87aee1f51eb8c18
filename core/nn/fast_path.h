#pragma once

#include "nn/libtorch.h"

#include <vector>

#include "nn/network.h"

/// The fused kernels (nn/kernels) as nodes of LibTorch's autograd graph: a whole dense network is
/// one node, each loss another. Values and gradients are those of the plain operators to float32
/// rounding (the tests state the tolerance); systems do not notice which path runs.
///
/// Unlike a plain operator, a node writes the gradients of its parameters itself, into
/// `parameter.grad()`: `backward()` works as ever, `torch::autograd::grad` with respect to a
/// parameter and gradients of gradients need the plain path (TrainingConfig::fast_path = false).
namespace latent::nn::fast {

/// One layer: y = x·Wᵀ, then + bias, or then BatchNorm → ReLU.
struct DenseLayer {
  Tensor weight;              ///< [out, in]
  Tensor bias;                ///< [out]; undefined without
  BatchNorm* norm = nullptr;  ///< with ReLU after it
};

/// Whether `dense_network` can stand in for the plain operators: float32 on the CPU, and no
/// gradient through BatchNorm's running statistics.
bool can_run(const std::vector<DenseLayer>& layers, const Tensor& x);

/// x [N, in] through all layers, [N, out]. Only when `can_run`.
Tensor dense_network(const std::vector<DenseLayer>& layers, const Tensor& x);

/// The weights that `loss` depends on through one `dense_network` and nothing else: their whole
/// gradient is one product of the backward pass, in which they may take their step
/// (Adam::begin_step).
std::vector<Tensor> weights_used_once(const Tensor& loss);

/// Σ over pixels of the cross-entropy of logits, mean over the batch: a scalar. Both [N, …].
bool can_run_cross_entropy(const Tensor& logits, const Tensor& x);
Tensor cross_entropy(const Tensor& logits, const Tensor& x);
/// Of each image: [N]. When `can_run_cross_entropy`.
Tensor cross_entropy_per_image(const Tensor& logits, const Tensor& x);

/// The [N, 2L] tensor that `mean` and `log_var` [N, L] are the left and the right half of, as an
/// encoder made it; undefined when there is none that the kernels can read.
Tensor gaussian_outputs(const Tensor& mean, const Tensor& log_var);
/// z = μ + σ·ε, [N, L], from `outputs` [N, 2L] and `noise` [N, L].
Tensor gaussian_sample(const Tensor& outputs, const Tensor& noise);
/// KL to N(0, I), summed over L, mean over N: a scalar.
Tensor gaussian_kl(const Tensor& outputs);

}  // namespace latent::nn::fast
