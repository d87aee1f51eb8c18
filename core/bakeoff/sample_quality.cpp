#include "bakeoff/sample_quality.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "bakeoff/number.h"
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
  SampleVerdict verdict{.confident = 0.0, .of_class = std::vector<double>(classes)};
  std::size_t sure = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes));
    if (*best < kSure) continue;
    ++sure;
    ++verdict.of_class[static_cast<std::size_t>(best - row)];
  }
  const auto all = static_cast<double>(std::max<std::size_t>(n, 1));
  verdict.confident = static_cast<double>(sure) / all;
  for (double& share : verdict.of_class) share /= all;
  return verdict;
}

int SampleVerdict::classes() const {
  return static_cast<int>(
      std::count_if(of_class.begin(), of_class.end(), [](double share) { return share > 0.0; }));
}

std::string missed_classes(const SampleVerdict& verdict, const SampleVerdict& of_test,
                           const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t c = 0; c < names.size(); ++c) {
    if (verdict.of_class[c] > 0.0) continue;
    text += (text.empty() ? "None of the sure pictures is " : "; none is ") + names[c] + " (" +
            number(100.0 * of_test.of_class[c], 1) + " % of the test images are surely so)";
  }
  return text.empty() ? text : text + ".";
}

SampleJudge::SampleJudge(const Engine& engine, const DataSplit& data, int threads,
                         const std::stop_token& stop, const Check& check)
    : data_(data),
      threads_(threads),
      classifier_(engine.train_classifier(data, 1, stop)),
      accuracy_(accuracy(*classifier_, *data.test)),
      of_test_(judge(*classifier_, data.test->images)) {
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
  result.figures["samples_classes"] = verdict.classes();
  result.remarks.erase("samples_classes");
  const std::string missed = missed_classes(verdict, of_test_, data_.test->class_names);
  if (!missed.empty()) result.remarks["samples_classes"] = missed;
  result.figures["samples_to_training"] = distances.to_training / real_.to_training;
  result.figures["samples_apart"] = distances.to_each_other / real_.to_each_other;
  result.figures["judge_accuracy"] = accuracy_;
}

}  // namespace latent::bakeoff
