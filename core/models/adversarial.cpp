#include "models/adversarial.h"

namespace latent::models {
namespace {

Tensor through_noise(const Tensor& x, double noise, const PassContext& pass) {
  if (noise == 0.0) return x;
  Tensor veil;
  {
    const torch::NoGradGuard no_grad;
    veil = torch::empty(x.sizes()).normal_(0.0, noise, pass.generator);
  }
  return x + veil;
}

}  // namespace

std::vector<Hyperparameter> game_knobs(const std::string& maker, double discriminator_rate) {
  return {{.id = "train",
           .title = "Train",
           .help = "Who learns: both players, or one while the other stands still. Train the one "
                   "that is losing alone for a while, and watch its curve.",
           .kind = Hyperparameter::Kind::Choice,
           .choices = {"both", maker, "discriminator only"},
           .hot = true},
          {.id = "discriminator_rate",
           .title = "Discriminator's pace",
           .help = "Its learning rate, as a multiple of the other player's. Higher: a sharper "
                   "judge; much higher: one that cannot be convinced, and teaches nothing.",
           .initial = discriminator_rate,
           .minimum = 0.01,
           .maximum = 10.0,
           .hot = true,
           .logarithmic = true}};
}

std::vector<ParameterGroup> player_groups(const Autoencoder& model, double maker_momentum) {
  ParameterGroup maker{.name = "model", .options = {.beta1 = maker_momentum}};
  ParameterGroup judge{.name = "discriminator", .options = {.beta1 = kGameMomentum}};
  for (const auto& parameter : model.named_parameters()) {
    const bool judges = parameter.key().rfind("discriminator.", 0) == 0;
    (judges ? judge : maker).parameters.emplace_back(parameter.key(), parameter.value());
  }
  return {std::move(maker), std::move(judge)};
}

std::vector<Hyperparameter> judge_knobs(const JudgeRules& initial) {
  return {{.id = "gradient_penalty",
           .title = "Slope penalty",
           .help = "What the discriminator pays for judging steeply. Higher: a gentle judge, "
                   "calmer training and more kinds of pictures; much higher: blurred ones. 0: the "
                   "plain game, which easily ends with few kinds.",
           .initial = initial.penalty,
           .minimum = 0.0,
           .maximum = 100.0,
           .hot = true},
          {.id = "instance_noise",
           .title = "Noise before the discriminator",
           .help = "Genuine and made pictures are judged through this much noise. Higher: a judge "
                   "that looks at shapes; lower: one that sees single pixels, and wins sooner.",
           .initial = initial.noise,
           .minimum = 0.0,
           .maximum = 1.0,
           .hot = true}};
}

JudgeRules judge_rules(const Autoencoder& model) {
  return {.noise = model.hyperparameter("instance_noise"),
          .penalty = model.hyperparameter("gradient_penalty")};
}

Tensor discriminator_loss(nn::Discriminator& discriminator, const Tensor& genuine,
                          const Tensor& made, const JudgeRules& rules, const PassContext& pass) {
  return nn::loss_as_genuine(
             discriminator.forward(through_noise(genuine.detach(), rules.noise, pass))) +
         nn::loss_as_made(discriminator.forward(through_noise(made.detach(), rules.noise, pass)));
}

Tensor half_squared_slope(nn::Discriminator& discriminator, const Tensor& x,
                          const PassContext& pass) {
  constexpr double kStep = 0.05;
  const Tensor rise =
      discriminator.forward(through_noise(x, kStep, pass)) - discriminator.forward(x);
  return rise.square().mean() * (0.5 / (kStep * kStep));
}

Tensor generator_loss(nn::Discriminator& discriminator, const Tensor& made, const JudgeRules& rules,
                      const PassContext& pass) {
  return nn::loss_as_genuine(discriminator.forward(through_noise(made, rules.noise, pass)));
}

Tensor discriminator_turn(nn::Discriminator& discriminator, const Tensor& genuine,
                          const Tensor& made, const JudgeRules& rules, const Autoencoder& model,
                          const TrainingContext& context) {
  if (!trains_discriminator(static_cast<Players>(model.choice("train")))) {
    const torch::NoGradGuard no_grad;
    return discriminator_loss(discriminator, genuine, made, rules, context);
  }
  nn::Adam& optimizer = context.optimizer("discriminator");
  optimizer.zero_grad();
  const Tensor loss = discriminator_loss(discriminator, genuine, made, rules, context);
  Tensor total = loss;
  if (rules.penalty > 0.0) {
    total = total + rules.penalty * half_squared_slope(discriminator, genuine, context);
  }
  total.backward();
  optimizer.step(model.hyperparameter("discriminator_rate") * context.learning_rate);
  return loss.detach();
}

Losses maker_turn(Losses losses, Players players, const TrainingContext& context) {
  if (trains_maker(players)) {
    nn::Adam& optimizer = context.optimizer("model");
    optimizer.zero_grad();
    losses.total.backward();
    optimizer.step(context.learning_rate);
  }
  losses.total = losses.total.detach();
  for (Tensor& term : losses.terms) term = term.detach();
  return losses;
}

LossTerm generator_term(const std::string& made) {
  return {.id = "generator",
          .title = "Generator",
          .help = "−log of the chance that the discriminator gives a made " + made +
                  " of being genuine: log 2 = 0.69 when it can only guess, higher while it sees "
                  "through them.",
          .unit = "nats per " + made};
}

LossTerm discriminator_term(const std::string& made) {
  return {.id = "discriminator",
          .title = "Discriminator",
          .help = "What the discriminator pays for its mistakes, on genuine and on made " + made +
                  "s: 2·log 2 = 1.39 when it can only guess, near zero when it cannot be "
                  "deceived and the other player learns nothing. Not part of the total.",
          .unit = "nats per pair"};
}

}  // namespace latent::models
