#include "bakeoff/training.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "latent/error.h"

namespace latent::bakeoff {
namespace {

using Clock = std::chrono::steady_clock;

double recorded_seconds(const RunFileInfo& info) {
  const auto record = nlohmann::json::parse(info.record_json, nullptr, /*allow_exceptions=*/false);
  return record.is_object() ? record.value("training_seconds", 0.0) : 0.0;
}

/// A session that is played to its end by the thread that made it.
class Sitting {
 public:
  Sitting(const Engine& engine, const TrainingConfig& config, const DataSplit& data,
          const std::filesystem::path& path) {
    SessionOptions options;
    options.autosave_path = path;
    options.snapshots_per_second = 0.0;
    options.wake = [this] {
      {
        const std::lock_guard lock{mutex_};
        woken_ = true;
      }
      changed_.notify_one();
    };
    if (std::filesystem::exists(path)) {
      before_ = recorded_seconds(engine.read_run_info(path));
      session_ = engine.open_session(path, data, options);
    } else {
      session_ = engine.make_session(config, data, options);
    }
  }

  void play(const std::function<void(const Progress&)>& progress, const std::stop_token& stop) {
    const Clock::time_point begun = Clock::now();
    const auto seconds = [&] {
      return before_ + std::chrono::duration<double>(Clock::now() - begun).count();
    };
    session_->play();
    for (bool done = false; !done;) {
      wait();
      session_->take_losses();
      for (const SessionEvent& event : session_->take_events()) {
        if (const auto* failed = std::get_if<RunFailed>(&event)) throw failed->error;
        if (const auto* unsaved = std::get_if<SaveFailed>(&event)) throw unsaved->error;
        if (std::holds_alternative<EpochFinished>(event)) {
          // Saved with the next epoch, or at the end.
          session_->set_record(nlohmann::json{{"training_seconds", seconds()}}.dump());
        }
        const auto* changed = std::get_if<StateChanged>(&event);
        done = done || (changed != nullptr && changed->state == SessionState::Finished);
      }
      if (progress) progress(session_->progress());
      if (!done && stop.stop_requested()) {
        session_.reset();  // saves what it has
        throw Error{ErrorCode::Cancelled, "The bake-off was stopped; it goes on where it was."};
      }
    }
    session_.reset();
  }

 private:
  void wait() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return woken_; });
    woken_ = false;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  double before_ = 0.0;
  std::unique_ptr<Session> session_;  // last: it wakes the members above
};

}  // namespace

TrainedRun train_to_goal(const Engine& engine, const TrainingConfig& config, const DataSplit& data,
                         const std::filesystem::path& path,
                         const std::function<void(const Progress&)>& progress,
                         const std::stop_token& stop) {
  const bool there = std::filesystem::exists(path);
  if (!there || !engine.read_run_info(path).finished) {
    Sitting{engine, config, data, path}.play(progress, stop);
  }
  TrainedRun run;
  run.info = engine.read_run_info(path);
  run.seconds = recorded_seconds(run.info);
  return run;
}

}  // namespace latent::bakeoff
