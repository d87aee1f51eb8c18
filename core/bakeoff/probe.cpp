#include "bakeoff/probe.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace latent::bakeoff {
namespace {

constexpr std::size_t kBatch = 32;
constexpr int kEpochs = 20;
constexpr int kPatience = 3;
constexpr double kRate = 1e-3;
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;

/// One z from each posterior; point codes as they are.
std::vector<float> sampled(const LabelledCodes& codes, std::mt19937_64& random) {
  std::vector<float> z = codes.mean;
  if (codes.log_var.empty()) return z;
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < z.size(); ++i) {
    z[i] += std::exp(0.5F * codes.log_var[i]) * normal(random);
  }
  return z;
}

/// Linear(L → classes) with its Adam state; the bias is each class's last weight.
class LinearClassifier {
 public:
  LinearClassifier(std::size_t inputs, std::size_t classes, std::mt19937_64& random)
      : inputs_(inputs),
        classes_(classes),
        weights_(classes * (inputs + 1)),
        gradient_(weights_.size()),
        first_(weights_.size()),
        second_(weights_.size()),
        scores_(classes) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
    std::uniform_real_distribution<double> uniform{-bound, bound};
    for (double& weight : weights_) weight = uniform(random);
  }

  void train(const std::vector<float>& z, const std::vector<std::int32_t>& labels,
             std::span<const std::size_t> rows) {
    std::fill(gradient_.begin(), gradient_.end(), 0.0);
    for (const std::size_t row : rows) {
      score(z.data() + row * inputs_);
      const double highest = *std::max_element(scores_.begin(), scores_.end());
      double sum = 0.0;
      for (double& score : scores_) sum += (score = std::exp(score - highest));
      for (std::size_t c = 0; c < classes_; ++c) {
        const double off = (scores_[c] / sum - (static_cast<std::int32_t>(c) == labels[row])) /
                           static_cast<double>(rows.size());
        double* gradient = gradient_.data() + c * (inputs_ + 1);
        for (std::size_t i = 0; i < inputs_; ++i) {
          gradient[i] += off * double(z[row * inputs_ + i]);
        }
        gradient[inputs_] += off;
      }
    }
    step();
  }

  double accuracy(const std::vector<float>& z, const std::vector<std::int32_t>& labels) {
    if (labels.empty()) return 0.0;
    std::size_t right = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      score(z.data() + row * inputs_);
      const auto best = std::max_element(scores_.begin(), scores_.end()) - scores_.begin();
      right += static_cast<std::int32_t>(best) == labels[row] ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(labels.size());
  }

 private:
  void score(const float* z) {
    for (std::size_t c = 0; c < classes_; ++c) {
      const double* weights = weights_.data() + c * (inputs_ + 1);
      double sum = weights[inputs_];
      for (std::size_t i = 0; i < inputs_; ++i) sum += weights[i] * double(z[i]);
      scores_[c] = sum;
    }
  }

  void step() {
    ++steps_;
    const double rate =
        kRate * std::sqrt(1.0 - std::pow(kBeta2, steps_)) / (1.0 - std::pow(kBeta1, steps_));
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      first_[i] = kBeta1 * first_[i] + (1.0 - kBeta1) * gradient_[i];
      second_[i] = kBeta2 * second_[i] + (1.0 - kBeta2) * gradient_[i] * gradient_[i];
      weights_[i] -= rate * first_[i] / (std::sqrt(second_[i]) + kEpsilon);
    }
  }

  std::size_t inputs_;
  std::size_t classes_;
  std::vector<double> weights_;  // [classes, L + 1]
  std::vector<double> gradient_;
  std::vector<double> first_;
  std::vector<double> second_;
  std::vector<double> scores_;
  double steps_ = 0.0;
};

}  // namespace

double probe_accuracy(const LabelledCodes& train, const LabelledCodes& validation,
                      const LabelledCodes& test, int latent_dim, int classes, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  LinearClassifier classifier{static_cast<std::size_t>(latent_dim),
                              static_cast<std::size_t>(classes), random};
  const std::vector<float> validation_z = sampled(validation, random);
  std::vector<std::size_t> order(train.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});

  LinearClassifier best = classifier;
  double highest = -1.0;
  int without_rise = 0;
  for (int epoch = 0; epoch < kEpochs && without_rise < kPatience; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    const std::vector<float> z = sampled(train, random);
    for (std::size_t first = 0; first < order.size(); first += kBatch) {
      classifier.train(z, train.labels,
                       std::span{order}.subspan(first, std::min(kBatch, order.size() - first)));
    }
    const double accuracy = classifier.accuracy(validation_z, validation.labels);
    if (accuracy > highest) {
      highest = accuracy;
      best = classifier;
      without_rise = 0;
    } else {
      ++without_rise;
    }
  }
  return best.accuracy(sampled(test, random), test.labels);
}

}  // namespace latent::bakeoff
