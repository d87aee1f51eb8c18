#include <optional>
#include <string>
#include <vector>

#include "models/adversarial.h"
#include "models/registry.h"
#include "nn/losses.h"
#include "nn/weight_average.h"

namespace latent::models {
namespace {

/// VAE-GAN: a VAE whose pictures are compared by what a discriminator sees in them. With D's hidden
/// features f and x̃ = decoder(z), z ~ q(z|x), p̃ = decoder(draw of N(0, I)):
/// encoder and decoder minimise ½‖f(x) − f(x̃)‖² + β·KL + w·(−½·log D(x̃) − ½·log D(p̃)), where the
/// last term's gradient does not reach the encoder; D minimises −log D(x) − mean log(1 − D(x̃ or
/// p̃)). Larsen et al. 2015, algorithm 1, https://arxiv.org/abs/1512.09300; their γ is 1/w: only the
/// decoder feels it, and Adam does not feel a common factor. The GAN term is the non-saturating
/// one.
///
/// What is looked at is decoded with the moving average of the decoder's weights
/// (nn/weight_average.h); the game is played by the weights themselves.
class VaeGan final : public GaussianAutoencoder {
 public:
  explicit VaeGan(const ModelContext& context)
      : GaussianAutoencoder(context),
        average_(
            decoder_,
            nn::make_decoder(context.config, context.shape, context.config.latent_dim,
                             {context.generator, /*initialize=*/false, context.config.fast_path})),
        discriminator_(register_module(
            "discriminator",
            nn::make_picture_discriminator(context.config, context.shape, context.build()))) {}

  Tensor decode(const Tensor& z, const Tensor& /*labels*/) override {
    return is_training() ? decoder_->forward(z) : average_.decoder().forward(z);
  }
  const nn::Decoder* plain_decoder() const override { return &average_.decoder(); }
  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& /*labels*/) const override {
    return average_.decoder().script(to, z);
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const Pictures pictures = draw(batch, pass);
    const Tensor judgement =
        discriminator_loss(*discriminator_, batch.x, pictures.made, judge_rules(*this), pass);
    return maker_losses(batch, pictures, judgement, pass);
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    const auto players = static_cast<Players>(choice("train"));
    std::optional<nn::HeldStill> encoder;
    std::optional<nn::HeldStill> decoder;
    if (!trains_maker(players)) {
      encoder.emplace(*encoder_);
      decoder.emplace(*decoder_);
    }
    const Pictures pictures = draw(batch, context);
    const Tensor judgement = discriminator_turn(*discriminator_, batch.x, pictures.made,
                                                judge_rules(*this), *this, context);
    const nn::HeldStill judge{*discriminator_};
    Losses losses = maker_turn(maker_losses(batch, pictures, judgement, context), players, context);
    if (trains_maker(players)) average_.follow(context.step);
    return losses;
  }

  nn::Adam::NamedTensors extra_state() override {
    nn::Adam::NamedTensors state = average_.state();
    for (auto& [name, tensor] : state) name.insert(0, "decoder_average.");
    return state;
  }

  std::vector<ParameterGroup> optimizer_groups() override { return player_groups(*this); }

  /// Its likelihood is one of features, which change with the discriminator: none of pictures.
  std::optional<Tensor> log_importance_weights(const Batch& /*batch*/,
                                               const at::Generator& /*generator*/) override {
    return std::nullopt;
  }

 private:
  /// One draw of all that is decoded.
  struct Pictures {
    Code code;
    Tensor rebuilt_logits;  // [N, C, H, W], with the encoder's history
    Tensor made;            // [2N, C, H, W] in [0, 1]: rebuilt and drawn, without
  };

  Pictures draw(const Batch& batch, const PassContext& pass) {
    Pictures pictures;
    pictures.code = encode(batch.x, batch.labels);
    const Tensor z = bottleneck(pictures.code, pass);
    const Tensor drawn = *sample_prior(z.size(0), pass.generator);
    pictures.rebuilt_logits = decode(z, {});
    // Apart: through batch normalisation these would reach the encoder too.
    pictures.made = to_pixels(decode(torch::cat({z.detach(), drawn}), {}));
    return pictures;
  }

  Losses maker_losses(const Batch& batch, const Pictures& pictures, const Tensor& judgement,
                      const PassContext& pass) {
    const Tensor difference = discriminator_->hidden(batch.x).back() -
                              discriminator_->hidden(to_pixels(pictures.rebuilt_logits)).back();
    const Tensor features = 0.5 * difference.square().sum(1).mean();
    const Tensor kl =
        nn::mean_kl_divergence(pictures.code.mean, pictures.code.log_var, config().fast_path);
    const Tensor deceit = generator_loss(*discriminator_, pictures.made, judge_rules(*this), pass);
    const Tensor shown = reconstruction(pictures.rebuilt_logits.detach(), batch);
    return {features + kl_weight(pass) * kl + hyperparameter("adversarial_weight") * deceit,
            {shown, features, kl, deceit, judgement}};
  }

  nn::WeightAverage average_;
  std::shared_ptr<nn::Discriminator> discriminator_;
};

std::vector<Hyperparameter> vae_gan_knobs() {
  std::vector<Hyperparameter> knobs = kl_weight_knobs(1.0);
  knobs.push_back({.id = "adversarial_weight",
                   .title = "w",
                   .help = "How much the decoder cares to deceive the discriminator, beside "
                           "rebuilding what it sees. Higher: crisper pictures that may show "
                           "another digit than they should.",
                   .initial = 1.0,
                   .minimum = 0.0,
                   .maximum = 1000.0,
                   .hot = true});
  for (Hyperparameter& knob : game_knobs("encoder and decoder only", 1.0)) {
    knobs.push_back(std::move(knob));
  }
  for (Hyperparameter& knob : judge_knobs({.noise = 0.1, .penalty = 2.0})) {
    knobs.push_back(std::move(knob));
  }
  return knobs;
}

LossTerm pixel_reconstruction() {
  LossTerm term = reconstruction_term();
  term.help += " Only shown here: what is minimised is the difference of the features.";
  return term;
}

[[maybe_unused]] const bool vae_gan_registered = register_model<VaeGan>({
    .id = "vae-gan",
    .title = "VAE-GAN",
    .summary = "A VAE that compares pictures by what a discriminator sees in them, not pixel by "
               "pixel, and must deceive it: crisper pictures.",
    .citation = "Larsen et al. 2015, Autoencoding beyond pixels using a learned similarity metric, "
                "algorithm 1",
    .url = "https://arxiv.org/abs/1512.09300",
    .order = 41,
    .hyperparameters = vae_gan_knobs(),
    .loss_terms = {pixel_reconstruction(),
                   {.id = "features",
                    .title = "Features",
                    .help = "How differently the discriminator sees the picture and its "
                            "reconstruction: half the squared distance of what its last layer "
                            "judges by. Its scale changes as the discriminator learns."},
                   kl_term(),
                   generator_term("picture"),
                   discriminator_term("picture")},
    .has_prior = true,
    .gaussian_posterior = true,
    .supports_squared_error = false,
});

}  // namespace
}  // namespace latent::models
