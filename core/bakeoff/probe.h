#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace latent::bakeoff {

/// Codes of labelled images: point codes, or Gaussian posteriors of which each look samples z.
struct LabelledCodes {
  std::vector<float> mean;           ///< [n, L]
  std::vector<float> log_var;        ///< [n, L], or empty
  std::vector<std::int32_t> labels;  ///< [n], 0 … classes − 1
};

/// Test accuracy of one linear layer with softmax on frozen codes: batches of 32, Adam 1e-3, at
/// most 20 epochs, stopped when the validation accuracy has not risen for 3 and taken where it was
/// highest. Weights start uniform in ±1/√L.
double probe_accuracy(const LabelledCodes& train, const LabelledCodes& validation,
                      const LabelledCodes& test, int latent_dim, int classes, std::uint64_t seed);

}  // namespace latent::bakeoff
