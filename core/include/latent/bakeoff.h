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
/// "others" each system that is in none of the nine, otherwise a competitor's or a system's id,
/// with knobs as in "m2:labels=600:alpha=5". Throws Error{InvalidConfig} naming what there is.
std::vector<BakeoffCompetitor> bakeoff_competitors(const Engine& engine, const std::string& names);

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

/// A picture that a task draws of the first seed's network.
struct BakeoffPicture {
  std::string kind;     ///< "path"; part of its file's name
  std::string caption;  ///< one phrase
  bool map = false;     ///< a square one, coloured by class
};

/// What a task says of itself: the panel's box, the command's --tasks, the table's columns and the
/// report's pictures are made from this. A new task is one file in core/bakeoff.
struct BakeoffTaskInfo {
  std::string id;     ///< "probe"
  std::string title;  ///< "Probe: few labels"
  std::string help;   ///< one sentence
  std::vector<BakeoffColumn> columns;
  std::vector<BakeoffPicture> pictures;
};
/// In the order in which they are offered.
const std::vector<BakeoffTaskInfo>& bakeoff_tasks();
/// The ids of all.
std::vector<std::string> all_bakeoff_tasks();
/// `names` separated by commas; "none" is no task. Throws Error{InvalidConfig} naming what there
/// is.
std::vector<std::string> bakeoff_tasks_named(const std::string& names);

struct BakeoffConfig {
  /// Of every run but its model, knobs and seed. The protocol: 60 epochs, batch 256, 20 codes,
  /// widths by the shrink factor, 2 pixels of padding.
  TrainingConfig training = protocol();
  std::vector<BakeoffCompetitor> competitors;
  int seeds = 3;  ///< 1 … seeds
  std::vector<std::string> tasks = all_bakeoff_tasks();
  int probe_images = 550;  ///< labelled training images
  int anomaly_class = 1;   ///< row of Dataset::class_names
  int anomaly_latent = 2;  ///< codes of the anomaly task's own runs
  /// Systems trained at the same time; 0: one for each processor. Where it is more than one,
  /// `training.threads` = 0 means one thread each. Not kept with the folder.
  int at_once = 0;

  static TrainingConfig protocol();
  bool has(const std::string& task) const;
};

/// What a competitor reached with one seed. Figures by id: those of `bakeoff_columns`, and what a
/// task keeps for its plot, as "fine_tuned_300" and "from_scratch_300" (accuracy by the number of
/// labels). One that could not be measured is absent and `missing` says why.
struct BakeoffResult {
  std::string competitor;
  std::uint64_t seed = 1;
  std::map<std::string, double> figures;
  std::map<std::string, std::string> missing;
  std::map<std::string, std::string> remarks;  ///< what is to be known beside a figure, a sentence
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
  std::map<std::string, std::string> remarks;
};

/// Those of the training, and of every task in between.
const std::vector<BakeoffColumn>& bakeoff_columns();

/// One row for each competitor of `config`, in its order.
std::vector<BakeoffRow> summarize(const BakeoffConfig& config,
                                  const std::vector<BakeoffResult>& results);

/// Those columns in which a row has a figure.
std::vector<BakeoffColumn> measured_columns(const std::vector<BakeoffRow>& rows);

struct BakeoffProgress {
  std::string what;    ///< "β-VAE, strict, seed 2: epoch 14 of 60 · VAE, seed 2: measuring"
  double share = 0.0;  ///< of all training, 0 … 1
  double seconds_left = 0.0;  ///< at the speed so far; 0 when unknown
};
/// Called by the threads that train, never two at once.
struct BakeoffObserver {
  std::function<void(const BakeoffProgress&)> progress;  ///< a few times a second
  /// After each as it is done, found ones included.
  std::function<void(const BakeoffResult&)> result;
};

/// Does whatever of `config` is not yet in `folder`: trained runs are not trained again, one that
/// was cut goes on where its last epoch ended. Blocks; from any thread. Throws Error{InvalidConfig}
/// where the folder holds a bake-off of other settings, Error{Cancelled} soon after a stop request,
/// and whatever stops a run. All that was finished is in the folder then. The results come seed by
/// seed, in the order of `config.competitors`.
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

/// Writes report.html (self-contained), its plots as .svg, results.csv and results.json into
/// `folder`.
/// Throws Error{WriteFailed}.
void write_bakeoff_report(const Engine& engine, const std::filesystem::path& folder,
                          const BakeoffConfig& config, const std::vector<BakeoffResult>& results);

/// As "table": aligned Markdown, the best of each column bold.
std::string bakeoff_markdown(const BakeoffConfig& config,
                             const std::vector<BakeoffResult>& results);

}  // namespace latent
