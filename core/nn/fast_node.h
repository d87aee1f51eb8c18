#pragma once

#include "nn/libtorch.h"

#include "nn/kernels/kernels.h"
#include "nn/network.h"

/// What the nodes of the fast path share.
namespace latent::nn::fast {

/// Strided float32 on the CPU: what the kernels can read.
bool is_plain_float(const Tensor& tensor);
/// Defined and requires a gradient.
bool wants_gradient(const Tensor& tensor);

kernels::NormParameters norm_parameters(const BatchNorm& norm);

/// Where the gradients of a normalisation's weight and bias go; null where nobody wants one.
struct NormTargets {
  float* weight;
  float* bias;
  bool accumulate;  ///< of both
};
NormTargets norm_targets(const BatchNorm& norm);

}  // namespace latent::nn::fast
