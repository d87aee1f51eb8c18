#pragma once

#include <cstdint>
#include <memory>

/// 3×3 convolutions of stride 2 with one pixel of padding, and their transposes, by oneDNN in the
/// layouts that it is fast in. No LibTorch; threads as in kernels.h.
namespace latent::nn::kernels {

/// The maps on both sides of a convolution. One weight [small channels, large channels, 3, 3]
/// carries the large map to the small one (convolution) and back (transposed convolution): what is
/// the way forward of an encoder is the way back of a decoder.
struct ConvolutionShape {
  std::int64_t samples;
  std::int64_t large_channels;
  std::int64_t large_height;
  std::int64_t large_width;
  std::int64_t small_channels;

  std::int64_t small_height() const { return (large_height + 1) / 2; }
  std::int64_t small_width() const { return (large_width + 1) / 2; }
};

/// The channels of a map [N, C, H, W] lie in memory as [N, C/block, H, W, block]: 1 is the plain
/// order. This is the block that this processor's convolutions are fast in, for `channels` a
/// multiple of 16.
std::int64_t channel_block(std::int64_t channels);

/// A map between the plain order and the block above.
class MapReorder {
 public:
  MapReorder(std::int64_t samples, std::int64_t channels, std::int64_t height, std::int64_t width);
  ~MapReorder();
  MapReorder(MapReorder&&) noexcept;
  MapReorder& operator=(MapReorder&&) noexcept;
  MapReorder(const MapReorder&) = delete;
  MapReorder& operator=(const MapReorder&) = delete;

  void to_blocks(const float* plain, float* blocks);
  void to_plain(const float* blocks, float* plain);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The three products of one shape. What oneDNN prepares for each is made at the first call, for
/// the number of threads of that moment, and kept with its scratch memory: for one thread at a
/// time. Weights and their gradients are plain, [small channels, large channels, 3, 3]; the small
/// map lies in blocks, the large one too unless it is a picture (`large_is_plain`).
class Convolution {
 public:
  Convolution(const ConvolutionShape& shape, bool large_is_plain);
  ~Convolution();
  Convolution(Convolution&&) noexcept;
  Convolution& operator=(Convolution&&) noexcept;
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;

  /// The convolution, or the gradient of `grow` towards its input.
  void shrink(const float* large, const float* weight, float* small);
  /// The transposed convolution, or the gradient of `shrink` towards its input.
  void grow(const float* small, const float* weight, float* large);
  /// The weight's gradient, from one side's map and the gradient of the other's; set, or added to
  /// when `accumulate`.
  void weight_gradient(const float* large, const float* small, float* dweight, bool accumulate);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace latent::nn::kernels
