#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "latent/dataset.h"
#include "latent/latent_space.h"

// Where a function takes `threads` (0: all of the machine), they change nothing but the speed, and
// inherit the niceness of the calling one. With `interrupted`, it throws Error{Cancelled} soon
// after that says true.
namespace latent {

class PointTree;

/// How pure the neighbourhoods of labelled points are: made once for points, asked in parts, by any
/// thread.
class NeighbourPurity {
 public:
  /// `points` [n, dim] and `labels` [n] are copied.
  NeighbourPurity(std::span<const float> points, int dim, std::span<const std::int32_t> labels);
  ~NeighbourPurity();
  NeighbourPurity(const NeighbourPurity&) = delete;
  NeighbourPurity& operator=(const NeighbourPurity&) = delete;

  /// For the rows `first` … `first + purity.size() - 1`: the share of a row's k nearest others that
  /// have its label, 0 … 1; NaN for rows that have no label (-1) or are not finite. Such rows are
  /// nobody's neighbours either. Exact; each in O(log n) in few dimensions, in O(n · dim) where the
  /// points fill many.
  void measure(int k, std::size_t first, std::span<float> purity, int threads = 1,
               const std::function<bool()>& interrupted = {}) const;

 private:
  std::vector<std::int32_t> labels_;
  std::unique_ptr<const PointTree> tree_;
  std::vector<std::size_t> place_;  ///< in the tree, by row
};

/// Distances to the nearest of many points: made once for points, asked in parts, by any thread.
class NearestDistances {
 public:
  /// `points` [n, dim] are copied; those that are not finite are infinitely far.
  NearestDistances(std::span<const float> points, int dim);
  ~NearestDistances();
  NearestDistances(const NearestDistances&) = delete;
  NearestDistances& operator=(const NearestDistances&) = delete;

  /// For each of `queries` [m, dim]: the Euclidean distance to the k-th nearest, k ≥ 1; infinite
  /// where fewer than k are finite. `distances` [m]. Exact, as NeighbourPurity.
  void measure(std::span<const float> queries, int k, std::span<float> distances, int threads = 1,
               const std::function<bool()>& interrupted = {}) const;

 private:
  std::unique_ptr<const PointTree> tree_;
};

/// The k pictures of `data` nearest to `query` [D], 0 … 1, pixel by pixel: Euclidean distance with
/// pixels from 0 to 1, nearest first; exact. Throws Error{InvalidConfig} when the query is of
/// another size.
std::vector<Neighbour> nearest_pictures(const Dataset& data, std::span<const float> query, int k,
                                        int threads = 1);

/// For each of `pictures` [m, D]: the least Σ (a − b)² to one of `others` [n, D], pixels 0 … 255;
/// the greatest number there is where there is none. Exact, O(m · n · D).
std::vector<std::int64_t> squared_distances_to_nearest(
    std::span<const std::uint8_t> pictures, std::span<const std::uint8_t> others,
    std::int64_t pixels, int threads = 1, const std::function<bool()>& interrupted = {});

/// The same to one of the other `pictures`.
std::vector<std::int64_t> squared_distances_to_nearest_other(
    std::span<const std::uint8_t> pictures, std::int64_t pixels, int threads = 1,
    const std::function<bool()>& interrupted = {});

/// For each of the first `count` pictures of `pictures`: the distance to the nearest of `among`, of
/// the same size, as in nearest_pictures; exact, O(count · N · D).
std::vector<float> distances_to_nearest(const Dataset& pictures, std::int64_t count,
                                        const Dataset& among, int threads = 1,
                                        const std::function<bool()>& interrupted = {});

}  // namespace latent
