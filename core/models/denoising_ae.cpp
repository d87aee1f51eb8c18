#include "models/registry.h"

namespace latent::models {
namespace {

/// Denoising autoencoder: the encoder sees clip(x + noise·ε, 0, 1), ε ~ N(0, 1), and the decoder
/// must give the clean x back. Clean input when evaluated.
/// Vincent et al. 2008, section 2.3 (there with masking noise),
/// https://doi.org/10.1145/1390156.1390294
class DenoisingAutoencoder final : public EncoderDecoder {
 public:
  explicit DenoisingAutoencoder(const ModelContext& context)
      : EncoderDecoder(context, context.config.latent_dim) {}

 protected:
  Tensor corrupt(const Tensor& x, const PassContext& pass) override {
    const torch::NoGradGuard no_grad;
    return torch::empty_like(x)
        .normal_(0.0, 1.0, pass.generator)
        .mul_(hyperparameter("noise"))
        .add_(x)
        .clamp_(0.0, 1.0);
  }
};

[[maybe_unused]] const bool denoising_ae_registered = register_model<DenoisingAutoencoder>({
    .id = "denoising-ae",
    .title = "Denoising AE",
    .summary = "Sees noisy pictures and must give back the clean ones, so that copying pixels does "
               "not help.",
    .citation = "Vincent et al. 2008, Extracting and Composing Robust Features with Denoising "
                "Autoencoders, section 2.3",
    .url = "https://doi.org/10.1145/1390156.1390294",
    .order = 5,
    .hyperparameters = {{.id = "noise",
                         .title = "Noise",
                         .help = "Standard deviation of the noise added to each pixel while "
                                 "training (a pixel is 0 … 1). Higher: codes that hold only what "
                                 "survives the noise, and smoother pictures. 0: a deep AE.",
                         .initial = 0.5,
                         .minimum = 0.0,
                         .maximum = 2.0,
                         .hot = true}},
    .loss_terms = {reconstruction_term()},
});

}  // namespace
}  // namespace latent::models
