#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "latent/latent_geometry.h"

namespace latent {
namespace {

constexpr double kKernelReach = 3.5;  // standard deviations

/// exp(−d² / 2σ²) at whole distances, summing to 1.
std::vector<double> density_kernel(double sigma) {
  const int reach = std::max(1, static_cast<int>(std::ceil(kKernelReach * sigma)));
  std::vector<double> kernel;
  for (int d = -reach; d <= reach; ++d) {
    kernel.push_back(std::exp(-0.5 * d * d / std::max(1e-12, sigma * sigma)));
  }
  const double sum = std::accumulate(kernel.begin(), kernel.end(), 0.0);
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

/// Smooths along the rows, or down the columns.
void smooth_lines(std::vector<double>& values, const std::vector<double>& kernel, int side,
                  bool rows) {
  const int reach = static_cast<int>(kernel.size() / 2);
  const std::ptrdiff_t step = rows ? 1 : side;
  std::vector<double> line(static_cast<std::size_t>(side));
  for (int i = 0; i < side; ++i) {
    double* first = values.data() + static_cast<std::ptrdiff_t>(i) * (rows ? side : 1);
    for (int j = 0; j < side; ++j) {
      double sum = 0.0;
      for (int d = std::max(-reach, -j); d <= std::min(reach, side - 1 - j); ++d) {
        sum += kernel[static_cast<std::size_t>(d + reach)] * first[(j + d) * step];
      }
      line[static_cast<std::size_t>(j)] = sum;
    }
    for (int j = 0; j < side; ++j) first[j * step] = line[static_cast<std::size_t>(j)];
  }
}

struct AxisSpread {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double sum = 0.0;
  double squares = 0.0;

  void take(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
    squares += value * value;
  }
  double bandwidth(double n) const {
    const double mean = sum / n;
    return std::sqrt(std::max(0.0, squares / n - mean * mean)) * std::pow(n, -1.0 / 6.0);
  }
};

}  // namespace

PlaneDensity plane_density(std::span<const float> points, int side) {
  AxisSpread across;
  AxisSpread up;
  double n = 0.0;
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    if (!std::isfinite(points[i]) || !std::isfinite(points[i + 1])) continue;
    n += 1.0;
    across.take(points[i]);
    up.take(points[i + 1]);
  }
  if (n < 2.0 || side < 2) return {};
  const double wide = across.bandwidth(n);
  const double high = up.bandwidth(n);
  if (!(wide > 0.0) || !(high > 0.0)) return {};
  PlaneDensity density;
  density.x0 = across.low - kKernelReach * wide;
  density.x1 = across.high + kKernelReach * wide;
  density.y0 = up.low - kKernelReach * high;
  density.y1 = up.high + kKernelReach * high;
  density.rows = density.columns = side;
  const double cell_width = (density.x1 - density.x0) / side;
  const double cell_height = (density.y1 - density.y0) / side;
  std::vector<double> values(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    if (!std::isfinite(points[i]) || !std::isfinite(points[i + 1])) continue;
    const int column =
        std::clamp(static_cast<int>((double{points[i]} - density.x0) / cell_width), 0, side - 1);
    const int row = std::clamp(static_cast<int>((density.y1 - double{points[i + 1]}) / cell_height),
                               0, side - 1);
    values[static_cast<std::size_t>(row * side + column)] += 1.0 / n;
  }
  smooth_lines(values, density_kernel(wide / cell_width), side, true);
  smooth_lines(values, density_kernel(high / cell_height), side, false);
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  density.values.reserve(values.size());
  for (const double value : values) density.values.push_back(static_cast<float>(value / sum));
  return density;
}

double density_level(const PlaneDensity& density, double share) {
  std::vector<float> sorted = density.values;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double mass = 0.0;
  for (const float value : sorted) {
    mass += double{value};
    if (mass >= share) return value;
  }
  return 0.0;
}

std::vector<float> density_outline(const PlaneDensity& density, double level) {
  std::vector<float> pieces;
  if (density.values.empty()) return pieces;
  const double cell_width = (density.x1 - density.x0) / density.columns;
  const double cell_height = (density.y1 - density.y0) / density.rows;
  const auto value = [&](int row, int column) {
    return double{density.values[static_cast<std::size_t>(row * density.columns + column)]};
  };
  for (int row = 0; row + 1 < density.rows; ++row) {
    for (int column = 0; column + 1 < density.columns; ++column) {
      // Corners around the square, and where between two of them the level is passed.
      const int at[4][2] = {
          {row, column}, {row, column + 1}, {row + 1, column + 1}, {row + 1, column}};
      double crossings[4][2];
      int crossed = 0;
      for (int side = 0; side < 4; ++side) {
        const auto& from = at[side];
        const auto& to = at[(side + 1) % 4];
        const double before = value(from[0], from[1]) - level;
        const double after = value(to[0], to[1]) - level;
        if ((before < 0.0) == (after < 0.0)) continue;
        const double t = before / (before - after);
        crossings[crossed][0] = density.x0 + cell_width * (0.5 + from[1] + t * (to[1] - from[1]));
        crossings[crossed][1] = density.y1 - cell_height * (0.5 + from[0] + t * (to[0] - from[0]));
        ++crossed;
      }
      // Four crossings are a saddle: two pieces, joined in the order around the square.
      for (int i = 0; i + 1 < crossed; i += 2) {
        for (int end = 0; end < 2; ++end) {
          pieces.push_back(static_cast<float>(crossings[i + end][0]));
          pieces.push_back(static_cast<float>(crossings[i + end][1]));
        }
      }
    }
  }
  return pieces;
}

}  // namespace latent
