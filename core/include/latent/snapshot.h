#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "latent/dataset.h"
#include "latent/model_info.h"

namespace latent {

/// The values that a discrete code can take. The code is `positions` groups of `size` numbers, one
/// after another; each group is one of its position's `levels` rows. All zero for codes that can
/// take any value.
struct CodeLevels {
  int positions = 0;
  int levels = 0;
  int size = 1;
  std::vector<float> values;  ///< [positions, levels, size], in an order worth stepping through
};

/// A run's weights at one moment, in evaluation mode, never changed again. Every call is const, may
/// come from any thread, and runs on the calling thread's own number of threads (`set_thread_count`
/// of the engine; interactive callers use one). Plain memory in and out.
class FrozenModel {
 public:
  virtual ~FrozenModel() = default;

  virtual const ModelInfo& info() const = 0;
  virtual ImageShape shape() const = 0;  ///< of the pictures, without padding
  virtual int latent_dim() const = 0;    ///< length of the code that `encode` gives
  /// For systems that read a picture step by step: the code is this many codes of
  /// latent_dim() / code_steps(), one after another; 1 for all others.
  virtual int code_steps() const { return 1; }

  /// Posterior means (or point codes). Systems without an encoder (ModelInfo::has_encoder) search
  /// for each code: milliseconds per image. `images` [n, C, H, W] 0 … 255; `labels` [n] or empty;
  /// `mean` [n, L]; `log_var` [n, L] or empty, filled only for Gaussian posteriors.
  virtual void encode(std::span<const std::uint8_t> images, std::span<const std::int32_t> labels,
                      std::span<float> mean, std::span<float> log_var) const = 0;

  /// `codes` [n, L]; `labels` [n] or empty; `pixels` [n, C, H, W], sigmoid already taken, 0 … 1.
  virtual void decode(std::span<const float> codes, std::span<const std::int32_t> labels,
                      std::span<float> pixels) const = 0;

  /// Reconstruction loss in nats of each image at its posterior mean. `nats` [n].
  virtual void reconstruction_error(std::span<const std::uint8_t> images,
                                    std::span<const std::int32_t> labels,
                                    std::span<float> nats) const = 0;

  /// How many classes a conditional system can be told; 0 for all others.
  virtual int classes() const { return 0; }

  /// What the code's sliders step through; empty for systems without ModelInfo::discrete_code.
  virtual CodeLevels code_levels() const { return {}; }

  /// `codes` [n, L] drawn from the prior by `seed`. Empty when the system has none.
  virtual std::vector<float> sample_prior(std::int64_t n, std::uint64_t seed) const = 0;

  /// log p(z) [n] in nats of `codes` [n, L] under the prior that the system has, where the
  /// Gaussian that `encode` gives is the whole posterior q(z|x). Empty for all others: point codes,
  /// codes of several levels or steps.
  virtual std::vector<float> log_prior(std::span<const float> /*codes*/) const { return {}; }

  /// log p(x, z) − log q(z|x) in nats, [samples, n]: of each image at `samples` codes drawn by
  /// `seed` from its own posterior; inputs are binarised as the run's were, once for all draws.
  /// log of the mean of exp over the draws estimates log p(x) from below (Burda et al. 2015, Eq. 8,
  /// https://arxiv.org/abs/1509.00519). For squared error the pixels' density is N(x̂, I), its
  /// constant included. Empty for systems without a likelihood.
  virtual std::vector<float> log_importance_weights(std::span<const std::uint8_t> /*images*/,
                                                    std::span<const std::int32_t> /*labels*/,
                                                    int /*samples*/, std::uint64_t /*seed*/) const {
    return {};
  }
};

/// A small state of a system that deserves to be seen: KL per dimension, activations, code usage.
struct Diagnostic {
  std::string id;     ///< "kl_per_dimension"
  std::string title;  ///< "KL per latent dimension"
  std::string help;   ///< plain words, and the knob that cures a bad state
  std::string unit;   ///< "nats"
  std::vector<float> values;
  std::string verdict;  ///< one sentence when something is wrong; empty when all is well
};

/// What the training thread publishes, a few times a second. Immutable.
struct Snapshot {
  std::int64_t number = 0;  ///< 1, 2, 3 … within a session; a reset goes on counting
  std::int64_t step = 0;    ///< batches trained
  double epoch = 0.0;       ///< e.g. 2.25
  std::shared_ptr<const FrozenModel> model;
  std::vector<Diagnostic> diagnostics;
};

}  // namespace latent
