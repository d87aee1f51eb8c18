#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace latent {

/// Points in blocks, a block's points side by side for each coordinate, so that the distances of a
/// whole block to one point are a few vector instructions each.
class PointBlocks {
 public:
  static constexpr std::size_t kBlock = 256;  ///< points

  PointBlocks(std::span<const float> points, std::size_t dim);

  std::size_t count() const { return count_; }
  std::size_t blocks() const { return (count_ + kBlock - 1) / kBlock; }
  /// Squared distances of block `block` to `query` [dim]; behind the last point: infinite.
  void squared_distances(const float* query, std::size_t block, float* out /* [kBlock] */) const;

  /// How many of `values` [kBlock] are below `limit`.
  static std::size_t count_below(const float* values, float limit);

 private:
  std::size_t count_;
  std::size_t dim_;
  struct alignas(64) Line {
    float values[16];
  };
  const float* block_at(std::size_t block) const;

  std::vector<Line> lines_;  ///< [blocks, dim, kBlock]; a register is not filled from two lines
};

}  // namespace latent
