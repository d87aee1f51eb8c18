#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "models/autoencoder.h"
#include "session/trainer.h"
#include "training/image_source.h"
#include "training/model_state.h"
#include "training/run_file.h"
#include "training/thread_governor.h"

namespace latent::training {

/// Trains a registered system on a data set. Everything that the next batch depends on is in
/// `state()`, so that saving, rolling back and continuing are one thing.
class TorchTrainer final : public Trainer {
 public:
  /// A new run. Throws Error{InvalidConfig, ShapeMismatch}.
  TorchTrainer(const TrainingConfig& config, DataSplit data);
  /// A saved run, continued. Throws Error{RunFileCorrupt, ShapeMismatch}; also when `data` is not
  /// what it was trained on.
  TorchTrainer(const SafetensorsFile& file, DataSplit data);

  const TrainingConfig& config() const override { return config_; }
  const ModelInfo& model() const override { return info_; }
  const DataSplit& data() const override { return data_; }
  Position position() const override { return position_; }
  std::vector<KnobChange> knob_log() const override { return knob_log_; }
  double knob(const std::string& id) const override;
  std::vector<LossPoint> history() const override { return history_; }
  int threads() const override { return threads_; }
  std::string phase() const override { return model_->phase(); }

  void enter_thread() override;
  LossPoint train_batch() override;
  std::optional<LossPoint> validate_part() override;
  void reset(std::uint64_t seed) override;
  void set_knob(const std::string& id, double value) override;
  void set_epochs(int epochs) override;
  std::shared_ptr<const Snapshot> snapshot(std::int64_t number) override;
  bool conclude(const std::function<bool()>& interrupted) override;
  void set_record(const std::string& record_json) override;
  void save(const std::filesystem::path& path, bool finished) override;

  /// All that the next batch depends on; tensors are views where they can be.
  NamedTensors state() const;

  /// The system itself, for tests; only while no session runs it.
  models::Autoencoder& autoencoder() { return *model_; }

 private:
  TorchTrainer(const TrainingConfig& config, DataSplit data, bool initialize);

  void build(bool initialize);
  void initialize_model();
  models::TrainingContext training_context();
  void begin_epoch();
  LossPoint train_next();
  /// What a loss that is not finite is told as.
  Error not_finite(double loss) const;
  std::optional<LossPoint> validate_next();

  /// Takes over what `state` holds where it is not a view.
  void adopt(const NamedTensors& state);
  void keep_good_copy();
  void roll_back();
  void log_knob(const std::string& id, double value);
  void apply_threads();
  void use_threads(int threads);

  TrainingConfig config_;
  ModelInfo info_;
  DataSplit data_;
  ImageSource training_images_;
  ImageSource validation_images_;

  at::Generator generator_;
  std::shared_ptr<models::Autoencoder> model_;
  std::map<std::string, nn::Adam> optimizers_;
  torch::Tensor permutation_;  // [N_train] int64, of the epoch under way
  torch::Tensor epoch_sums_;   // [2 + terms] float64: images, total, terms, each times images
  Position position_;
  double learning_rate_ = 0.0;
  bool initialized_ = false;

  std::int64_t validation_row_ = 0;
  std::vector<double> validation_sums_;  // total, terms, each times images
  at::Generator validation_generator_;

  std::vector<KnobChange> knob_log_;
  std::vector<LossPoint> history_;
  std::string record_json_ = "{}";
  int requested_threads_ = 0;  // 0: the governor's
  int threads_ = 0;
  ThreadGovernor governor_;

  NamedTensors good_;       // state whose loss was finite
  NamedTensors candidate_;  // state that is being tried
  bool candidate_pending_ = false;
  std::chrono::steady_clock::time_point copied_at_;

  std::vector<Diagnostic> diagnostics_;
  std::chrono::steady_clock::time_point diagnosed_at_;
  std::chrono::duration<double> diagnosis_cost_{0.0};
};

}  // namespace latent::training
