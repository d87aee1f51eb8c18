#include "models/code_spread.h"
#include "models/registry.h"
#include "nn/densities.h"

namespace latent::models {
namespace {

/// Wasserstein autoencoder with the maximum mean discrepancy: point codes, and a penalty
/// λ·MMD²(codes of the batch, samples of N(0, I)) on the batch as a whole, not on each image.
/// Tolstikhin et al. 2017, algorithm 2, https://arxiv.org/abs/1711.01558; their λ = 10 goes with a
/// reconstruction of another scale.
class WassersteinAutoencoder final : public EncoderDecoder {
 public:
  explicit WassersteinAutoencoder(const ModelContext& context)
      : EncoderDecoder(context, context.config.latent_dim) {}

  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    return torch::empty({n, code_dim()}).normal_(0.0, 1.0, generator);
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    return {code_spread(encode(probe.x, probe.labels).mean, "raise λ")};
  }

 protected:
  std::vector<Term> regularizers(const Code& code, const Tensor& /*z*/, const Batch& /*batch*/,
                                 const PassContext& pass) override {
    // A batch of one has no pairs to compare.
    if (code.mean.size(0) < 2) return {{torch::zeros({}), 0.0}};
    Tensor prior;
    {
      const torch::NoGradGuard no_grad;
      prior = torch::empty_like(code.mean).normal_(0.0, 1.0, pass.generator);
    }
    return {{nn::squared_mmd(code.mean, prior), hyperparameter("mmd_weight")}};
  }
};

[[maybe_unused]] const bool wae_mmd_registered = register_model<WassersteinAutoencoder>({
    .id = "wae-mmd",
    .title = "WAE-MMD",
    .summary = "Each picture keeps one sharp code; only all codes together must look like the "
               "Gaussian prior.",
    .citation = "Tolstikhin et al. 2017, Wasserstein Auto-Encoders, algorithm 2",
    .url = "https://arxiv.org/abs/1711.01558",
    .order = 31,
    .hyperparameters = {{.id = "mmd_weight",
                         .title = "λ",
                         .help =
                             "Weight of the MMD. Higher: the codes together fill the prior more "
                             "exactly, so that samples improve; much higher: blurrier "
                             "reconstructions. 0: a deep AE.",
                         .initial = 300.0,
                         .minimum = 0.0,
                         .maximum = 10000.0,
                         .hot = true}},
    .loss_terms = {reconstruction_term(),
                   {.id = "mmd",
                    .title = "MMD²",
                    .help =
                        "How different the batch's codes are from samples of the prior; zero "
                        "on average when they cannot be told apart. Shown before it is weighted "
                        "by λ.",
                    .unit = ""}},
    .has_prior = true,
});

}  // namespace
}  // namespace latent::models
