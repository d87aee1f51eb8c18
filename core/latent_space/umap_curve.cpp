#include <array>
#include <cmath>
#include <string>

#include "latent/error.h"
#include "latent/umap.h"

namespace latent {
namespace {

constexpr std::size_t kCurvePoints = 300;
constexpr int kIterations = 200;

struct Fit {
  std::array<double, kCurvePoints> x;
  std::array<double, kCurvePoints> y;

  double squared_error(double a, double b) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < kCurvePoints; ++i) {
      const double error = y[i] - 1.0 / (1.0 + a * std::pow(x[i], 2.0 * b));
      sum += error * error;
    }
    return sum;
  }
};

}  // namespace

UmapCurve fit_umap_curve(double min_dist, double spread) {
  if (!(spread > 0.0) || !std::isfinite(spread) || !(min_dist >= 0.0) || min_dist > 3.0 * spread) {
    throw Error{ErrorCode::InvalidConfig,
                "UMAP's spread must be above 0 and its min_dist between 0 and 3 times the spread; "
                "found " +
                    std::to_string(spread) + " and " + std::to_string(min_dist) + "."};
  }
  Fit fit;
  for (std::size_t i = 0; i < kCurvePoints; ++i) {
    fit.x[i] = 3.0 * spread * static_cast<double>(i) / static_cast<double>(kCurvePoints - 1);
    fit.y[i] = fit.x[i] < min_dist ? 1.0 : std::exp(-(fit.x[i] - min_dist) / spread);
  }

  // Levenberg 1944, Marquardt 1963, from a = b = 1.
  double a = 1.0;
  double b = 1.0;
  double damping = 1e-3;
  double error = fit.squared_error(a, b);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    double aa = 0.0;
    double ab = 0.0;
    double bb = 0.0;
    double ga = 0.0;
    double gb = 0.0;
    for (std::size_t i = 1; i < kCurvePoints; ++i) {  // at 0 the curve is 1 whatever a and b
      const double power = std::pow(fit.x[i], 2.0 * b);
      const double value = 1.0 / (1.0 + a * power);
      const double da = -value * value * power;
      const double db = -value * value * a * power * 2.0 * std::log(fit.x[i]);
      aa += da * da;
      ab += da * db;
      bb += db * db;
      ga += da * (fit.y[i] - value);
      gb += db * (fit.y[i] - value);
    }
    const double damped_a = aa * (1.0 + damping);
    const double damped_b = bb * (1.0 + damping);
    const double determinant = damped_a * damped_b - ab * ab;
    const double step_a = (damped_b * ga - ab * gb) / determinant;
    const double step_b = (damped_a * gb - ab * ga) / determinant;
    const double tried = fit.squared_error(a + step_a, b + step_b);
    if (tried <= error) {
      a += step_a;
      b += step_b;
      error = tried;
      damping = std::max(0.1 * damping, 1e-12);
      if (std::abs(step_a) < 1e-12 * std::abs(a) && std::abs(step_b) < 1e-12 * std::abs(b)) break;
    } else {
      damping *= 10.0;
      if (damping > 1e12) break;
    }
  }
  return {a, b};
}

}  // namespace latent
