#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "latent/anomaly.h"

namespace latent {
namespace {

constexpr float kHighest = std::numeric_limits<float>::infinity();

double rate_of(std::int64_t part, std::int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double Roc::true_positive_rate(std::size_t corner) const {
  return rate_of(corners[corner].hits, anomalies);
}

double Roc::false_positive_rate(std::size_t corner) const {
  return rate_of(corners[corner].alarms, others);
}

std::size_t Roc::corner_at(float threshold) const {
  // The first corner flags nothing, whatever the threshold.
  const auto below =
      std::partition_point(corners.begin() + (corners.empty() ? 0 : 1), corners.end(),
                           [&](const Corner& corner) { return corner.threshold >= threshold; });
  return below == corners.begin() ? 0 : static_cast<std::size_t>(below - corners.begin()) - 1;
}

std::size_t Roc::best_corner() const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < corners.size(); ++i) {
    if (true_positive_rate(i) - false_positive_rate(i) >
        true_positive_rate(best) - false_positive_rate(best)) {
      best = i;
    }
  }
  return best;
}

std::vector<double> Roc::points(std::size_t most) const {
  std::vector<double> points;
  if (corners.empty()) return points;
  const std::size_t kept = std::min(corners.size(), std::max<std::size_t>(most, 2));
  for (std::size_t k = 0; k < kept; ++k) {
    const std::size_t at = k * (corners.size() - 1) / (kept - 1);
    points.push_back(false_positive_rate(at));
    points.push_back(true_positive_rate(at));
  }
  return points;
}

Roc roc(std::span<const float> scores, const std::vector<bool>& anomalous) {
  const auto score = [&](std::size_t i) { return std::isnan(scores[i]) ? kHighest : scores[i]; };
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return score(a) > score(b); });
  Roc result;
  result.anomalies = std::count(anomalous.begin(), anomalous.end(), true);
  result.others = static_cast<std::int64_t>(scores.size()) - result.anomalies;
  if (result.anomalies == 0 || result.others == 0) return result;

  // One corner for each distinct score; the area by trapezoids counts ties half.
  result.corners.push_back({kHighest, 0, 0});
  double area = 0.0;
  for (std::size_t i = 0; i < order.size();) {
    const Roc::Corner before = result.corners.back();
    Roc::Corner corner{score(order[i]), before.hits, before.alarms};
    for (; i < order.size() && score(order[i]) == corner.threshold; ++i) {
      ++(anomalous[order[i]] ? corner.hits : corner.alarms);
    }
    area += 0.5 * static_cast<double>(corner.hits + before.hits) *
            static_cast<double>(corner.alarms - before.alarms);
    result.corners.push_back(corner);
  }
  result.area = area / (static_cast<double>(result.anomalies) * static_cast<double>(result.others));
  return result;
}

}  // namespace latent
