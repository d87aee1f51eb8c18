#include <algorithm>

#include "models/registry.h"
#include "nn/densities.h"

namespace latent::models {
namespace {

/// Sparse autoencoder: the code is σ(encoder) and each of its units should be on for a share p of
/// the images: reconstruction + β·Σ_j KL(Bernoulli(p) ‖ Bernoulli(ρ_j)), ρ_j the batch mean of z_j.
/// Ng 2011, CS294A lecture notes, section 3,
/// https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf.
///
/// A sigmoid leaves its units close together (on MNIST a deviation of a tenth around p), and the
/// decoder's first batch normalisation makes up for it. Who reads these codes has to as well: the
/// bake-off's probe, which does not, may stop before it has learned anything.
class SparseAutoencoder final : public EncoderDecoder {
 public:
  explicit SparseAutoencoder(const ModelContext& context)
      : EncoderDecoder(context, context.config.latent_dim),
        batches_(register_buffer("batches", torch::zeros({1}, torch::kInt64))) {}

  Code encode(const Tensor& x, const Tensor& labels) override {
    return {.mean = torch::sigmoid(encoder_outputs(x, labels))};
  }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override {
    return {.mean = to.call("torch.sigmoid", {script_encoder_outputs(to, x, labels)}),
            .log_var = {}};
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const Tensor mean = encode(probe.x, probe.labels).mean.mean(0).contiguous();
    Diagnostic activation{.id = "mean_activation",
                          .title = "Mean activation per unit",
                          .help =
                              "The mean of each unit of the code over the images; the penalty "
                              "pulls it to the target p. Raise β to pull harder.",
                          .unit = "0 … 1",
                          .values = {mean.data_ptr<float>(), mean.data_ptr<float>() + mean.numel()},
                          .verdict = {}};
    const auto target = static_cast<float>(hyperparameter("sparsity"));
    // Further off than half the way to the nearer end.
    const float tolerance = 0.5F * std::min(target, 1.0F - target);
    const auto off = std::count_if(
        activation.values.begin(), activation.values.end(),
        [&](float value) { return value < target - tolerance || value > target + tolerance; });
    if (off > 0 && batches_.item<std::int64_t>() >= kOnTheWay) {
      activation.verdict = std::to_string(off) + " of " + std::to_string(mean.numel()) +
                           " units are far from the target activation; a higher β brings them "
                           "nearer, at the cost of the reconstruction.";
    }
    return {std::move(activation)};
  }

 protected:
  std::vector<Term> regularizers(const Code& code, const Tensor& /*z*/, const Batch& /*batch*/,
                                 const PassContext& /*pass*/) override {
    // Like batch statistics, counted with each pass in training mode.
    if (is_training()) batches_.add_(1);
    return {
        {nn::bernoulli_kl(hyperparameter("sparsity"), code.mean.mean(0)), hyperparameter("beta")}};
  }

 private:
  /// Units begin at one half. Adam at 1e-3 takes a bias to the target's log-odds (log 3 for 0.25)
  /// in about 1100 batches; before that, being far off says nothing.
  static constexpr std::int64_t kOnTheWay = 1500;

  Tensor batches_;  // [1] trained so far
};

[[maybe_unused]] const bool sparse_ae_registered = register_model<SparseAutoencoder>({
    .id = "sparse-ae",
    .title = "Sparse AE",
    .summary = "Each unit of the code may be on for only a share of the pictures, so that units "
               "come to stand for parts.",
    .citation = "Ng 2011, CS294A Lecture Notes: Sparse Autoencoder, section 3",
    .url = "https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf",
    .order = 4,
    .hyperparameters = {{.id = "beta",
                         .title = "β (sparsity weight)",
                         .help = "Weight of the sparsity penalty. Higher: mean activations closer "
                                 "to the target, blurrier pictures. 0: no penalty.",
                         .initial = 1.0,
                         .minimum = 0.0,
                         .maximum = 100.0,
                         .hot = true},
                        {.id = "sparsity",
                         .title = "Target activation p",
                         .help = "The share of the time that a unit should be on. Lower: sparser "
                                 "codes, each unit rarer and more special.",
                         .initial = 0.25,
                         .minimum = 0.01,
                         .maximum = 0.99,
                         .hot = true}},
    .loss_terms = {reconstruction_term(),
                   {.id = "sparsity",
                    .title = "Sparsity",
                    .help = "How far the units' mean activations are from the target, summed over "
                            "the units. Shown before it is weighted by β.",
                    .unit = "nats"}},
});

}  // namespace
}  // namespace latent::models
