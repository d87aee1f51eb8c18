#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bakeoff/number.h"
#include "latent/bakeoff.h"

namespace latent {
namespace {

/// results/mnist of the published bake-off, one run each; minutes as seconds.
const std::map<std::string, std::map<std::string, double>>& published() {
  static const std::map<std::string, std::map<std::string, double>> figures = {
      {"shallow-ae",
       {{"reconstruction", 123.2},
        {"probe_accuracy", .4511},
        {"anomaly_ink_auc", .913},
        {"training_seconds", 638}}},
      {"deep-ae",
       {{"reconstruction", 63.92},
        {"probe_accuracy", .7835},
        {"anomaly_ink_auc", .797},
        {"training_seconds", 675}}},
      {"stacked-ae",
       {{"reconstruction", 87.87},
        {"probe_accuracy", .6107},
        {"anomaly_ink_auc", .866},
        {"training_seconds", 666}}},
      {"sparse-ae",
       {{"reconstruction", 64.27},
        {"probe_accuracy", .2221},
        {"anomaly_ink_auc", .828},
        {"training_seconds", 688}}},
      {"denoising-ae",
       {{"reconstruction", 75.15},
        {"probe_accuracy", .8049},
        {"anomaly_ink_auc", .781},
        {"training_seconds", 678}}},
      {"vae",
       {{"reconstruction", 76.12},
        {"probe_accuracy", .6016},
        {"anomaly_ink_auc", .782},
        {"training_seconds", 690}}},
      {"beta-vae-strict",
       {{"reconstruction", 86.12},
        {"probe_accuracy", .4536},
        {"anomaly_ink_auc", .810},
        {"training_seconds", 689}}},
      {"beta-vae-loose",
       {{"reconstruction", 69.51},
        {"probe_accuracy", .6311},
        {"anomaly_ink_auc", .820},
        {"training_seconds", 689}}},
      {"vq-vae",
       {{"reconstruction", 64.49},
        {"probe_accuracy", .7717},
        {"anomaly_ink_auc", .818},
        {"training_seconds", 688}}},
  };
  return figures;
}

/// The published figures are of this data and network.
bool is_published_protocol(const BakeoffConfig& config) {
  TrainingConfig training = config.training;
  const TrainingConfig protocol = BakeoffConfig::protocol();
  training.threads = protocol.threads;
  training.fast_path = protocol.fast_path;
  training.model = protocol.model;
  training.seed = protocol.seed;
  return training == protocol;
}

}  // namespace

const std::vector<BakeoffColumn>& bakeoff_columns() {
  static const std::vector<BakeoffColumn> columns = [] {
    std::vector<BakeoffColumn> all = {
        {.id = "reconstruction",
         .title = "Reconstruction",
         .unit = "nats per image",
         .help = "Mean loss of the test images' reconstructions; variational systems sample z."},
        {.id = "regularizer",
         .title = "Regularizer",
         .unit = "nats per image",
         .help = "What the test loss holds beside the reconstruction.",
         .compared = false},
    };
    for (const BakeoffTaskInfo& task : bakeoff_tasks()) {
      all.insert(all.end(), task.columns.begin(), task.columns.end());
    }
    const std::vector<BakeoffColumn> of_training = {
        {.id = "training_seconds",
         .title = "Training",
         .unit = "s",
         .help = "Wall time of training with its validation, on this machine.",
         .decimals = 0},
        {.id = "samples_per_second",
         .title = "Speed",
         .unit = "samples/s",
         .help = "Images trained on in a second, validation included.",
         .higher_is_better = true,
         .decimals = 0,
         .compared = false},
        {.id = "parameters",
         .title = "Parameters",
         .unit = "",
         .help = "Numbers that training changes.",
         .decimals = 0,
         .compared = false},
    };
    all.insert(all.end(), of_training.begin(), of_training.end());
    return all;
  }();
  return columns;
}

std::vector<BakeoffRow> summarize(const BakeoffConfig& config,
                                  const std::vector<BakeoffResult>& results) {
  const bool comparable = is_published_protocol(config);
  std::vector<BakeoffRow> rows;
  for (const BakeoffCompetitor& competitor : config.competitors) {
    BakeoffRow row{.competitor = competitor, .figures = {}, .missing = {}, .remarks = {}};
    for (const BakeoffColumn& column : bakeoff_columns()) {
      std::vector<double> values;
      for (const BakeoffResult& result : results) {
        if (result.competitor != competitor.id) continue;
        row.missing.insert(result.missing.begin(), result.missing.end());
        row.remarks.insert(result.remarks.begin(), result.remarks.end());
        const auto found = result.figures.find(column.id);
        if (found != result.figures.end()) values.push_back(found->second);
      }
      if (values.empty()) continue;
      BakeoffFigure figure{.seeds = static_cast<int>(values.size())};
      for (const double value : values) figure.mean += value / static_cast<double>(values.size());
      for (const double value : values) {
        figure.deviation += (value - figure.mean) * (value - figure.mean);
      }
      figure.deviation = values.size() > 1
                             ? std::sqrt(figure.deviation / static_cast<double>(values.size() - 1))
                             : 0.0;
      const auto row_there = published().find(competitor.id);
      if (comparable && row_there != published().end()) {
        const auto value = row_there->second.find(column.id);
        if (value != row_there->second.end()) figure.published = value->second;
      }
      row.figures[column.id] = figure;
    }
    rows.push_back(std::move(row));
  }
  for (const BakeoffColumn& column : bakeoff_columns()) {
    if (!column.compared) continue;
    BakeoffFigure* best = nullptr;
    int measured = 0;
    for (BakeoffRow& row : rows) {
      const auto found = row.figures.find(column.id);
      if (found == row.figures.end()) continue;
      ++measured;
      const double gain = best == nullptr ? 1.0 : found->second.mean - best->mean;
      if (best == nullptr || (column.higher_is_better ? gain > 0.0 : gain < 0.0)) {
        best = &found->second;
      }
    }
    if (measured > 1) best->best = true;
  }
  return rows;
}

std::vector<BakeoffColumn> measured_columns(const std::vector<BakeoffRow>& rows) {
  std::vector<BakeoffColumn> columns;
  for (const BakeoffColumn& column : bakeoff_columns()) {
    const bool measured = std::any_of(rows.begin(), rows.end(), [&](const BakeoffRow& row) {
      return row.figures.count(column.id) != 0;
    });
    if (measured) columns.push_back(column);
  }
  return columns;
}

std::string bakeoff_markdown(const BakeoffConfig& config,
                             const std::vector<BakeoffResult>& results) {
  const std::vector<BakeoffRow> rows = summarize(config, results);
  const std::vector<BakeoffColumn> columns = measured_columns(rows);
  std::string head = "| system |";
  std::string rule = "| --- |";
  for (const BakeoffColumn& column : columns) {
    head += " " + column.title + (column.unit.empty() ? "" : ", " + column.unit) + " |";
    rule += " ---: |";
  }
  std::string text = head + "\n" + rule + "\n";
  for (const BakeoffRow& row : rows) {
    text += "| " + row.competitor.title + " |";
    for (const BakeoffColumn& column : columns) {
      const auto found = row.figures.find(column.id);
      if (found == row.figures.end()) {
        text += " – |";
        continue;
      }
      const BakeoffFigure& figure = found->second;
      const std::string mean = number(figure.mean, column.decimals);
      text += " " + (figure.best ? "**" + mean + "**" : mean);
      if (figure.seeds > 1 && figure.deviation > 0.0) {
        text += " ± " + number(figure.deviation, column.decimals);
      }
      if (figure.published) text += " (" + number(*figure.published, column.decimals) + ")";
      text += " |";
    }
    text += "\n";
  }
  for (const BakeoffColumn& column : columns) {
    for (const BakeoffRow& row : rows) {
      const auto remark = row.remarks.find(column.id);
      if (remark == row.remarks.end()) continue;
      text += "\n" + row.competitor.title + ", " + column.title + ": " + remark->second + "\n";
    }
  }
  return text;
}

}  // namespace latent
