#include <optional>
#include <string>
#include <vector>

#include "models/adversarial.h"
#include "models/code_spread.h"
#include "models/registry.h"

namespace latent::models {
namespace {

/// Adversarial autoencoder: reconstruction + λ·(−log D(z)) for a point code z, where D tells codes
/// from draws of the prior N(0, I) and minimises −log D(draw) − log(1 − D(z)). Makhzani et al.
/// 2015, section 2 with the deterministic encoder, https://arxiv.org/abs/1511.05644. One step of
/// the encoder takes both of their phases, weighed by λ: the reconstruction is in nats per image.
class AdversarialAutoencoder final : public EncoderDecoder {
 public:
  explicit AdversarialAutoencoder(const ModelContext& context)
      : EncoderDecoder(context, context.config.latent_dim),
        discriminator_(register_module(
            "discriminator", std::make_shared<nn::DenseDiscriminator>(
                                 context.config.latent_dim,
                                 std::vector<int>(2, static_cast<int>(context.config.hyperparameter(
                                                         context.info, "discriminator_width"))),
                                 context.build()))) {}

  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    return torch::empty({n, code_dim()}).normal_(0.0, 1.0, generator);
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const Tensor z = encode(batch.x, batch.labels).mean;
    const Tensor judgement =
        discriminator_loss(*discriminator_, *sample_prior(z.size(0), pass.generator), z, {}, pass);
    return maker_losses(batch, z, judgement, pass);
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    const auto players = static_cast<Players>(choice("train"));
    std::optional<nn::HeldStill> encoder;
    std::optional<nn::HeldStill> decoder;
    if (!trains_maker(players)) {
      encoder.emplace(*encoder_);
      decoder.emplace(*decoder_);
    }
    const Tensor z = encode(batch.x, batch.labels).mean;
    const Tensor judgement = discriminator_turn(
        *discriminator_, *sample_prior(z.size(0), context.generator), z, {}, *this, context);
    const nn::HeldStill judge{*discriminator_};
    return maker_turn(maker_losses(batch, z, judgement, context), players, context);
  }

  std::vector<ParameterGroup> optimizer_groups() override { return player_groups(*this, 0.9); }

  std::vector<Diagnostic> diagnostics(const Batch& probe) override {
    const torch::NoGradGuard no_grad;
    return {
        code_spread(encode(probe.x, probe.labels).mean, "raise λ, or the discriminator's pace")};
  }

 private:
  Losses maker_losses(const Batch& batch, const Tensor& z, const Tensor& judgement,
                      const PassContext& pass) {
    const Tensor first = reconstruction(decode(z, batch.labels), batch);
    const Tensor deceit = generator_loss(*discriminator_, z, {}, pass);
    return {first + hyperparameter("adversarial_weight") * deceit, {first, deceit, judgement}};
  }

  std::shared_ptr<nn::DenseDiscriminator> discriminator_;
};

std::vector<Hyperparameter> aae_knobs() {
  std::vector<Hyperparameter> knobs = game_knobs("encoder and decoder only", 1.0);
  knobs.insert(knobs.begin(),
               {.id = "adversarial_weight",
                .title = "λ",
                .help = "How much the encoder cares to deceive the discriminator. Higher: the "
                        "codes fill the Gaussian prior better, so that samples improve, at some "
                        "cost of the reconstruction. 0: a deep AE.",
                .initial = 10.0,
                .minimum = 0.0,
                .maximum = 1000.0,
                .hot = true});
  knobs.push_back({.id = "discriminator_width",
                   .title = "Discriminator's width",
                   .help = "Units in each of its two layers. Higher: a better judge and a slower "
                           "step.",
                   .kind = Hyperparameter::Kind::Integer,
                   .initial = 256,
                   .minimum = 8,
                   .maximum = 1000,
                   .logarithmic = true});
  return knobs;
}

[[maybe_unused]] const bool aae_registered = register_model<AdversarialAutoencoder>({
    .id = "aae",
    .title = "Adversarial AE",
    .summary = "A discriminator tells codes from draws of a Gaussian; the encoder learns codes "
               "that pass for such draws, so that the Gaussian can be sampled.",
    .citation = "Makhzani et al. 2015, Adversarial Autoencoders, section 2",
    .url = "https://arxiv.org/abs/1511.05644",
    .order = 40,
    .hyperparameters = aae_knobs(),
    .loss_terms = {reconstruction_term(), generator_term("code"), discriminator_term("code")},
    .has_prior = true,
});

}  // namespace
}  // namespace latent::models
