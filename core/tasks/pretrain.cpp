#include <algorithm>

#include "latent/classifier.h"
#include "latent/engine.h"
#include "latent/error.h"
#include "latent/probe.h"
#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

constexpr std::int64_t kLabelLadder[] = {100, 300, 1'000, 3'000, 10'000, 30'000};

/// The steps of the ladder below `most`, and `most`.
std::vector<std::int64_t> label_counts(std::int64_t most) {
  std::vector<std::int64_t> counts;
  for (const std::int64_t count : kLabelLadder) {
    if (count < most) counts.push_back(count);
  }
  counts.push_back(most);
  return counts;
}

/// Does it help a classifier with few labels that its network was an encoder before? The run's
/// encoder with a linear layer on its code is fine-tuned on n labelled training images, and beside
/// it the same network from random weights, on the same images in the same order (Hinton &
/// Salakhutdinov 2006, https://doi.org/10.1126/science.1127647; Erhan et al. 2010,
/// https://jmlr.org/papers/v11/erhan10a.html).
class Pretrain : public Task {
 public:
  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset& data) const override {
    const ModelInfo& system = model.info();
    if (!system.has_encoder) return system.title + " has no encoder to fine-tune.";
    if (system.conditional) {
      return system.title + "'s encoder is told the class: a classifier may not be.";
    }
    if (!system.gradient_trained) {
      return system.title + " is fitted in one step: there is no network to fine-tune.";
    }
    if (data.class_names.size() < 2) {
      return "A classifier needs at least two classes; these pictures have " +
             std::to_string(data.class_names.size()) + ".";
    }
    return {};
  }

  TaskPictures show(const TaskSubject& /*subject*/, const Dataset& data,
                    std::span<const std::int64_t> rows,
                    const TaskSettings& /*settings*/) const override {
    const ChosenPictures chosen(data, rows);
    TaskPictures::Row row{"to be told apart", to_floats(chosen.images), {}};
    for (const std::int32_t label : chosen.labels) {
      row.captions.push_back(label < 0 ? "–" : data.class_names[static_cast<std::size_t>(label)]);
    }
    return {.rows = {std::move(row)},
            .captions_mean = "The class that both classifiers are to find.",
            .remark =
                "Measuring trains two classifiers for each number of labels; that takes from "
                "seconds to minutes."};
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    if (subject.engine == nullptr || !subject.training) {
      throw Error{ErrorCode::InvalidConfig,
                  "Pre-training needs the engine and the training part; one of them is not here."};
    }
    const Dataset& training = *subject.training;
    if (subject.training.get() == &data) {
      throw Error{ErrorCode::InvalidConfig,
                  "The classifiers learn from the training part: measure them on another one."};
    }
    const std::vector<std::int64_t> order = balanced_order(training, settings.seed);
    const auto classes = static_cast<std::int64_t>(data.class_names.size());
    const auto labelled = static_cast<std::int64_t>(order.size());
    if (labelled < classes) {
      throw Error{ErrorCode::InvalidConfig,
                  "Pre-training needs a labelled training image of each "
                  "of the " +
                      std::to_string(classes) + " classes; there are " + std::to_string(labelled) +
                      " labelled ones."};
    }
    const std::vector<std::int64_t> counts =
        label_counts(std::clamp(static_cast<std::int64_t>(settings.parameter), classes, labelled));

    TaskCurve::Line tuned{"fine-tuned", {}, {}};
    TaskCurve::Line scratch{"from scratch", {}, {}};
    const auto trainings = static_cast<std::int64_t>(2 * counts.size());
    std::int64_t done = 0;
    for (const std::int64_t count : counts) {
      for (TaskCurve::Line* line : {&tuned, &scratch}) {
        if (progress) {
          progress(done, trainings, line->title + " with " + std::to_string(count) + " labels");
        }
        const auto classifier = subject.engine->train_on_encoder(
            *subject.model, training,
            {.rows = {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)},
             .pretrained = line == &tuned,
             .seed = settings.seed},
            stop);
        if (stop.stop_requested()) {
          throw Error{ErrorCode::Cancelled, "The measurement was stopped."};
        }
        line->x.push_back(static_cast<double>(count));
        line->y.push_back(accuracy(*classifier, data));
        ++done;
      }
    }
    if (progress) progress(trainings, trainings, "");

    TaskResult result;
    result.images = data.size();
    const auto add_figures = [&](std::size_t at) {
      const std::string labels = std::to_string(counts[at]);
      result.figures.push_back(figure("fine_tuned_" + labels,
                                      "Accuracy with " + labels + " labels, fine-tuned", "",
                                      tuned.y[at], 4));
      result.figures.push_back(figure("from_scratch_" + labels,
                                      "Accuracy with " + labels + " labels, from scratch", "",
                                      scratch.y[at], 4));
    };
    add_figures(0);
    if (counts.size() > 1) add_figures(counts.size() - 1);
    result.curves = {{.title = "Accuracy against the number of labels",
                      .x_title = "labelled training images",
                      .y_title = "accuracy",
                      .logarithmic_x = true,
                      .lines = {std::move(tuned), std::move(scratch)}}};
    result.remark =
        "One draw of the labelled images, as many of each class as there are, and of "
        "the random weights: another seed says what a difference is worth.";
    if (static_cast<std::int64_t>(settings.parameter) > labelled) {
      result.remark += " The training part has " + std::to_string(labelled) + " labelled images.";
    }
    return result;
  }

 private:
  TaskInfo info_{
      .id = "pretrain",
      .title = "Pre-train",
      .explanation =
          "Does training without labels help? The encoder is turned into a classifier "
          "with few labels, beside the same network from random weights.",
      .method =
          "The encoder with a linear layer on its code is trained as a whole: Adam, batches "
          "of 64, ten times through the labelled images and 500 batches at the least, on the "
          "same images in the same order (Hinton & Salakhutdinov 2006; Erhan et al. 2010).",
      .parameter = {.id = "labels",
                    .title = "Most labels",
                    .help = "Up to how many labelled training images: 100, 300, 1000, 3000, … and "
                            "this many. Higher: the curves go on further, and it takes longer.",
                    .kind = Hyperparameter::Kind::Integer,
                    .initial = 10'000,
                    .minimum = 10,
                    .maximum = 100'000,
                    .unit = "images",
                    .logarithmic = true}};
};

const TaskEntry pretrain_entry(70, std::make_unique<Pretrain>());

}  // namespace
}  // namespace latent::tasks
