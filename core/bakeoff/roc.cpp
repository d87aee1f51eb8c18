#include "bakeoff/roc.h"

#include <algorithm>
#include <numeric>

namespace latent::bakeoff {

Roc roc(std::span<const float> scores, const std::vector<bool>& anomalous,
        std::size_t most_points) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  const auto anomalies = static_cast<double>(std::count(anomalous.begin(), anomalous.end(), true));
  const double others = static_cast<double>(scores.size()) - anomalies;
  Roc result;
  if (anomalies == 0.0 || others == 0.0) return result;

  // One corner of the curve for each distinct score; the area by trapezoids counts ties half.
  std::vector<double> corners = {0.0, 0.0};
  double area = 0.0;
  double hits = 0.0;
  double alarms = 0.0;
  for (std::size_t i = 0; i < order.size();) {
    const double hits_before = hits;
    const double alarms_before = alarms;
    const float score = scores[order[i]];
    for (; i < order.size() && scores[order[i]] == score; ++i) {
      (anomalous[order[i]] ? hits : alarms) += 1.0;
    }
    area += 0.5 * (hits + hits_before) * (alarms - alarms_before);
    corners.push_back(alarms / others);
    corners.push_back(hits / anomalies);
  }
  result.area = area / (anomalies * others);

  const std::size_t count = corners.size() / 2;
  const std::size_t kept = std::min(count, std::max<std::size_t>(most_points, 2));
  for (std::size_t k = 0; k < kept; ++k) {
    const std::size_t at = k * (count - 1) / (kept - 1);
    result.points.push_back(corners[2 * at]);
    result.points.push_back(corners[2 * at + 1]);
  }
  return result;
}

}  // namespace latent::bakeoff
