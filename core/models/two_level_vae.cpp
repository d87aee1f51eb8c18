#include <algorithm>

#include "models/registry.h"
#include "nn/densities.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

using nn::Gaussian;

constexpr std::int64_t kFeatures = 128;  // width of what lies between the levels
constexpr float kActive = 0.01F;         // nats; below it a dimension says nothing

/// The product of two Gaussians, normalised: precisions add up (Sønderby et al. 2016, Eq. 17-18).
Gaussian precision_weighted(const Gaussian& a, const Gaussian& b) {
  const Tensor log_var = -torch::logaddexp(-a.log_var, -b.log_var);
  return {(a.mean * (log_var - a.log_var).exp() + b.mean * (log_var - b.log_var).exp()), log_var};
}

/// Two-level VAE with the ladder's inference: p(z₂) = N(0, I), p(z₁|z₂) and p(x|z₁) networks;
/// q(z₂|x) bottom up, and q(z₁|z₂, x) the precision-weighted product of what the image says and of
/// p(z₁|z₂). Total: reconstruction + β·(KL(q(z₁|z₂, x) ‖ p(z₁|z₂)) + KL(q(z₂|x) ‖ p(z₂))).
/// Sønderby et al. 2016, Eq. 15-19, https://arxiv.org/abs/1602.02282
class TwoLevelVae final : public EncoderDecoder {
 public:
  explicit TwoLevelVae(const ModelContext& context)
      : EncoderDecoder(context, 2 * std::int64_t{context.config.latent_dim} + kFeatures),
        upper_dim_(static_cast<int>(hyperparameter("upper_dim"))),
        bottom_up_(register_module(
            "bottom_up", std::make_shared<nn::DenseBlock>(kFeatures, kFeatures, build()))),
        upper_head_(register_module(
            "upper_head", std::make_shared<nn::Linear>(kFeatures, 2 * upper_dim_, build()))),
        top_down_(register_module(
            "top_down", std::make_shared<nn::DenseBlock>(upper_dim_, kFeatures, build()))),
        lower_head_(register_module(
            "lower_head", std::make_shared<nn::Linear>(
                              kFeatures, 2 * std::int64_t{context.config.latent_dim}, build()))) {}

  Code encode(const Tensor& x, const Tensor& /*labels*/) override {
    const auto [lower, upper] = evidence(x);
    if (shows_upper()) return {.mean = upper.mean, .log_var = upper.log_var};
    const Gaussian posterior = precision_weighted(lower, lower_prior(upper.mean));
    return {.mean = posterior.mean, .log_var = posterior.log_var};
  }

  Tensor decode(const Tensor& z, const Tensor& labels) override {
    return EncoderDecoder::decode(shows_upper() ? lower_prior(z).mean : z, labels);
  }

  int code_dim() const override { return shows_upper() ? upper_dim_ : config().latent_dim; }
  const nn::Decoder* plain_decoder() const override {
    return shows_upper() ? nullptr : decoder_.get();
  }

  ScriptedCode script_encode(nn::TorchScript& to, const std::string& x,
                             const std::string& labels) const override {
    const std::string outputs = script_encoder_outputs(to, x, labels);
    const std::string features = to.call(
        "torch.relu", {to.call("torch.narrow", {outputs, "1", std::to_string(2 * lower_dim()),
                                                std::to_string(kFeatures)})});
    const ScriptedCode upper =
        script_gaussian(to, upper_head_->script(to, bottom_up_->script(to, features)), upper_dim_);
    if (shows_upper()) return upper;
    const ScriptedCode lower = script_gaussian(to, outputs, lower_dim());
    const ScriptedCode prior = script_lower_prior(to, upper.mean);
    // precision_weighted
    const std::string log_var = to.let("torch.neg(torch.logaddexp(torch.neg(" + lower.log_var +
                                       "), torch.neg(" + prior.log_var + ")))");
    const auto share = [&](const ScriptedCode& of) {
      return to.let("torch.mul(" + of.mean + ", torch.exp(torch.sub(" + log_var + ", " +
                    of.log_var + ")))");
    };
    const std::string first = share(lower);
    return {.mean = to.call("torch.add", {first, share(prior)}), .log_var = log_var};
  }
  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& labels) const override {
    return EncoderDecoder::script_decode(to, shows_upper() ? script_lower_prior(to, z).mean : z,
                                         labels);
  }

  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    const Tensor upper = torch::empty({n, upper_dim_}).normal_(0.0, 1.0, generator);
    if (shows_upper()) return upper;
    const Gaussian lower = lower_prior(upper);
    return nn::reparameterize(lower.mean, lower.log_var, generator);
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const Pass drawn = draw(batch.x, pass.generator);
    const Tensor first = reconstruction(decoder_->forward(drawn.lower_z), batch);
    const Tensor lower_kl = nn::kl_divergence(drawn.lower.mean, drawn.lower.log_var,
                                              drawn.lower_prior.mean, drawn.lower_prior.log_var)
                                .sum(1)
                                .mean();
    const Tensor upper_kl = nn::kl_divergence(drawn.upper.mean, drawn.upper.log_var).sum(1).mean();
    return {first + scheduled_beta(pass) * (lower_kl + upper_kl), {first, lower_kl, upper_kl}};
  }

  std::optional<Tensor> log_importance_weights(const Batch& batch,
                                               const at::Generator& generator) override {
    const Pass drawn = draw(batch.x, generator);
    return nn::log_standard_normal(drawn.upper_z).sum(1) -
           nn::log_normal(drawn.upper_z, drawn.upper.mean, drawn.upper.log_var).sum(1) +
           nn::log_normal(drawn.lower_z, drawn.lower_prior.mean, drawn.lower_prior.log_var).sum(1) -
           nn::log_normal(drawn.lower_z, drawn.lower.mean, drawn.lower.log_var).sum(1) -
           reconstruction_per_image(decoder_->forward(drawn.lower_z), batch.x);
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const auto [lower_evidence, upper] = evidence(probe.x);
    const Gaussian prior = lower_prior(upper.mean);
    const Gaussian lower = precision_weighted(lower_evidence, prior);
    Diagnostic low{
        .id = "kl_lower",
        .title = "KL per dimension, lower level",
        .help =
            "What each dimension of the lower code says beyond what the upper level "
            "foretold. Near zero: it is ignored, lower β to bring it back.",
        .unit = "nats",
        .values = to_vector(
            nn::kl_divergence(lower.mean, lower.log_var, prior.mean, prior.log_var).mean(0)),
        .verdict = {}};
    Diagnostic high{.id = "kl_upper",
                    .title = "KL per dimension, upper level",
                    .help =
                        "What each dimension of the upper code says. All near zero: the second "
                        "level is not used; warm β up over more epochs, or lower it.",
                    .unit = "nats",
                    .values = to_vector(nn::kl_divergence(upper.mean, upper.log_var).mean(0)),
                    .verdict = {}};
    if (std::all_of(high.values.begin(), high.values.end(),
                    [](float value) { return value < kActive; })) {
      high.verdict =
          "The upper level has collapsed: it says nothing of the image. Start again with "
          "β warming up over more epochs, or with a lower β.";
    }
    return {std::move(low), std::move(high)};
  }

 private:
  /// One draw of both levels.
  struct Pass {
    Gaussian upper;        // q(z₂|x)
    Tensor upper_z;        // [N, U]
    Gaussian lower_prior;  // p(z₁|z₂)
    Gaussian lower;        // q(z₁|z₂, x)
    Tensor lower_z;        // [N, L]
  };

  bool shows_upper() const { return choice("level") == 1; }

  /// What the image alone says of z₁ [N, L], and q(z₂|x) [N, U].
  std::pair<Gaussian, Gaussian> evidence(const Tensor& x) {
    const Tensor outputs = encoder_outputs(x, {});
    const std::int64_t lower = 2 * std::int64_t{config().latent_dim};
    const Tensor features = torch::relu(outputs.narrow(1, lower, kFeatures));
    return {nn::diagonal_gaussian(outputs.narrow(1, 0, lower)),
            nn::diagonal_gaussian(upper_head_->forward(bottom_up_->forward(features)))};
  }

  Gaussian lower_prior(const Tensor& upper_z) {
    return nn::diagonal_gaussian(lower_head_->forward(top_down_->forward(upper_z)));
  }

  int lower_dim() const { return config().latent_dim; }

  /// nn::diagonal_gaussian of the first 2·dim `outputs`, as TorchScript.
  static ScriptedCode script_gaussian(nn::TorchScript& to, const std::string& outputs, int dim) {
    const std::string size = std::to_string(dim);
    const std::string log_var = to.call("torch.narrow", {outputs, "1", size, size});
    return {.mean = to.call("torch.narrow", {outputs, "1", "0", size}),
            .log_var = to.call("torch.clamp", {log_var, "-10.", "10."})};
  }

  ScriptedCode script_lower_prior(nn::TorchScript& to, const std::string& upper_z) const {
    return script_gaussian(to, lower_head_->script(to, top_down_->script(to, upper_z)),
                           lower_dim());
  }

  Pass draw(const Tensor& x, const at::Generator& generator) {
    Pass pass;
    Gaussian lower;
    std::tie(lower, pass.upper) = evidence(x);
    pass.upper_z = nn::reparameterize(pass.upper.mean, pass.upper.log_var, generator);
    pass.lower_prior = lower_prior(pass.upper_z);
    pass.lower = precision_weighted(lower, pass.lower_prior);
    pass.lower_z = nn::reparameterize(pass.lower.mean, pass.lower.log_var, generator);
    return pass;
  }

  int upper_dim_;
  std::shared_ptr<nn::DenseBlock> bottom_up_;
  std::shared_ptr<nn::Linear> upper_head_;
  std::shared_ptr<nn::DenseBlock> top_down_;
  std::shared_ptr<nn::Linear> lower_head_;
};

std::vector<Hyperparameter> two_level_vae_knobs() {
  std::vector<Hyperparameter> knobs = kl_weight_knobs(1.0);
  knobs[1].initial = 1.0;  // warm-up: without it the upper level is often never used
  knobs.push_back({.id = "level",
                   .title = "Level shown",
                   .help =
                       "Which code the map and the sliders show. Lower: what the picture is "
                       "drawn from. Upper: the coarse idea that the lower code is guessed from; "
                       "decoding it gives the typical picture.",
                   .kind = Hyperparameter::Kind::Choice,
                   .choices = {"lower", "upper"},
                   .hot = true});
  knobs.push_back({.id = "upper_dim",
                   .title = "Upper latent size",
                   .help = "Dimensions of the second level. Higher: more can be said coarsely.",
                   .kind = Hyperparameter::Kind::Integer,
                   .initial = 8,
                   .minimum = 1,
                   .maximum = 256,
                   .logarithmic = true});
  return knobs;
}

[[maybe_unused]] const bool two_level_vae_registered = register_model<TwoLevelVae>({
    .id = "two-level-vae",
    .title = "Two-level VAE",
    .summary = "A second code above the code: the coarse idea first, then the details that fit it "
               "(a ladder VAE).",
    .citation = "Sønderby et al. 2016, Ladder Variational Autoencoders, Eq. 15-19",
    .url = "https://arxiv.org/abs/1602.02282",
    .order = 33,
    .hyperparameters = two_level_vae_knobs(),
    .loss_terms = {reconstruction_term(),
                   {.id = "kl_lower",
                    .title = "KL, lower level",
                    .help = "What the lower code says beyond what the upper one foretold. Shown "
                            "before it is weighted by β."},
                   {.id = "kl_upper",
                    .title = "KL, upper level",
                    .help = "What the upper code says of an image. Shown before it is weighted by "
                            "β."}},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
