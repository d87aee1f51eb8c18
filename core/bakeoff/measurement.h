#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "latent/bakeoff.h"
#include "latent/probe.h"

/// What tasks share, on a frozen network. `check` is called between parts of the work and may
/// throw.
namespace latent::bakeoff {

using Check = std::function<void()>;

/// Adds "reconstruction" and "regularizer".
void measure_losses(const Engine& engine, const FrozenModel& model, const DataSplit& data,
                    BakeoffResult& result);

int class_count(const DataSplit& data);
/// Rows of `source` as a data set of their own.
std::shared_ptr<const Dataset> chosen_rows(const Dataset& source,
                                           const std::vector<std::int64_t>& rows);
LabelledCodes encoded(const FrozenModel& model, const Dataset& images, const Check& check);
/// [n, C, H, W]; a conditional system is told `labels`.
std::vector<float> decoded(const FrozenModel& model, std::span<const float> codes,
                           const std::vector<std::int32_t>& labels);

}  // namespace latent::bakeoff
