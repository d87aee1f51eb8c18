#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "io/safetensors.h"
#include "latent/engine.h"
#include "latent/snapshot.h"
#include "models/autoencoder.h"
#include "nn/dense_plan.h"
#include "training/image_source.h"

namespace latent::training {

/// A system in evaluation mode that nobody trains, behind plain memory.
class FrozenNetwork final : public FrozenModel {
 public:
  /// Takes a system that nobody else holds. `shape` is without the padding.
  FrozenNetwork(std::shared_ptr<models::Autoencoder> model, const ImageShape& shape);

  const ModelInfo& info() const override { return model_->info(); }
  ImageShape shape() const override { return shape_; }
  int latent_dim() const override { return model_->code_dim(); }
  int code_steps() const override { return model_->code_steps(); }
  int classes() const override { return info().conditional ? model_->classes() : 0; }
  void encode(std::span<const std::uint8_t> images, std::span<const std::int32_t> labels,
              std::span<float> mean, std::span<float> log_var) const override;
  void decode(std::span<const float> codes, std::span<const std::int32_t> labels,
              std::span<float> pixels) const override;
  void reconstruction_error(std::span<const std::uint8_t> images,
                            std::span<const std::int32_t> labels,
                            std::span<float> nats) const override;
  CodeLevels code_levels() const override { return model_->code_levels(); }
  std::vector<float> sample_prior(std::int64_t n, std::uint64_t seed) const override;
  std::vector<float> log_prior(std::span<const float> codes) const override;
  std::vector<float> log_importance_weights(std::span<const std::uint8_t> images,
                                            std::span<const std::int32_t> labels, int samples,
                                            std::uint64_t seed) const override;

  const models::Autoencoder& system() const { return *model_; }

  /// Losses over a data set, one z sampled from each posterior by `seed`. Throws Error{Cancelled}
  /// soon after `interrupted` says true.
  Evaluation evaluate(const Dataset& data, std::uint64_t seed,
                      const std::function<bool()>& interrupted = {}) const;

  /// A classifier that begins where this encoder is; as Engine::train_on_encoder.
  std::unique_ptr<Classifier> fine_tuned(const Dataset& images, const FineTuning& how,
                                         const std::stop_token& stop) const;

 private:
  void check_images(std::size_t images, std::size_t labels) const;
  const nn::DensePlan* plan() const;
  /// `code` [L] to `target` [C, H, W]. LibTorch takes no part, and nothing is allocated once the
  /// thread has decoded a picture of this size.
  void decode_by_plan(std::span<const float> code, float* target) const;
  /// [n, C, H, W] without the padding, into plain memory.
  void store_pixels(const torch::Tensor& pixels, float* target) const;

  std::shared_ptr<models::Autoencoder> model_;
  ImageShape shape_;
  mutable std::once_flag plan_made_;
  mutable std::optional<nn::DensePlan> plan_;
};

/// The system that a run file holds. Throws Error{RunFileCorrupt}.
std::shared_ptr<const FrozenNetwork> load_frozen_network(const SafetensorsFile& file);

/// The same as a snapshot of the run, with the diagnostics on pictures of `data`. Throws
/// Error{RunFileCorrupt, ShapeMismatch}.
std::shared_ptr<const Snapshot> load_frozen_snapshot(const SafetensorsFile& file,
                                                     const DataSplit& data);

/// What a snapshot says of the state of a system in evaluation mode, on the first pictures of
/// `images`; `seed` is the run's.
std::vector<Diagnostic> diagnose(models::Autoencoder& model, const ImageSource& images,
                                 std::uint64_t seed);

/// A copy of a system's weights, buffers, extra state and hyperparameters, in evaluation mode.
std::shared_ptr<models::Autoencoder> frozen_copy(models::Autoencoder& model);

}  // namespace latent::training
