#pragma once

#include "nn/kernels/passes.h"

namespace latent::nn::kernels {

/// The table of the instruction set in use.
const Passes& passes();

struct AdamStep;
/// What a step is to the pass over a parameter.
AdamPass adam_pass(float* values, float* first_moment, float* second_moment, const AdamStep& step);

}  // namespace latent::nn::kernels
