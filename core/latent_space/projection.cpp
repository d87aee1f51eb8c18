#include <algorithm>
#include <iterator>
#include <string>

#include "latent/error.h"
#include "latent/latent_space.h"

namespace latent {
namespace {

/// 1 for an axis of zeros, which moves nothing.
double squared_length(const float* axis, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t j = 0; j < dim; ++j) sum += double{axis[j]} * double{axis[j]};
  return sum > 0.0 ? sum : 1.0;
}

}  // namespace

void Projection::project(std::span<const float> codes, std::span<float> points) const {
  const auto dim = static_cast<std::size_t>(latent_dim);
  if (dim == 0) return;
  const std::size_t n = codes.size() / dim;
  const float* horizontal = axes.data();
  const float* vertical = axes.data() + dim;
  for (std::size_t i = 0; i < n; ++i) {
    const float* code = codes.data() + i * dim;
    double x = 0.0;
    double y = 0.0;
    for (std::size_t j = 0; j < dim; ++j) {
      const double centred = double{code[j]} - double{origin[j]};
      x += centred * double{horizontal[j]};
      y += centred * double{vertical[j]};
    }
    points[2 * i] = static_cast<float>(x);
    points[2 * i + 1] = static_cast<float>(y);
  }
}

void Projection::lift(float x, float y, std::span<const float> base, std::span<float> code) const {
  const auto dim = static_cast<std::size_t>(latent_dim);
  const std::span<const float> start = base.empty() ? std::span<const float>{origin} : base;
  float at[2] = {0.0F, 0.0F};
  project(start, at);
  const double right = (double{x} - double{at[0]}) / squared_length(axes.data(), dim);
  const double up = (double{y} - double{at[1]}) / squared_length(axes.data() + dim, dim);
  for (std::size_t j = 0; j < dim; ++j) {
    code[j] =
        static_cast<float>(double{start[j]} + right * double{axes[j]} + up * double{axes[dim + j]});
  }
}

Projection axis_projection(int latent_dim, int horizontal, int vertical) {
  const auto is_axis = [&](int axis) { return axis >= 0 && axis < latent_dim; };
  if (!is_axis(horizontal) || (latent_dim > 1 && !is_axis(vertical))) {
    throw Error(ErrorCode::InvalidConfig, "The map's axes must be between 0 and " +
                                              std::to_string(latent_dim - 1) + "; found " +
                                              std::to_string(horizontal) + " and " +
                                              std::to_string(vertical) + ".");
  }
  Projection projection;
  projection.latent_dim = latent_dim;
  projection.origin.assign(static_cast<std::size_t>(latent_dim), 0.0F);
  projection.axes.assign(2 * static_cast<std::size_t>(latent_dim), 0.0F);
  projection.axes[static_cast<std::size_t>(horizontal)] = 1.0F;
  // One axis shown twice would move a code twice as far as the pointer: the second stays zero.
  if (latent_dim > 1 && vertical != horizontal) {
    projection.axes[static_cast<std::size_t>(latent_dim + vertical)] = 1.0F;
  }
  return projection;
}

Projection over_steps(const Projection& projection, int steps) {
  Projection all = projection;
  all.latent_dim = projection.latent_dim * steps;
  all.origin.clear();
  all.axes.clear();
  for (int step = 0; step < steps; ++step) {
    all.origin.insert(all.origin.end(), projection.origin.begin(), projection.origin.end());
  }
  const auto dim = static_cast<std::ptrdiff_t>(projection.latent_dim);
  for (std::ptrdiff_t axis = 0; axis < 2; ++axis) {
    for (int step = 0; step < steps; ++step) {
      const auto from = projection.axes.begin() + axis * dim;
      std::transform(from, from + dim, std::back_inserter(all.axes),
                     [steps](float value) { return value / static_cast<float>(steps); });
    }
  }
  return all;
}

std::vector<float> manifold_grid(const Projection& projection, std::span<const float> base,
                                 float x0, float x1, float y0, float y1, int rows, int columns) {
  const auto dim = static_cast<std::size_t>(projection.latent_dim);
  if (rows < 1 || columns < 1) {
    throw Error(ErrorCode::InvalidConfig, "A grid needs at least one row and one column; found " +
                                              std::to_string(rows) + " and " +
                                              std::to_string(columns) + ".");
  }
  std::vector<float> codes(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) *
                           dim);
  std::span<float> rest{codes};
  for (int row = 0; row < rows; ++row) {
    const float y = y1 + (y0 - y1) * (static_cast<float>(row) + 0.5F) / static_cast<float>(rows);
    for (int column = 0; column < columns; ++column) {
      const float x =
          x0 + (x1 - x0) * (static_cast<float>(column) + 0.5F) / static_cast<float>(columns);
      projection.lift(x, y, base, rest.first(dim));
      rest = rest.subspan(dim);
    }
  }
  return codes;
}

}  // namespace latent
