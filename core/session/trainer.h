#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "latent/dataset.h"
#include "latent/model_info.h"
#include "latent/session.h"
#include "latent/snapshot.h"
#include "latent/training_config.h"

namespace latent {

/// The work of a run in small pieces, each short enough that a command waits for no more than one.
/// Every call but the three first comes from the session's thread.
class Trainer {
 public:
  /// Where a run is. An epoch's batches may all be trained while its validation is still to do.
  struct Position {
    std::int64_t step = 0;  ///< batches trained
    std::int64_t steps_per_epoch = 1;
    int epochs_done = 0;      ///< trained and validated
    std::int64_t batch = 0;   ///< batches trained of the epoch under way
    bool validating = false;  ///< the epoch's batches are done, its validation is not
    double epoch() const {
      return epochs_done + static_cast<double>(batch) / static_cast<double>(steps_per_epoch);
    }
  };

  virtual ~Trainer() = default;
  virtual const TrainingConfig& config() const = 0;
  virtual const ModelInfo& model() const = 0;
  virtual const DataSplit& data() const = 0;

  virtual Position position() const = 0;
  virtual std::vector<KnobChange> knob_log() const = 0;
  /// A knob's value now.
  virtual double knob(const std::string& id) const = 0;
  virtual std::vector<LossPoint> history() const = 0;  ///< of whole epochs
  virtual int threads() const = 0;                     ///< that train now
  virtual std::string phase() const = 0;

  /// The first call on the session's thread: thread counts are set per thread.
  virtual void enter_thread() = 0;
  /// Trains one batch; only when not validating. Throws Error{NonFiniteLoss}, having gone back to
  /// the last good weights.
  virtual LossPoint train_batch() = 0;
  /// Validates the next part; the epoch's point when it was the last part, which ends the epoch.
  virtual std::optional<LossPoint> validate_part() = 0;
  /// Back to step 0 with the configuration's values of all knobs.
  virtual void reset(std::uint64_t seed) = 0;
  virtual void set_knob(const std::string& id, double value) = 0;
  virtual void set_epochs(int epochs) = 0;
  virtual std::shared_ptr<const Snapshot> snapshot(std::int64_t number) = 0;
  /// The goal is reached: measures what the run's record holds, which takes a second. Gives up,
  /// with the record unchanged, soon after `interrupted` says true; false then.
  virtual bool conclude(const std::function<bool()>& interrupted) = 0;
  /// Adds the members of a JSON object to the record. Throws Error{InvalidConfig} for anything
  /// else.
  virtual void set_record(const std::string& record_json) = 0;
  /// Throws Error{WriteFailed}. `finished`: by its goal or by its user.
  virtual void save(const std::filesystem::path& path, bool finished) = 0;
};

/// A session around a trainer; it owns the thread that calls it. `initial`: Paused for a new or
/// continued run, Finished for one that was opened at its goal.
std::unique_ptr<Session> make_session(std::unique_ptr<Trainer> trainer, SessionOptions options,
                                      SessionState initial = SessionState::Paused);

/// Throws Error{InvalidConfig} when `id` is not a hot knob of `info` or `value` is out of its
/// range.
void check_knob(const ModelInfo& info, const std::string& id, double value);

}  // namespace latent
