#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "latent/classifier.h"
#include "latent/data_catalogue.h"
#include "latent/model_info.h"
#include "latent/session.h"
#include "latent/snapshot.h"
#include "latent/training_config.h"

namespace latent {

/// What a run file says of itself, read without its weights.
struct RunFileInfo {
  std::filesystem::path path;
  TrainingConfig config;
  std::string data_title;
  std::string data_fingerprint;
  std::string program_version;
  std::string saved_at;  ///< ISO 8601, UTC
  std::int64_t step = 0;
  double epoch = 0.0;
  std::uint64_t seed = 0;
  std::int64_t parameters = 0;  ///< number of trained scalars
  bool finished = false;        ///< reached its goal or was stopped by its user
  std::vector<KnobChange> knobs;
  std::vector<LossPoint> history;  ///< of whole epochs
  std::string record_json;  ///< measured after training, e.g. {"knn_accuracy_2d": …}; "{}" if none
};

/// Of a system's networks.
enum class NetworkHalf { Encoder, Decoder };

/// One line of `latent doctor`.
struct DoctorFinding {
  enum class Level { Fact, Good, Problem };
  Level level = Level::Fact;
  std::string name;    ///< "sgemm, 2 threads"
  std::string value;   ///< "291 GFLOP/s"
  std::string advice;  ///< one sentence, for a problem
};

/// Mean losses over a part of the data, evaluation mode, one z sampled from each posterior.
struct Evaluation {
  std::int64_t images = 0;
  double total = 0.0;
  std::vector<double> terms;  ///< in the order of ModelInfo::loss_terms, nats per image
};

/// What of a run is trained again, and where the result goes.
struct ReplayOptions {
  /// An earlier state of the same run to begin at; empty: at its seed.
  std::filesystem::path from;
  /// Ends with the end of this epoch; nullopt: where the run's file is.
  std::optional<int> epoch;
  std::filesystem::path out;  ///< what is trained again is saved here; empty: nowhere
  std::function<void(std::int64_t done, std::int64_t total)> progress;  ///< in batches
  std::stop_token stop;
};

/// What came of it.
struct Replay {
  std::int64_t steps = 0;  ///< batches trained
  double epoch = 0.0;      ///< where it ended
  /// Whether every parameter, buffer, optimiser's state and the generator's are those of the run's
  /// file, bit for bit; nullopt where it ended elsewhere.
  std::optional<bool> identical;
  std::vector<std::string> different;  ///< names of the tensors that are not
};

/// How a classifier is trained that is a system's encoder and one linear layer on its code.
struct FineTuning {
  std::vector<std::int64_t> rows;  ///< of the images: those that it learns from
  /// Begins with the encoder's weights; otherwise with random ones, as `seed` draws them.
  bool pretrained = true;
  std::uint64_t seed = 1;  ///< also of the last layer and of the order of the images
  /// Batches of up to 64; nullopt: ten times through the images, and 500 at the least.
  std::optional<std::int64_t> steps;
};

/// The part of the core that needs LibTorch, behind plain virtual calls, so that it can be loaded
/// while the window is already up. There is one, made by `load_engine`.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual const std::vector<ModelInfo>& models() const = 0;  ///< sorted by `order`
  /// Throws Error{InvalidConfig} naming the ids there are.
  virtual const ModelInfo& model(const std::string& id) const = 0;

  /// Throws Error{InvalidConfig, ShapeMismatch}.
  virtual std::unique_ptr<Session> make_session(const TrainingConfig& config, DataSplit data,
                                                SessionOptions options) const = 0;
  /// The run goes on where it was saved, paused. Throws Error{RunFileCorrupt, ShapeMismatch}; also
  /// when `data` is not what the run was trained on.
  virtual std::unique_ptr<Session> open_session(const std::filesystem::path& path, DataSplit data,
                                                SessionOptions options) const = 0;
  /// Throws Error{RunFileCorrupt}.
  virtual RunFileInfo read_run_info(const std::filesystem::path& path) const = 0;
  /// The weights alone, to encode and decode with. Throws Error{RunFileCorrupt}.
  virtual std::shared_ptr<const FrozenModel> load_model(
      const std::filesystem::path& path) const = 0;

  /// The same with what a session's snapshot says beside the weights: where they were trained to,
  /// and the diagnostics on the pictures of `data` that the session takes for them. Throws
  /// Error{RunFileCorrupt}; Error{ShapeMismatch} when `data` is not what the run was trained on.
  virtual std::shared_ptr<const Snapshot> load_snapshot(const std::filesystem::path& path,
                                                        const DataSplit& data) const = 0;

  /// Trains a run again from its configuration, seed and knob log, with the thread counts that it
  /// had, on the calling thread. Throws Error{RunFileCorrupt, ShapeMismatch, InvalidConfig (`from`
  /// is not of this run, or `epoch` is beyond it), WriteFailed, Cancelled}.
  virtual Replay replay(const std::filesystem::path& run, DataSplit data,
                        const ReplayOptions& options) const = 0;

  /// Losses of a frozen model over a data set; `seed` draws z.
  virtual Evaluation evaluate(const FrozenModel& model, const Dataset& data,
                              std::uint64_t seed) const = 0;

  /// Writes the encoder or the decoder of `model` as a TorchScript module in evaluation mode, which
  /// `torch.jit.load` of Python or C++ runs. Decoder: forward(z [N, L]) → pixels [N, C, H, W] in
  /// [0, 1]; encoder: forward(x [N, C, H, W] in [0, 1]) → codes [N, L], or (mean, log_var) of a
  /// Gaussian posterior. Conditional systems take labels [N] int64 as a second argument, −1 = none.
  /// Its extra file `latent_studio.json` says system, shape, latent size and classes. Written
  /// atomically. Throws Error{InvalidConfig} for the encoder of a system without one,
  /// Error{WriteFailed}.
  virtual void write_torch_script(const FrozenModel& model, NetworkHalf half,
                                  const std::filesystem::path& path) const = 0;

  /// Trains a classifier on the labels of `data.train`, for some ten epochs; blocks. Throws
  /// Error{InvalidConfig} when there are fewer than two classes, Error{Cancelled} soon after a stop
  /// request.
  virtual std::unique_ptr<Classifier> train_classifier(const DataSplit& data, std::uint64_t seed,
                                                       const std::stop_token& stop) const = 0;

  /// Trains the encoder of `model` and a linear layer on its code, all together, to tell the
  /// classes of `images` apart; `model` stays as it is. Blocks. Throws Error{InvalidConfig} for
  /// systems whose encoder cannot be trained so, fewer than two classes or labelled rows;
  /// Error{ShapeMismatch}; Error{Cancelled} soon after a stop request.
  virtual std::unique_ptr<Classifier> train_on_encoder(const FrozenModel& model,
                                                       const Dataset& images, const FineTuning& how,
                                                       const std::stop_token& stop) const = 0;

  /// Number of threads that calls from *this* thread compute with.
  virtual void set_thread_count(int threads) const = 0;

  /// Versions, threads, the matrix product's measured rate, and what is wrong. Takes a second.
  virtual std::vector<DoctorFinding> doctor() const = 0;
  virtual std::vector<std::pair<std::string, std::string>> versions() const = 0;
};

/// Loads the engine's shared object, after setting what its numeric libraries read from the
/// environment when they load (the user's own settings win). Takes about half a second the first
/// time; safe to call from any thread; the same object every time.
/// Throws Error{EngineMissing}.
const Engine& load_engine();

}  // namespace latent
