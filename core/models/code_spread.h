#pragma once

#include <string>

#include "models/autoencoder.h"

namespace latent::models {

/// How far the point codes [N, L] of images fill a prior N(0, I): the standard deviation of each
/// dimension, and a verdict where some are far from 1. `cure` says which knob helps, as in "raise
/// λ".
Diagnostic code_spread(const Tensor& codes, const std::string& cure);

}  // namespace latent::models
