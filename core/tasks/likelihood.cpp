#include <algorithm>
#include <cmath>
#include <utility>

#include "latent/error.h"
#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

/// Network passes of one call: bounds how long a cancel has to wait.
constexpr std::int64_t kLikelihoodPasses = 20'000;

/// −log of the mean of exp over `count` numbers, `stride` apart.
double negative_log_mean(const float* log_weights, std::int64_t count, std::int64_t stride) {
  double highest = -INFINITY;
  for (std::int64_t i = 0; i < count; ++i) {
    highest = std::max(highest, static_cast<double>(log_weights[i * stride]));
  }
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) {
    sum += std::exp(static_cast<double>(log_weights[i * stride]) - highest);
  }
  return std::log(static_cast<double>(count)) - highest - std::log(sum);
}

/// −log p(x) from above: −log 1/k Σ_i p(x, z_i) / q(z_i|x), z_i ~ q(z|x), which falls towards it as
/// k rises and is the negative ELBO for k = 1. Burda et al. 2015, Eq. 8,
/// https://arxiv.org/abs/1509.00519
class Likelihood : public Task {
 public:
  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset& data) const override {
    if (data.size() == 0) return "There is no picture to measure.";
    const bool known =
        model.info().has_encoder &&
        !model.log_importance_weights(data.image(0), std::span(data.labels).first(1), 1, 1).empty();
    if (known) return {};
    return model.info().title +
           " gives pictures no probability: only variational systems with a density over pixels "
           "have a likelihood.";
  }

  TaskPictures show(const TaskSubject& subject, const Dataset& data,
                    std::span<const std::int64_t> rows,
                    const TaskSettings& settings) const override {
    const ChosenPictures chosen(data, rows);
    const auto samples = static_cast<std::int64_t>(settings.parameter);
    const auto weights = subject.model->log_importance_weights(
        chosen.images, chosen.labels, static_cast<int>(samples), settings.seed);
    const auto n = static_cast<std::int64_t>(rows.size());
    TaskPictures pictures;
    pictures.rows = {{"picture", to_floats(chosen.images), {}},
                     {"reconstruction", rebuild(*subject.model, chosen), {}}};
    for (std::int64_t i = 0; i < n; ++i) {
      pictures.rows[0].captions.push_back(
          fixed(negative_log_mean(weights.data() + i, samples, n), 1));
      Spread each;
      for (std::int64_t k = 0; k < samples; ++k) {
        each.add(-static_cast<double>(weights[static_cast<std::size_t>(k * n + i)]));
      }
      pictures.rows[1].captions.push_back(fixed(each.mean(), 1));
    }
    pictures.captions_mean =
        "Below the picture −log p(x) by k samples, below its reconstruction −ELBO, in nats.";
    return pictures;
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    const auto samples = static_cast<std::int64_t>(settings.parameter);
    std::vector<std::int64_t> counts;  // 1, 2, 4 … k
    for (std::int64_t k = 1; k < samples; k *= 2) counts.push_back(k);
    counts.push_back(samples);
    std::vector<Spread> bounds(counts.size());
    Draws seeds(settings.seed);
    const PassPlan plan{progress, stop, 1, 0,
                        std::clamp<std::int64_t>(kLikelihoodPasses / samples, 1, 500)};
    for_each_part(data, plan, [&](std::int64_t, const Pictures& part) {
      const auto n = static_cast<std::int64_t>(part.labels.size());
      const auto weights = subject.model->log_importance_weights(
          part.images, part.labels, static_cast<int>(samples), seeds.seed());
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::size_t which = 0; which < counts.size(); ++which) {
          // All whole groups of k of the same draws: a steadier mean than one group's.
          const std::int64_t k = counts[which];
          const std::int64_t groups = samples / k;
          double bound = 0.0;
          for (std::int64_t group = 0; group < groups; ++group) {
            bound += negative_log_mean(weights.data() + group * k * n + i, k, n);
          }
          bounds[which].add(bound / static_cast<double>(groups));
        }
      }
    });
    TaskResult result;
    result.images = data.size();
    TaskCurve curve{.title = "The bound tightens with k",
                    .x_title = "k (samples per image)",
                    .y_title = "−log p(x), nats per image",
                    .logarithmic_x = true,
                    .lines = {{"bound", {}, {}}}};
    for (std::size_t which = 0; which < counts.size(); ++which) {
      curve.lines[0].x.push_back(static_cast<double>(counts[which]));
      curve.lines[0].y.push_back(bounds[which].mean());
    }
    const double nats = bounds.back().mean();
    result.figures = {
        figure("nll", "−log p(x) by " + std::to_string(samples) + " samples", "nats per image",
               bounds.back(), 2),
        figure("negative_elbo", "−ELBO (one sample)", "nats per image", bounds.front(), 2),
        figure("bits_per_pixel", "−log₂ p(x) per pixel", "bits per pixel",
               nats / std::log(2.0) / static_cast<double>(data.shape.pixels()), 4)};
    if (samples > 1) result.curves = {std::move(curve)};
    result.remark = remark_on(subject.config);
    return result;
  }

 private:
  static std::string remark_on(const TrainingConfig& config) {
    std::string remark =
        "An upper bound of −log p(x), under the prior that the system has; ± is over the pictures.";
    if (config.reconstruction_loss == ReconstructionLoss::SquaredError) {
      remark +=
          " The pixels' density is a Gaussian of variance 1: compare squared-error runs only.";
    } else if (config.binarization == Binarization::None) {
      remark +=
          " Grey values went into a cross-entropy, which is no density of grey values: for figures "
          "that compare with published ones train on binarised pictures.";
    }
    return remark;
  }

  TaskInfo info_{
      .id = "likelihood",
      .title = "Likelihood",
      .explanation =
          "How probable the model finds pictures that it has never seen: −log p(x), by "
          "importance weighting.",
      .method =
          "k codes are drawn from the posterior of each picture and weighed by how well they "
          "explain it (Burda et al. 2015, Eq. 8).",
      .parameter = {.id = "k",
                    .title = "k (samples per image)",
                    .help = "How many codes are drawn for each picture. Higher: a bound nearer to "
                            "the truth, and k times the work.",
                    .kind = Hyperparameter::Kind::Integer,
                    .initial = 50,
                    .minimum = 1,
                    .maximum = 1000,
                    .unit = "samples",
                    .logarithmic = true}};
};

const TaskEntry likelihood_entry(50, std::make_unique<Likelihood>());

}  // namespace
}  // namespace latent::tasks
