#pragma once

#include "nn/libtorch.h"

#include <cstdint>

/// Densities and distances between distributions of codes. N images, L latent size; nats.
namespace latent::nn {

using torch::Tensor;

/// A Gaussian of independent dimensions, all [N, L].
struct Gaussian {
  Tensor mean;
  Tensor log_var;
};

/// The Gaussian that a head's outputs [N, 2L] mean: μ, then log σ², held within ±10 so that no
/// variance overflows.
Gaussian diagonal_gaussian(const Tensor& outputs);

/// log N(z; 0, 1) of each entry, same shape as z.
Tensor log_standard_normal(const Tensor& z);

/// log N(z; mean, exp(log_var)) of each entry; the three broadcast against each other.
Tensor log_normal(const Tensor& z, const Tensor& mean, const Tensor& log_var);

/// KL(N(q_mean, exp q_log_var) ‖ N(p_mean, exp p_log_var)) of each entry.
Tensor kl_divergence(const Tensor& q_mean, const Tensor& q_log_var, const Tensor& p_mean,
                     const Tensor& p_log_var);

/// Σ_j KL(Bernoulli(target) ‖ Bernoulli(mean_j)), a scalar (Ng 2011, section 2). `mean` [L] in
/// [0, 1]; values closer than 1e-6 to an end are taken as that far away.
Tensor bernoulli_kl(double target, const Tensor& mean);

/// log 1/K Σ_k N(z_n; mean_k, exp(log_var_k)), a mixture of K Gaussians. z [N, L], `mean` and
/// `log_var` [K, L]. Returns [N].
Tensor log_mixture(const Tensor& z, const Tensor& mean, const Tensor& log_var);

/// The three parts of the mean KL(q(z|x) ‖ p(z)) that a batch of posteriors and one sample of each
/// give; they sum to the sampled KL.
struct KlParts {
  Tensor mutual_information;  ///< log q(z|x) − log q(z)
  Tensor total_correlation;   ///< log q(z) − Σ_j log q(z_j)
  Tensor dimension_kl;        ///< Σ_j log q(z_j) − log p(z_j)
};

/// Chen et al. 2018, Eq. 2, with q(z) and q(z_j) from the batch by minibatch-weighted sampling
/// (appendix C.1). The weights' constant log(NM), which has no gradient, is the batch's log M here:
/// the parts are then those of the batch taken as the population, and the curves are in nats
/// instead of offset by (L − 1)·log N. All [N, L]; scalars back.
/// https://arxiv.org/abs/1802.04942
KlParts kl_parts(const Tensor& z, const Tensor& mean, const Tensor& log_var);

/// Each column of z [N, L] shuffled on its own: samples of Π_j q(z_j) (Kim & Mnih 2018, algorithm
/// 1, https://arxiv.org/abs/1802.05983). No gradient.
Tensor permute_dimensions(const Tensor& z, const at::Generator& generator);

/// Unbiased squared maximum mean discrepancy of two sets [N, L] (N ≥ 2) with the inverse
/// multiquadratics kernel Σ_s C·s/(C·s + ‖x − y‖²), C = 2L, s ∈ {.1, .2, .5, 1, 2, 5, 10}
/// (Tolstikhin et al. 2017, algorithm 2, https://arxiv.org/abs/1711.01558). A scalar, which may be
/// slightly negative.
Tensor squared_mmd(const Tensor& x, const Tensor& y);

}  // namespace latent::nn
