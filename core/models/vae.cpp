#include "models/registry.h"

namespace latent::models {
namespace {

/// Variational autoencoder: −ELBO = reconstruction + β·KL(q(z|x) ‖ N(0, I)), one z per image.
/// Kingma & Welling 2013, Eq. 10 with L = 1, https://arxiv.org/abs/1312.6114. β = 1 is the bound.
class Vae final : public GaussianAutoencoder {
 public:
  explicit Vae(const ModelContext& context) : GaussianAutoencoder(context) {}
};

[[maybe_unused]] const bool vae_registered = register_model<Vae>({
    .id = "vae",
    .title = "VAE",
    .summary = "Each picture becomes a small cloud of codes; all clouds together fill a round "
               "Gaussian, so that any point of it decodes to something.",
    .citation = "Kingma & Welling 2013, Auto-Encoding Variational Bayes, Eq. 10",
    .url = "https://arxiv.org/abs/1312.6114",
    .order = 6,
    .hyperparameters = {{.id = "beta",
                         .title = "β",
                         .help = "Weight of the KL term. 1 is the true bound. Higher: rounder, "
                                 "better ordered codes and blurrier pictures; lower: sharper "
                                 "pictures, codes with gaps.",
                         .initial = 1.0,
                         .minimum = 0.0,
                         .maximum = 16.0,
                         .hot = true}},
    .loss_terms = {reconstruction_term(), kl_term()},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
