#include "latent_space/point_tree.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "latent_space/distance_passes.h"

namespace latent {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();
// Points of a leaf. In few dimensions a search needs few of them; in many it looks at most leaves,
// and what a bounding box costs counts.
constexpr std::size_t kSmallLeaf = 32;
constexpr std::size_t kLargeLeaf = 256;
constexpr std::size_t kFewDimensions = 4;

}  // namespace

PointTree::PointTree(std::span<const float> points, std::size_t dim, std::vector<std::size_t> rows)
    : dim_(dim), leaf_(dim <= kFewDimensions ? kSmallLeaf : kLargeLeaf), rows_(std::move(rows)) {
  std::erase_if(rows_, [&](std::size_t row) {
    const auto point = points.subspan(row * dim_, dim_);
    return !std::all_of(point.begin(), point.end(), [](float x) { return std::isfinite(x); });
  });
  if (rows_.empty()) return;
  const std::size_t leaves = (rows_.size() + leaf_ - 1) / leaf_;
  lowest_row_.resize(2 * leaves - 1);
  boxes_.resize(lowest_row_.size() * dim_ * 2);
  split(points, 0, 0, leaves);
  columns_.assign(leaves * dim_ * leaf_, kFar);
  for (std::size_t place = 0; place < rows_.size(); ++place) {
    float* column = columns_.data() + place / leaf_ * dim_ * leaf_ + place % leaf_;
    for (std::size_t l = 0; l < dim_; ++l) column[l * leaf_] = points[rows_[place] * dim_ + l];
  }
}

void PointTree::copy(std::size_t place, float* point) const {
  const float* column = columns_.data() + place / leaf_ * dim_ * leaf_ + place % leaf_;
  for (std::size_t l = 0; l < dim_; ++l) point[l] = column[l * leaf_];
}

std::size_t PointTree::leaf_end(std::size_t leaf) const {
  return std::min((leaf + 1) * leaf_, rows_.size());
}

void PointTree::split(std::span<const float> points, std::size_t node, std::size_t first,
                      std::size_t leaves) {
  const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(first * leaf_);
  const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(leaf_end(first + leaves - 1));
  lowest_row_[node] = *std::min_element(begin, end);
  float* box = boxes_.data() + node * dim_ * 2;
  for (std::size_t l = 0; l < dim_; ++l) {
    box[2 * l] = kFar;
    box[2 * l + 1] = -kFar;
  }
  for (auto row = begin; row != end; ++row) {
    const float* point = points.data() + *row * dim_;
    for (std::size_t l = 0; l < dim_; ++l) {
      box[2 * l] = std::min(box[2 * l], point[l]);
      box[2 * l + 1] = std::max(box[2 * l + 1], point[l]);
    }
  }
  if (leaves == 1) return;
  std::size_t widest = 0;
  for (std::size_t l = 1; l < dim_; ++l) {
    if (box[2 * l + 1] - box[2 * l] > box[2 * widest + 1] - box[2 * widest]) widest = l;
  }
  const std::size_t left = (leaves + 1) / 2;
  // Equal points by their rows, so that a search among many of them ends with the first ones.
  std::nth_element(begin, begin + static_cast<std::ptrdiff_t>(left * leaf_), end,
                   [&](std::size_t a, std::size_t b) {
                     const float at = points[a * dim_ + widest];
                     const float other = points[b * dim_ + widest];
                     return at != other ? at < other : a < b;
                   });
  split(points, node + 1, first, left);
  split(points, node + 2 * left, first + left, leaves - left);
}

float PointTree::squared_distance_to_box(const float* query, std::size_t node) const {
  // Rounded like the distances themselves, step by step, so never greater than one of those inside.
  const float* box = boxes_.data() + node * dim_ * 2;
  float total = 0.0F;
  for (std::size_t l = 0; l < dim_; ++l) {
    const float off = std::max({box[2 * l] - query[l], query[l] - box[2 * l + 1], 0.0F});
    total += off * off;
  }
  return total;
}

const std::vector<PointTree::Candidate>& PointTree::Search::nearest(const float* query,
                                                                    std::size_t without) {
  found_.clear();
  limit_ = kFar;
  without_ = without;
  const bool finite =
      std::all_of(query, query + tree_.dim_, [](float value) { return std::isfinite(value); });
  if (finite && tree_.count() > 0 && k_ > 0) {
    descend(query, 0, 0, (tree_.lowest_row_.size() + 1) / 2);
  }
  return found_;
}

void PointTree::Search::descend(const float* query, std::size_t node, std::size_t first,
                                std::size_t leaves) {
  if (leaves == 1) return look_at(query, first);
  struct Child {
    float distance;
    std::size_t node;
    std::size_t first;
    std::size_t leaves;
  };
  const std::size_t left = (leaves + 1) / 2;
  std::array<Child, 2> children{Child{0.0F, node + 1, first, left},
                                Child{0.0F, node + 2 * left, first + left, leaves - left}};
  for (Child& child : children) {
    child.distance = tree_.squared_distance_to_box(query, child.node);
  }
  const auto& rows = tree_.lowest_row_;
  if (children[1].distance < children[0].distance ||
      (children[1].distance == children[0].distance &&
       rows[children[1].node] < rows[children[0].node])) {
    std::swap(children[0], children[1]);
  }
  for (const Child& child : children) {
    if (!is_beyond(child.distance, rows[child.node])) {
      descend(query, child.node, child.first, child.leaves);
    }
  }
}

void PointTree::Search::look_at(const float* query, std::size_t leaf) {
  alignas(64) float squared[kLargeLeaf];
  const std::size_t begin = leaf * tree_.leaf_;
  if (!passes::distances_within(tree_.columns_.data() + begin * tree_.dim_, tree_.leaf_, tree_.dim_,
                                query, limit_, squared)) {
    return;
  }
  if (without_ >= begin && without_ < begin + tree_.leaf_) squared[without_ - begin] = kFar;
  const std::size_t end = tree_.leaf_end(leaf);
  for (std::size_t place = begin; place < end; ++place) {
    const float distance = squared[place - begin];
    if (!is_beyond(distance, tree_.rows_[place])) insert({distance, tree_.rows_[place]});
  }
}

void PointTree::Search::insert(Candidate candidate) {
  // From behind: fewer surprises for the processor than a binary search, and the list is short.
  if (found_.size() < k_) found_.push_back(candidate);
  std::size_t place = found_.size() - 1;
  for (; place > 0; --place) {
    const Candidate& before = found_[place - 1];
    if (before.squared_distance < candidate.squared_distance ||
        (before.squared_distance == candidate.squared_distance && before.row < candidate.row)) {
      break;
    }
    found_[place] = before;
  }
  found_[place] = candidate;
  if (found_.size() == k_) limit_ = found_.back().squared_distance;
}

}  // namespace latent
