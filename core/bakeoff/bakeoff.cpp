#include "latent/bakeoff.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "bakeoff/files.h"
#include "bakeoff/measurement.h"
#include "bakeoff/sample_quality.h"
#include "bakeoff/training.h"
#include "latent/error.h"
#include "latent/left_out_class.h"

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

bool BakeoffConfig::has(BakeoffTask task) const {
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

void check_config(const Engine& engine, const BakeoffConfig& config, const DataSplit& data) {
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
  const auto classes = static_cast<int>(data.train->class_names.size());
  if (config.has(BakeoffTask::Anomaly) && classes < 2) {
    throw Error{ErrorCode::InvalidConfig, "The anomaly task leaves a class out, and " + data.title +
                                              " has fewer than two; leave the task out."};
  }
  if (config.has(BakeoffTask::Anomaly) &&
      (config.anomaly_class < 0 || config.anomaly_class >= classes)) {
    throw Error{ErrorCode::InvalidConfig, "The class to leave out must be from 0 to " +
                                              std::to_string(classes - 1) + ", got " +
                                              std::to_string(config.anomaly_class) + "."};
  }
}

class Runner {
 public:
  Runner(const Engine& engine, const DataSplit& data, const BakeoffConfig& config,
         const std::filesystem::path& folder, const BakeoffObserver& observer,
         const std::stop_token& stop)
      : engine_(engine),
        data_(data),
        config_(config),
        folder_(folder),
        observer_(observer),
        stop_(stop),
        forecast_(static_cast<int>(config.competitors.size()) * config.seeds *
                  (config.has(BakeoffTask::Anomaly) ? 2 : 1)) {}

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
  BakeoffResult measured(const BakeoffCompetitor& competitor, std::uint64_t seed) {
    BakeoffResult result = read_result(folder_, competitor.id, seed)
                               .value_or(BakeoffResult{.competitor = competitor.id, .seed = seed});
    const auto known = [&](const char* figure) {
      return result.figures.count(figure) != 0 || result.missing.count(figure) != 0;
    };
    const bool pictures = config_.has(BakeoffTask::Pictures) && seed == 1;
    const bool drawn = !pictures ||
                       std::filesystem::exists(picture_path(folder_, competitor.id, "samples")) ||
                       std::filesystem::exists(picture_path(folder_, competitor.id, "map"));
    const bool samples = config_.has(BakeoffTask::Samples) && seed == 1 && classes() > 1;
    const bool main_done = known("reconstruction") && drawn &&
                           (!samples || known("samples_confident")) &&
                           (!config_.has(BakeoffTask::Probe) || known("probe_accuracy"));
    if (!main_done) {
      measure_main(competitor, seed, pictures, result);
      write_result(folder_, result);
    }
    forecast_.finished(main_done);
    if (config_.has(BakeoffTask::Anomaly)) {
      const bool done = known("anomaly_auc");
      if (!done) {
        measure_without_class(competitor, seed, result);
        write_result(folder_, result);
      }
      forecast_.finished(done);
    }
    return result;
  }

  void measure_main(const BakeoffCompetitor& competitor, std::uint64_t seed, bool pictures,
                    BakeoffResult& result) {
    const auto path = run_path(folder_, competitor.id, seed);
    const TrainedRun run = train(competitor, seed, config_.training, data_, path, "");
    const auto model = engine_.load_model(path);
    const auto check = [this] { check_stop(); };
    result.figures["training_seconds"] = run.seconds;
    result.figures["samples_per_second"] =
        run.seconds > 0.0 ? run.info.epoch * static_cast<double>(data_.train->size()) / run.seconds
                          : 0.0;
    result.figures["parameters"] = static_cast<double>(run.info.parameters);
    tell(competitor, seed, "measuring");
    measure_losses(engine_, *model, data_, result);
    if (config_.has(BakeoffTask::Probe)) {
      measure_probe(*model, data_, config_.probe_images, result, check);
    }
    if (config_.has(BakeoffTask::Samples) && seed == 1 && classes() > 1) {
      if (!judge_) {
        tell(competitor, seed, "training the classifier that judges samples");
        judge_.emplace(engine_, data_, stop_, check);
      }
      tell(competitor, seed, "measuring");
      judge_->measure(*model, result, check);
    }
    if (pictures) draw_pictures(*model, data_, folder_, competitor.id, check);
  }

  std::size_t classes() const { return data_.train->class_names.size(); }

  void measure_without_class(const BakeoffCompetitor& competitor, std::uint64_t seed,
                             BakeoffResult& result) {
    const ModelInfo& info = engine_.model(competitor.model);
    if (!info.has_encoder) {
      result.missing["anomaly_auc"] = info.title + " has no encoder.";
      return;
    }
    TrainingConfig training = config_.training;
    training.latent_dim = config_.anomaly_latent;
    training.data = to_specification({config_.anomaly_class, training.data});
    if (!partial_) partial_ = without_class(data_, config_.anomaly_class);
    const auto path = run_path(folder_, competitor.id, seed, "-anomaly");
    train(competitor, seed, training, *partial_, path,
          ", without " + data_.train->class_names[static_cast<std::size_t>(config_.anomaly_class)]);
    measure_anomaly(*engine_.load_model(path), data_, config_.anomaly_class, result,
                    [this] { check_stop(); });
  }

  TrainedRun train(const BakeoffCompetitor& competitor, std::uint64_t seed, TrainingConfig training,
                   const DataSplit& data, const std::filesystem::path& path,
                   const std::string& remark) {
    check_stop();
    training.model = competitor.model;
    training.hyperparameters = competitor.hyperparameters;
    training.seed = seed;
    return train_to_goal(
        engine_, training, data, path,
        [&](const Progress& progress) {
          forecast_.under_way(progress.epochs > 0 ? progress.epoch / progress.epochs : 0.0);
          tell(competitor, seed,
               "epoch " + std::to_string(static_cast<int>(progress.epoch) + 1) + " of " +
                   std::to_string(progress.epochs) + remark);
        },
        stop_);
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
  const std::filesystem::path& folder_;
  const BakeoffObserver& observer_;
  const std::stop_token& stop_;
  Forecast forecast_;
  std::optional<DataSplit> partial_;
  std::optional<SampleJudge> judge_;
};

}  // namespace

std::vector<BakeoffResult> run_bakeoff(const Engine& engine, const DataSplit& data,
                                       const BakeoffConfig& config,
                                       const std::filesystem::path& folder,
                                       const BakeoffObserver& observer,
                                       const std::stop_token& stop) {
  check_config(engine, config, data);
  check_folder(folder, config);
  write_config(folder, config);
  return Runner{engine, data, config, folder, observer, stop}.run();
}

}  // namespace latent
