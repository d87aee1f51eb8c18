#pragma once

#include "io/safetensors.h"
#include "latent/dataset.h"
#include "latent/engine.h"

namespace latent::training {

/// Engine::replay of the run that `file` holds.
Replay replay_run(const SafetensorsFile& file, DataSplit data, const ReplayOptions& options);

}  // namespace latent::training
