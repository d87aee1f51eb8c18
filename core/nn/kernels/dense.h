#pragma once

#include <cstdint>
#include <span>

#include "nn/kernels/kernels.h"

/// A dense network as a whole: each direction is one parallel region, in which every thread owns
/// some of the features of each layer. What it owns it multiplies, normalises and hands on without
/// leaving its caches; the threads meet once a layer. Maps are feature-major inside,
/// [F, padded(N)], so that the weights are read as they lie, and results do not depend on the
/// number of threads at all. No LibTorch.
namespace latent::nn::kernels {

/// N rounded up to whole cache lines: the length of a row of a feature-major map.
std::int64_t padded(std::int64_t n);

/// One layer: W·x, then + bias, or batch normalisation and ReLU.
struct DenseLayer {
  std::int64_t in;
  std::int64_t out;
  const float* weight;  ///< [out, in]
  const float* bias;    ///< [out]; null: none
  NormParameters norm;  ///< weight null: none
  float* running_mean;  ///< [out] with norm
  float* running_var;   ///< likewise
  bool training;        ///< normalise by the batch, N ≥ 2, and move the running statistics
  // Room, feature-major.
  float* linear;  ///< [out, padded(N)]: W·x
  float* output;  ///< likewise: what the next layer reads; may be `linear` when the way back is not
                  ///< wanted, and is where there is no norm
  float* mean;    ///< [out] with norm
  float* inv_std;  ///< likewise
};

/// y [N, out of the last] from x [N, in of the first]. `input` [in, padded(N)] is room for x as the
/// first layer reads it. The running statistics move by `momentum`.
void dense_forward(std::span<const DenseLayer> layers, const float* x, std::int64_t n,
                   float momentum, float* input, float* y);

/// A weight's part of Adam's memory: with it the gradient takes its step where it is computed, and
/// is written nowhere.
struct AdamTarget {
  float* values;         ///< [out, in], the layer's weight
  float* first_moment;   ///< likewise
  float* second_moment;  ///< likewise
  AdamStep step;
};

/// Where the gradients of a layer go; null where nobody wants one.
struct DenseGradients {
  float* weight = nullptr;
  bool add_weight = false;           ///< to what is there; otherwise set
  const AdamTarget* adam = nullptr;  ///< in place of `weight`
  float* bias = nullptr;
  bool add_bias = false;
  float* norm_weight = nullptr;
  float* norm_bias = nullptr;
  bool add_norm = false;
};

/// Floats of room that `dense_backward` needs with the threads that the setting says now.
std::int64_t dense_backward_room(std::span<const DenseLayer> layers, std::int64_t n);
/// From dy [N, out of the last]: the gradients of the layers from `lowest` on, and dx [N, in of the
/// first] unless null, which asks for `lowest` 0. `layers`, which were `training`, and `input` as
/// the way forward left them.
void dense_backward(std::span<const DenseLayer> layers, std::span<const DenseGradients> gradients,
                    std::size_t lowest, const float* input, const float* dy, std::int64_t n,
                    float* room, float* dx);

}  // namespace latent::nn::kernels
