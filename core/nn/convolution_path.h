#pragma once

#include "nn/libtorch.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "nn/network.h"

namespace latent::nn::fast {

/// One layer: a 3×3 convolution of stride 2 or its transpose, then BatchNorm → ReLU, or without a
/// norm + bias → LeakyReLU. The layer that gives a picture has no activation, and may have a bias.
struct ConvLayer {
  Tensor weight;              ///< [channels of the smaller map, of the larger map, 3, 3]
  Tensor bias;                ///< [out]; undefined with a norm
  BatchNorm* norm = nullptr;  ///< with ReLU after it
  float leak = 0.0F;          ///< the LeakyReLU's slope below zero
};

struct MapSize {
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;
};

class ConvPlans;

/// The convolutional counterpart of `dense_network` (nn/fast_path.h says what its node does to the
/// gradients of parameters). Between its two ends maps stay in oneDNN's layout and in memory that
/// is kept from one batch to the next. Safe from several threads: each call has memory of its own,
/// until its graph is freed.
class ConvNetwork {
 public:
  enum class Direction { Shrink, Grow };  ///< pictures to features, features to pictures
  /// `maps` in the order of the way forward, one more than there are layers. The larger of two
  /// neighbours has 2n or 2n − 1 pixels a side; all but the picture have a multiple of 16 channels.
  ConvNetwork(Direction direction, std::vector<MapSize> maps);

  /// Whether `run` can stand in for the plain operators: float32 on the CPU, not inside a parallel
  /// region, and no gradient through BatchNorm's running statistics.
  bool can_run(const std::vector<ConvLayer>& layers, const Tensor& x) const;
  /// x [N, C, H, W] of the first map to the same of the last. Only when `can_run`.
  Tensor run(const std::vector<ConvLayer>& layers, const Tensor& x);

 private:
  Direction direction_;
  std::vector<MapSize> maps_;
  std::shared_ptr<ConvPlans> plans_;
};

}  // namespace latent::nn::fast
