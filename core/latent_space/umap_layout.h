#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "latent/thread_team.h"
#include "latent/umap.h"

namespace latent {

/// How points pull and push each other.
struct LayoutForces {
  UmapCurve curve;
  int negative_samples = 5;
  std::uint64_t seed = 1;
  /// Among themselves points draw an edge once from either end and both ends move: 2. Points that
  /// are placed among others that stay: 1.
  float pull = 2.0F;
  bool among_themselves = true;  ///< no point pushes itself away
};

/// The layout's stochastic gradient descent (algorithm 5), one epoch at a time: an edge is drawn in
/// the share weight / max(weight) of the epochs. Within an epoch a point follows its own edges and
/// its negative samples one after the other, while all others are seen where the epoch found them:
/// so no order of points and no number of threads makes a difference. Sixteen points advance side
/// by side, those with equally many draws together.
class LayoutSchedule {
 public:
  /// Rows of edges: point i has `target` and `weight` at begin[i] … begin[i + 1]. Edges drawn less
  /// than once in `epochs` are left out.
  LayoutSchedule(std::span<const std::int64_t> begin, std::span<const std::int32_t> target,
                 std::span<const float> weight, int epochs);

  /// Moves the points `from` [n, 2] to `to` [n, 2] by `step` of the gradient that `others` [m, 2]
  /// exert. `epoch` counts from 1.
  void advance(int epoch, float step, const LayoutForces& forces, std::span<const float> from,
               std::span<const float> others, std::span<float> to, ThreadTeam& team) const;

 private:
  std::size_t count_ = 0;
  std::size_t longest_ = 0;           ///< edges of one point
  std::vector<std::int32_t> order_;   ///< [n] by falling number of draws
  std::vector<std::int64_t> begin_;   ///< [n + 1] in that order
  std::vector<std::int32_t> target_;  ///< [edges] in that order
  std::vector<float> rate_;           ///< [edges] draws in an epoch, 0 … 1
};

}  // namespace latent
