#include "bakeoff/sample_quality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

namespace latent::bakeoff {
namespace {

constexpr float kSure = 0.9F;

/// Whole numbers, so that the compiler may sum them in any order. Fits 32 bits up to 33 000 pixels;
/// parts of that size are summed up.
double squared_distance(const std::uint8_t* a, const std::uint8_t* b, std::size_t pixels) {
  constexpr std::size_t kPart = 32768;
  double sum = 0.0;
  for (std::size_t first = 0; first < pixels; first += kPart) {
    const std::size_t last = std::min(pixels, first + kPart);
    std::int32_t part = 0;
    for (std::size_t p = first; p < last; ++p) {
      const std::int32_t difference = std::int32_t{a[p]} - std::int32_t{b[p]};
      part += difference * difference;
    }
    sum += part;
  }
  return sum;
}

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
                                   const Check& check) {
  const auto pixels = static_cast<std::size_t>(training.shape.pixels());
  const std::size_t n = pictures.size() / pixels;
  PictureDistances mean;
  for (std::size_t i = 0; i < n; ++i) {
    check();
    const std::uint8_t* picture = pictures.data() + i * pixels;
    double training_nearest = std::numeric_limits<double>::infinity();
    for (std::int64_t row = 0; row < training.size(); ++row) {
      training_nearest =
          std::min(training_nearest, squared_distance(picture, training.image(row).data(), pixels));
    }
    double other_nearest = std::numeric_limits<double>::infinity();
    for (std::size_t other = 0; other < n; ++other) {
      if (other == i) continue;
      other_nearest = std::min(other_nearest,
                               squared_distance(picture, pictures.data() + other * pixels, pixels));
    }
    mean.to_training += std::sqrt(training_nearest) / 255.0 / static_cast<double>(n);
    mean.to_each_other += std::sqrt(other_nearest) / 255.0 / static_cast<double>(n);
  }
  return mean;
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

SampleJudge::SampleJudge(const Engine& engine, const DataSplit& data, const std::stop_token& stop,
                         const Check& check)
    : data_(data),
      classifier_(engine.train_classifier(data, 1, stop)),
      accuracy_(accuracy(*classifier_, *data.test)) {
  const auto shown =
      static_cast<std::size_t>(std::min(kSamples, data.test->size()) * data.test->shape.pixels());
  real_ = picture_distances(std::span{data.test->images}.first(shown), *data.train, check);
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
  const PictureDistances distances = picture_distances(pictures, *data_.train, check);
  result.figures["samples_confident"] = verdict.confident;
  result.figures["samples_classes"] = verdict.classes;
  result.figures["samples_to_training"] = distances.to_training / real_.to_training;
  result.figures["samples_apart"] = distances.to_each_other / real_.to_each_other;
  result.figures["judge_accuracy"] = accuracy_;
}

}  // namespace latent::bakeoff
