#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace latent {

/// Exact search for nearest neighbours, block by block.
namespace block_search {

inline constexpr std::size_t kBlock = 256;
inline constexpr float kFar = std::numeric_limits<float>::infinity();

/// Points by coordinate instead of by row, so that one coordinate of a block of points is one run
/// of memory and its arithmetic is done for several points at once.
class Columns {
 public:
  Columns(std::span<const float> points, std::size_t dim, const std::vector<std::size_t>& rows)
      : count_(rows.size()), dim_(dim), stride_((count_ + kBlock - 1) / kBlock * kBlock) {
    values_.assign(dim_ * stride_, 0.0F);
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t d = 0; d < dim_; ++d) {
        values_[d * stride_ + i] = points[rows[i] * dim_ + d];
      }
    }
  }

  std::size_t count() const { return count_; }

  /// Squared distances of the points `first` … `first + kBlock` to `query`; what lies behind the
  /// last point, and what is not a number, is infinitely far.
  void squared_distances(const float* query, std::size_t first,
                         std::array<float, kBlock>& out) const {
    out.fill(0.0F);
    for (std::size_t d = 0; d < dim_; ++d) {
      const float* column = values_.data() + d * stride_ + first;
      const float at = query[d];
      for (std::size_t j = 0; j < kBlock; ++j) {
        const float difference = column[j] - at;
        out[j] += difference * difference;
      }
    }
    for (std::size_t j = std::min(kBlock, count_ - first); j < kBlock; ++j) out[j] = kFar;
  }

 private:
  std::size_t count_;
  std::size_t dim_;
  std::size_t stride_;
  std::vector<float> values_;
};

struct Candidate {
  float squared_distance;
  std::size_t index;
};

/// The k nearest so far, nearest first; of equally near ones the lower index.
class Nearest {
 public:
  explicit Nearest(std::size_t k) : k_(k) { found_.reserve(k + 1); }

  void clear() { found_.clear(); }
  float worst() const { return found_.size() < k_ ? kFar : found_.back().squared_distance; }
  const std::vector<Candidate>& found() const { return found_; }

  void offer(const std::array<float, kBlock>& distances, std::size_t first) {
    // Most blocks hold nothing nearer: they are passed over without a branch for each point.
    const float limit = worst();
    int nearer = 0;
    for (const float distance : distances) nearer |= static_cast<int>(distance < limit);
    if (nearer == 0) return;
    for (std::size_t j = 0; j < kBlock; ++j) {
      if (distances[j] < worst()) insert({distances[j], first + j});
    }
  }

 private:
  void insert(Candidate candidate) {
    if (found_.size() == k_) found_.pop_back();
    const auto place = std::upper_bound(found_.begin(), found_.end(), candidate,
                                        [](const Candidate& a, const Candidate& b) {
                                          return a.squared_distance < b.squared_distance;
                                        });
    found_.insert(place, candidate);
  }

  std::size_t k_;
  std::vector<Candidate> found_;
};

}  // namespace block_search
}  // namespace latent
