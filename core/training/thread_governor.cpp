#include "training/thread_governor.h"

#include <algorithm>

namespace latent::training {
namespace {

/// A number of threads has to be this much faster to be taken, so that noise decides nothing.
constexpr double kWorthwhile = 0.95;
/// Beside a busy processor a batch takes several times as long: no need to see the trial through.
constexpr double kHopeless = 1.4;
/// A cost that leaves this range means that the machine has changed.
constexpr double kSlower = 1.2;
constexpr double kFaster = 0.8;

constexpr std::size_t kWindowBatches = 8;
constexpr std::size_t kHopelessBatches = 3;
/// The first batch with another number of threads starts or ends some of them.
constexpr std::size_t kSettlingBatches = 1;
/// A window of the settled state, long enough that one hiccup is not a change.
constexpr double kWindowSeconds = 0.15;

constexpr double kShortInterval = 1.0;
constexpr double kLongInterval = 16.0;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

ThreadGovernor::ThreadGovernor(int most) : interval_(kShortInterval) {
  for (int step = 1; step <= most; step *= 2) {
    choices_.push_back(step);
    if (step >= 2 && step + step / 2 <= most) choices_.push_back(step + step / 2);
  }
  if (choices_.empty()) choices_.push_back(1);
  if (choices_.back() < most) choices_.push_back(most);
  chosen_ = choices_.size() - 1;
}

int ThreadGovernor::threads() const {
  return choices_[phase_ == Phase::Trial ? tried_ : chosen_];
}

void ThreadGovernor::record(double seconds, std::int64_t samples) {
  if (choices_.size() == 1 || samples <= 0) return;
  window_.push_back(seconds / static_cast<double>(samples));
  window_seconds_ += seconds;
  until_trial_ -= seconds;
  const bool full = window_.size() >= kWindowBatches + kSettlingBatches;
  const auto cost = [this] {
    return median({window_.begin() + static_cast<std::ptrdiff_t>(kSettlingBatches), window_.end()});
  };
  switch (phase_) {
    case Phase::Measuring:
      if (full) measured(cost());
      break;
    case Phase::Settled:
      if (full && window_seconds_ >= kWindowSeconds) settled(cost());
      break;
    case Phase::Trial:
      if (full || (window_.size() >= kHopelessBatches + kSettlingBatches &&
                   cost() > kHopeless * reference_)) {
        tried(cost(), full);
      }
      break;
  }
}

/// The chosen number was measured afresh: compare it with a neighbour.
void ThreadGovernor::measured(double cost) {
  reference_ = cost;
  begin_trial();
}

void ThreadGovernor::settled(double cost) {
  const bool out_of_line = cost > kSlower * reference_ || cost < kFaster * reference_;
  const bool changed = out_of_line && was_out_of_line_;
  was_out_of_line_ = out_of_line;
  if (changed) {
    interval_ = kShortInterval;
    fewer_next_ = cost > reference_;
  }
  if (changed || until_trial_ <= 0.0) {
    // What the window measured is what a trial now is compared with.
    reference_ = cost;
    begin_trial();
    return;
  }
  begin_window(Phase::Settled);
}

void ThreadGovernor::tried(double cost, bool complete) {
  if (complete && cost < kWorthwhile * reference_) {
    // Go on in the direction that helped.
    fewer_next_ = tried_ < chosen_;
    chosen_ = tried_;
    reference_ = cost;
    interval_ = kShortInterval;
  } else {
    fewer_next_ = !fewer_next_;
    interval_ = std::min(2.0 * interval_, kLongInterval);
  }
  until_trial_ = interval_;
  begin_window(Phase::Settled);
}

void ThreadGovernor::begin_trial() {
  tried_ = candidate();
  begin_window(Phase::Trial);
}

void ThreadGovernor::begin_window(Phase phase) {
  phase_ = phase;
  window_.clear();
  window_seconds_ = 0.0;
  if (phase != Phase::Settled) was_out_of_line_ = false;
}

std::size_t ThreadGovernor::candidate() const {
  if (chosen_ == 0) return 1;
  if (chosen_ + 1 == choices_.size()) return chosen_ - 1;
  return fewer_next_ ? chosen_ - 1 : chosen_ + 1;
}

}  // namespace latent::training
