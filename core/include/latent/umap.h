#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace latent {

// UMAP: McInnes, Healy & Melville 2018, arXiv:1802.03426. Codes [n, L] to the plane [n, 2] so that
// neighbours stay neighbours. The map has no inverse. All points take part: nothing is sampled.

enum class UmapMetric {
  Euclidean,
  Cosine,  ///< 1 − cos; a code of zeros is at 1 from all others that are not
};

enum class NeighbourSearch {
  Automatic,    ///< whichever is expected to be faster; exact for up to 4096 points
  Exact,        ///< every pair, O(n²·L)
  Approximate,  ///< hnswlib (Malkov & Yashunin 2016, arXiv:1603.09320), recall about 0.99
};

struct UmapSettings {
  int neighbours = 15;    ///< the point itself counts as one, as in the authors' program; ≥ 2
  double min_dist = 0.1;  ///< how near points may come in the plane, 0 … 3·spread
  double spread = 1.0;    ///< scale of the plane, > 0
  UmapMetric metric = UmapMetric::Euclidean;
  NeighbourSearch search = NeighbourSearch::Automatic;
  int epochs = 0;            ///< of the layout; 0: 500 up to 10 000 points, 200 above
  int negative_samples = 5;  ///< per edge that is drawn
  std::uint64_t seed = 1;    ///< same seed, same positions, bit for bit, with any number of threads
  int threads = 0;           ///< 0: as many as the machine has
  bool operator==(const UmapSettings&) const = default;
};

/// Asked on the calling thread, many times a second; true ends the call with Error{Cancelled}.
using Interrupted = std::function<bool()>;

/// The k nearest of each point, nearest first; the point itself is the first, at distance 0.
struct NeighbourGraph {
  std::size_t count = 0;
  std::size_t k = 0;
  std::vector<std::int32_t> indices;  ///< [n, k]
  std::vector<float> distances;       ///< [n, k], in the metric
};

/// Throws Error{InvalidConfig} where there are fewer points than `k` or a code is not finite.
NeighbourGraph neighbour_graph(std::span<const float> codes, int dim, int k,
                               UmapMetric metric = UmapMetric::Euclidean,
                               NeighbourSearch search = NeighbourSearch::Automatic, int threads = 0,
                               const Interrupted& interrupted = {});

/// The same for `queries` [m, L] among `codes` [n, L]: no point is its own, the first is the
/// nearest.
NeighbourGraph neighbours_among(std::span<const float> codes, int dim,
                                std::span<const float> queries, int k, UmapMetric metric,
                                int threads = 0);

/// Distance to the nearest other point, and the scale that makes the k − 1 memberships
/// exp(−max(0, d − ρ) / σ) sum to log2(k) (algorithm 3).
struct SmoothDistances {
  std::vector<float> rho;    ///< [n]
  std::vector<float> sigma;  ///< [n]
};

/// `local_connectivity` 1 (a point is fully connected to its nearest) or 0 (ρ = 0).
SmoothDistances smooth_distances(const NeighbourGraph& graph, int local_connectivity = 1);

/// Symmetric weighted graph by rows: the edges of i are at begin[i] … begin[i + 1], targets rising.
struct FuzzyGraph {
  std::vector<std::int64_t> begin;   ///< [n + 1]
  std::vector<std::int32_t> target;  ///< [edges]
  std::vector<float> weight;         ///< [edges], 0 … 1

  std::size_t count() const { return begin.empty() ? 0 : begin.size() - 1; }
};

/// Memberships of all points and their union a + b − a·b (algorithms 1 and 2).
FuzzyGraph fuzzy_union(const NeighbourGraph& graph);

/// 1 / (1 + a·d^(2b)) nearest, by least squares, to 1 up to min_dist and exp(−(d − min_dist) /
/// spread) beyond, on 300 points of 0 … 3·spread (definition 11).
struct UmapCurve {
  double a = 0.0;
  double b = 0.0;
};

/// Throws Error{InvalidConfig} for values outside what UmapSettings says.
UmapCurve fit_umap_curve(double min_dist, double spread);

/// A layout that is made in turns of any size, so that it can be watched, stopped, and taken up
/// again when the codes have changed. Not for several threads at once.
class Umap {
 public:
  /// Throws Error{InvalidConfig}.
  explicit Umap(const UmapSettings& settings = {});
  ~Umap();
  Umap(Umap&&) noexcept;
  Umap& operator=(Umap&&) noexcept;

  /// Neighbours, fuzzy graph and start of the layout for `codes` [n, dim]. Of as many points as
  /// before, the positions stay and the layout goes on from them with at most 0.4 of the first
  /// step size; otherwise they start from the graph's spectrum. Throws Error{InvalidConfig}, or
  /// Error{Cancelled} when `interrupted`: nothing has changed then.
  void set_codes(std::span<const float> codes, int dim, const Interrupted& interrupted = {});
  /// The layout goes on from `positions` [n, 2] as if it had been made from other codes. Throws
  /// Error{ShapeMismatch}.
  void set_positions(std::span<const float> positions);
  /// A layout that had come to `epoch` of its epochs with these positions goes on from there.
  /// Throws Error{ShapeMismatch}.
  void resume(std::span<const float> positions, int epoch);
  /// Other curve and forces (min_dist, spread, negative_samples) for the same graph; the layout
  /// goes on. What decides the graph is taken up by the next set_codes.
  void set_settings(const UmapSettings& settings);
  void set_threads(int threads);  ///< changes nothing but the speed
  const UmapSettings& settings() const;

  /// At most `epochs` passes over the graph. Returns whether there are more to make. Throws
  /// Error{Cancelled} within a pass: the positions are then those after the last whole one.
  bool step(int epochs, const Interrupted& interrupted = {});
  int epoch() const;   ///< passes made, of epochs()
  int epochs() const;  ///< 0 before set_codes
  bool is_finished() const { return epoch() >= epochs(); }

  std::size_t count() const;
  std::span<const float> positions() const;  ///< [n, 2]
  const FuzzyGraph& graph() const;
  /// Whether the start was the graph's spectrum; else it was in several pieces: the codes' PCA.
  bool started_from_spectrum() const;

  /// Where new codes [m, dim] lie in the plane as it is now, [m, 2]: between their neighbours, then
  /// a layout with all else fixed. Near codes get near places. Throws Error{ShapeMismatch}.
  std::vector<float> transform(std::span<const float> codes) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Share of neighbours in the plane that are neighbours among the codes, those that are not
/// weighted by how far they are in rank (Venna & Kaski 2001): 1 best, about 0.5 for a random map.
/// `high` [n, high_dim], `low` [n, low_dim]. Exact, O(n²). Equal distances rank by index. Throws
/// Error{InvalidConfig} unless 0 < k < n / 2 and all is finite.
double trustworthiness(std::span<const float> high, int high_dim, std::span<const float> low,
                       int low_dim, int k, int threads = 0, const Interrupted& interrupted = {});

}  // namespace latent
