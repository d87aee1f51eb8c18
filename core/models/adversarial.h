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

/// "instance_noise", hot: the deviation of the noise that `discriminator_loss` and
/// `generator_loss` take.
Hyperparameter instance_noise_knob(double initial);

/// What the discriminator pays on `genuine` [N, …] and `made` [M, …], whose history is cut:
/// −mean log D(genuine) − mean log(1 − D(made)) (Goodfellow et al. 2014, Eq. 1). Both are seen
/// through Gaussian noise of deviation `noise`, which keeps it from judging by what is too fine to
/// matter (Sønderby et al. 2016, section 3, https://arxiv.org/abs/1610.04490).
Tensor discriminator_loss(nn::Discriminator& discriminator, const Tensor& genuine,
                          const Tensor& made, double noise, const PassContext& pass);
/// What the maker of `made` pays: −mean log D(made).
Tensor generator_loss(nn::Discriminator& discriminator, const Tensor& made, double noise,
                      const PassContext& pass);
/// The discriminator's turn: its loss, detached, and, if it is trained, a step of its optimiser at
/// `rate` times the learning rate.
Tensor discriminator_turn(nn::Discriminator& discriminator, const Tensor& genuine,
                          const Tensor& made, double noise, Players players,
                          const TrainingContext& context, double rate);

/// The curves "generator" and "discriminator". `made` says what is judged: "picture", "code".
LossTerm generator_term(const std::string& made);
LossTerm discriminator_term(const std::string& made);

}  // namespace latent::models
