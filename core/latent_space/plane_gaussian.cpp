#include <algorithm>
#include <cmath>
#include <string>

#include "latent/error.h"
#include "latent/latent_geometry.h"

namespace latent {
namespace {

template <typename Variance>
PlaneGaussian seen_in_plane(const Projection& projection, std::span<const float> mean,
                            const Variance& variance) {
  const auto dims = static_cast<std::size_t>(projection.latent_dim);
  PlaneGaussian seen;
  float centre[2] = {0.0F, 0.0F};
  projection.project(mean, centre);
  seen.x = centre[0];
  seen.y = centre[1];
  for (std::size_t l = 0; l < dims; ++l) {
    const double x = projection.axes[l];
    const double y = projection.axes[dims + l];
    seen.xx += variance(l) * x * x;
    seen.xy += variance(l) * x * y;
    seen.yy += variance(l) * y * y;
  }
  return seen;
}

}  // namespace

PlaneGaussian plane_gaussian(const Projection& projection, std::span<const float> mean,
                             std::span<const float> log_var) {
  const auto dims = static_cast<std::size_t>(projection.latent_dim);
  if (mean.size() != dims || log_var.size() != dims) {
    throw Error(ErrorCode::ShapeMismatch, "A Gaussian in this plane has " + std::to_string(dims) +
                                              " means and variances; " +
                                              std::to_string(mean.size()) + " and " +
                                              std::to_string(log_var.size()) + " were given.");
  }
  return seen_in_plane(projection, mean,
                       [&](std::size_t l) { return std::exp(double{log_var[l]}); });
}

PlaneGaussian plane_standard_normal(const Projection& projection) {
  const std::vector<float> zero(static_cast<std::size_t>(projection.latent_dim));
  return seen_in_plane(projection, zero, [](std::size_t) { return 1.0; });
}

PlaneEllipse plane_ellipse(const PlaneGaussian& gaussian, double deviations) {
  // Eigenvalues of the covariance: half its trace, more or less than by half the spread.
  const double middle = 0.5 * (gaussian.xx + gaussian.yy);
  double spread = std::hypot(0.5 * (gaussian.xx - gaussian.yy), gaussian.xy);
  // A circle but for the last bits of its plane has no direction that means anything: without one
  // it is always drawn from the same point on.
  const bool circle = spread <= 1e-5 * middle;
  if (circle) spread = 0.0;
  PlaneEllipse ellipse;
  ellipse.x = gaussian.x;
  ellipse.y = gaussian.y;
  ellipse.major = deviations * std::sqrt(std::max(0.0, middle + spread));
  ellipse.minor = deviations * std::sqrt(std::max(0.0, middle - spread));
  ellipse.angle = circle ? 0.0 : 0.5 * std::atan2(2.0 * gaussian.xy, gaussian.xx - gaussian.yy);
  return ellipse;
}

}  // namespace latent
