#pragma once

#include "nn/libtorch.h"

#include "latent/training_config.h"

namespace latent::nn {

using torch::Tensor;

/// Reconstruction loss of each image, summed over its pixels, in nats. `decoded` and `x`
/// [N, C, H, W]; returns [N].
/// BinaryCrossEntropy: −Σ x·log σ(l) + (1 − x)·log(1 − σ(l)) on logits l.
/// SquaredError: ½‖x − x̂‖². `fast_path` picks the fused kernel.
Tensor reconstruction_loss_per_image(const Tensor& decoded, const Tensor& x,
                                     ReconstructionLoss kind, bool fast_path = false);

/// The same, averaged over the batch: a scalar. `fast_path` picks the fused kernel.
Tensor reconstruction_loss(const Tensor& decoded, const Tensor& x, ReconstructionLoss kind,
                           bool fast_path);

/// KL(N(mean, diag exp(log_var)) ‖ N(0, I)) of each dimension, in nats:
/// ½(σ² + μ² − 1 − log σ²) (Kingma & Welling 2013, appendix B). [N, L] each.
Tensor kl_divergence(const Tensor& mean, const Tensor& log_var);

/// z = μ + σ·ε with ε ~ N(0, I) from `generator` (Kingma & Welling 2013, Eq. 4). [N, L] each.
/// `fast_path` picks the fused kernel where both are halves of one tensor, as an encoder makes
/// them.
Tensor reparameterize(const Tensor& mean, const Tensor& log_var, const at::Generator& generator,
                      bool fast_path = false);
/// `kl_divergence`, summed over L, mean over the batch: a scalar.
Tensor mean_kl_divergence(const Tensor& mean, const Tensor& log_var, bool fast_path = false);

/// What a picture shows of a decoder's output: σ(logits), or the values clipped to [0, 1] for
/// squared error.
Tensor to_pixels(const Tensor& decoded, ReconstructionLoss kind);

/// [N] int64 class labels to [N, classes] float32; −1 becomes a row of zeros.
Tensor one_hot(const Tensor& labels, std::int64_t classes);

}  // namespace latent::nn
