#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "latent/dataset.h"
#include "latent/engine.h"
#include "latent/training_config.h"

/// Which autoencoder for which task: systems × seeds, trained by one protocol and measured on the
/// same tasks. The protocol and the figures to compare with are those of the bake-off of Krokotsch
/// (https://github.com/tilman151/ae_bakeoff, results/mnist).
namespace latent {

/// One row: a system with some of its knobs set.
struct BakeoffCompetitor {
  std::string id;     ///< "beta-vae-strict"; names its files
  std::string title;  ///< "β-VAE, strict"
  std::string model;  ///< "beta-vae"
  std::map<std::string, double> hyperparameters;
};

/// The published nine, in their order.
const std::vector<BakeoffCompetitor>& published_competitors();

/// `names` separated by commas: "all" is the published nine, "every" each system of the engine,
/// "others" each system that is in none of the nine, otherwise a competitor's or a system's id.
/// Throws Error{InvalidConfig} naming what there is.
std::vector<BakeoffCompetitor> bakeoff_competitors(const Engine& engine, const std::string& names);

enum class BakeoffTask {
  Probe,     ///< a linear classifier on frozen codes of few labelled images
  Anomaly,   ///< a class left out of training, found by its reconstruction: area under the ROC
  Samples,   ///< what a classifier says of pictures drawn from the prior; of the first seed
  Pictures,  ///< reconstructions, prior samples, a path, the map; of the first seed
};

struct BakeoffConfig {
  /// Of every run but its model, knobs and seed. The protocol: 60 epochs, batch 256, 20 codes,
  /// widths by the shrink factor, 2 pixels of padding.
  TrainingConfig training = protocol();
  std::vector<BakeoffCompetitor> competitors;
  int seeds = 3;  ///< 1 … seeds
  std::vector<BakeoffTask> tasks = {BakeoffTask::Probe, BakeoffTask::Anomaly, BakeoffTask::Samples,
                                    BakeoffTask::Pictures};
  int probe_images = 550;  ///< labelled training images
  int anomaly_class = 1;   ///< row of Dataset::class_names
  int anomaly_latent = 2;  ///< codes of the anomaly task's own runs

  static TrainingConfig protocol();
  bool has(BakeoffTask task) const;
};

/// What a competitor reached with one seed. Figures by id: "reconstruction" and "regularizer"
/// (test set, nats per image, one z sampled), "probe_accuracy" (0 … 1), "anomaly_auc" (0 … 1),
/// "samples_confident" (0 … 1), "samples_classes", "samples_to_training" and "samples_apart" (both
/// over the same of test images), "judge_accuracy" (0 … 1), "training_seconds",
/// "samples_per_second", "parameters". One that could not be measured is absent
/// and `missing` says why.
struct BakeoffResult {
  std::string competitor;
  std::uint64_t seed = 1;
  std::map<std::string, double> figures;
  std::map<std::string, std::string> missing;
  /// [k, 2] false and true positive rate, both ascending; empty without the anomaly task.
  std::vector<double> roc;
};

/// Mean and sample standard deviation over the seeds.
struct BakeoffFigure {
  int seeds = 0;
  double mean = 0.0;
  double deviation = 0.0;           ///< 0 with one seed
  std::optional<double> published;  ///< where this protocol was published on this data set
  bool best = false;                ///< of its column
};
struct BakeoffRow {
  BakeoffCompetitor competitor;
  std::map<std::string, BakeoffFigure> figures;
  std::map<std::string, std::string> missing;
};

/// A column of the table.
struct BakeoffColumn {
  std::string id;     ///< of the figure
  std::string title;  ///< "Reconstruction"
  std::string unit;   ///< "nats per image"
  std::string help;   ///< one sentence
  bool higher_is_better = false;
  int decimals = 2;
  bool compared = true;  ///< the best is marked
};
const std::vector<BakeoffColumn>& bakeoff_columns();

/// One row for each competitor of `config`, in its order.
std::vector<BakeoffRow> summarize(const BakeoffConfig& config,
                                  const std::vector<BakeoffResult>& results);

struct BakeoffProgress {
  std::string what;           ///< "β-VAE, strict, seed 2: epoch 14 of 60"
  double share = 0.0;         ///< of all training, 0 … 1
  double seconds_left = 0.0;  ///< at the speed so far; 0 when unknown
};
struct BakeoffObserver {
  std::function<void(const BakeoffProgress&)> progress;  ///< a few times a second
  std::function<void(const BakeoffResult&)> result;      ///< after each, found ones included
};

/// Does whatever of `config` is not yet in `folder`: trained runs are not trained again, one that
/// was cut goes on where its last epoch ended. Blocks; from any thread. Throws Error{InvalidConfig}
/// where the folder holds a bake-off of other settings, Error{Cancelled} soon after a stop request,
/// and whatever stops a run. All that was finished is in the folder then.
std::vector<BakeoffResult> run_bakeoff(const Engine& engine, const DataSplit& data,
                                       const BakeoffConfig& config,
                                       const std::filesystem::path& folder,
                                       const BakeoffObserver& observer = {},
                                       const std::stop_token& stop = {});

/// What `folder` holds so far. Throws Error{RunFileCorrupt} when it holds no bake-off.
BakeoffConfig read_bakeoff_config(const std::filesystem::path& folder);
std::vector<BakeoffResult> read_bakeoff_results(const std::filesystem::path& folder,
                                                const BakeoffConfig& config);
/// The main run of a competitor, whether it is there or not.
std::filesystem::path bakeoff_run(const std::filesystem::path& folder,
                                  const std::string& competitor, std::uint64_t seed);

/// Writes report.html (self-contained), results.csv and results.json into `folder`.
/// Throws Error{WriteFailed}.
void write_bakeoff_report(const Engine& engine, const std::filesystem::path& folder,
                          const BakeoffConfig& config, const std::vector<BakeoffResult>& results);

/// As "table": aligned Markdown, the best of each column bold.
std::string bakeoff_markdown(const BakeoffConfig& config,
                             const std::vector<BakeoffResult>& results);

}  // namespace latent
