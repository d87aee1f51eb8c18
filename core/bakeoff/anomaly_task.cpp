#include <mutex>
#include <optional>

#include "bakeoff/task.h"
#include "latent/anomaly.h"
#include "latent/error.h"
#include "latent/left_out_class.h"

namespace latent::bakeoff {
namespace {

constexpr std::size_t kMostRocPoints = 400;  // of a curve in the report

/// Trained again without a class, which the loss of its reconstruction then has to find.
class AnomalyTask : public BakeoffTask {
 public:
  const BakeoffTaskInfo& info() const override { return info_; }
  int runs() const override { return 1; }

  void check(const BakeoffConfig& config, const DataSplit& data) const override {
    const int classes = class_count(data);
    if (classes < 2) {
      throw Error{ErrorCode::InvalidConfig, "The anomaly task leaves a class out, and " +
                                                data.title +
                                                " has fewer than two; leave the task out."};
    }
    if (config.anomaly_class < 0 || config.anomaly_class >= classes) {
      throw Error{ErrorCode::InvalidConfig, "The class to leave out must be from 0 to " +
                                                std::to_string(classes - 1) + ", got " +
                                                std::to_string(config.anomaly_class) + "."};
    }
  }

  bool is_done(const Contender& /*contender*/, const BakeoffResult& result) const override {
    return is_known(result, "anomaly_auc") && is_known(result, "anomaly_ink_auc");
  }

  void measure(Contender& contender, BakeoffResult& result) override {
    if (!contender.system().has_encoder) {
      leave_out(result, contender.system().title + " has no encoder.");
      return;
    }
    const DataSplit& data = contender.data();
    const int left_out = contender.config().anomaly_class;
    TrainingConfig training = contender.config().training;
    training.latent_dim = contender.config().anomaly_latent;
    training.data = to_specification({left_out, training.data});
    std::call_once(first_, [&] { partial_ = without_class(data, left_out); });
    const auto model = contender.trained_apart(
        training, *partial_, "-anomaly",
        ", without " + data.train->class_names[static_cast<std::size_t>(left_out)]);
    const Dataset& test = *data.test;
    std::vector<bool> anomalous;
    for (const std::int32_t label : test.labels) anomalous.push_back(label == left_out);
    const auto curve_of = [&](AnomalyScore score) {
      return roc(score_images(*model, test, score, *data.train, /*neighbours=*/1,
                              [&](double) { contender.check(); }),
                 anomalous);
    };
    const Roc curve = curve_of(AnomalyScore::ReconstructionError);
    result.figures["anomaly_auc"] = curve.area;
    result.roc = curve.points(kMostRocPoints);
    result.figures["anomaly_ink_auc"] = curve_of(AnomalyScore::AddedInk).area;
  }

 private:
  std::once_flag first_;
  std::optional<DataSplit> partial_;  // one for all contenders
  BakeoffTaskInfo info_{
      .id = "anomaly",
      .title = "Anomaly: a class unseen",
      .help =
          "Trains again without one class and two latent dimensions, and finds that class by "
          "the loss of its reconstruction.",
      .columns = {{.id = "anomaly_auc",
                   .title = "Anomaly AUC",
                   .unit = "",
                   .help = "How well the loss of the reconstruction finds a class that training "
                           "never saw: area under the ROC curve.",
                   .higher_is_better = true,
                   .decimals = 3},
                  {.id = "anomaly_ink_auc",
                   .title = "AUC by added ink",
                   .unit = "",
                   .help = "The same by Σ (x̂ − x), how much brighter the reconstruction is than "
                           "the picture: what the published code takes as its score. A class with "
                           "little ink, such as the digit 1, is found by that alone.",
                   .higher_is_better = true,
                   .decimals = 3,
                   .compared = false}},
      .pictures = {}};
};

const BakeoffTaskEntry anomaly_entry(20, [] { return std::make_unique<AnomalyTask>(); });

}  // namespace
}  // namespace latent::bakeoff
