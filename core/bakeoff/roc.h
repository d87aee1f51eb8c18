#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace latent::bakeoff {

/// How well scores tell anomalies from the rest: a higher score means more anomalous.
struct Roc {
  double area = 0.5;           ///< the chance that an anomaly scores higher; ties count half
  std::vector<double> points;  ///< [k, 2] false and true positive rate, from (0, 0) to (1, 1)
};

/// `scores` and `anomalous` [n]; finite scores. The area is exact; `points` keeps at most
/// `most_points` of the curve's corners, for drawing. The area is ½ where one of both is absent.
Roc roc(std::span<const float> scores, const std::vector<bool>& anomalous,
        std::size_t most_points = 400);

}  // namespace latent::bakeoff
