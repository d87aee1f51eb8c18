#include "models/registry.h"

namespace latent::models {
namespace {

/// Conditional VAE: the class, one-hot, joins the encoder's input and the code, so that the code is
/// left with what the class does not say (the style): reconstruction + β·KL(q(z|x, y) ‖ N(0, I)).
/// Sohn et al. 2015, Eq. 4 with a prior that does not depend on y (their Eq. 5's relaxed form);
/// Kingma et al. 2014 write the same with y known. https://papers.nips.cc/paper/5775
class ConditionalVae final : public GaussianAutoencoder {
 public:
  explicit ConditionalVae(const ModelContext& context) : GaussianAutoencoder(context) {}
};

[[maybe_unused]] const bool conditional_vae_registered = register_model<ConditionalVae>({
    .id = "conditional-vae",
    .title = "Conditional VAE",
    .summary = "The class is told to encoder and decoder, so the code keeps only the style: hold "
               "the style, change the digit.",
    .citation = "Sohn et al. 2015, Learning Structured Output Representation using Deep "
                "Conditional Generative Models, Eq. 4",
    .url = "https://papers.nips.cc/paper/5775",
    .order = 9,
    .hyperparameters = kl_weight_knobs(1.0),
    .loss_terms = {reconstruction_term(), kl_term()},
    .has_prior = true,
    .gaussian_posterior = true,
    .conditional = true,
});

}  // namespace
}  // namespace latent::models
