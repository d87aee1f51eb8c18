#include "models/registry.h"

namespace latent::models {
namespace {

/// β-VAE: reconstruction + β·KL(q(z|x) ‖ N(0, I)).
/// Higgins et al. 2017, Eq. 4, https://openreview.net/forum?id=Sy2fzU9gl; the schedules of β are
/// Bowman et al. 2016, section 3.1, and Fu et al. 2019, Eq. 6-7. The bake-off's "strict" is β = 2,
/// its "loose" β = 0.5.
class BetaVae final : public GaussianAutoencoder {
 public:
  explicit BetaVae(const ModelContext& context) : GaussianAutoencoder(context) {}
};

std::vector<Hyperparameter> beta_vae_knobs() {
  std::vector<Hyperparameter> knobs = kl_weight_knobs(/*initial=*/2.0);
  knobs[0].help =
      "Weight of the KL term: 2 is the bake-off's strict, 0.5 its loose variant, 1 a "
      "plain VAE. Higher: rounder, better ordered codes, fewer dimensions used, "
      "blurrier pictures; lower: sharper pictures, codes with gaps.";
  return knobs;
}

[[maybe_unused]] const bool beta_vae_registered = register_model<BetaVae>({
    .id = "beta-vae",
    .title = "β-VAE",
    .summary = "A VAE that pays β times for what its code says: trade sharp pictures against a "
               "tidy code.",
    .citation = "Higgins et al. 2017, beta-VAE: Learning Basic Visual Concepts with a Constrained "
                "Variational Framework, Eq. 4",
    .url = "https://openreview.net/forum?id=Sy2fzU9gl",
    .order = 7,
    .hyperparameters = beta_vae_knobs(),
    .loss_terms = {reconstruction_term(), kl_term()},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
