#include "bakeoff/forecast.h"

#include <algorithm>

namespace latent::bakeoff {

Forecast::Forecast(int runs) : runs_(std::max(1, runs)) {}

void Forecast::under_way(const std::string& run, double share) {
  const auto [known, is_new] = running_.try_emplace(run, Running{.found = share, .share = share});
  if (!is_new) known->second.share = share;
}

void Forecast::finished(const std::string& run, bool found) {
  const auto known = running_.find(run);
  found_ += found ? 1.0 : known != running_.end() ? known->second.found : 0.0;
  if (known != running_.end()) running_.erase(known);
  finished_ += 1.0;
}

double Forecast::reached() const {
  double runs = finished_;
  for (const auto& [name, running] : running_) runs += running.share;
  return runs;
}

double Forecast::share() const {
  return std::min(1.0, reached() / runs_);
}

double Forecast::seconds_left() const {
  double there_before = found_;
  for (const auto& [name, running] : running_) there_before += running.found;
  const double trained = reached() - there_before;
  const double spent = std::chrono::duration<double>(Clock::now() - begun_).count();
  return trained > 0.01 ? spent / trained * std::max(0.0, runs_ - reached()) : 0.0;
}

}  // namespace latent::bakeoff
