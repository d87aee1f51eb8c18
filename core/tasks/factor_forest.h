#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace latent::tasks {

/// A forest of regression trees (Breiman 2001) from n codes [n, L] to n targets [n, K]: a number
/// (K = 1), or a class as K numbers of which one is 1, where the split criterion is then Gini's.
/// Ten trees of at most ten levels, each grown on a bootstrap sample, over 32 steps of each code.
class FactorForest {
 public:
  FactorForest(std::span<const float> codes, std::size_t length, std::span<const float> targets,
               std::size_t outputs, std::uint64_t seed);

  /// [L], sums to 1 (or all 0 where nothing could be split): how much of the targets' variance the
  /// splits on each code take away.
  const std::vector<double>& importance() const { return importance_; }
  /// [K] for one code [L].
  std::vector<double> predict(std::span<const float> code) const;

 private:
  struct Node {
    int feature = -1;  ///< -1: a leaf
    int last_left = 0;
    std::size_t left = 0;
    std::size_t right = 0;
    std::vector<double> value;
  };
  struct Growing;

  std::uint8_t step_of(float value, std::size_t feature) const;
  std::size_t grow(Growing& growing, std::span<std::uint32_t> rows, int depth);

  std::size_t length_;
  std::vector<float> low_;
  std::vector<float> width_;
  std::vector<std::size_t> roots_;
  std::vector<Node> nodes_;
  std::vector<double> importance_;
};

}  // namespace latent::tasks
