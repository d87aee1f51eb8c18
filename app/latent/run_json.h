#pragma once

#include <nlohmann/json.hpp>

#include "latent/engine.h"

namespace latent::app {

nlohmann::ordered_json run_as_json(const RunFileInfo& info, const ModelInfo& model);
/// {"epoch": …, "part": …, "total": …, "<term id>": …}
nlohmann::ordered_json loss_as_json(const LossPoint& point, const ModelInfo& model);
nlohmann::ordered_json evaluation_as_json(const Evaluation& evaluation, const ModelInfo& model);

}  // namespace latent::app
