#include "latent/anomaly.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>

#include "arguments.h"
#include "commands.h"
#include "console.h"
#include "latent/left_out_class.h"
#include "program.h"
#include "run_file.h"

namespace latent::app {
namespace {

struct AnomalyOptions {
  RunOptions run;
  int anomaly_class = -1;
  std::string score = anomaly_scores().front().id;
  int neighbours = 5;
  std::optional<float> threshold;
};

std::vector<std::string> score_ids() {
  std::vector<std::string> ids;
  for (const AnomalyScoreInfo& info : anomaly_scores()) ids.push_back(info.id);
  return ids;
}

AnomalyScore score_of(const std::string& id) {
  return std::find_if(anomaly_scores().begin(), anomaly_scores().end(),
                      [&](const AnomalyScoreInfo& info) { return info.id == id; })
      ->score;
}

/// The class that is asked for, otherwise the one that the run has left out.
int chosen_class(const AnomalyOptions& options, int left_out, const DataSplit& data) {
  const auto classes = static_cast<int>(data.train->class_names.size());
  const int chosen = options.anomaly_class >= 0 ? options.anomaly_class : left_out;
  if (chosen < 0) {
    throw UsageError(
        "The run has left no class out of training: name the one to look for with --class.");
  }
  if (chosen >= classes) {
    throw UsageError(classes == 0
                         ? data.title + " has no classes to look for."
                         : "--class must be from 0 to " + std::to_string(classes - 1) + " for " +
                               data.title + "; found " + std::to_string(chosen) + ".");
  }
  return chosen;
}

std::string percent(double share) {
  return fixed(100.0 * share, 1) + " %";
}

int anomaly(const AnomalyOptions& options, const Program& program) {
  const OpenRun run = open_run(options.run.run);
  const DataSplit data = load_split(options.run, run);
  const auto left_out_of_run = left_out_class(run.info.config.data);
  const int left_out = left_out_of_run ? left_out_of_run->label : -1;
  const int chosen = chosen_class(options, left_out, data);
  const AnomalyScoreInfo& info = anomaly_score_info(score_of(options.score));
  std::vector<float> scores;
  {
    ProgressLine line;
    scores = score_images(
        *run.model, *data.test, info.score, *data.train, options.neighbours,
        [&](double share) { line.show(share, "Scoring", ""); }, /*threads=*/0);
  }
  std::vector<bool> anomalous;
  for (const std::int32_t label : data.test->labels) anomalous.push_back(label == chosen);
  const Roc curve = roc(scores, anomalous);
  if (curve.corners.empty()) {
    throw UsageError("The test part of " + data.title + " holds " +
                     (curve.anomalies == 0 ? "no image" : "nothing but images") + " of class " +
                     data.train->class_names[static_cast<std::size_t>(chosen)] + ".");
  }
  const std::size_t at =
      options.threshold ? curve.corner_at(*options.threshold) : curve.best_corner();
  const Roc::Corner corner = curve.corners[at];
  const float threshold = options.threshold.value_or(corner.threshold);
  const bool unseen = chosen == left_out;
  const std::string& name = data.train->class_names[static_cast<std::size_t>(chosen)];
  if (program.json()) {
    nlohmann::ordered_json json = {
        {"class", chosen},
        {"class_name", name},
        {"left_out_of_training", unseen},
        {"score", info.id},
        {"unit", info.unit},
        {"auc", curve.area},
        {"anomalies", curve.anomalies},
        {"others", curve.others},
        {"threshold", threshold},
        {"true_positives", corner.hits},
        {"false_positives", corner.alarms},
        {"false_negatives", curve.anomalies - corner.hits},
        {"true_negatives", curve.others - corner.alarms},
        {"roc", curve.points(curve.corners.size())},
    };
    if (info.score == AnomalyScore::CodeDistance) json["neighbours"] = options.neighbours;
    print_json(json);
    return 0;
  }
  const std::string unit = info.unit.empty() ? "" : " " + info.unit;
  std::cout << "Class " << name << " as the anomaly, by " << info.title
            << (info.score == AnomalyScore::CodeDistance
                    ? " (k = " + std::to_string(options.neighbours) + ")"
                    : "")
            << ": " << grouped(curve.anomalies) << " anomalies among " << grouped(data.test->size())
            << " test images.\n"
            << (unseen ? "Training has seen none of them.\n"
                       : "Training has seen this class: it is no anomaly to the run, only taken "
                         "for one.\n")
            << "Area under the ROC curve: " << fixed(curve.area, 4) << "\n";
  if (std::isinf(threshold)) {
    std::cout << "No threshold finds a larger share of them than it flags of the others.\n";
    return 0;
  }
  std::cout << "From " << exact(threshold) << unit << " on"
            << (options.threshold ? "" : ", where hits exceed false alarms most") << ": "
            << grouped(corner.hits) << " of " << grouped(curve.anomalies) << " anomalies found ("
            << percent(curve.true_positive_rate(at)) << "), " << grouped(corner.alarms) << " of "
            << grouped(curve.others) << " others flagged ("
            << percent(curve.false_positive_rate(at)) << ").\n";
  return 0;
}

}  // namespace

void add_anomaly(Program& program) {
  const auto options = std::make_shared<AnomalyOptions>();
  CLI::App* command = program.add_command(
      "Explore a run", "anomaly",
      "Look for a class among the test images: each has a score, a higher one means more "
      "anomalous, "
      "and the ROC curve says how well the scores tell that class from the rest. It is meant for "
      "runs that have never seen the class (`latent train --without-class N`); for others it says "
      "that training has seen it.",
      "  latent train --data mnist --without-class 1 --latent 2 --epochs 10 --out "
      "no-ones.safetensors\n"
      "  latent anomaly no-ones.safetensors\n"
      "  latent anomaly no-ones.safetensors --score code-distance --neighbours 10\n"
      "  latent anomaly vae.safetensors --class 8 --score kl --json",
      [options, &program] { return anomaly(*options, program); });
  options->run.add_run(command);
  options->run.add_data(command);
  command
      ->add_option("--class", options->anomaly_class,
                   "The class to look for, counted from 0 (default: the one that the run has left "
                   "out).")
      ->option_text("N")
      ->check(CLI::Range(0, 1'000'000))
      ->group("Anomalies");
  std::string scores;
  for (const AnomalyScoreInfo& info : anomaly_scores()) {
    scores += (scores.empty() ? "" : " ") + info.id + ": " + info.help;
  }
  command->add_option("--score", options->score, scores)
      ->option_text("SCORE")
      ->capture_default_str()
      ->check(CLI::IsMember(score_ids()))
      ->group("Anomalies");
  command
      ->add_option("--neighbours", options->neighbours,
                   "The k of code-distance: how many training codes may be nearer.")
      ->option_text("K")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000))
      ->group("Anomalies");
  command
      ->add_option(
          "--threshold", options->threshold,
          "Count at this score (default: where true minus false positive rate is largest).")
      ->option_text("X")
      ->group("Anomalies");
  program.offer_json(command);
}

}  // namespace latent::app
