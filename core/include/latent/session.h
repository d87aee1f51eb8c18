#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "latent/dataset.h"
#include "latent/error.h"
#include "latent/kept_epochs.h"
#include "latent/model_info.h"
#include "latent/snapshot.h"
#include "latent/training_config.h"

namespace latent {

enum class SessionState {
  Paused,  ///< also before the first batch
  Running,
  Finished,  ///< all epochs done; play() trains on
  Failed,    ///< stopped by an error; the last good weights are kept
};

/// One measured loss. Nats per image; mean over the batch (train) or over the whole part
/// (validation, test).
struct LossPoint {
  enum class Part { Train, Validation };
  Part part = Part::Train;
  std::int64_t step = 0;
  double epoch = 0.0;
  float total = 0.0F;
  std::vector<float> terms;  ///< in the order of ModelInfo::loss_terms
};

/// A knob turned while training: replaying the log replays the run. The log begins with the number
/// of threads and the goal that the run began with.
struct KnobChange {
  std::int64_t step = 0;  ///< first batch it acts on
  std::string id;         ///< "learning_rate", "threads", "epochs", or a hyperparameter's id
  double value = 0.0;
};

struct Progress {
  SessionState state = SessionState::Paused;
  std::int64_t step = 0;
  std::int64_t steps_per_epoch = 0;
  int epochs = 0;                   ///< the goal
  double epoch = 0.0;               ///< done so far
  double samples_per_second = 0.0;  ///< over the last second or so of training; 0 when not running
  double seconds_left = 0.0;        ///< to the goal at that rate; 0 when unknown
  int threads = 0;                  ///< that train now
  std::string phase;                ///< "layer pair 2 of 3" for systems with phases; else empty
};

// What happened, in order, none lost.
struct StateChanged {
  SessionState state;
};
struct EpochFinished {
  int epoch;  ///< 1-based
};
struct RunSaved {
  std::filesystem::path path;
};
struct SaveFailed {
  std::filesystem::path path;
  Error error;
};
/// The run stopped; the snapshot and what is saved hold the last good weights.
struct RunFailed {
  Error error;
};
using SessionEvent = std::variant<StateChanged, EpochFinished, RunSaved, SaveFailed, RunFailed>;

struct SessionOptions {
  /// Written at the end of each epoch, and when the session ends; empty: never.
  std::filesystem::path autosave_path;
  /// Each epoch is kept beside that file as well, within this budget (latent/kept_epochs.h).
  KeepBudget keep;
  /// Called from the training thread whenever there is something new to take: a snapshot, losses or
  /// an event. At most once between two `take…` calls of a kind. Must not block.
  std::function<void()> wake;
  double snapshots_per_second = 15.0;
  /// Of the training thread: above 0 a window in the same program is not kept waiting for a core.
  int niceness = 0;
};

/// One run and the one thread that trains it. Every call returns at once and may come from any one
/// thread (the owner's); commands act at the next batch. The destructor stops and joins.
class Session {
 public:
  virtual ~Session() = default;

  virtual const TrainingConfig& config() const = 0;  ///< as started; see knobs() for what changed
  virtual const ModelInfo& model() const = 0;
  virtual const DataSplit& data() const = 0;

  virtual void play() = 0;  ///< start or continue
  virtual void pause() = 0;
  virtual void step_batch() = 0;  ///< one batch, then paused
  virtual void step_epoch() = 0;  ///< to the end of this epoch, then paused
  /// Ends training for good: saves (where there is an autosave path) and becomes Finished.
  virtual void stop() = 0;
  virtual void reset(std::optional<std::uint64_t> new_seed =
                         std::nullopt) = 0;  ///< back to step 0, paused; same seed by default
  virtual void set_epochs(int epochs) = 0;   ///< the goal; more epochs continue a finished run
  /// "learning_rate", "threads" (0 = by measurement), or the id of a hot hyperparameter; logged
  /// with the batch it first acts on. Throws Error{InvalidConfig} at once for an unknown or cold
  /// knob or a value out of range.
  virtual void set_knob(const std::string& id, double value) = 0;
  virtual double knob(const std::string& id) const = 0;      ///< its value as last set
  virtual void save(const std::filesystem::path& path) = 0;  ///< answered by RunSaved or SaveFailed
  /// What was measured on this run (RunFileInfo::record_json), a JSON object; it goes into every
  /// later save, and a reset empties it. A session that writes no files has no use for it.
  virtual void set_record(const std::string& /*record_json*/) {}

  virtual Progress progress() const = 0;
  virtual std::shared_ptr<const Snapshot> latest_snapshot() const = 0;  ///< null before the first
  virtual std::vector<LossPoint> take_losses() = 0;                     ///< all since the last call
  virtual std::vector<SessionEvent> take_events() = 0;                  ///< all since the last call
  virtual std::vector<KnobChange> knob_log() const = 0;
  /// What is kept of the run's past, ascending; newest before the epoch's EpochFinished.
  virtual std::vector<KeptEpoch> kept_epochs() const { return {}; }
};

}  // namespace latent
