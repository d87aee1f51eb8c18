#include <cmath>

#include "models/registry.h"
#include "nn/densities.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

/// Importance-weighted autoencoder: −L_k = −log 1/k Σ_i p(x, z_i)/q(z_i|x), z_i ~ q(z|x), a bound
/// that rises to log p(x) with k. k = 1 is the VAE with a sampled KL.
/// Burda et al. 2015, Eq. 8, https://arxiv.org/abs/1509.00519
class Iwae final : public GaussianAutoencoder {
 public:
  explicit Iwae(const ModelContext& context) : GaussianAutoencoder(context) {}

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const auto k = static_cast<std::int64_t>(hyperparameter("samples"));
    const Code code = encode(batch.x, batch.labels);
    const Tensor mean = code.mean.repeat_interleave(k, 0);
    const Tensor log_var = code.log_var.repeat_interleave(k, 0);
    const Tensor z = nn::reparameterize(mean, log_var, pass.generator);
    const Tensor reconstruction =
        reconstruction_per_image(decode(z, {}), batch.x.repeat_interleave(k, 0));
    const Tensor log_ratio = nn::log_normal(z, mean, log_var).sum(1) - log_prior(z);
    const Tensor log_weights = -(reconstruction + log_ratio).view({-1, k});
    const Tensor bound = log_weights.logsumexp(1) - std::log(static_cast<double>(k));
    const Tensor total = -bound.mean();
    const Tensor mean_reconstruction = reconstruction.mean();
    const Tensor mean_ratio = log_ratio.mean();
    return {total, {mean_reconstruction, mean_ratio, total - mean_reconstruction - mean_ratio}};
  }
};

[[maybe_unused]] const bool iwae_registered = register_model<Iwae>({
    .id = "iwae",
    .title = "IWAE",
    .summary = "A VAE that tries k codes for each picture and weighs them by how well they explain "
               "it: a tighter bound, a richer posterior.",
    .citation = "Burda et al. 2015, Importance Weighted Autoencoders, Eq. 8",
    .url = "https://arxiv.org/abs/1509.00519",
    .order = 30,
    .hyperparameters = {{.id = "samples",
                         .title = "k (codes per image)",
                         .help = "How many codes are drawn for each image. Higher: a bound nearer "
                                 "to the true likelihood, and a step that takes k times the work "
                                 "in the decoder. 1: a plain VAE.",
                         .kind = Hyperparameter::Kind::Integer,
                         .initial = 5,
                         .minimum = 1,
                         .maximum = 64,
                         .hot = true,
                         .logarithmic = true}},
    .loss_terms = {reconstruction_term(),
                   {.id = "kl",
                    .title = "KL",
                    .help = "How far the codes' distributions are from the prior N(0, 1), measured "
                            "at the codes that were drawn."},
                   {.id = "tightening",
                    .title = "Tightening",
                    .help = "What weighing the k codes gains over taking their mean: the total is "
                            "lower than reconstruction and KL together by this much."}},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
