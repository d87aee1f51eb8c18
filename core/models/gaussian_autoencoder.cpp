#include <algorithm>

#include "models/autoencoder.h"
#include "models/schedule.h"
#include "nn/densities.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

/// A dimension counts as used when its KL exceeds this (nats); below it the posterior is the prior.
constexpr float kActiveUnit = 0.01F;

}  // namespace

GaussianAutoencoder::GaussianAutoencoder(const ModelContext& context)
    : EncoderDecoder(context, 2 * std::int64_t{context.config.latent_dim}) {}

Code GaussianAutoencoder::encode(const Tensor& x, const Tensor& labels) {
  const std::vector<Tensor> halves = encoder_outputs(x, labels).chunk(2, 1);
  return {.mean = halves[0], .log_var = halves[1]};
}

Autoencoder::ScriptedCode GaussianAutoencoder::script_encode(nn::TorchScript& to,
                                                             const std::string& x,
                                                             const std::string& labels) const {
  const std::string outputs = script_encoder_outputs(to, x, labels);
  const std::string size = std::to_string(config().latent_dim);
  return {.mean = to.call("torch.narrow", {outputs, "1", "0", size}),
          .log_var = to.call("torch.narrow", {outputs, "1", size, size})};
}

Tensor GaussianAutoencoder::bottleneck(const Code& code, const PassContext& pass) {
  return nn::reparameterize(code.mean, code.log_var, pass.generator, config().fast_path);
}

std::vector<Term> GaussianAutoencoder::regularizers(const Code& code, const Tensor& /*z*/,
                                                    const Batch& /*batch*/,
                                                    const PassContext& pass) {
  return {{nn::mean_kl_divergence(code.mean, code.log_var, config().fast_path), kl_weight(pass)}};
}

double GaussianAutoencoder::kl_weight(const PassContext& pass) const {
  return scheduled_beta(pass);
}

Tensor GaussianAutoencoder::log_prior(const Tensor& z) {
  return nn::log_standard_normal(z).sum(1);
}

std::optional<Tensor> GaussianAutoencoder::log_importance_weights(const Batch& batch,
                                                                  const at::Generator& generator) {
  const Code code = encode(batch.x, batch.labels);
  const Tensor z = nn::reparameterize(code.mean, code.log_var, generator);
  return log_prior(z) - nn::log_normal(z, code.mean, code.log_var).sum(1) -
         reconstruction_per_image(decode(z, batch.labels), batch.x);
}

std::optional<Tensor> GaussianAutoencoder::sample_prior(std::int64_t n,
                                                        const at::Generator& generator) {
  return torch::empty({n, code_dim()}).normal_(0.0, 1.0, generator);
}

std::vector<Diagnostic> GaussianAutoencoder::diagnostics(const Batch& probe) {
  const torch::NoGradGuard no_grad;
  const Code code = encode(probe.x, probe.labels);
  Diagnostic kl{.id = "kl_per_dimension",
                .title = "KL per latent dimension",
                .help =
                    "How much each dimension of the code says about an image. A dimension near "
                    "zero is ignored: lower β, or train longer, to bring it back.",
                .unit = "nats",
                .values = to_vector(nn::kl_divergence(code.mean, code.log_var).mean(0)),
                .verdict = {}};
  const auto active = std::count_if(kl.values.begin(), kl.values.end(),
                                    [](float value) { return value > kActiveUnit; });
  const auto dimensions = static_cast<std::ptrdiff_t>(kl.values.size());
  Diagnostic units{.id = "active_units",
                   .title = "Active units",
                   .help = "How many latent dimensions carry more than 0.01 nats.",
                   .unit = "dimensions",
                   .values = {static_cast<float>(active)},
                   .verdict = {}};
  if (active == 0) {
    units.verdict =
        "The posterior has collapsed: no dimension of the code is used, every image decodes alike. "
        "Lower β (or warm it up), or lower the learning rate and start again.";
  } else if (active < dimensions) {
    units.verdict = std::to_string(dimensions - active) + " of " + std::to_string(dimensions) +
                    " latent dimensions are not used; a lower β brings some back, a smaller code "
                    "would lose nothing.";
  }
  return {std::move(kl), std::move(units)};
}

std::vector<Hyperparameter> kl_weight_knobs(double initial) {
  return {
      {.id = "beta",
       .title = "β",
       .help = "Weight of the KL term. 1 is the true bound. Higher: rounder, better ordered "
               "codes and blurrier pictures; lower: sharper pictures, codes with gaps.",
       .initial = initial,
       .minimum = 0.0,
       .maximum = 16.0,
       .hot = true},
      {.id = "beta_schedule",
       .title = "β schedule",
       .help = "Constant: β as set, always. Warm-up: β grows from 0, so that the code is used "
               "before it is tidied. Cyclic: β grows again and again, which wakes up dimensions "
               "that had gone quiet.",
       .kind = Hyperparameter::Kind::Choice,
       .maximum = 2.0,
       .choices = {"constant", "warm-up", "cyclic"},
       .hot = true},
      {.id = "beta_epochs",
       .title = "β schedule length",
       .help = "Epochs until β is whole (warm-up), or of one cycle, half of it growing and half "
               "at the whole β (cyclic). Higher: a slower, gentler rise.",
       .initial = 5.0,
       .minimum = 0.1,
       .maximum = 1000.0,
       .unit = "epochs",
       .hot = true,
       .logarithmic = true,
       .only_with = {
           "beta_schedule",
           {static_cast<int>(BetaSchedule::WarmUp), static_cast<int>(BetaSchedule::Cyclic)}}}};
}

LossTerm kl_term() {
  return {.id = "kl",
          .title = "KL",
          .help =
              "How far the codes' distributions are from the prior N(0, 1): the information "
              "that the code holds of an image. Shown before it is weighted by β."};
}

}  // namespace latent::models
