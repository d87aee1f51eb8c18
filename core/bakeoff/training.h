#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "latent/engine.h"

namespace latent::bakeoff {

struct TrainedRun {
  RunFileInfo info;
  double seconds = 0.0;  ///< that training took, over all its sittings
};

/// Trains `config` on `data` to its goal and saves it in `path`. A run that is there already goes
/// on where it was saved, one that is finished is taken as it is. `progress` gets what the session
/// says, a few times a second. Throws Error{Cancelled} soon after a stop request (the run is saved
/// then), and what stops a run.
TrainedRun train_to_goal(const Engine& engine, const TrainingConfig& config, const DataSplit& data,
                         const std::filesystem::path& path,
                         const std::function<void(const Progress&)>& progress,
                         const std::stop_token& stop);

}  // namespace latent::bakeoff
