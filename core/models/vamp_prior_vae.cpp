#include "models/registry.h"
#include "nn/densities.h"
#include "nn/losses.h"

namespace latent::models {
namespace {

/// VAE with the VampPrior: p(z) = 1/K Σ_k q(z|u_k), a mixture of the posteriors of K learned
/// pseudo-inputs u_k in [0, 1]^D, which start as training images. The KL is sampled at one z.
/// Pseudo-inputs and batch go through the encoder together, so that both see the same batch
/// statistics. Tomczak & Welling 2017, Eq. 9, https://arxiv.org/abs/1705.07120
class VampPriorVae final : public GaussianAutoencoder {
 public:
  explicit VampPriorVae(const ModelContext& context) : GaussianAutoencoder(context) {
    const auto count = static_cast<std::int64_t>(hyperparameter("pseudo_inputs"));
    Tensor first = torch::zeros({count, shape().channels, shape().height, shape().width});
    if (context.initialize) first.uniform_(0.0, 1.0, context.generator);
    pseudo_inputs_ = register_parameter("pseudo_inputs", first);
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const std::int64_t images = batch.x.size(0);
    const std::int64_t components = pseudo_inputs_.size(0);
    const Code all = encode(torch::cat({batch.x, pseudo_inputs_}), {});
    const Tensor mean = all.mean.narrow(0, 0, images);
    const Tensor log_var = all.log_var.narrow(0, 0, images);
    const Tensor z = nn::reparameterize(mean, log_var, pass.generator);
    const Tensor first = reconstruction(decode(z, {}), batch);
    const Tensor kl = (nn::log_normal(z, mean, log_var).sum(1) -
                       nn::log_mixture(z, all.mean.narrow(0, images, components),
                                       all.log_var.narrow(0, images, components)))
                          .mean();
    return {first + kl_weight(pass) * kl, {first, kl}};
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    Losses result = GaussianAutoencoder::train_step(batch, context);
    const torch::NoGradGuard no_grad;
    pseudo_inputs_.clamp_(0.0, 1.0);
    return result;
  }

  Tensor log_prior(const Tensor& z) override {
    const Code components = encode(pseudo_inputs_, {});
    return nn::log_mixture(z, components.mean, components.log_var);
  }

  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    const Code components = encode(pseudo_inputs_, {});
    const Tensor chosen = torch::randint(pseudo_inputs_.size(0), {n}, generator, torch::kInt64);
    return nn::reparameterize(components.mean.index_select(0, chosen),
                              components.log_var.index_select(0, chosen), generator);
  }

  void initialize(const TrainingContext& context) override {
    const torch::NoGradGuard no_grad;
    const Tensor chosen = torch::randint(context.data->size(), {pseudo_inputs_.size(0)},
                                         context.generator, torch::kInt64);
    pseudo_inputs_.copy_(context.data->rows(chosen, context.generator).x);
  }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    const Code code = encode(probe.x, {});
    const Code components = encode(pseudo_inputs_, {});
    const Tensor spread = code.mean.var(0, /*unbiased=*/false);
    Diagnostic units{.id = "code_variance",
                     .title = "Variance of the posterior means",
                     .help =
                         "How much each dimension differs from image to image. A dimension near "
                         "zero is ignored: lower β to bring it back.",
                     .unit = "",
                     .values = to_vector(spread),
                     .verdict = {}};
    constexpr double kActive = 0.01;  // Burda et al. 2015, section 5.2
    const auto active = spread.gt(kActive).sum().item<std::int64_t>();
    if (active < spread.numel()) {
      units.verdict = std::to_string(spread.numel() - active) + " of " +
                      std::to_string(spread.numel()) +
                      " latent dimensions are not used; a lower β brings some back, a smaller code "
                      "would lose nothing.";
    }
    const Tensor share = nn::log_normal(code.mean.unsqueeze(1), components.mean.unsqueeze(0),
                                        components.log_var.unsqueeze(0))
                             .sum(2)
                             .softmax(1)
                             .mean(0);
    Diagnostic parts{.id = "component_share",
                     .title = "Share of each pseudo-input",
                     .help =
                         "Which parts of the prior the images fall under, largest first. When "
                         "few carry all, fewer pseudo-inputs would do.",
                     .unit = "share",
                     .values = to_vector(std::get<0>(share.sort(0, /*descending=*/true))),
                     .verdict = {}};
    return {std::move(units), std::move(parts)};
  }

 private:
  Tensor pseudo_inputs_;  // [K, C, H, W]
};

std::vector<Hyperparameter> vamp_prior_vae_knobs() {
  std::vector<Hyperparameter> knobs = kl_weight_knobs(1.0);
  knobs.push_back({.id = "pseudo_inputs",
                   .title = "Pseudo-inputs",
                   .help = "How many Gaussians the prior is made of. Higher: a prior that follows "
                           "the codes more closely, and a slower step.",
                   .kind = Hyperparameter::Kind::Integer,
                   .initial = 100,
                   .minimum = 1,
                   .maximum = 1000,
                   .logarithmic = true});
  return knobs;
}

[[maybe_unused]] const bool vamp_prior_vae_registered = register_model<VampPriorVae>({
    .id = "vamp-prior-vae",
    .title = "VampPrior VAE",
    .summary = "The prior is learned too: a mixture of the codes of invented pictures, so that the "
               "code need not be one round cloud.",
    .citation = "Tomczak & Welling 2017, VAE with a VampPrior, Eq. 9",
    .url = "https://arxiv.org/abs/1705.07120",
    .order = 32,
    .hyperparameters = vamp_prior_vae_knobs(),
    .loss_terms = {reconstruction_term(),
                   {.id = "kl",
                    .title = "KL",
                    .help = "How far the codes' distributions are from the learned prior, measured "
                            "at the codes that were drawn. Shown before it is weighted by β."}},
    .has_prior = true,
    .gaussian_posterior = true,
});

}  // namespace
}  // namespace latent::models
