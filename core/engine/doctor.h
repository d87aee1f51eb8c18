#pragma once

#include <string>
#include <utility>
#include <vector>

#include "latent/engine.h"

namespace latent::engine {

/// See Engine::doctor.
std::vector<DoctorFinding> examine();
/// See Engine::versions.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace latent::engine
