#include <algorithm>
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
/// f are the outputs of all of D's hidden layers, each number divided by its deviation over genuine
/// pictures (a moving average). In the paper it is one layer, which batch normalisation holds to
/// that scale; D has none here, and on its own scale f soon says so little, beside the KL, that the
/// code is not used.
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
            nn::make_picture_discriminator(context.config, context.shape, context.build()))) {
    const torch::NoGradGuard no_grad;
    const ImageShape& picture = context.shape;
    const std::vector<Tensor> seen =
        discriminator_->hidden(torch::zeros({1, picture.channels, picture.height, picture.width}));
    for (const Tensor& layer : seen) {
      variances_.push_back(discriminator_->register_buffer(
          "feature_variance" + std::to_string(variances_.size() + 1),
          torch::ones({layer.size(1)})));
    }
  }

  void initialize(const TrainingContext& context) override {
    const torch::NoGradGuard no_grad;
    const std::int64_t images = std::min(context.data->size(), kFirstImages);
    const Tensor rows = torch::arange(images, torch::kInt64);
    follow_variances(context.data->rows(rows, context.generator).x, 1.0);
  }

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
    if (trains_discriminator(players)) follow_variances(batch.x, kFollowing);
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
    const Tensor features = feature_distance(batch.x, to_pixels(pictures.rebuilt_logits));
    const Tensor kl =
        nn::mean_kl_divergence(pictures.code.mean, pictures.code.log_var, config().fast_path);
    const Tensor deceit = generator_loss(*discriminator_, pictures.made, judge_rules(*this), pass);
    const Tensor shown = reconstruction(pictures.rebuilt_logits.detach(), batch);
    return {features + kl_weight(pass) * kl + hyperparameter("adversarial_weight") * deceit,
            {shown, features, kl, deceit, judgement}};
  }

  /// ½‖f(a) − f(b)‖², mean over the batch.
  Tensor feature_distance(const Tensor& a, const Tensor& b) {
    const std::vector<Tensor> of_a = discriminator_->hidden(a);
    const std::vector<Tensor> of_b = discriminator_->hidden(b);
    Tensor sum;
    for (std::size_t i = 0; i < of_a.size(); ++i) {
      const Tensor& variance = variances_[i];
      const Tensor scale = (variance + kLeastShare * variance.mean()).rsqrt();
      const Tensor part = ((of_a[i] - of_b[i]) * scale).square().sum();
      sum = sum.defined() ? sum + part : part;
    }
    return sum * (0.5 / static_cast<double>(a.size(0)));
  }

  /// Moves the variances a share of the way to those of `genuine` pictures.
  void follow_variances(const Tensor& genuine, double share) {
    if (genuine.size(0) < 2) return;
    const torch::NoGradGuard no_grad;
    const std::vector<Tensor> seen = discriminator_->hidden(genuine);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      variances_[i].lerp_(seen[i].var(0, /*unbiased=*/false), share);
    }
  }

  static constexpr std::int64_t kFirstImages = 1024;
  static constexpr double kFollowing = 0.1;  // batch normalisation's own pace
  static constexpr double kLeastShare =
      0.01;  // of the layer's mean: a silent feature counts little

  nn::WeightAverage average_;
  std::shared_ptr<nn::Discriminator> discriminator_;
  std::vector<Tensor> variances_;  // [F] of each hidden layer
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
