#include "models/schedule.h"

#include <algorithm>
#include <cmath>

namespace latent::models {
namespace {

constexpr double kRisingShare = 0.5;  // R of Fu et al.

}  // namespace

double beta_factor(BetaSchedule schedule, double epoch, double length) {
  switch (schedule) {
    case BetaSchedule::Constant:
      return 1.0;
    case BetaSchedule::WarmUp:
      return std::clamp(epoch / length, 0.0, 1.0);
    case BetaSchedule::Cyclic:
      return std::min(1.0, std::fmod(epoch, length) / length / kRisingShare);
  }
  return 1.0;
}

double rate_factor(RateSchedule schedule, double epoch, int epochs, double step) {
  switch (schedule) {
    case RateSchedule::Constant:
      return 1.0;
    case RateSchedule::Cosine: {
      const double done = std::clamp(epoch / std::max(epochs, 1), 0.0, 1.0);
      return 0.5 * (1.0 + std::cos(std::acos(-1.0) * done));
    }
    case RateSchedule::Step:
      return std::exp2(-std::floor(epoch / step));
  }
  return 1.0;
}

std::vector<Hyperparameter> rate_knobs() {
  return {{.id = "learning_rate_schedule",
           .title = "Learning rate schedule",
           .help = "Constant: as set, always. Cosine: falls smoothly to zero at the last epoch, "
                   "which settles the weights. Step: halved every so many epochs.",
           .kind = Hyperparameter::Kind::Choice,
           .maximum = 2.0,
           .choices = {"constant", "cosine", "step"},
           .hot = true},
          {.id = "learning_rate_step",
           .title = "Interval of the steps",
           .help = "For the step schedule. Higher: the learning rate stays high for longer.",
           .initial = 10.0,
           .minimum = 0.1,
           .maximum = 1000.0,
           .unit = "epochs",
           .hot = true,
           .logarithmic = true,
           .only_with = {"learning_rate_schedule", {static_cast<int>(RateSchedule::Step)}}}};
}

}  // namespace latent::models
