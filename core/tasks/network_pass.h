#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "data/random_stream.h"
#include "latent/tasks.h"

/// What the tasks share: pictures into a network and out of it, part by part, and sums over them.
namespace latent::tasks {

/// Some pictures in a row of memory.
struct Pictures {
  std::span<const std::uint8_t> images;  ///< [n, C, H, W]
  std::span<const std::int32_t> labels;  ///< [n]
};

/// Chosen rows of a data set, copied.
struct ChosenPictures {
  ChosenPictures(const Dataset& data, std::span<const std::int64_t> rows);
  operator Pictures() const { return {images, labels}; }

  std::vector<std::uint8_t> images;
  std::vector<std::int32_t> labels;
};

/// Calls `part` with up to `at_once` pictures after another, until all of `data` was there.
/// `passes` times the whole data is the work that progress is told of, `done` passes come before
/// this one. Throws Error{Cancelled}.
struct PassPlan {
  const ProgressFunction& progress;
  const std::stop_token& stop;
  std::int64_t passes = 1;
  std::int64_t done = 0;
  std::int64_t at_once = 500;
};
void for_each_part(const Dataset& data, const PassPlan& plan,
                   const std::function<void(std::int64_t first, const Pictures& part)>& part);

struct Codes {
  std::vector<float> mean;     ///< [n, L]
  std::vector<float> log_var;  ///< [n, L]; empty for point codes
};
Codes encode(const FrozenModel& model, const Pictures& pictures);
/// `labels` [n] reach conditional systems only. Returns [n, C, H, W] 0 … 1.
std::vector<float> decode(const FrozenModel& model, std::span<const float> codes,
                          std::span<const std::int32_t> labels);
std::vector<float> rebuild(const FrozenModel& model, const Pictures& pictures);

/// 0 … 255 to 0 … 1 and back, rounded and clamped.
std::vector<float> to_floats(std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> to_bytes(std::span<const float> pixels);

/// Mean squared difference.
double squared_error(std::span<const float> a, std::span<const float> b);
/// 10·log₁₀(1 / mean squared error), for pixels of 0 … 1. Decibels; +∞ without an error.
double peak_signal_to_noise(double squared_error);

/// Mean and standard deviation of values that come one by one (Welford 1962).
class Spread {
 public:
  void add(double value);
  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  double deviation() const;  ///< of the values, not of their mean

 private:
  std::int64_t count_ = 0;
  double mean_ = 0.0;
  double squares_ = 0.0;
};

/// Standard normal and uniform draws, the same for a seed on every machine.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : stream_(seed) {}
  double uniform();  ///< in [0, 1)
  double normal();   ///< Box & Muller 1958
  std::uint64_t below(std::uint64_t bound) { return stream_.below(bound); }
  std::uint64_t seed() { return stream_.next(); }

 private:
  RandomStream stream_;
  std::optional<double> spare_;
};

/// One code of each posterior: mean + exp(log_var / 2)·ε.
std::vector<float> draw_codes(const Codes& posterior, Draws& draws);

/// "Its pictures have to be encoded, and …": for systems whose codes are searched for; else empty.
std::string needs_an_encoder(const FrozenModel& model);

/// With so many decimals.
std::string fixed(double value, int decimals);

TaskFigure figure(std::string id, std::string title, std::string unit, const Spread& spread,
                  int decimals);
TaskFigure figure(std::string id, std::string title, std::string unit, double value, int decimals);

}  // namespace latent::tasks
