#include "models/registry.h"

namespace latent::models {
namespace {

/// Deep autoencoder: reconstruction alone, no constraint on the code.
/// Hinton & Salakhutdinov 2006, https://doi.org/10.1126/science.1127647; trained in one piece with
/// batch normalisation instead of the paper's layer-wise pre-training.
class DeepAutoencoder final : public EncoderDecoder {
 public:
  explicit DeepAutoencoder(const ModelContext& context)
      : EncoderDecoder(context, context.config.latent_dim) {}
};

[[maybe_unused]] const bool deep_ae_registered = register_model<DeepAutoencoder>({
    .id = "deep-ae",
    .title = "Deep AE",
    .summary = "Squeezes each picture through a small code and rebuilds it; nothing else is asked "
               "of the code.",
    .citation = "Hinton & Salakhutdinov 2006, Reducing the Dimensionality of Data with Neural "
                "Networks",
    .url = "https://doi.org/10.1126/science.1127647",
    .order = 2,
    .loss_terms = {reconstruction_term()},
});

}  // namespace
}  // namespace latent::models
