#include <algorithm>
#include <iterator>
#include <string>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent_space/distance_passes.h"

namespace latent {
namespace {

/// 1 for an axis of zeros, which moves nothing.
double squared_length(const float* axis, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t j = 0; j < dim; ++j) sum += double{axis[j]} * double{axis[j]};
  return sum > 0.0 ? sum : 1.0;
}

/// Codes of the plane through `base`.
class Lifting {
 public:
  Lifting(const Projection& projection, std::span<const float> base)
      : dim_(static_cast<std::size_t>(projection.latent_dim)),
        start_(base.empty() ? std::span<const float>{projection.origin} : base),
        axes_(projection.axes),
        squared_lengths_{squared_length(axes_.data(), dim_),
                         squared_length(axes_.data() + dim_, dim_)} {
    projection.project(start_, at_);
  }

  void lift(float x, float y, std::span<float> code) const {
    const double right = (double{x} - double{at_[0]}) / squared_lengths_[0];
    const double up = (double{y} - double{at_[1]}) / squared_lengths_[1];
    for (std::size_t j = 0; j < dim_; ++j) {
      code[j] = static_cast<float>(double{start_[j]} + right * double{axes_[j]} +
                                   up * double{axes_[dim_ + j]});
    }
  }

 private:
  std::size_t dim_;
  std::span<const float> start_;
  std::span<const float> axes_;
  double squared_lengths_[2];
  float at_[2] = {0.0F, 0.0F};
};

}  // namespace

void Projection::project(std::span<const float> codes, std::span<float> points) const {
  const auto dim = static_cast<std::size_t>(latent_dim);
  if (dim == 0) return;
  passes::project(codes.data(), codes.size() / dim, dim, origin.data(), axes.data(), points.data());
}

void Projection::lift(float x, float y, std::span<const float> base, std::span<float> code) const {
  Lifting{*this, base}.lift(x, y, code);
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
  const Lifting plane{projection, base};
  for (int row = 0; row < rows; ++row) {
    const float y = y1 + (y0 - y1) * (static_cast<float>(row) + 0.5F) / static_cast<float>(rows);
    for (int column = 0; column < columns; ++column) {
      const float x =
          x0 + (x1 - x0) * (static_cast<float>(column) + 0.5F) / static_cast<float>(columns);
      plane.lift(x, y, rest.first(dim));
      rest = rest.subspan(dim);
    }
  }
  return codes;
}

}  // namespace latent
