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

}  // namespace latent::models
