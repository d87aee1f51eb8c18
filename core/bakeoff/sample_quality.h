#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bakeoff/measurement.h"
#include "latent/classifier.h"
#include "latent/dataset.h"

namespace latent::bakeoff {

/// How far pictures are from others, Euclidean over pixels from 0 to 1; means over the pictures.
struct PictureDistances {
  double to_training = 0.0;    ///< to the nearest training image: near 0 for copies
  double to_each_other = 0.0;  ///< to the nearest of the other pictures: near 0 when all are alike
};

/// `pictures` [n, C, H, W], n ≥ 2. Exact, O(n · (N_train + n) · D). `threads` (0: all of the
/// machine) change nothing but the speed.
PictureDistances picture_distances(std::span<const std::uint8_t> pictures, const Dataset& training,
                                   int threads, const Check& check);

/// What a judge says of pictures that a system drew.
struct SampleVerdict {
  double confident = 0.0;  ///< share of the pictures of whose class the judge is at least 90 % sure
  std::vector<double> of_class;  ///< [K] the same by class: sums to `confident`

  int classes() const;  ///< that at least one of those pictures is of
};

/// `pictures` [n, C, H, W].
SampleVerdict judge(const Classifier& classifier, std::span<const std::uint8_t> pictures);

/// A sentence that names the classes of which no picture is sure, each with the share of the test
/// images that surely are of it; empty where there are none.
std::string missed_classes(const SampleVerdict& verdict, const SampleVerdict& of_test,
                           const std::vector<std::string>& names);

/// Judges what systems draw from their priors: one judge, trained once on the training images, and
/// the test images as the measure of how far real pictures are from them and from each other.
class SampleJudge {
 public:
  /// Trains the classifier: a minute and a half on MNIST. Throws Error{InvalidConfig} when the data
  /// have fewer than two classes.
  SampleJudge(const Engine& engine, const DataSplit& data, int threads, const std::stop_token& stop,
              const Check& check);

  /// Adds "samples_confident" and "samples_classes" of kSamples pictures, "samples_to_training" and
  /// "samples_apart" of the first kCompared (relative to as many test images) and "judge_accuracy".
  /// A remark names the classes of which no picture is. A conditional system is told each class
  /// equally often.
  void measure(const FrozenModel& model, BakeoffResult& result, const Check& check) const;

  static constexpr std::int64_t kSamples = 2000;
  static constexpr std::int64_t kCompared = 500;

 private:
  DataSplit data_;
  int threads_;
  std::unique_ptr<Classifier> classifier_;
  double accuracy_;
  SampleVerdict of_test_;
  PictureDistances real_;
};

}  // namespace latent::bakeoff
