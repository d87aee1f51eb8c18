#pragma once

namespace latent::models {

/// How β goes with time; the order of the choices of the knob "beta_schedule".
enum class BetaSchedule { Constant, WarmUp, Cyclic };

/// The share of β that acts at `epoch` (fractional, counted from the start of training), in [0, 1].
/// WarmUp: min(1, epoch/length) (Bowman et al. 2016, section 3.1, linear). Cyclic: cycles of
/// `length` epochs, rising over the first half and 1 over the second (Fu et al. 2019, Eq. 6-7 with
/// R = 0.5, https://arxiv.org/abs/1903.10145). `length` > 0.
double beta_factor(BetaSchedule schedule, double epoch, double length);

}  // namespace latent::models
