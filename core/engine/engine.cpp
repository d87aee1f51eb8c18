#include "latent/engine.h"

#include <utility>

#include "engine/doctor.h"
#include "io/safetensors.h"
#include "latent/error.h"
#include "models/registry.h"
#include "session/trainer.h"
#include "training/encoder_classifier.h"
#include "training/frozen_network.h"
#include "training/picture_classifier.h"
#include "training/replay.h"
#include "training/run_file.h"
#include "training/threads.h"
#include "training/torch_script_file.h"
#include "training/torch_trainer.h"

namespace latent {
namespace {

class TorchEngine final : public Engine {
 public:
  const std::vector<ModelInfo>& models() const override { return models::registered_models(); }
  const ModelInfo& model(const std::string& id) const override {
    return models::registered_model(id);
  }

  std::unique_ptr<Session> make_session(const TrainingConfig& config, DataSplit data,
                                        SessionOptions options) const override {
    return latent::make_session(std::make_unique<training::TorchTrainer>(config, std::move(data)),
                                std::move(options));
  }

  std::unique_ptr<Session> open_session(const std::filesystem::path& path, DataSplit data,
                                        SessionOptions options) const override {
    const SafetensorsFile file = SafetensorsFile::read(path);
    auto trainer = std::make_unique<training::TorchTrainer>(file, std::move(data));
    const bool at_goal = trainer->position().epochs_done >= trainer->config().epochs;
    return latent::make_session(std::move(trainer), std::move(options),
                                at_goal ? SessionState::Finished : SessionState::Paused);
  }

  RunFileInfo read_run_info(const std::filesystem::path& path) const override {
    return training::parse_run_header(path, read_safetensors_header(path).metadata).info;
  }

  std::shared_ptr<const FrozenModel> load_model(const std::filesystem::path& path) const override {
    return training::load_frozen_network(SafetensorsFile::read(path));
  }

  std::shared_ptr<const Snapshot> load_snapshot(const std::filesystem::path& path,
                                                const DataSplit& data) const override {
    return training::load_frozen_snapshot(SafetensorsFile::read(path), data);
  }

  Replay replay(const std::filesystem::path& run, DataSplit data,
                const ReplayOptions& options) const override {
    return training::replay_run(SafetensorsFile::read(run), std::move(data), options);
  }

  Evaluation evaluate(const FrozenModel& model, const Dataset& data,
                      std::uint64_t seed) const override {
    return network_of(model).evaluate(data, seed);
  }

  void write_torch_script(const FrozenModel& model, NetworkHalf half,
                          const std::filesystem::path& path) const override {
    const auto* network = dynamic_cast<const training::FrozenNetwork*>(&model);
    if (network == nullptr) {
      throw Error{ErrorCode::Internal, "Only models of this engine can be written by it."};
    }
    training::write_torch_script(*network, half, path);
  }

  std::unique_ptr<Classifier> train_classifier(const DataSplit& data, std::uint64_t seed,
                                               const std::stop_token& stop) const override {
    return std::make_unique<training::PictureClassifier>(data, seed, stop);
  }

  std::unique_ptr<Classifier> train_on_encoder(const FrozenModel& model, const Dataset& images,
                                               const FineTuning& how,
                                               const std::stop_token& stop) const override {
    return network_of(model).fine_tuned(images, how, stop);
  }

  void set_thread_count(int threads) const override { training::set_thread_count(threads); }

  std::vector<DoctorFinding> doctor() const override { return engine::examine(); }

  std::vector<std::pair<std::string, std::string>> versions() const override {
    return engine::versions();
  }

 private:
  static const training::FrozenNetwork& network_of(const FrozenModel& model) {
    const auto* network = dynamic_cast<const training::FrozenNetwork*>(&model);
    if (network == nullptr) {
      throw Error{ErrorCode::Internal, "This engine computes with its own models only."};
    }
    return *network;
  }
};

}  // namespace
}  // namespace latent

/// What `load_engine` looks for.
extern "C" __attribute__((visibility("default"))) const latent::Engine* latent_engine_entry() {
  static const latent::TorchEngine engine;
  return &engine;
}
