#include "latent/bakeoff.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "bakeoff/files.h"
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

/// Of the runs that are wanted, the share that is trained, and how long the rest takes.
class Forecast {
 public:
  explicit Forecast(int runs) : runs_(std::max(1, runs)), begun_(Clock::now()) {}

  /// A run that was there before says nothing about the speed.
  void finished(bool found) {
    ++done_;
    if (found) ++found_;
    share_of_run_ = 0.0;
  }
  /// `share` of the run under way; `at_start`: what of it was there when it was taken up.
  void under_way(double share) {
    if (share_of_run_ == 0.0) found_share_ = share;
    share_of_run_ = share;
  }
  double share() const { return std::min(1.0, (done_ + share_of_run_) / runs_); }
  double seconds_left() const {
    const double trained = done_ + share_of_run_ - found_ - found_share_;
    const double spent = std::chrono::duration<double>(Clock::now() - begun_).count();
    return trained > 0.01 ? spent / trained * (runs_ - done_ - share_of_run_) : 0.0;
  }

 private:
  using Clock = std::chrono::steady_clock;
  double runs_;
  double done_ = 0.0;
  double found_ = 0.0;
  double share_of_run_ = 0.0;
  double found_share_ = 0.0;
  Clock::time_point begun_;
};

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

class Runner {
 public:
  Runner(const Engine& engine, const DataSplit& data, const BakeoffConfig& config,
         BakeoffTasks tasks, const std::filesystem::path& folder, const BakeoffObserver& observer,
         const std::stop_token& stop)
      : engine_(engine),
        data_(data),
        config_(config),
        tasks_(std::move(tasks)),
        folder_(folder),
        observer_(observer),
        stop_(stop),
        forecast_(static_cast<int>(config.competitors.size()) * config.seeds *
                  runs_of_each(tasks_)) {}

  std::vector<BakeoffResult> run() {
    std::vector<BakeoffResult> results;
    // All systems with the first seed before any with the second: the table fills evenly.
    for (int seed = 1; seed <= config_.seeds; ++seed) {
      for (const BakeoffCompetitor& competitor : config_.competitors) {
        results.push_back(measured(competitor, static_cast<std::uint64_t>(seed)));
        if (observer_.result) observer_.result(results.back());
      }
    }
    return results;
  }

 private:
  /// What tasks see of this bake-off.
  class Entrant : public Contender {
   public:
    Entrant(Runner& runner, const BakeoffCompetitor& competitor, std::uint64_t seed)
        : runner_(runner), competitor_(competitor), seed_(seed) {}

    const Engine& engine() const override { return runner_.engine_; }
    const DataSplit& data() const override { return runner_.data_; }
    const BakeoffConfig& config() const override { return runner_.config_; }
    const std::filesystem::path& folder() const override { return runner_.folder_; }
    const BakeoffCompetitor& competitor() const override { return competitor_; }
    std::uint64_t seed() const override { return seed_; }
    const std::stop_token& stop() const override { return runner_.stop_; }
    void check() const override { runner_.check_stop(); }
    void tell(const std::string& what) const override { runner_.tell(competitor_, seed_, what); }

    const FrozenModel& model() override {
      run();
      return *model_;
    }
    const TrainedRun& run() {
      if (!run_) {
        const auto path = run_path(runner_.folder_, competitor_.id, seed_);
        run_ = train(runner_.config_.training, runner_.data_, path, "");
        model_ = engine().load_model(path);
        tell("measuring");
      }
      return *run_;
    }
    std::shared_ptr<const FrozenModel> trained_apart(TrainingConfig training, const DataSplit& data,
                                                     const std::string& part,
                                                     const std::string& remark) override {
      const auto path = run_path(runner_.folder_, competitor_.id, seed_, part);
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
      training.model = competitor_.model;
      training.hyperparameters = competitor_.hyperparameters;
      training.seed = seed_;
      const bool found = std::filesystem::exists(path) && engine().read_run_info(path).finished;
      TrainedRun run = train_to_goal(
          engine(), training, data, path,
          [&](const Progress& progress) {
            runner_.forecast_.under_way(progress.epochs > 0 ? progress.epoch / progress.epochs
                                                            : 0.0);
            tell("epoch " + std::to_string(static_cast<int>(progress.epoch) + 1) + " of " +
                 std::to_string(progress.epochs) + remark);
          },
          stop());
      runner_.forecast_.finished(found);
      ++trained_runs_;
      return run;
    }

    Runner& runner_;
    const BakeoffCompetitor& competitor_;
    std::uint64_t seed_;
    int trained_runs_ = 0;
    std::optional<TrainedRun> run_;
    std::shared_ptr<const FrozenModel> model_;
  };

  BakeoffResult measured(const BakeoffCompetitor& competitor, std::uint64_t seed) {
    BakeoffResult result = read_result(folder_, competitor.id, seed)
                               .value_or(BakeoffResult{.competitor = competitor.id, .seed = seed});
    Entrant entrant{*this, competitor, seed};
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
      forecast_.finished(/*found=*/true);
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

  void tell(const BakeoffCompetitor& competitor, std::uint64_t seed, const std::string& what) {
    if (!observer_.progress) return;
    observer_.progress({competitor.title + ", seed " + std::to_string(seed) + ": " + what,
                        forecast_.share(), forecast_.seconds_left()});
  }

  void check_stop() const {
    if (stop_.stop_requested()) {
      throw Error{ErrorCode::Cancelled, "The bake-off was stopped; it goes on where it was."};
    }
  }

  const Engine& engine_;
  const DataSplit& data_;
  const BakeoffConfig& config_;
  BakeoffTasks tasks_;
  const std::filesystem::path& folder_;
  const BakeoffObserver& observer_;
  const std::stop_token& stop_;
  Forecast forecast_;
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
