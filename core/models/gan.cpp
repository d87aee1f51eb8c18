#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/adversarial.h"
#include "models/registry.h"
#include "nn/discriminator.h"
#include "nn/losses.h"
#include "nn/weight_average.h"

namespace latent::models {
namespace {

/// Codes that are decoded once to find where a search is worth starting.
constexpr std::int64_t kPool = 512;
constexpr std::uint64_t kPoolSeed = 1;
constexpr double kPixelVariance = 0.05;
constexpr double kSearchRate = 0.1;

/// Generative adversarial network: G makes pictures of z ~ N(0, I), D tells them from genuine ones.
/// D minimises −log D(x) − log(1 − D(G(z))), then G −log D(G(z)), the non-saturating form.
/// Goodfellow et al. 2014, algorithm 1 with k = 1 and section 3, https://arxiv.org/abs/1406.2661
///
/// What is looked at is G with the moving average of its weights (nn/weight_average.h); the game is
/// played by the weights themselves.
///
/// There is no encoder. `encode` inverts the generator: the code of a picture is the z that
/// minimises ‖x − G(z)‖²/(2·0.05) + ½‖z‖², the mode of the posterior under Gaussian pixel noise of
/// that variance, found by Adam from several starts (Creswell & Bharath 2016, algorithm 1,
/// https://arxiv.org/abs/1611.05644, who also hold z to its prior). It draws nothing of the run's
/// generator: the same picture has the same code each time.
class Gan final : public Autoencoder {
 public:
  explicit Gan(const ModelContext& context)
      : Autoencoder(context),
        generator_(register_module(
            "generator", nn::make_decoder(context.config, context.shape, context.config.latent_dim,
                                          context.build()))),
        average_(
            generator_,
            nn::make_decoder(context.config, context.shape, context.config.latent_dim,
                             {context.generator, /*initialize=*/false, context.config.fast_path})),
        discriminator_(register_module(
            "discriminator",
            nn::make_picture_discriminator(
                context.config, context.shape, context.build(),
                context.config.hyperparameter(context.info, "batch_variety") != 0.0))) {}

  Tensor decode(const Tensor& z, const Tensor& /*labels*/) override {
    return is_training() ? generator_->forward(z) : average_.decoder().forward(z);
  }
  const nn::Decoder* plain_decoder() const override { return &average_.decoder(); }

  std::string script_decode(nn::TorchScript& to, const std::string& z,
                            const std::string& /*labels*/) const override {
    return average_.decoder().script(to, z);
  }

  std::optional<Tensor> sample_prior(std::int64_t n, const at::Generator& generator) override {
    return torch::empty({n, code_dim()}).normal_(0.0, 1.0, generator);
  }

  Code encode(const Tensor& x, const Tensor& /*labels*/) override {
    const c10::InferenceMode recorded{false};
    const torch::AutoGradMode with_gradient{true};
    const Tensor target = x.clone();  // what was made without history cannot be searched with
    const std::int64_t images = target.size(0);
    const auto starts = static_cast<std::int64_t>(hyperparameter("inversion_starts"));
    const auto steps = static_cast<int>(hyperparameter("inversion_steps"));

    const Tensor wanted = target.repeat_interleave(starts, 0);
    Tensor z = first_guesses(target, starts).requires_grad_();  // [N·starts, L]
    Tensor first = torch::zeros_like(z);
    Tensor second = torch::zeros_like(z);
    Tensor best = z.detach().clone();
    Tensor best_cost = torch::full({z.size(0)}, std::numeric_limits<float>::infinity());
    for (int step = 0; step <= steps; ++step) {
      const Tensor cost = inversion_cost(wanted, z);
      const Tensor all = cost.sum();
      const torch::NoGradGuard no_grad;
      const Tensor better = cost.lt(best_cost);
      best = torch::where(better.unsqueeze(1), z.detach(), best);
      best_cost = torch::where(better, cost.detach(), best_cost);
      if (step == steps) break;
      const Tensor gradient = torch::autograd::grad({all}, {z})[0];
      // Adam, its rate falling to nothing along half a cosine.
      const double done = static_cast<double>(step) / steps;
      const double rate = kSearchRate * 0.5 * (1.0 + std::cos(std::acos(-1.0) * done));
      first.mul_(0.9).add_(gradient, 0.1);
      second.mul_(0.99).addcmul_(gradient, gradient, 0.01);
      const double scale = rate / (1.0 - std::pow(0.9, step + 1));
      const Tensor spread = (second / (1.0 - std::pow(0.99, step + 1))).sqrt_().add_(1e-8);
      z.sub_(first / spread, scale);
    }
    const Tensor winner = best_cost.view({images, starts}).argmin(1);
    const Tensor row = torch::arange(images, torch::kInt64) * starts + winner;
    return {.mean = best.index_select(0, row)};
  }

  Losses losses(const Batch& batch, const PassContext& pass) override {
    const Tensor made = make(batch.x.size(0), pass.generator);
    const JudgeRules rules = judge_rules(*this);
    const Tensor judgement = discriminator_loss(*discriminator_, batch.x, made, rules, pass);
    const Tensor deceit = generator_loss(*discriminator_, made, rules, pass);
    return {deceit, {deceit, judgement}};
  }

  Losses train_step(const Batch& batch, const TrainingContext& context) override {
    const auto players = static_cast<Players>(choice("train"));
    const JudgeRules rules = judge_rules(*this);
    std::optional<nn::HeldStill> still;
    if (!trains_maker(players)) still.emplace(*generator_);
    const Tensor made = make(batch.x.size(0), context.generator);
    const Tensor judgement =
        discriminator_turn(*discriminator_, batch.x, made, rules, *this, context);
    const nn::HeldStill judge{*discriminator_};
    const Tensor deceit = generator_loss(*discriminator_, made, rules, context);
    Losses losses = maker_turn({deceit, {deceit, judgement}}, players, context);
    if (trains_maker(players)) average_.follow(context.step);
    return losses;
  }

  std::vector<ParameterGroup> optimizer_groups() override { return player_groups(*this); }

  nn::Adam::NamedTensors extra_state() override {
    nn::Adam::NamedTensors state = average_.state();
    for (auto& [name, tensor] : state) name.insert(0, "generator_average.");
    return state;
  }

 private:
  /// n pictures [n, C, H, W] in [0, 1], of the generator that plays.
  Tensor make(std::int64_t n, const at::Generator& generator) {
    return to_pixels(generator_->forward(*sample_prior(n, generator)));
  }

  /// The codes, of a pool drawn from the prior, whose pictures are nearest to each of `x`
  /// [N, C, H, W], nearest first: [N·count, L].
  Tensor first_guesses(const Tensor& x, std::int64_t count) {
    const torch::NoGradGuard no_grad;
    const Tensor pool = *sample_prior(kPool, at::make_generator<at::CPUGeneratorImpl>(kPoolSeed));
    const Tensor made = to_pixels(decode(pool, {})).flatten(1);
    // ‖x − G(z)‖² less ‖x‖², which is the same for all z.
    const Tensor distance =
        torch::addmm(made.square().sum(1).unsqueeze(0), x.flatten(1), made.t(), 1.0, -2.0);
    const Tensor nearest = std::get<1>(distance.topk(count, 1, /*largest=*/false));
    return pool.index_select(0, nearest.flatten());
  }

  /// What the inversion minimises, for each row.
  Tensor inversion_cost(const Tensor& x, const Tensor& z) {
    const Tensor pixels = (x - to_pixels(decode(z, {}))).square().flatten(1).sum(1);
    return pixels / (2.0 * kPixelVariance) + 0.5 * z.square().sum(1);
  }

  std::shared_ptr<nn::Decoder> generator_;
  nn::WeightAverage average_;
  std::shared_ptr<nn::Discriminator> discriminator_;
};

std::vector<Hyperparameter> gan_knobs() {
  std::vector<Hyperparameter> knobs = game_knobs("generator only", 1.0);
  for (Hyperparameter& knob : judge_knobs({.noise = 0.1, .penalty = 2.0})) {
    knobs.push_back(std::move(knob));
  }
  knobs.push_back({.id = "batch_variety",
                   .title = "Show the batch's variety",
                   .help = "The discriminator is also told how much the pictures of a batch differ "
                           "from each other, so that a generator that draws one digit only is "
                           "found out. Off: it may settle on few digits.",
                   .kind = Hyperparameter::Kind::Flag,
                   .initial = 1.0});
  knobs.push_back({.id = "inversion_steps",
                   .title = "Steps of the search",
                   .help = "There is no encoder: a picture's code is searched for, by making the "
                           "generator's picture more like it step by step. Higher: closer codes, "
                           "a longer wait.",
                   .kind = Hyperparameter::Kind::Integer,
                   .initial = 60,
                   .minimum = 1,
                   .maximum = 1000,
                   .hot = true,
                   .logarithmic = true});
  knobs.push_back({.id = "inversion_starts",
                   .title = "Starts of the search",
                   .help = "How many places the search for a code begins at; the best end counts. "
                           "Higher: fewer pictures get stuck at a wrong code, a longer wait.",
                   .kind = Hyperparameter::Kind::Integer,
                   .initial = 4,
                   .minimum = 1,
                   .maximum = 64,
                   .hot = true,
                   .logarithmic = true});
  return knobs;
}

[[maybe_unused]] const bool gan_registered = register_model<Gan>({
    .id = "gan",
    .title = "GAN",
    .summary = "A generator draws, a discriminator tells its pictures from real ones, and each "
               "learns from the other. No encoder: a picture's code is searched for.",
    .citation = "Goodfellow et al. 2014, Generative Adversarial Nets, algorithm 1",
    .url = "https://arxiv.org/abs/1406.2661",
    .order = 42,
    .hyperparameters = gan_knobs(),
    .loss_terms = {generator_term("picture"), discriminator_term("picture")},
    .has_encoder = false,
    .has_prior = true,
    .supports_squared_error = false,
});

}  // namespace
}  // namespace latent::models
