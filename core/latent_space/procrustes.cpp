#include "latent/procrustes.h"

#include <cmath>
#include <string>

#include "latent/error.h"

namespace latent {

PlaneTurn procrustes(std::span<const float> points, std::span<const float> target) {
  if (points.size() != target.size() || points.size() % 2 != 0) {
    throw Error{ErrorCode::ShapeMismatch, "Points can be turned towards as many others; found " +
                                              std::to_string(points.size() / 2) + " and " +
                                              std::to_string(target.size() / 2) + "."};
  }
  // The cross products C = Σ target·pointᵀ; the turn R makes tr(RᵀC) largest.
  double xx = 0.0;
  double xy = 0.0;
  double yx = 0.0;
  double yy = 0.0;
  for (std::size_t i = 0; i < points.size(); i += 2) {
    const double x = points[i];
    const double y = points[i + 1];
    const double to_x = target[i];
    const double to_y = target[i + 1];
    if (!std::isfinite(x + y + to_x + to_y)) continue;
    xx += to_x * x;
    xy += to_x * y;
    yx += to_y * x;
    yy += to_y * y;
  }
  // Among rotations (cos, −sin; sin, cos) the trace is cos·(xx + yy) + sin·(yx − xy), among
  // reflections (cos, sin; sin, −cos) cos·(xx − yy) + sin·(yx + xy): each largest along its pair.
  const double rotated = std::hypot(xx + yy, yx - xy);
  const double reflected = std::hypot(xx - yy, yx + xy);
  if (rotated >= reflected) {
    if (rotated == 0.0) return {1.0, 0.0, 0.0, 1.0};
    const double cosine = (xx + yy) / rotated;
    const double sine = (yx - xy) / rotated;
    return {cosine, -sine, sine, cosine};
  }
  const double cosine = (xx - yy) / reflected;
  const double sine = (yx + xy) / reflected;
  return {cosine, sine, sine, -cosine};
}

}  // namespace latent
