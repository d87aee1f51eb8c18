#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "latent/latent_space.h"
#include "latent/snapshot.h"
#include "latent/umap.h"

namespace latent {

// What lies in the plane of a map besides its codes: Gaussians, densities, what the decoder does to
// distances, the cells of a quantiser. Rectangles are x0 … x1, y0 … y1 of the plane; grids have
// their top row (y1) first, as manifold_grid.

/// A Gaussian in the plane.
struct PlaneGaussian {
  double x = 0.0;  ///< mean
  double y = 0.0;
  double xx = 0.0;  ///< covariance
  double xy = 0.0;
  double yy = 0.0;
};

/// N(mean, diag(exp(log_var))) [L] as it is seen in the plane of axes P: covariance P diag(σ²) Pᵀ.
PlaneGaussian plane_gaussian(const Projection& projection, std::span<const float> mean,
                             std::span<const float> log_var);

/// N(0, I) over codes as it is seen in the plane.
PlaneGaussian plane_standard_normal(const Projection& projection);

struct PlaneEllipse {
  double x = 0.0;  ///< centre
  double y = 0.0;
  double major = 0.0;  ///< half of the longer axis
  double minor = 0.0;  ///< half of the shorter axis
  double angle = 0.0;  ///< of the longer axis, radians from the x axis, in (-π/2, π/2]
};

/// Where the Gaussian's Mahalanobis distance from its mean is `deviations`. Within 1, 2 and 3 lie
/// 39.3, 86.5 and 98.9 % of it: 1 − exp(−deviations² / 2).
PlaneEllipse plane_ellipse(const PlaneGaussian& gaussian, double deviations);

/// The density of points in the plane, at the cell centres of a grid.
struct PlaneDensity {
  double x0 = 0.0;
  double x1 = 0.0;
  double y0 = 0.0;
  double y1 = 0.0;
  int rows = 0;
  int columns = 0;
  std::vector<float> values;  ///< [rows, columns] top row first; sums to 1
};

/// Kernel density of `points` [n, 2], those that are not finite left out: a Gaussian kernel of
/// n^(−1/6) standard deviations along each axis (Scott 1992), over `side` × `side` cells that hold
/// all points and what the kernel adds. Empty for fewer than two points, or all in one line.
PlaneDensity plane_density(std::span<const float> points, int side);

/// The density above which `share` of the mass lies, 0 … 1.
double density_level(const PlaneDensity& density, double share);

/// Where the density is `level`: straight pieces from (x, y) to (x, y), [m, 4] (marching squares,
/// Lorensen & Cline 1987).
std::vector<float> density_outline(const PlaneDensity& density, double level);

/// How much farther the decoder moves a picture than the code has moved: ‖J‖_F of the decoder's
/// Jacobian J with respect to the two directions of the plane, pixel values (0 … 1) per unit of the
/// plane. ‖J‖_F² is the trace of the metric JᵀJ that the decoder pulls back to its codes
/// (Arvanitidis, Hansen & Hauberg 2018, arXiv:1710.11379, section 2), of the mean picture alone.
/// `pictures` [rows + 1, columns + 1, pixels] are decoded at the corners of the cells, top row
/// first; the answer [rows, columns] is by finite differences over each cell, exact where the
/// decoder is linear. Throws Error{ShapeMismatch}.
std::vector<float> decoder_stretch(std::span<const float> pictures, int rows, int columns,
                                   double cell_width, double cell_height);

/// How lonely each of `queries` [m, L] is among `codes` [n, L]: its distance to the k-th nearest
/// code over what is usual among the codes, the median of their distances to their own k-th
/// neighbours. 1: a place like those that were encoded. The median is of at most 1000 codes, at
/// even steps through all. NaN where fewer than k + 1 codes are finite, or all are one. Throws
/// Error{Cancelled} soon after `interrupted` says true.
std::vector<float> distance_from_codes(std::span<const float> codes, int dim,
                                       std::span<const float> queries, int k,
                                       const std::function<bool()>& interrupted = {});

/// Places that a path may go through, and how long each step is. Symmetric, by rows: the steps from
/// i are at begin[i] … begin[i + 1].
struct MetricGraph {
  std::vector<std::int64_t> begin;   ///< [n + 1]
  std::vector<std::int32_t> target;  ///< [steps]
  std::vector<float> length;         ///< [steps] ≥ 0

  std::size_t count() const { return begin.empty() ? 0 : begin.size() - 1; }
};

using GraphEdges = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// The edges of a grid of rows × columns places, each once: to the eight places around and to the
/// eight a knight's move away, so that a straight line is at most 2.8 % longer on it.
GraphEdges grid_edges(int rows, int columns);

/// Each point and its neighbours, each edge once.
GraphEdges neighbour_edges(const NeighbourGraph& graph);

/// The graph of `count` places whose steps are as long as their `pictures` [count, pixels] are
/// apart (Euclidean, pixels 0 … 1): short paths are short under the decoder's pull-back metric.
MetricGraph metric_graph(std::size_t count, const GraphEdges& edges,
                         std::span<const float> pictures);

/// The places of a shortest path from `from` to `to`, both ends included (Dijkstra 1959); empty
/// where there is none.
std::vector<std::int32_t> shortest_path(const MetricGraph& graph, std::int32_t from,
                                        std::int32_t to);

/// Length of each step of a row of `count` ≥ 1 pictures [count, pixels], [count − 1].
std::vector<double> step_lengths(std::span<const float> pictures, std::size_t count);

/// `steps` ≥ 2 codes along the line through `codes` [m, L], m ≥ 2, its ends included, at even
/// shares of the way where piece i of the line is lengths[i] long [m − 1].
std::vector<float> even_path(std::span<const float> codes, int dim, std::span<const double> lengths,
                             int steps);

/// Which values a discrete code takes at the cell centres of a rows × columns grid: each of its
/// groups takes the nearest of its levels. Equal numbers where all groups agree, [rows·columns].
/// `base` as in Projection::lift.
std::vector<std::uint64_t> quantiser_cells(const CodeLevels& levels, const Projection& projection,
                                           std::span<const float> base, double x0, double x1,
                                           double y0, double y1, int rows, int columns);

}  // namespace latent
