#include "latent/bakeoff.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "bakeoff/files.h"
#include "bakeoff/forecast.h"
#include "bakeoff/measurement.h"
#include "bakeoff/task.h"
#include "bakeoff/training.h"
#include "latent/error.h"

namespace latent {

using namespace bakeoff;

TrainingConfig BakeoffConfig::protocol() {
  TrainingConfig training;
  training.hidden_widths = {};
  training.padding = 2;
  training.latent_dim = 20;
  training.batch_size = 256;
  training.epochs = 60;
  return training;
}

bool BakeoffConfig::has(const std::string& task) const {
  return std::find(tasks.begin(), tasks.end(), task) != tasks.end();
}

namespace {

void check_folder(const std::filesystem::path& folder, const BakeoffConfig& config) {
  if (!std::filesystem::exists(config_path(folder))) return;
  BakeoffConfig there = read_bakeoff_config(folder);
  there.training.threads = config.training.threads;
  if (there.training == config.training && there.probe_images == config.probe_images &&
      there.anomaly_class == config.anomaly_class &&
      there.anomaly_latent == config.anomaly_latent) {
    return;
  }
  throw Error{ErrorCode::InvalidConfig,
              folder.string() +
                  " holds a bake-off with other settings (data, network, epochs, batch size or "
                  "tasks' numbers); give the same ones or another folder.",
              to_json(there.training)};
}

using BakeoffTasks = std::vector<std::unique_ptr<BakeoffTask>>;

void check_config(const Engine& engine, const BakeoffConfig& config, const DataSplit& data,
                  const BakeoffTasks& tasks) {
  if (config.seeds < 1) {
    throw Error{ErrorCode::InvalidConfig,
                "A bake-off needs at least one seed, got " + std::to_string(config.seeds) + "."};
  }
  if (config.at_once < 0) {
    throw Error{ErrorCode::InvalidConfig, "The systems trained at once must be 0 or more, got " +
                                              std::to_string(config.at_once) + "."};
  }
  for (const BakeoffCompetitor& competitor : config.competitors) {
    TrainingConfig training = config.training;
    training.model = competitor.model;
    training.hyperparameters = competitor.hyperparameters;
    validate(training, engine.model(competitor.model));
  }
  for (const auto& task : tasks) task->check(config, data);
}

int runs_of_each(const BakeoffTasks& tasks) {
  int runs = 1;
  for (const auto& task : tasks) runs += task->runs();
  return runs;
}

/// How many contenders train at the same time. One on all processors would leave some of them
/// waiting at the end of each pass: two threads do not train twice as fast as one.
int trained_at_once(const BakeoffConfig& config) {
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int wanted = config.at_once > 0 ? config.at_once : processors;
  return std::min(wanted, static_cast<int>(config.competitors.size()) * config.seeds);
}

/// Each with one thread where several share the processors, unless told otherwise: how many are
/// best is not found by trial then, and every sum is rounded as it was the last time.
BakeoffConfig with_threads(BakeoffConfig config) {
  if (trained_at_once(config) > 1 && config.training.threads == 0) config.training.threads = 1;
  return config;
}

class Runner {
 public:
  Runner(const Engine& engine, const DataSplit& data, const BakeoffConfig& config,
         BakeoffTasks tasks, const std::filesystem::path& folder, const BakeoffObserver& observer,
         const std::stop_token& stop)
      : engine_(engine),
        data_(data),
        config_(with_threads(config)),
        tasks_(std::move(tasks)),
        folder_(folder),
        observer_(observer),
        stopped_with_(stop, [this] { stop_.request_stop(); }),
        forecast_(static_cast<int>(config.competitors.size()) * config.seeds *
                  runs_of_each(tasks_)) {
    // All systems with the first seed before any with the second: the table fills evenly.
    for (int seed = 1; seed <= config_.seeds; ++seed) {
      for (const BakeoffCompetitor& competitor : config_.competitors) {
        entries_.push_back({competitor, static_cast<std::uint64_t>(seed)});
      }
    }
    results_.resize(entries_.size());
  }

  std::vector<BakeoffResult> run() {
    {
      std::vector<std::jthread> workers;
      for (int worker = 0; worker < trained_at_once(config_); ++worker) {
        workers.emplace_back([this] { work(); });
      }
    }
    if (failure_) std::rethrow_exception(failure_);
    return std::move(results_);
  }

 private:
  struct Entry {
    const BakeoffCompetitor& competitor;
    std::uint64_t seed;
    std::string name() const { return competitor.title + ", seed " + std::to_string(seed); }
  };

  /// What tasks see of this bake-off.
  class Entrant : public Contender {
   public:
    Entrant(Runner& runner, const Entry& entry) : runner_(runner), entry_(entry) {}

    const Engine& engine() const override { return runner_.engine_; }
    const DataSplit& data() const override { return runner_.data_; }
    const BakeoffConfig& config() const override { return runner_.config_; }
    const std::filesystem::path& folder() const override { return runner_.folder_; }
    const BakeoffCompetitor& competitor() const override { return entry_.competitor; }
    std::uint64_t seed() const override { return entry_.seed; }
    std::stop_token stop() const override { return runner_.stop_.get_token(); }
    void check() const override { runner_.check_stop(); }
    void tell(const std::string& what) const override { runner_.tell(entry_, what); }

    const FrozenModel& model() override {
      run();
      return *model_;
    }
    const TrainedRun& run() {
      if (!run_) {
        const auto path = run_path(runner_.folder_, competitor().id, seed());
        run_ = train(runner_.config_.training, runner_.data_, path, "");
        model_ = engine().load_model(path);
        tell("measuring");
      }
      return *run_;
    }
    std::shared_ptr<const FrozenModel> trained_apart(TrainingConfig training, const DataSplit& data,
                                                     const std::string& part,
                                                     const std::string& remark) override {
      const auto path = run_path(runner_.folder_, competitor().id, seed(), part);
      train(std::move(training), data, path, remark);
      auto model = engine().load_model(path);
      tell("measuring");
      return model;
    }
    int trained_runs() const { return trained_runs_; }

   private:
    TrainedRun train(TrainingConfig training, const DataSplit& data,
                     const std::filesystem::path& path, const std::string& remark) {
      check();
      training.model = competitor().model;
      training.hyperparameters = competitor().hyperparameters;
      training.seed = seed();
      const bool found = std::filesystem::exists(path) && engine().read_run_info(path).finished;
      TrainedRun run = train_to_goal(
          engine(), training, data, path,
          [&](const Progress& progress) {
            runner_.under_way(path, progress.epochs > 0 ? progress.epoch / progress.epochs : 0.0);
            tell("epoch " + std::to_string(static_cast<int>(progress.epoch) + 1) + " of " +
                 std::to_string(progress.epochs) + remark);
          },
          stop());
      runner_.finished(path, found);
      ++trained_runs_;
      return run;
    }

    Runner& runner_;
    const Entry& entry_;
    int trained_runs_ = 0;
    std::optional<TrainedRun> run_;
    std::shared_ptr<const FrozenModel> model_;
  };

  /// Takes one entry after the other until none is left, or one has failed.
  void work() {
    try {
      if (config_.training.threads > 0) engine_.set_thread_count(config_.training.threads);
      for (std::size_t i = next_++; i < entries_.size(); i = next_++) {
        results_[i] = measured(entries_[i]);
        const std::lock_guard lock{mutex_};
        now_.erase(entries_[i].name());
        if (observer_.result) observer_.result(results_[i]);
      }
    } catch (...) {
      const std::lock_guard lock{mutex_};
      // The others stop because of this one: the first is the reason.
      if (!failure_) failure_ = std::current_exception();
      stop_.request_stop();
    }
  }

  BakeoffResult measured(const Entry& entry) {
    const auto& [competitor, seed] = entry;
    BakeoffResult result = read_result(folder_, competitor.id, seed)
                               .value_or(BakeoffResult{.competitor = competitor.id, .seed = seed});
    Entrant entrant{*this, entry};
    if (!is_known(result, "reconstruction")) {
      measure_training(entrant, result);
      write_result(folder_, result);
    }
    for (const auto& task : tasks_) {
      if (!task->takes(entrant) || task->is_done(entrant, result)) continue;
      check_stop();
      task->measure(entrant, result);
      write_result(folder_, result);
    }
    // Nothing had to be asked of them.
    for (int run = entrant.trained_runs(); run < runs_of_each(tasks_); ++run) {
      finished({}, /*found=*/true);
    }
    return result;
  }

  void measure_training(Entrant& entrant, BakeoffResult& result) {
    const TrainedRun& run = entrant.run();
    result.figures["training_seconds"] = run.seconds;
    result.figures["samples_per_second"] =
        run.seconds > 0.0 ? run.info.epoch * static_cast<double>(data_.train->size()) / run.seconds
                          : 0.0;
    result.figures["parameters"] = static_cast<double>(run.info.parameters);
    measure_losses(engine_, entrant.model(), data_, result);
  }

  void under_way(const std::filesystem::path& run, double share) {
    const std::lock_guard lock{mutex_};
    forecast_.under_way(run.string(), share);
  }
  void finished(const std::filesystem::path& run, bool found) {
    const std::lock_guard lock{mutex_};
    forecast_.finished(run.string(), found);
  }

  void tell(const Entry& entry, const std::string& what) {
    if (!observer_.progress) return;
    const std::lock_guard lock{mutex_};
    now_[entry.name()] = what;
    constexpr std::size_t kNamed = 2;  // a line holds no more
    std::string all;
    std::size_t named = 0;
    for (const auto& [name, doing] : now_) {
      if (++named > kNamed) break;
      all += (all.empty() ? "" : " · ") + name + ": " + doing;
    }
    if (now_.size() > kNamed) all += " · " + std::to_string(now_.size() - kNamed) + " more";
    observer_.progress({all, forecast_.share(), forecast_.seconds_left()});
  }

  void check_stop() const {
    if (stop_.stop_requested()) {
      throw Error{ErrorCode::Cancelled, "The bake-off was stopped; it goes on where it was."};
    }
  }

  const Engine& engine_;
  const DataSplit& data_;
  const BakeoffConfig config_;
  BakeoffTasks tasks_;
  const std::filesystem::path& folder_;
  const BakeoffObserver& observer_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stopped_with_;

  std::vector<Entry> entries_;
  std::atomic<std::size_t> next_{0};
  std::vector<BakeoffResult> results_;  // each slot by the worker that took it

  std::mutex mutex_;  // of what follows, and of the observer
  Forecast forecast_;
  std::map<std::string, std::string> now_;  // entries under way, and what is done to them
  std::exception_ptr failure_;
};

}  // namespace

std::vector<BakeoffResult> run_bakeoff(const Engine& engine, const DataSplit& data,
                                       const BakeoffConfig& config,
                                       const std::filesystem::path& folder,
                                       const BakeoffObserver& observer,
                                       const std::stop_token& stop) {
  BakeoffTasks tasks = make_tasks(config);
  check_config(engine, config, data, tasks);
  check_folder(folder, config);
  write_config(folder, config);
  write_class_names(folder, data.train->class_names);
  return Runner{engine, data, config, std::move(tasks), folder, observer, stop}.run();
}

}  // namespace latent
