#pragma once

#include "nn/kernels/passes.h"

namespace latent::nn::kernels {

/// The table of the instruction set in use.
const Passes& passes();

}  // namespace latent::nn::kernels
