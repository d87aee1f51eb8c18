#pragma once

#include <cstdint>
#include <vector>

namespace latent::training {

/// Decides with how many threads a run trains, from what its batches cost. More threads than free
/// processors are slower than one: at the end of each pass the threads wait for the one whose
/// processor somebody else has. What is free changes while a run goes on (the window draws,
/// somebody drags, a compiler starts), so it is measured again and again: a short trial with the
/// next smaller or larger number, kept only when it is clearly faster.
///
/// Plain logic without a clock of its own: time is the sum of the batches it is told of.
class ThreadGovernor {
 public:
  /// 1, 2, 3, 4, 6, 8, 12, 16 … up to `most`, and `most`. Begins with `most`.
  explicit ThreadGovernor(int most);

  /// For the next batch.
  int threads() const;

  /// A batch of `samples` took `seconds` with `threads()` threads.
  void record(double seconds, std::int64_t samples);

 private:
  enum class Phase { Measuring, Settled, Trial };

  void measured(double cost);
  void settled(double cost);
  void tried(double cost, bool complete);
  void begin_trial();
  void begin_window(Phase phase);
  std::size_t candidate() const;

  std::vector<int> choices_;  // ascending
  std::size_t chosen_;        // into choices_
  std::size_t tried_ = 0;     // into choices_, during a trial
  bool fewer_next_ = true;    // direction of the next trial
  Phase phase_ = Phase::Measuring;
  double reference_ = 0.0;      // seconds per sample with the chosen number
  std::vector<double> window_;  // seconds per sample of each batch
  double window_seconds_ = 0.0;
  double until_trial_ = 0.0;      // seconds of training to the next trial
  double interval_;               // between trials
  bool was_out_of_line_ = false;  // the last window was out of line; two in a row are a change
};

}  // namespace latent::training
