#pragma once

#include <string>

#include "latent/model_info.h"

namespace latent::app {

/// The part of a help page that one system adds: a line for each of its options.
std::string hyperparameter_help(const ModelInfo& model);

}  // namespace latent::app
