#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace latent {

/// Exact search for nearest neighbours: a k-d tree whose leaves are blocks of points, each looked
/// at in one go, and passed over where its bounding box is farther than the nearest so far. Squared
/// distances are in floats, the coordinates added up in their order.
class PointTree {
 public:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  struct Candidate {
    float squared_distance;
    std::size_t row;
  };

  /// The `rows` of `points` [n, dim]; those that are not finite are nobody's neighbours.
  PointTree(std::span<const float> points, std::size_t dim, std::vector<std::size_t> rows);

  std::size_t count() const { return rows_.size(); }
  std::size_t dim() const { return dim_; }
  /// Row of the point at `place`, 0 … count() − 1: what is near lies at near places.
  std::size_t row(std::size_t place) const { return rows_[place]; }
  void copy(std::size_t place, float* point /* [dim] */) const;

  /// The searches of one thread; it keeps their memory.
  class Search {
   public:
    Search(const PointTree& tree, std::size_t k) : tree_(tree), k_(k) { found_.reserve(k + 1); }

    /// The k nearest to `query` [dim], nearest first, of equally near ones the lower row first;
    /// none that is infinitely far, and not the point at place `without`.
    const std::vector<Candidate>& nearest(const float* query, std::size_t without = kNone);

   private:
    void descend(const float* query, std::size_t node, std::size_t first, std::size_t leaves);
    void look_at(const float* query, std::size_t leaf);
    /// Whether nothing so far away, and of no lower row, is among the nearest.
    bool is_beyond(float squared_distance, std::size_t lowest_row) const {
      if (squared_distance < limit_) return false;
      return squared_distance > limit_ || found_.size() < k_ || lowest_row > found_.back().row;
    }
    void insert(Candidate candidate);

    const PointTree& tree_;
    std::size_t k_;
    std::size_t without_ = kNone;
    std::vector<Candidate> found_;
    float limit_ = 0.0F;  ///< squared distance of the farthest, infinite until there are k
  };

 private:
  void split(std::span<const float> points, std::size_t node, std::size_t first,
             std::size_t leaves);
  std::size_t leaf_end(std::size_t leaf) const;
  float squared_distance_to_box(const float* query, std::size_t node) const;

  std::size_t dim_;
  std::size_t leaf_;               ///< points of a leaf, but for the last one
  std::vector<std::size_t> rows_;  ///< by place
  std::vector<float> columns_;     ///< [leaves, dim, leaf_]; behind the last point: infinite
  /// Depth first: the left child follows its parent, the right one the left one's last.
  std::vector<std::size_t> lowest_row_;  ///< [nodes]
  std::vector<float> boxes_;             ///< [nodes, dim, 2]: least and greatest
};

}  // namespace latent
