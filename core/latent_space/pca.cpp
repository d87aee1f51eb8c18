#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "latent/latent_space.h"

namespace latent {
namespace {

using Vector = std::vector<double>;

// Up to here the whole spectrum by Jacobi's rotations costs less than the covariance itself.
constexpr std::size_t kLargestJacobi = 48;
// Up to here the covariance is made; beyond, its n·L² would be the whole cost.
constexpr std::size_t kLargestCovariance = 384;

struct Moments {
  std::vector<std::size_t> rows;  ///< finite ones; a diverging run must not blank the map
  Vector mean;                    ///< [L]
  double total_variance = 0.0;    ///< trace of the covariance
};

struct Axes {
  Vector directions;                 ///< [2, L], orthonormal
  double variances[2] = {0.0, 0.0};  ///< along them
};

Moments moments_of(std::span<const float> codes, std::size_t dim) {
  Moments moments;
  moments.mean.assign(dim, 0.0);
  for (std::size_t row = 0; row < codes.size() / dim; ++row) {
    const auto code = codes.subspan(row * dim, dim);
    if (!std::all_of(code.begin(), code.end(), [](float v) { return std::isfinite(v); })) continue;
    moments.rows.push_back(row);
    for (std::size_t j = 0; j < dim; ++j) moments.mean[j] += double{code[j]};
  }
  if (moments.rows.empty()) return moments;
  const auto n = static_cast<double>(moments.rows.size());
  for (double& value : moments.mean) value /= n;
  for (const std::size_t row : moments.rows) {
    for (std::size_t j = 0; j < dim; ++j) {
      const double centred = double{codes[row * dim + j]} - moments.mean[j];
      moments.total_variance += centred * centred;
    }
  }
  moments.total_variance /= n;
  return moments;
}

/// [L, L] of the centred codes.
Vector covariance_of(std::span<const float> codes, std::size_t dim, const Moments& moments) {
  Vector covariance(dim * dim, 0.0);
  Vector centred(dim);
  for (const std::size_t row : moments.rows) {
    for (std::size_t j = 0; j < dim; ++j) {
      centred[j] = double{codes[row * dim + j]} - moments.mean[j];
    }
    for (std::size_t i = 0; i < dim; ++i) {
      for (std::size_t j = i; j < dim; ++j) covariance[i * dim + j] += centred[i] * centred[j];
    }
  }
  const auto n = static_cast<double>(std::max<std::size_t>(moments.rows.size(), 1));
  for (std::size_t i = 0; i < dim; ++i) {
    for (std::size_t j = i; j < dim; ++j) {
      covariance[i * dim + j] /= n;
      covariance[j * dim + i] = covariance[i * dim + j];
    }
  }
  return covariance;
}

struct Spectrum {
  Vector values;   ///< [L]
  Vector vectors;  ///< [L, L], eigenvectors in columns
};

/// Cyclic Jacobi rotations (Golub & Van Loan, 8.5) of a symmetric [dim, dim] matrix.
Spectrum jacobi(Vector matrix, std::size_t dim) {
  Vector vectors(dim * dim, 0.0);
  for (std::size_t i = 0; i < dim; ++i) vectors[i * dim + i] = 1.0;
  const double scale =
      std::inner_product(matrix.begin(), matrix.end(), matrix.begin(), 0.0) * 1e-30;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off_diagonal = 0.0;
    for (std::size_t p = 0; p < dim; ++p) {
      for (std::size_t q = p + 1; q < dim; ++q) {
        off_diagonal += matrix[p * dim + q] * matrix[p * dim + q];
      }
    }
    if (off_diagonal <= scale) break;
    for (std::size_t p = 0; p < dim; ++p) {
      for (std::size_t q = p + 1; q < dim; ++q) {
        const double pq = matrix[p * dim + q];
        if (pq == 0.0) continue;
        const double theta = (matrix[q * dim + q] - matrix[p * dim + p]) / (2.0 * pq);
        const double t =
            std::copysign(1.0, theta) / (std::abs(theta) + std::sqrt(theta * theta + 1.0));
        const double c = 1.0 / std::sqrt(t * t + 1.0);
        const double s = t * c;
        for (std::size_t k = 0; k < dim; ++k) {
          const double kp = matrix[k * dim + p];
          const double kq = matrix[k * dim + q];
          matrix[k * dim + p] = c * kp - s * kq;
          matrix[k * dim + q] = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < dim; ++k) {
          const double pk = matrix[p * dim + k];
          const double qk = matrix[q * dim + k];
          matrix[p * dim + k] = c * pk - s * qk;
          matrix[q * dim + k] = s * pk + c * qk;
        }
        for (std::size_t k = 0; k < dim; ++k) {
          const double kp = vectors[k * dim + p];
          const double kq = vectors[k * dim + q];
          vectors[k * dim + p] = c * kp - s * kq;
          vectors[k * dim + q] = s * kp + c * kq;
        }
      }
    }
  }
  Vector values(dim);
  for (std::size_t i = 0; i < dim; ++i) values[i] = matrix[i * dim + i];
  return {std::move(values), std::move(vectors)};
}

/// The two largest of a full spectrum.
Axes leading_axes(const Spectrum& spectrum, std::size_t dim) {
  std::vector<std::size_t> order(dim);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return spectrum.values[a] > spectrum.values[b];
  });
  Axes axes;
  axes.directions.assign(2 * dim, 0.0);
  for (std::size_t axis = 0; axis < std::min<std::size_t>(2, dim); ++axis) {
    axes.variances[axis] = std::max(0.0, spectrum.values[order[axis]]);
    for (std::size_t j = 0; j < dim; ++j) {
      axes.directions[axis * dim + j] = spectrum.vectors[j * dim + order[axis]];
    }
  }
  return axes;
}

/// Gram-Schmidt, twice for its digits; a row that vanishes is replaced by a unit axis.
void orthonormalise(Vector& block, std::size_t count, std::size_t dim) {
  for (std::size_t row = 0; row < count; ++row) {
    double* v = block.data() + row * dim;
    std::size_t replacement = row;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t other = 0; other < row; ++other) {
        const double* u = block.data() + other * dim;
        const double dot = std::inner_product(v, v + dim, u, 0.0);
        for (std::size_t j = 0; j < dim; ++j) v[j] -= dot * u[j];
      }
      const double norm = std::sqrt(std::inner_product(v, v + dim, v, 0.0));
      if (norm > 1e-150) {
        for (std::size_t j = 0; j < dim; ++j) v[j] /= norm;
      } else {
        std::fill(v, v + dim, 0.0);
        v[replacement++ % dim] = 1.0;
        pass = -1;
      }
    }
  }
}

constexpr std::size_t kKrylov = 8;

/// `image` = covariance · `block`, both [kKrylov, L].
using Apply = std::function<void(const Vector& block, Vector& image)>;

Apply by_covariance(Vector covariance, std::size_t dim) {
  return [covariance = std::move(covariance), dim](const Vector& block, Vector& image) {
    for (std::size_t b = 0; b < kKrylov; ++b) {
      for (std::size_t i = 0; i < dim; ++i) {
        const auto row = covariance.begin() + static_cast<std::ptrdiff_t>(i * dim);
        image[b * dim + i] =
            std::inner_product(row, row + static_cast<std::ptrdiff_t>(dim),
                               block.begin() + static_cast<std::ptrdiff_t>(b * dim), 0.0);
      }
    }
  };
}

Apply by_codes(std::span<const float> codes, std::size_t dim, const Moments& moments) {
  return [codes, dim, &moments](const Vector& block, Vector& image) {
    const auto n = static_cast<double>(std::max<std::size_t>(moments.rows.size(), 1));
    Vector centred(dim);
    std::fill(image.begin(), image.end(), 0.0);
    for (const std::size_t row : moments.rows) {
      for (std::size_t j = 0; j < dim; ++j) {
        centred[j] = double{codes[row * dim + j]} - moments.mean[j];
      }
      for (std::size_t b = 0; b < kKrylov; ++b) {
        const double* direction = block.data() + b * dim;
        const double dot = std::inner_product(centred.begin(), centred.end(), direction, 0.0) / n;
        for (std::size_t j = 0; j < dim; ++j) image[b * dim + j] += dot * centred[j];
      }
    }
  };
}

/// Subspace iteration with Rayleigh-Ritz (Golub & Van Loan, 8.2.4). A round space, whose largest
/// variances are all alike, never settles: then any of its planes is as good, and the last is
/// taken.
Axes subspace_iteration(const Apply& apply, std::size_t dim, double total_variance, int iterations,
                        const Projection* previous) {
  Vector block(kKrylov * dim);
  for (std::size_t b = 0; b < kKrylov; ++b) {
    for (std::size_t j = 0; j < dim; ++j) {
      // Any start that is not orthogonal to the answer; the last answer is the best one.
      block[b * dim + j] = previous != nullptr && b < 2
                               ? double{previous->axes[b * dim + j]}
                               : std::cos(static_cast<double>((b + 1) * (j + 1)) * 0.7548776662);
    }
  }
  orthonormalise(block, kKrylov, dim);

  Axes axes;
  Vector image(kKrylov * dim);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    apply(block, image);
    Vector small(kKrylov * kKrylov);
    for (std::size_t a = 0; a < kKrylov; ++a) {
      for (std::size_t b = 0; b < kKrylov; ++b) {
        small[a * kKrylov + b] = std::inner_product(
            block.begin() + a * dim, block.begin() + (a + 1) * dim, image.begin() + b * dim, 0.0);
      }
    }
    for (std::size_t a = 0; a < kKrylov; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        small[a * kKrylov + b] = small[b * kKrylov + a] =
            0.5 * (small[a * kKrylov + b] + small[b * kKrylov + a]);
      }
    }
    const Axes ritz = leading_axes(jacobi(small, kKrylov), kKrylov);
    Vector directions(2 * dim, 0.0);
    double residual = 0.0;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      Vector mapped(dim, 0.0);
      for (std::size_t b = 0; b < kKrylov; ++b) {
        const double weight = ritz.directions[axis * kKrylov + b];
        for (std::size_t j = 0; j < dim; ++j) {
          directions[axis * dim + j] += weight * block[b * dim + j];
          mapped[j] += weight * image[b * dim + j];
        }
      }
      for (std::size_t j = 0; j < dim; ++j) {
        const double off = mapped[j] - ritz.variances[axis] * directions[axis * dim + j];
        residual += off * off;
      }
    }
    axes.directions = std::move(directions);
    axes.variances[0] = ritz.variances[0];
    axes.variances[1] = ritz.variances[1];
    if (std::sqrt(residual) <= 1e-7 * total_variance) break;
    block = image;
    orthonormalise(block, kKrylov, dim);
  }
  return axes;
}

bool points_the_other_way(const double* axis, std::size_t dim, const float* previous) {
  if (previous != nullptr) {
    double dot = 0.0;
    for (std::size_t j = 0; j < dim; ++j) dot += axis[j] * double{previous[j]};
    if (dot != 0.0) return dot < 0.0;
  }
  const double* largest = std::max_element(
      axis, axis + dim, [](double a, double b) { return std::abs(a) < std::abs(b); });
  return *largest < 0.0;
}

}  // namespace

Projection fit_pca(std::span<const float> codes, int latent_dim, const Projection* previous) {
  const auto dim = static_cast<std::size_t>(latent_dim);
  if (previous != nullptr && previous->latent_dim != latent_dim) previous = nullptr;

  const Moments moments = moments_of(codes, dim);
  const auto find_axes = [&] {
    if (dim > kLargestCovariance) {
      return subspace_iteration(by_codes(codes, dim, moments), dim, moments.total_variance,
                                /*iterations=*/25, previous);
    }
    Vector covariance = covariance_of(codes, dim, moments);
    if (dim <= kLargestJacobi) return leading_axes(jacobi(std::move(covariance), dim), dim);
    return subspace_iteration(by_covariance(std::move(covariance), dim), dim,
                              moments.total_variance, /*iterations=*/300, previous);
  };
  Axes axes = find_axes();

  Projection projection;
  projection.latent_dim = latent_dim;
  projection.origin.assign(moments.mean.begin(), moments.mean.end());
  projection.axes.resize(2 * dim);
  for (std::size_t axis = 0; axis < 2; ++axis) {
    double* direction = axes.directions.data() + axis * dim;
    const float* before = previous != nullptr ? previous->axes.data() + axis * dim : nullptr;
    const double sign = points_the_other_way(direction, dim, before) ? -1.0 : 1.0;
    for (std::size_t j = 0; j < dim; ++j) {
      projection.axes[axis * dim + j] = static_cast<float>(sign * direction[j]);
    }
    projection.explained_variance[axis] =
        moments.total_variance > 0.0 ? axes.variances[axis] / moments.total_variance : 0.0;
  }
  return projection;
}

}  // namespace latent
