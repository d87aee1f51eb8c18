#pragma once

#include <cmath>
#include <map>
#include <string>

#include "support/catch.h"
#include "support/small_system.h"

/// What systems with two players have in common.
namespace latent::test {

/// A discriminator whose logit is zero for everything.
inline void silence_discriminator(SmallSystem& system) {
  const torch::NoGradGuard no_grad;
  for (const auto& parameter : system.model->named_parameters()) {
    if (parameter.key().rfind("discriminator.", 0) == 0) parameter.value().zero_();
  }
}

inline std::map<std::string, torch::Tensor> state_of(SmallSystem& system) {
  std::map<std::string, torch::Tensor> state;
  for (const auto& each : system.model->named_parameters()) {
    state[each.key()] = each.value().detach().clone();
  }
  for (const auto& each : system.model->named_buffers()) state[each.key()] = each.value().clone();
  return state;
}

/// With the knob "train" on one player, everything of the other (batch statistics too) stays, to
/// the bit, everything of the one moves, and both losses are still measured.
inline void check_one_player_at_a_time(const std::string& id) {
  SmallSystem system(id);
  for (int i = 0; i < 3; ++i) system.step();  // both have momentum
  for (const auto& [trained, of_discriminator] :
       std::map<double, bool>{{1.0, false}, {2.0, true}}) {
    system.model->set_hyperparameter("train", trained);
    const auto before = state_of(system);
    models::Losses losses;
    for (int i = 0; i < 3; ++i) losses = system.step();
    for (const auto& [name, tensor] : state_of(system)) {
      CAPTURE(trained, name);
      const bool judges = name.rfind("discriminator.", 0) == 0;
      CHECK(torch::equal(tensor, before.at(name)) == (judges != of_discriminator));
    }
    for (const torch::Tensor& term : losses.terms) CHECK(std::isfinite(value(term)));
  }
}

}  // namespace latent::test
