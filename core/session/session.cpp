#include "latent/session.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <thread>
#include <utility>
#include <variant>

#include "latent/mailbox.h"
#include "latent/thread_priority.h"
#include "session/trainer.h"

namespace latent {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// A snapshot that nobody took is replaced this many times less often: whoever comes late still
/// finds a fresh one, and copies that nobody looks at cost next to nothing.
constexpr double kUntakenSnapshotPatience = 4.0;
constexpr double kRateWindowSeconds = 1.0;

struct Play {};
struct Pause {};
struct StepBatch {};
struct StepEpoch {};
struct Stop {};
struct Reset {
  std::uint64_t seed;
};
struct SetEpochs {
  int epochs;
};
struct SetKnob {
  std::string id;
  double value;
};
struct Save {
  std::filesystem::path path;
};
struct SetRecord {
  std::string record_json;
};
using Command = std::variant<Play, Pause, StepBatch, StepEpoch, Stop, Reset, SetEpochs, SetKnob,
                             Save, SetRecord>;

/// Training speed over the last second of training.
class RateMeter {
 public:
  void clear() {
    batches_.clear();
    seconds_ = 0.0;
  }
  void add(double seconds) {
    batches_.push_back(seconds);
    seconds_ += seconds;
    while (batches_.size() > 1 && seconds_ - batches_.front() >= kRateWindowSeconds) {
      seconds_ -= batches_.front();
      batches_.pop_front();
    }
  }
  double batches_per_second() const {
    return seconds_ > 0.0 ? static_cast<double>(batches_.size()) / seconds_ : 0.0;
  }

 private:
  std::deque<double> batches_;
  double seconds_ = 0.0;
};

/// What escapes a trainer, as an Error.
Error as_error(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
    return {ErrorCode::OutOfMemory,
            "There is not enough memory to train on; a smaller batch or narrower layers help."};
  }
  return {ErrorCode::Internal, "Training stopped by an error inside the program.",
          exception.what()};
}

class ThreadedSession final : public Session {
 public:
  ThreadedSession(std::unique_ptr<Trainer> trainer, SessionOptions options, SessionState initial)
      : trainer_(std::move(trainer)),
        options_(std::move(options)),
        config_(trainer_->config()),
        model_(trainer_->model()),
        data_(trainer_->data()),
        goal_(config_.epochs),
        state_(initial) {
    knobs_["learning_rate"] = trainer_->knob("learning_rate");
    knobs_["threads"] = trainer_->knob("threads");
    for (const Hyperparameter& each : model_.hyperparameters) {
      knobs_[each.id] = trainer_->knob(each.id);
    }
    knob_log_ = trainer_->knob_log();
    if (keeps()) adopt_past();
    for (LossPoint& point : trainer_->history()) losses_.push(std::move(point));
    update_progress();
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
  }

  const TrainingConfig& config() const override { return config_; }
  const ModelInfo& model() const override { return model_; }
  const DataSplit& data() const override { return data_; }

  void play() override { send(Play{}); }
  void pause() override { send(Pause{}); }
  void step_batch() override { send(StepBatch{}); }
  void step_epoch() override { send(StepEpoch{}); }
  void stop() override { send(Stop{}); }

  void reset(std::optional<std::uint64_t> new_seed) override {
    if (new_seed) config_.seed = *new_seed;
    {
      const std::lock_guard lock{mutex_};
      knobs_["learning_rate"] = config_.learning_rate;
      for (const Hyperparameter& each : model_.hyperparameters) {
        knobs_[each.id] = config_.hyperparameter(model_, each.id);
      }
    }
    send(Reset{config_.seed});
  }

  void set_epochs(int epochs) override {
    if (epochs < 1) {
      throw Error{ErrorCode::InvalidConfig,
                  "The number of epochs must be at least 1, got " + std::to_string(epochs) + "."};
    }
    send(SetEpochs{epochs});
  }

  void set_knob(const std::string& id, double value) override {
    check_knob(model_, id, value);
    {
      const std::lock_guard lock{mutex_};
      knobs_[id] = value;
    }
    send(SetKnob{id, value});
  }

  double knob(const std::string& id) const override {
    const std::lock_guard lock{mutex_};
    const auto found = knobs_.find(id);
    if (found == knobs_.end()) {
      throw Error{ErrorCode::InvalidConfig, model_.title + " has no knob '" + id + "'."};
    }
    return found->second;
  }

  void save(const std::filesystem::path& path) override { send(Save{path}); }
  void set_record(const std::string& record_json) override {
    if (!nlohmann::json::parse(record_json, nullptr, /*allow_exceptions=*/false).is_object()) {
      throw Error{ErrorCode::InvalidConfig, "A run's record must be a JSON object."};
    }
    send(SetRecord{record_json});
  }

  Progress progress() const override {
    const std::lock_guard lock{mutex_};
    return progress_;
  }
  std::shared_ptr<const Snapshot> latest_snapshot() const override {
    snapshot_wanted_.store(true, std::memory_order_relaxed);
    return snapshots_.latest();
  }
  std::vector<LossPoint> take_losses() override { return losses_.take_all(); }
  std::vector<SessionEvent> take_events() override { return events_.take_all(); }
  std::vector<KnobChange> knob_log() const override {
    const std::lock_guard lock{mutex_};
    return knob_log_;
  }
  std::vector<KeptEpoch> kept_epochs() const override {
    const std::lock_guard lock{mutex_};
    return kept_;
  }

 private:
  /// Where a running session comes to rest by itself.
  enum class Until { Goal, BatchEnd, EpochEnd };

  void send(Command command) {
    {
      const std::lock_guard lock{mutex_};
      commands_.push_back(std::move(command));
    }
    changed_.notify_one();
  }

  // --- everything below runs on the session's thread -------------------------------------------

  void run(const std::stop_token& stop) {
    guarded([&] {
      // Before the trainer's own threads come into being: they inherit it.
      if (options_.niceness > 0) set_niceness(options_.niceness);
      trainer_->enter_thread();
      copy_knob_log();
      publish_snapshot();
    });
    update_progress();
    while (!stop.stop_requested()) {
      for (const Command& command : next_commands(stop)) {
        guarded([&] { std::visit([this](const auto& each) { apply(each); }, command); });
        update_progress();
      }
      if (stop.stop_requested() || state_ != SessionState::Running) continue;
      guarded([&] { work(); });
      update_progress();
    }
    if (unsaved_) autosave(state_ == SessionState::Finished);
  }

  /// Waits for a command when there is nothing to train.
  std::vector<Command> next_commands(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, stop,
                  [this] { return !commands_.empty() || state_ == SessionState::Running; });
    return std::exchange(commands_, {});
  }

  template <typename Function>
  void guarded(Function function) {
    try {
      function();
    } catch (const std::exception& exception) {
      fail(as_error(exception));
    }
  }

  void apply(const Play&) {
    if (state_ == SessionState::Running && until_ == Until::Goal) return;
    if (reached_goal()) set_goal(trainer_->position().epochs_done + config_.epochs);
    begin(Until::Goal);
  }
  void apply(const StepBatch&) { begin(Until::BatchEnd); }
  void apply(const StepEpoch&) { begin(Until::EpochEnd); }
  void apply(const Pause&) {
    if (state_ == SessionState::Running) rest(resting_state());
  }

  void apply(const Stop&) {
    if (state_ == SessionState::Finished) return;
    stopped_ = true;
    autosave(true);
    concluding_ = false;
    rest(SessionState::Finished);
  }

  void apply(const Reset& command) {
    trainer_->reset(command.seed);
    concluding_ = false;
    stopped_ = false;
    unsaved_ = false;
    losses_.take_all();  // of a run that is gone
    if (keeps()) remove_kept_epochs(options_.autosave_path);
    set_kept({});
    copy_knob_log();
    rest(SessionState::Paused);
  }

  void apply(const SetEpochs& command) {
    set_goal(command.epochs);
    if (!reached_goal()) concluding_ = false;
    if (state_ == SessionState::Finished && !stopped_ && !reached_goal()) begin(Until::Goal);
  }

  void apply(const SetKnob& command) {
    trainer_->set_knob(command.id, command.value);
    copy_knob_log();
  }

  void apply(const Save& command) {
    try {
      trainer_->save(command.path, state_ == SessionState::Finished);
      if (keeps()) share_kept_epochs(options_.autosave_path, command.path);
      emit(RunSaved{command.path});
    } catch (const std::exception& exception) {
      emit(SaveFailed{command.path, as_error(exception)});
    }
  }

  void apply(const SetRecord& command) {
    trainer_->set_record(command.record_json);
    unsaved_ = unsaved_ || trainer_->position().step > 0;
  }

  void begin(Until until) {
    concluding_ = false;
    until_ = until;
    stopped_ = false;
    mark_ = Clock::now();
    if (state_ != SessionState::Running) set_state(SessionState::Running);
  }

  /// A run that has reached its goal and is only measured for its record is finished without it.
  SessionState resting_state() {
    return std::exchange(concluding_, false) ? SessionState::Finished : SessionState::Paused;
  }

  /// Stops training; the picture of the run is then its newest.
  void rest(SessionState state) {
    rate_.clear();
    publish_snapshot();
    set_state(state);
  }

  void work() {
    if (concluding_) {
      conclude();
      return;
    }
    if (trainer_->position().validating) {
      const std::optional<LossPoint> point = trainer_->validate_part();
      mark_ = Clock::now();
      if (point) finish_epoch(*point);
      return;
    }
    if (until_ == Until::Goal && reached_goal()) {
      concluding_ = true;
      return;
    }
    if (trainer_->position().step == 0 && keeps() && kept_epochs().empty()) {
      autosave(false, true);
    }
    LossPoint point = trainer_->train_batch();
    unsaved_ = true;
    if (losses_.push(std::move(point))) wake();
    const bool epoch_trained = trainer_->position().validating;
    if (until_ == Until::BatchEnd && !epoch_trained) {
      rest(SessionState::Paused);
    } else if (snapshot_is_due()) {
      publish_snapshot();
    }
    const Clock::time_point now = Clock::now();
    rate_.add(Seconds{now - mark_}.count());
    mark_ = now;
  }

  void finish_epoch(const LossPoint& point) {
    if (losses_.push(point)) wake();
    const bool at_goal = trainer_->position().epochs_done == goal_ || reached_goal();
    const bool finished = at_goal && until_ != Until::BatchEnd;
    unsaved_ = true;
    // Saved before it is measured: that takes a second, in which the plug may be pulled.
    autosave(finished, true);
    copy_knob_log();
    emit(EpochFinished{trainer_->position().epochs_done});
    if (finished) {
      concluding_ = true;
    } else if (until_ != Until::Goal) {
      rest(SessionState::Paused);
    }
  }

  /// Commands do not wait for it: one that comes ends the measuring, which begins again after it
  /// where the run is still to end.
  void conclude() {
    const auto interrupted = [this] {
      const std::lock_guard lock{mutex_};
      return !commands_.empty() || thread_.get_stop_token().stop_requested();
    };
    if (!trainer_->conclude(interrupted)) return;
    concluding_ = false;
    autosave(true);
    rest(SessionState::Finished);
  }

  void fail(const Error& error) {
    rate_.clear();
    concluding_ = false;
    try {
      copy_knob_log();
      publish_snapshot();
    } catch (const std::exception&) {
      // The error that stopped the run is the one to report.
    }
    // Also when nothing new was trained: the file may hold what was rolled back.
    if (trainer_->position().step > 0) autosave(false);
    set_state(SessionState::Failed);
    emit(RunFailed{error});
  }

  bool reached_goal() const { return trainer_->position().epochs_done >= goal_; }

  void set_goal(int epochs) {
    goal_ = epochs;
    trainer_->set_epochs(epochs);
    copy_knob_log();
  }

  void set_state(SessionState state) {
    state_ = state;
    update_progress();
    emit(StateChanged{state});
  }

  /// `ends_epoch`: the run is at the end of an epoch that is to be kept.
  void autosave(bool finished, bool ends_epoch = false) {
    if (options_.autosave_path.empty()) return;
    try {
      trainer_->save(options_.autosave_path, finished);
      unsaved_ = false;
      autosave_failure_.clear();
      if (ends_epoch && keeps()) keep_this_epoch();
      emit(RunSaved{options_.autosave_path});
    } catch (const std::exception& exception) {
      // The same sentence after every epoch would say nothing new.
      const Error error = as_error(exception);
      if (std::exchange(autosave_failure_, error.what()) == error.what()) return;
      emit(SaveFailed{options_.autosave_path, error});
    }
  }

  bool keeps() const { return options_.keep.epochs > 0 && !options_.autosave_path.empty(); }

  /// What is kept of a run that goes on. Of epochs after where it was saved nothing can be: another
  /// run had this file's name.
  void adopt_past() {
    const int epochs = trainer_->position().epochs_done;
    kept_ = list_kept_epochs(options_.autosave_path);
    std::erase_if(kept_, [epochs](const KeptEpoch& each) { return each.epoch > epochs; });
  }

  /// The file that was just saved holds the end of this epoch.
  void keep_this_epoch() {
    const int epoch = trainer_->position().epochs_done;
    try {
      set_kept(latent::keep_epoch(options_.autosave_path, epoch, options_.keep));
      keep_failure_.clear();
    } catch (const std::exception& exception) {
      const Error error = as_error(exception);
      if (std::exchange(keep_failure_, error.what()) == error.what()) return;
      emit(SaveFailed{kept_epochs_folder(options_.autosave_path), error});
    }
  }

  void set_kept(std::vector<KeptEpoch> kept) {
    const std::lock_guard lock{mutex_};
    kept_ = std::move(kept);
  }

  bool snapshot_is_due() {
    if (options_.snapshots_per_second <= 0.0) return false;
    const double age = Seconds{Clock::now() - snapshot_time_}.count();
    const double interval = 1.0 / options_.snapshots_per_second;
    if (age < interval) return false;
    return snapshot_wanted_.load(std::memory_order_relaxed) ||
           age >= kUntakenSnapshotPatience * interval;
  }

  void publish_snapshot() {
    snapshot_wanted_.store(false, std::memory_order_relaxed);
    const bool was_taken = snapshots_.publish(trainer_->snapshot(++snapshot_number_));
    snapshot_time_ = Clock::now();
    if (was_taken) wake();
  }

  void emit(SessionEvent event) {
    if (events_.push(std::move(event))) wake();
  }

  void wake() {
    if (options_.wake) options_.wake();
  }

  void copy_knob_log() {
    std::vector<KnobChange> log = trainer_->knob_log();
    const std::lock_guard lock{mutex_};
    knob_log_ = std::move(log);
  }

  void update_progress() {
    const Trainer::Position position = trainer_->position();
    Progress progress;
    progress.state = state_;
    progress.step = position.step;
    progress.steps_per_epoch = position.steps_per_epoch;
    progress.epochs = goal_;
    progress.epoch = position.epoch();
    progress.threads = trainer_->threads();
    progress.phase = trainer_->phase();
    const double batches_per_second = rate_.batches_per_second();
    progress.samples_per_second = batches_per_second * images_per_batch(position);
    if (batches_per_second > 0.0) {
      const double epochs_left = std::max(0.0, goal_ - position.epoch());
      progress.seconds_left =
          epochs_left * static_cast<double>(position.steps_per_epoch) / batches_per_second;
    }
    const std::lock_guard lock{mutex_};
    progress_ = std::move(progress);
  }

  /// The last batch of an epoch is smaller: the mean.
  double images_per_batch(const Trainer::Position& position) const {
    if (!data_.train) return config_.batch_size;
    return static_cast<double>(data_.train->size()) /
           static_cast<double>(std::max<std::int64_t>(position.steps_per_epoch, 1));
  }

  std::unique_ptr<Trainer> trainer_;
  const SessionOptions options_;
  TrainingConfig config_;  // the owner's; the trainer has its own
  const ModelInfo model_;
  const DataSplit data_;

  // Between the owner's thread and the session's.
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Command> commands_;
  Progress progress_;
  std::map<std::string, double> knobs_;
  std::vector<KnobChange> knob_log_;
  std::vector<KeptEpoch> kept_;
  Mailbox<Snapshot> snapshots_;
  mutable std::atomic<bool> snapshot_wanted_{true};
  LosslessQueue<LossPoint> losses_;
  LosslessQueue<SessionEvent> events_;

  // The session's thread alone.
  int goal_;
  SessionState state_;
  Until until_ = Until::Goal;
  bool stopped_ = false;
  bool unsaved_ = false;
  bool concluding_ = false;  ///< at its goal, its record is being measured
  std::string autosave_failure_;
  std::string keep_failure_;
  RateMeter rate_;
  Clock::time_point mark_;
  Clock::time_point snapshot_time_;
  std::int64_t snapshot_number_ = 0;

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace

std::unique_ptr<Session> make_session(std::unique_ptr<Trainer> trainer, SessionOptions options,
                                      SessionState initial) {
  return std::make_unique<ThreadedSession>(std::move(trainer), std::move(options), initial);
}

void check_knob(const ModelInfo& info, const std::string& id, double value) {
  const auto refuse = [&](const std::string& title, const std::string& allowed) {
    throw Error{ErrorCode::InvalidConfig,
                title + " must be " + allowed + ", got " + std::to_string(value) + "."};
  };
  if (id == "learning_rate") {
    if (!(value > 0.0 && value <= 1.0)) refuse("The learning rate", "above 0 and at most 1");
    return;
  }
  if (id == "threads") {
    if (!(value >= 0.0 && value <= 1024.0 && value == std::floor(value))) {
      refuse("The number of threads", "a whole number from 0 (automatic) to 1024");
    }
    return;
  }
  const Hyperparameter* hyperparameter = find_hyperparameter(info, id);
  if (hyperparameter == nullptr) {
    throw Error{ErrorCode::InvalidConfig, info.title + " has no knob '" + id + "'."};
  }
  if (!hyperparameter->hot) {
    throw Error{ErrorCode::InvalidConfig,
                hyperparameter->title +
                    " takes effect at restart; it cannot be changed while a run goes on."};
  }
  const bool whole =
      hyperparameter->kind == Hyperparameter::Kind::Real || value == std::floor(value);
  double maximum = hyperparameter->maximum;
  if (hyperparameter->kind == Hyperparameter::Kind::Choice) {
    maximum = static_cast<double>(hyperparameter->choices.size()) - 1.0;
  }
  if (!(value >= hyperparameter->minimum && value <= maximum && whole)) {
    refuse(hyperparameter->title, (whole ? "" : "a whole number ") + std::string{"from "} +
                                      std::to_string(hyperparameter->minimum) + " to " +
                                      std::to_string(maximum));
  }
}

}  // namespace latent
