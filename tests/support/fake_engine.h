#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "latent/data_catalogue.h"
#include "latent/engine.h"

namespace latent::test {

/// How the fake behaves; may be changed while a session runs.
struct FakeBehaviour {
  std::atomic<std::int64_t> fail_at_step{-1};   ///< the loss is not finite there
  std::atomic<bool> saving_fails{false};        ///< as on a full disk
  std::atomic<int> save_milliseconds{0};        ///< a slow disk
  std::atomic<int> batch_microseconds{500};     ///< length of a batch
  std::atomic<int> decode_milliseconds{0};      ///< a slow network
  std::atomic<int> encode_microseconds{0};      ///< of the processor's time, for each image
  std::atomic<int> sessions_alive{0};           ///< for tests of lifetime
  std::atomic<std::int64_t> images_encoded{0};  ///< by all models
};

/// An engine without LibTorch: a linear "network" that turns with each step, so that codes, losses
/// and pictures move as in a run. Deterministic for a seed. Five systems: "vae" (prior, Gaussian
/// posterior, hot knob beta), "deep-ae" (no prior), "conditional" (wants a label; no encoder's
/// Gaussian, a cold knob), "no_encoder" (codes are searched for), "sequence" (a VAE whose code is
/// steps of two numbers).
class FakeEngine : public Engine {
 public:
  FakeEngine();

  const std::vector<ModelInfo>& models() const override { return models_; }
  const ModelInfo& model(const std::string& id) const override;
  std::unique_ptr<Session> make_session(const TrainingConfig& config, DataSplit data,
                                        SessionOptions options) const override;
  std::unique_ptr<Session> open_session(const std::filesystem::path& path, DataSplit data,
                                        SessionOptions options) const override;
  RunFileInfo read_run_info(const std::filesystem::path& path) const override;
  std::shared_ptr<const FrozenModel> load_model(const std::filesystem::path& path) const override;
  std::shared_ptr<const Snapshot> load_snapshot(const std::filesystem::path& path,
                                                const DataSplit& data) const override;
  Replay replay(const std::filesystem::path& run, DataSplit data,
                const ReplayOptions& options) const override;
  Evaluation evaluate(const FrozenModel& model, const Dataset& data,
                      std::uint64_t seed) const override;
  /// Gives a picture to the class whose mean picture is nearest.
  /// A line of text that says which half it is.
  void write_torch_script(const FrozenModel& model, NetworkHalf half,
                          const std::filesystem::path& path) const override;
  std::unique_ptr<Classifier> train_classifier(const DataSplit& data, std::uint64_t seed,
                                               const std::stop_token& stop) const override;
  /// The same from the given rows alone, wherever it begins.
  std::unique_ptr<Classifier> train_on_encoder(const FrozenModel& model, const Dataset& images,
                                               const FineTuning& how,
                                               const std::stop_token& stop) const override;
  void set_thread_count(int threads) const override;
  std::vector<DoctorFinding> doctor() const override;
  std::vector<std::pair<std::string, std::string>> versions() const override;

  FakeBehaviour& behaviour() const { return *behaviour_; }

 private:
  std::vector<ModelInfo> models_;
  std::shared_ptr<FakeBehaviour> behaviour_;
};

/// A small data set of `classes` classes, each a bar at its own angle, with a little noise. Colour
/// images have three channels; without labels all labels are -1.
struct FakeDataOptions {
  ImageShape shape{1, 28, 28};
  int train = 1600;
  int validation = 100;
  int test = 300;
  int classes = 10;
  bool labelled = true;
  std::vector<std::string> warnings;
};
DataSplit make_fake_data(const std::string& id, const FakeDataOptions& options = {});

}  // namespace latent::test
