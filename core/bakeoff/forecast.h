#pragma once

#include <chrono>
#include <map>
#include <string>

namespace latent::bakeoff {

/// Of the runs that are wanted, the share that is trained, and how long the rest takes at the speed
/// so far. Several may be under way at once.
class Forecast {
 public:
  explicit Forecast(int runs);

  /// `run` names one; `share` of it is trained. What it begins with was there before and says
  /// nothing about the speed.
  void under_way(const std::string& run, double share);
  /// It was `found` finished, or has been trained now.
  void finished(const std::string& run, bool found);

  double share() const;         ///< 0 … 1
  double seconds_left() const;  ///< 0 when unknown

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    double found = 0.0;
    double share = 0.0;
  };
  double reached() const;  ///< runs, with the shares of those under way

  double runs_;
  double finished_ = 0.0;
  double found_ = 0.0;  ///< of `finished_`, what was there before
  std::map<std::string, Running> running_;
  Clock::time_point begun_ = Clock::now();
};

}  // namespace latent::bakeoff
