#pragma once

#include "models/autoencoder.h"

namespace latent::training {

using NamedTensors = nn::Adam::NamedTensors;

/// Views of all that training changes in a system: parameters and buffers by their names, extra
/// state as "extra.<name>".
NamedTensors model_state(models::Autoencoder& model);

/// Copies values from `source` into `target`; both list the same names in the same order.
void copy_state(const NamedTensors& target, const NamedTensors& source);

/// Values of their own.
NamedTensors cloned(const NamedTensors& state);

}  // namespace latent::training
