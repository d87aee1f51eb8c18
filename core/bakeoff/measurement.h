#pragma once

#include <filesystem>
#include <functional>

#include "latent/bakeoff.h"

/// The tasks, on a frozen network. `check` is called between parts of the work and may throw.
namespace latent::bakeoff {

using Check = std::function<void()>;

/// Adds "reconstruction" and "regularizer".
void measure_losses(const Engine& engine, const FrozenModel& model, const DataSplit& data,
                    BakeoffResult& result);
/// Adds "probe_accuracy". The labelled images are drawn from the training part by the seed.
void measure_probe(const FrozenModel& model, const DataSplit& data, int images,
                   BakeoffResult& result, const Check& check);
/// Adds "anomaly_auc" and the curve, for a network that was trained without class `left_out`.
void measure_anomaly(const FrozenModel& model, const DataSplit& data, int left_out,
                     BakeoffResult& result, const Check& check);

/// Test digits over their reconstructions, prior samples, a path between two test images of
/// different classes, and the map of all test codes; those that the system can make.
void draw_pictures(const FrozenModel& model, const DataSplit& data,
                   const std::filesystem::path& folder, const std::string& competitor,
                   const Check& check);

}  // namespace latent::bakeoff
