#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace latent {

/// An affine map from codes [L] to the plane: axes (rows) and the code at the origin.
struct Projection {
  int latent_dim = 0;
  std::vector<float> origin;  ///< [L]
  std::vector<float> axes;    ///< [2, L], orthogonal rows, of length 1 but for means
  double explained_variance[2] = {0.0, 0.0};  ///< share of the total, 0 … 1, per axis

  /// `codes` [n, L] to `points` [n, 2]: sums in doubles, rounded once; the same bits for a code
  /// wherever it stands.
  void project(std::span<const float> codes, std::span<float> points) const;
  /// The code in the plane through `base` (or the origin, when empty) that lies at (x, y): the code
  /// keeps its component outside the plane. `code` [L].
  void lift(float x, float y, std::span<const float> base, std::span<float> code) const;
};

/// Two raw latent axes; for L = 1, or one axis twice, the second is zero. Throws
/// Error{InvalidConfig} for an axis that is not there.
Projection axis_projection(int latent_dim, int horizontal, int vertical);

/// The plane of the mean over the steps of a sequence's codes [steps·L]: `projection` of that mean
/// [L]. Lifting moves every step alike.
Projection over_steps(const Projection& projection, int steps);

/// Principal components of `codes` [n, L] (Hotelling 1933). Signs are fixed by `previous` when it
/// is given (the map must not flip while training runs), otherwise by the largest entry > 0.
Projection fit_pca(std::span<const float> codes, int latent_dim,
                   const Projection* previous = nullptr);

enum class PathKind { Linear, Spherical };

/// `steps` ≥ 2 codes from `from` to `to` [L] inclusive, [steps, L]. Spherical: White 2016,
/// arXiv:1609.04468; it falls back to linear where the ends are parallel or one is zero.
std::vector<float> interpolate(std::span<const float> from, std::span<const float> to, int steps,
                               PathKind kind);

/// Code at position t in [0, 1] of the same path.
void interpolate_at(std::span<const float> from, std::span<const float> to, float t, PathKind kind,
                    std::span<float> code);

/// `steps` codes that differ from `code` only in `dimension`, from `low` to `high`, [steps, L].
std::vector<float> traverse(std::span<const float> code, int dimension, float low, float high,
                            int steps);

/// Codes at the cell centres of a rows × columns grid over the rectangle of the plane, top row (y1)
/// first, [rows·columns, L]: the decoded tiles laid edge to edge over the rectangle are in place.
std::vector<float> manifold_grid(const Projection& projection, std::span<const float> base,
                                 float x0, float x1, float y0, float y1, int rows, int columns);

struct Neighbour {
  std::int64_t index;
  float distance;  ///< Euclidean
};

/// The k nearest rows of `points` [n, dim] to `query` [dim], nearest first; exact.
std::vector<Neighbour> nearest_neighbours(std::span<const float> points, int dim,
                                          std::span<const float> query, int k);

/// Share of points whose label is the majority label among their k nearest others (ties go to the
/// nearest). `points` [n, dim], `labels` [n]; points with label -1 are left out; 0 when fewer than
/// two are left. Exact: in the plane O(n log n), 70 000 points take about 0.1 s; O(n² · dim) where
/// points fill many dimensions. `threads` (0: all of the machine) change nothing but the speed.
/// Throws Error{Cancelled} soon after `interrupted` says true.
double knn_accuracy(std::span<const float> points, int dim, std::span<const std::int32_t> labels,
                    int k, int threads = 1, const std::function<bool()>& interrupted = {});

}  // namespace latent
