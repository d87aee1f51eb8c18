#include "bakeoff/sample_quality.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "latent/neighbourhood.h"

namespace latent::bakeoff {
namespace {

constexpr float kSure = 0.9F;

std::vector<std::uint8_t> drawn(const FrozenModel& model, std::span<const float> codes,
                                int classes) {
  const std::size_t n = codes.size() / static_cast<std::size_t>(model.latent_dim());
  std::vector<std::int32_t> labels;
  if (model.info().conditional) {
    for (std::size_t i = 0; i < n; ++i) {
      labels.push_back(static_cast<std::int32_t>(i % static_cast<std::size_t>(classes)));
    }
  }
  std::vector<float> pixels(n * static_cast<std::size_t>(model.shape().pixels()));
  model.decode(codes, labels, pixels);
  std::vector<std::uint8_t> pictures(pixels.size());
  std::transform(pixels.begin(), pixels.end(), pictures.begin(), [](float value) {
    return static_cast<std::uint8_t>(std::lround(255.0F * std::clamp(value, 0.0F, 1.0F)));
  });
  return pictures;
}

}  // namespace

PictureDistances picture_distances(std::span<const std::uint8_t> pictures, const Dataset& training,
                                   int threads, const Check& check) {
  const std::int64_t pixels = training.shape.pixels();
  const std::function<bool()> interrupted = [&] {
    check();
    return false;
  };
  const auto mean = [](const std::vector<std::int64_t>& squared) {
    const auto share = 1.0 / (255.0 * static_cast<double>(squared.size()));
    double sum = 0.0;
    for (const std::int64_t each : squared) sum += std::sqrt(static_cast<double>(each)) * share;
    return sum;
  };
  return {.to_training = mean(squared_distances_to_nearest(pictures, training.images, pixels,
                                                           threads, interrupted)),
          .to_each_other =
              mean(squared_distances_to_nearest_other(pictures, pixels, threads, interrupted))};
}

SampleVerdict judge(const Classifier& classifier, std::span<const std::uint8_t> pictures) {
  const auto classes = static_cast<std::size_t>(classifier.classes());
  const std::size_t n = pictures.size() / static_cast<std::size_t>(classifier.shape().pixels());
  std::vector<float> probabilities(n * classes);
  classifier.classify(pictures, probabilities);
  std::size_t sure = 0;
  std::set<std::ptrdiff_t> seen;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
    if (*best < kSure) continue;
    ++sure;
    seen.insert(best - row);
  }
  return {.confident = n == 0 ? 0.0 : static_cast<double>(sure) / static_cast<double>(n),
          .classes = static_cast<int>(seen.size())};
}

SampleJudge::SampleJudge(const Engine& engine, const DataSplit& data, int threads,
                         const std::stop_token& stop, const Check& check)
    : data_(data),
      threads_(threads),
      classifier_(engine.train_classifier(data, 1, stop)),
      accuracy_(accuracy(*classifier_, *data.test)) {
  const auto shown =
      static_cast<std::size_t>(std::min(kCompared, data.test->size()) * data.test->shape.pixels());
  real_ =
      picture_distances(std::span{data.test->images}.first(shown), *data.train, threads_, check);
}

void SampleJudge::measure(const FrozenModel& model, BakeoffResult& result,
                          const Check& check) const {
  const std::vector<float> codes =
      model.info().has_prior ? model.sample_prior(kSamples, result.seed) : std::vector<float>{};
  if (codes.empty()) {
    result.missing["samples_confident"] = model.info().title + " has no prior to draw from.";
    return;
  }
  const std::vector<std::uint8_t> pictures =
      drawn(model, codes, static_cast<int>(data_.train->class_names.size()));
  const SampleVerdict verdict = judge(*classifier_, pictures);
  const auto compared = static_cast<std::size_t>(kCompared * data_.train->shape.pixels());
  const PictureDistances distances =
      picture_distances(std::span{pictures}.first(compared), *data_.train, threads_, check);
  result.figures["samples_confident"] = verdict.confident;
  result.figures["samples_classes"] = verdict.classes;
  result.figures["samples_to_training"] = distances.to_training / real_.to_training;
  result.figures["samples_apart"] = distances.to_each_other / real_.to_each_other;
  result.figures["judge_accuracy"] = accuracy_;
}

}  // namespace latent::bakeoff
