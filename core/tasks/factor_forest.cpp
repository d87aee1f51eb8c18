#include "tasks/factor_forest.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/random_stream.h"

namespace latent::tasks {
namespace {

constexpr int kTrees = 10;
constexpr int kDeepest = 10;
constexpr int kSteps = 32;
constexpr std::uint32_t kSmallestLeaf = 5;

}  // namespace

/// What a tree is grown from.
struct FactorForest::Growing {
  std::vector<std::uint8_t> steps;  // [n, L]
  std::span<const float> targets;   // [n, K]
  std::size_t outputs;

  /// Σ over the outputs of (sum of the targets)² / n: what grows as a split separates.
  double purity(const double* sums, double count) const {
    double squares = 0.0;
    for (std::size_t k = 0; k < outputs; ++k) squares += sums[k] * sums[k];
    return squares / count;
  }
};

FactorForest::FactorForest(std::span<const float> codes, std::size_t length,
                           std::span<const float> targets, std::size_t outputs, std::uint64_t seed)
    : length_(length), low_(length, INFINITY), width_(length), importance_(length) {
  const std::size_t n = codes.size() / length;
  std::vector<float> high(length, -INFINITY);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    low_[i % length] = std::min(low_[i % length], codes[i]);
    high[i % length] = std::max(high[i % length], codes[i]);
  }
  for (std::size_t j = 0; j < length; ++j) width_[j] = (high[j] - low_[j]) / kSteps;
  Growing growing{std::vector<std::uint8_t>(codes.size()), targets, outputs};
  for (std::size_t i = 0; i < codes.size(); ++i) growing.steps[i] = step_of(codes[i], i % length);
  RandomStream random(seed);
  std::vector<std::uint32_t> rows(n);
  for (int tree = 0; tree < kTrees; ++tree) {
    for (std::uint32_t& row : rows) row = static_cast<std::uint32_t>(random.below(n));
    roots_.push_back(grow(growing, rows, 0));
  }
  const double total = std::accumulate(importance_.begin(), importance_.end(), 0.0);
  if (total > 0.0) {
    for (double& each : importance_) each /= total;
  }
}

std::uint8_t FactorForest::step_of(float value, std::size_t feature) const {
  if (!(width_[feature] > 0.0F)) return 0;
  const float place = std::floor((value - low_[feature]) / width_[feature]);
  return static_cast<std::uint8_t>(std::clamp(place, 0.0F, static_cast<float>(kSteps - 1)));
}

std::size_t FactorForest::grow(Growing& growing, std::span<std::uint32_t> rows, int depth) {
  const std::size_t outputs = growing.outputs;
  std::vector<double> total(outputs);
  for (const std::uint32_t row : rows) {
    for (std::size_t k = 0; k < outputs; ++k) total[k] += growing.targets[row * outputs + k];
  }
  const auto n = static_cast<double>(rows.size());
  const std::size_t place = nodes_.size();
  nodes_.emplace_back();
  for (const double sum : total) nodes_[place].value.push_back(sum / n);
  if (depth == kDeepest || rows.size() < 2 * kSmallestLeaf) return place;

  const double here = growing.purity(total.data(), n);
  double best_gain = 1e-9 * n;
  int best_feature = -1;
  int best_step = 0;
  std::vector<double> sums(kSteps * outputs);
  std::vector<double> left(outputs);
  std::vector<double> right(outputs);
  for (std::size_t feature = 0; feature < length_; ++feature) {
    std::uint32_t counts[kSteps] = {};
    std::fill(sums.begin(), sums.end(), 0.0);
    for (const std::uint32_t row : rows) {
      const std::size_t step = growing.steps[row * length_ + feature];
      ++counts[step];
      for (std::size_t k = 0; k < outputs; ++k) {
        sums[step * outputs + k] += growing.targets[row * outputs + k];
      }
    }
    std::fill(left.begin(), left.end(), 0.0);
    std::uint32_t on_left = 0;
    for (int step = 0; step + 1 < kSteps; ++step) {
      on_left += counts[step];
      for (std::size_t k = 0; k < outputs; ++k) {
        left[k] += sums[static_cast<std::size_t>(step) * outputs + k];
        right[k] = total[k] - left[k];
      }
      const auto on_right = static_cast<std::uint32_t>(rows.size()) - on_left;
      if (counts[step] == 0 || on_left < kSmallestLeaf || on_right < kSmallestLeaf) continue;
      const double gain =
          growing.purity(left.data(), on_left) + growing.purity(right.data(), on_right) - here;
      if (gain > best_gain) {
        best_gain = gain;
        best_feature = static_cast<int>(feature);
        best_step = step;
      }
    }
  }
  if (best_feature < 0) return place;
  const auto chosen = static_cast<std::size_t>(best_feature);
  importance_[chosen] += best_gain;
  const auto middle = std::partition(rows.begin(), rows.end(), [&](std::uint32_t row) {
    return growing.steps[row * length_ + chosen] <= best_step;
  });
  const auto lefts = static_cast<std::size_t>(middle - rows.begin());
  const std::size_t left_node = grow(growing, rows.first(lefts), depth + 1);
  const std::size_t right_node = grow(growing, rows.subspan(lefts), depth + 1);
  nodes_[place].feature = best_feature;
  nodes_[place].last_left = best_step;
  nodes_[place].left = left_node;
  nodes_[place].right = right_node;
  return place;
}

std::vector<double> FactorForest::predict(std::span<const float> code) const {
  std::vector<double> sum(nodes_[roots_.front()].value.size());
  for (std::size_t at : roots_) {
    while (nodes_[at].feature >= 0) {
      const auto feature = static_cast<std::size_t>(nodes_[at].feature);
      at = step_of(code[feature], feature) <= nodes_[at].last_left ? nodes_[at].left
                                                                   : nodes_[at].right;
    }
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += nodes_[at].value[k] / kTrees;
  }
  return sum;
}

}  // namespace latent::tasks
