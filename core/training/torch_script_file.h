#pragma once

#include <filesystem>

#include "latent/engine.h"
#include "training/frozen_network.h"

namespace latent::training {

/// Engine::write_torch_script.
void write_torch_script(const FrozenNetwork& network, NetworkHalf half,
                        const std::filesystem::path& path);

}  // namespace latent::training
