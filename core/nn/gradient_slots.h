#pragma once

#include "nn/libtorch.h"

#include "nn/kernels/dense.h"

namespace latent::nn {

using torch::Tensor;

/// Where an optimiser wants a parameter's gradient written: its part of the flat buffer. Known by
/// parameter, so that whoever computes a gradient can put it there without a copy and without first
/// clearing what was there. Safe from any thread.
void set_gradient_slot(const Tensor& parameter, const Tensor& slot);
void forget_gradient_slot(const Tensor& parameter);

/// The memory that a parameter's gradient goes to now.
struct GradientTarget {
  float* data;      ///< contiguous, in the parameter's shape
  bool accumulate;  ///< a gradient is there already: add to it; otherwise overwrite
};
/// Defines `parameter.grad()` when it is not, in its slot where there is one. Call it once for each
/// contribution, and then write it.
GradientTarget gradient_target(const Tensor& parameter);

/// An optimiser offers that the next gradient of a parameter with a slot, which is to be its whole
/// gradient, takes its step at once instead of being written. `step` lives until it is withdrawn.
void offer_step(const Tensor& parameter, const kernels::AdamTarget* step);
/// Whoever computes that gradient and can do so takes the offer; null where there is none. The
/// gradient stays undefined then.
const kernels::AdamTarget* take_step(const Tensor& parameter);
/// Whether the offer was taken; there is none from now on.
bool withdraw_step(const Tensor& parameter);

}  // namespace latent::nn
