#pragma once

#include <string>
#include <vector>

#include "models/autoencoder.h"
#include "nn/discriminator.h"

namespace latent::models {

/// Who is trained; the order of the choices of the knob "train".
enum class Players { Both, Maker, Discriminator };

inline bool trains_maker(Players players) {
  return players != Players::Discriminator;
}
inline bool trains_discriminator(Players players) {
  return players != Players::Maker;
}

/// "train" (its second choice is `maker`, e.g. "generator only") and "discriminator_rate", a
/// factor of the learning rate, both hot.
std::vector<Hyperparameter> game_knobs(const std::string& maker, double discriminator_rate);

/// Less momentum suits a game: Adam's β₁ of Radford et al. 2015, https://arxiv.org/abs/1511.06434
inline constexpr double kGameMomentum = 0.5;

/// Two groups: "discriminator" of the sub-module of that name, and "model" of all else, with Adam's
/// β₁ = `maker_momentum`.
std::vector<ParameterGroup> player_groups(const Autoencoder& model,
                                          double maker_momentum = kGameMomentum);

/// How pictures are judged.
struct JudgeRules {
  /// Deviation of the Gaussian noise that genuine and made pictures are seen through, which keeps
  /// the discriminator from judging by what is too fine to matter (Sønderby et al. 2016, section 3,
  /// https://arxiv.org/abs/1610.04490).
  double noise = 0.0;
  /// γ of the penalty γ/2·E‖∇ₓ logit‖² on genuine samples, with which the game comes to rest
  /// (Mescheder et al. 2018, Eq. 9, https://arxiv.org/abs/1801.04406).
  double penalty = 0.0;
};
/// The knobs "instance_noise" and "gradient_penalty", both hot, and what they say now.
std::vector<Hyperparameter> judge_knobs(const JudgeRules& initial);
JudgeRules judge_rules(const Autoencoder& model);

/// What the discriminator pays on `genuine` [N, …] and `made` [M, …], whose history is cut:
/// −mean log D(genuine) − mean log(1 − D(made)) (Goodfellow et al. 2014, Eq. 1).
Tensor discriminator_loss(nn::Discriminator& discriminator, const Tensor& genuine,
                          const Tensor& made, const JudgeRules& rules, const PassContext& pass);
/// ½·E‖∇ₓ logit‖² at x [N, …], estimated without a second derivative: the mean of
/// ½·((logit(x + hε) − logit(x))/h)² for one ε ~ N(0, I) each, h = 0.05.
Tensor half_squared_slope(nn::Discriminator& discriminator, const Tensor& x,
                          const PassContext& pass);
/// What the maker of `made` pays: −mean log D(made).
Tensor generator_loss(nn::Discriminator& discriminator, const Tensor& made, const JudgeRules& rules,
                      const PassContext& pass);
/// The discriminator's turn: its loss without the penalty, detached, and, if it is trained, a step
/// of its optimiser at "discriminator_rate" times the learning rate.
Tensor discriminator_turn(nn::Discriminator& discriminator, const Tensor& genuine,
                          const Tensor& made, const JudgeRules& rules, const Autoencoder& model,
                          const TrainingContext& context);

/// The maker's turn: if it is trained, a step of the optimiser "model" on `losses`, which are
/// returned detached.
Losses maker_turn(Losses losses, Players players, const TrainingContext& context);

/// The curves "generator" and "discriminator". `made` says what is judged: "picture", "code".
LossTerm generator_term(const std::string& made);
LossTerm discriminator_term(const std::string& made);

}  // namespace latent::models
