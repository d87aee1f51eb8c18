#include "models/registry.h"
#include "nn/densities.h"

namespace latent::models {
namespace {

/// β-TCVAE: the KL taken apart into mutual information, total correlation and the dimensions' own
/// KL, and only the total correlation weighted by β, estimated by minibatch-weighted sampling.
/// Chen et al. 2018, Eq. 4 with α = γ = 1 and appendix C.1, https://arxiv.org/abs/1802.04942
class BetaTcVae final : public GaussianAutoencoder {
 public:
  explicit BetaTcVae(const ModelContext& context) : GaussianAutoencoder(context) {}

 protected:
  std::vector<Term> regularizers(const Code& code, const Tensor& z, const Batch& /*batch*/,
                                 const PassContext& pass) override {
    const nn::KlParts parts = nn::kl_parts(z, code.mean, code.log_var);
    return {{parts.mutual_information, 1.0},
            {parts.total_correlation, kl_weight(pass)},
            {parts.dimension_kl, 1.0}};
  }
};

std::vector<Hyperparameter> beta_tcvae_knobs() {
  std::vector<Hyperparameter> knobs = kl_weight_knobs(/*initial=*/4.0);
  knobs[0].help =
      "Weight of the total correlation alone; 1 is a plain VAE. Higher: dimensions that vary "
      "independently of each other, each with a meaning of its own; much higher: blurrier "
      "pictures.";
  return knobs;
}

[[maybe_unused]] const bool beta_tcvae_registered = register_model<BetaTcVae>({
    .id = "beta-tcvae",
    .title = "β-TCVAE",
    .summary = "Punishes only what the code's dimensions say in common, so that each comes to hold "
               "one thing.",
    .citation = "Chen et al. 2018, Isolating Sources of Disentanglement in Variational "
                "Autoencoders, Eq. 4",
    .url = "https://arxiv.org/abs/1802.04942",
    .order = 15,
    .hyperparameters = beta_tcvae_knobs(),
    .loss_terms = {reconstruction_term(),
                   {.id = "mutual_information",
                    .title = "Mutual information",
                    .help =
                        "What the code tells of which image it came from, by the batch; a batch "
                        "of M images cannot show more than log M."},
                   {.id = "total_correlation",
                    .title = "Total correlation",
                    .help = "What the code's dimensions say twice: zero when they are independent. "
                            "Shown before it is weighted by β."},
                   {.id = "dimension_kl",
                    .title = "Dimension-wise KL",
                    .help = "How far each dimension on its own is from N(0, 1), summed."}},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
