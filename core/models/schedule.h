#pragma once

#include <vector>

#include "latent/model_info.h"

namespace latent::models {

/// How β goes with time; the order of the choices of the knob "beta_schedule".
enum class BetaSchedule { Constant, WarmUp, Cyclic };

/// The share of β that acts at `epoch` (fractional, counted from the start of training), in [0, 1].
/// WarmUp: min(1, epoch/length) (Bowman et al. 2016, section 3.1, linear). Cyclic: cycles of
/// `length` epochs, rising over the first half and 1 over the second (Fu et al. 2019, Eq. 6-7 with
/// R = 0.5, https://arxiv.org/abs/1903.10145). `length` > 0.
double beta_factor(BetaSchedule schedule, double epoch, double length);

/// How the learning rate goes with time; the order of the choices of "learning_rate_schedule".
enum class RateSchedule { Constant, Cosine, Step };

/// The share of the learning rate that acts at `epoch`, in [0, 1]. Cosine: from 1 to 0 over the
/// run's `epochs`, ½(1 + cos π·epoch/epochs) (Loshchilov & Hutter 2016, Eq. 5 without restarts,
/// https://arxiv.org/abs/1608.03983). Step: halved every `step` epochs; `step` > 0.
double rate_factor(RateSchedule schedule, double epoch, int epochs, double step);

/// "learning_rate_schedule" and "learning_rate_step", both hot: the knobs of every system that is
/// trained by gradients.
std::vector<Hyperparameter> rate_knobs();

}  // namespace latent::models
