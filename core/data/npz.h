#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "latent/dataset.h"

namespace latent {

/// The data set in a NumPy archive: `x` [N, H, W], [N, H, W, C] or [N, C, H, W] of uint8, or of
/// floats 0 … 1; `y` [N] of whole numbers, -1 = no label; without `y` there are no classes. `name`
/// is for the sentence. Throws Error{DatasetCorrupt}.
Dataset dataset_from_npz(std::span<const std::uint8_t> archive, const std::string& name);

}  // namespace latent
