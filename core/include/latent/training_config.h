#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "latent/model_info.h"

namespace latent {

enum class NetworkKind { Dense, Convolutional };

enum class ReconstructionLoss {
  BinaryCrossEntropy,  ///< on logits, summed over the D pixels, nats per image
  SquaredError,        ///< ½‖x − x̂‖² with an identity output: Gaussian likelihood, σ = 1
};

/// How the inputs are made binary, for likelihoods that are compared with published ones.
enum class Binarization { None, Threshold, ResampledEachEpoch };

/// Everything that a run is made from. Plain values; the same configuration, seed and knob log give
/// the same weights bit for bit on one machine and build.
struct TrainingConfig {
  std::string data = "mnist";  ///< as `load_data` takes it
  std::string model = "vae";
  NetworkKind network = NetworkKind::Dense;
  /// Encoder's hidden widths, outermost first; the decoder mirrors them. Empty: the shrink-factor
  /// rule of the bake-off (see core/nn).
  std::vector<int> hidden_widths = {512, 256};
  int padding = 0;  ///< zeros on each side of the picture (the bake-off's protocol: 2)
  int latent_dim = 2;
  ReconstructionLoss reconstruction_loss = ReconstructionLoss::BinaryCrossEntropy;
  Binarization binarization = Binarization::None;

  int batch_size = 128;
  int epochs = 20;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = 0;                                ///< 0: chosen by what the machine is doing
  bool fast_path = true;                          ///< false: the plain LibTorch modules
  std::map<std::string, double> hyperparameters;  ///< by id; what is absent has its initial value

  bool operator==(const TrainingConfig&) const = default;

  /// The value of a hyperparameter, or its initial one. Throws Error{InvalidConfig} for an id that
  /// `info` does not have.
  double hyperparameter(const ModelInfo& info, const std::string& id) const;
};

/// Throws Error{InvalidConfig} with one sentence: which field, what is allowed, what was found.
void validate(const TrainingConfig& config, const ModelInfo& info);

std::string to_json(const TrainingConfig& config);
/// Throws Error{InvalidConfig}. Unknown keys are refused, absent ones keep their defaults.
TrainingConfig training_config_from_json(std::string_view json);

}  // namespace latent
