#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "latent/dataset.h"
#include "latent/latent_space.h"

namespace latent {

/// For the rows `first` … `first + purity.size() - 1` of `points` [n, dim]: the share of a row's k
/// nearest others that have its label, 0 … 1; NaN for rows that have no label (-1) or are not
/// finite. Such rows are nobody's neighbours either. Exact, O(purity.size() · n · dim).
void neighbour_purity(std::span<const float> points, int dim, std::span<const std::int32_t> labels,
                      int k, std::size_t first, std::span<float> purity);

/// For each of `queries` [m, dim]: the Euclidean distance to the k-th nearest of `points` [n, dim],
/// k ≥ 1; infinite where fewer than k are finite. `distances` [m]. Exact, O(m · n · dim).
void kth_distances(std::span<const float> points, int dim, std::span<const float> queries, int k,
                   std::span<float> distances);

/// The k pictures of `data` nearest to `query` [D], 0 … 1, pixel by pixel: Euclidean distance with
/// pixels from 0 to 1, nearest first; exact. Throws Error{InvalidConfig} when the query is of
/// another size.
std::vector<Neighbour> nearest_pictures(const Dataset& data, std::span<const float> query, int k);

/// Σ (a − b)² of two pictures of as many pixels, 0 … 255; exact.
std::int64_t squared_pixel_distance(std::span<const std::uint8_t> a,
                                    std::span<const std::uint8_t> b);

/// For each of the first `count` pictures of `pictures`: the distance to the nearest of `among`, of
/// the same size, as in nearest_pictures; exact, O(count · N · D). Throws Error{Cancelled} soon
/// after `interrupted` says true.
std::vector<float> distances_to_nearest(const Dataset& pictures, std::int64_t count,
                                        const Dataset& among,
                                        const std::function<bool()>& interrupted = {});

}  // namespace latent
