#pragma once

#include <map>
#include <string>
#include <vector>

#include "latent/model_info.h"

namespace latent::app {

/// Reads what is left of the line by the system's own list: "--beta 2", "--beta=2", and
/// "--schedule linear" for a choice. Throws UsageError naming what is not known.
std::map<std::string, double> parse_hyperparameters(const std::vector<std::string>& words,
                                                    const ModelInfo& model);

}  // namespace latent::app
