#include "latent/probe.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "latent/error.h"

namespace latent {
namespace {

constexpr std::size_t kCodesAtOnce = 500;
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

/// Every number of a code to mean 0 and deviation 1, as far as the training codes say.
class Standardization {
 public:
  Standardization(const std::vector<float>& codes, std::size_t length, bool wanted)
      : mean_(length), deviation_(length, 1.0) {
    const std::size_t n = codes.size() / length;
    if (!wanted || n == 0) return;
    for (std::size_t l = 0; l < length; ++l) {
      double sum = 0.0;
      double squares = 0.0;
      for (std::size_t i = 0; i < n; ++i) sum += codes[i * length + l];
      mean_[l] = sum / static_cast<double>(n);
      for (std::size_t i = 0; i < n; ++i) {
        const double off = codes[i * length + l] - mean_[l];
        squares += off * off;
      }
      const double deviation = std::sqrt(squares / static_cast<double>(n));
      if (deviation > 0.0) deviation_[l] = deviation;
    }
  }

  void apply(std::vector<float>& codes) const {
    const std::size_t length = mean_.size();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      codes[i] = static_cast<float>((codes[i] - mean_[i % length]) / deviation_[i % length]);
    }
  }

  /// `weights` [classes, L + 1] for codes as they are, from weights for standardized ones.
  void undo(std::vector<double>& weights) const {
    const std::size_t length = mean_.size();
    for (std::size_t row = 0; row < weights.size(); row += length + 1) {
      for (std::size_t l = 0; l < length; ++l) {
        weights[row + l] /= deviation_[l];
        weights[row + length] -= weights[row + l] * mean_[l];
      }
    }
  }

 private:
  std::vector<double> mean_;
  std::vector<double> deviation_;
};

/// Linear(L → classes) with its Adam state; the bias is each class's last weight.
class SoftmaxRegression {
 public:
  SoftmaxRegression(std::size_t inputs, std::size_t classes, double rate, std::mt19937_64& random)
      : inputs_(inputs),
        classes_(classes),
        rate_(rate),
        weights_(classes * (inputs + 1)),
        gradient_(weights_.size()),
        first_(weights_.size()),
        second_(weights_.size()),
        scores_(classes) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(inputs));
    std::uniform_real_distribution<double> uniform{-bound, bound};
    for (double& weight : weights_) weight = uniform(random);
  }

  const std::vector<double>& weights() const { return weights_; }

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
        rate_ * std::sqrt(1.0 - std::pow(kBeta2, steps_)) / (1.0 - std::pow(kBeta1, steps_));
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      first_[i] = kBeta1 * first_[i] + (1.0 - kBeta1) * gradient_[i];
      second_[i] = kBeta2 * second_[i] + (1.0 - kBeta2) * gradient_[i] * gradient_[i];
      weights_[i] -= rate * first_[i] / (std::sqrt(second_[i]) + kEpsilon);
    }
  }

  std::size_t inputs_;
  std::size_t classes_;
  double rate_;
  std::vector<double> weights_;  // [classes, L + 1]
  std::vector<double> gradient_;
  std::vector<double> first_;
  std::vector<double> second_;
  std::vector<double> scores_;
  double steps_ = 0.0;
};

std::vector<std::int32_t> classified(const LinearProbe& probe, const std::vector<float>& z) {
  const auto length = static_cast<std::size_t>(probe.latent_dim);
  std::vector<std::int32_t> classes(z.size() / length);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    classes[i] = probe.classify(std::span{z}.subspan(i * length, length));
  }
  return classes;
}

/// The first `count` of `codes`.
LabelledCodes first_of(const LabelledCodes& codes, std::size_t count, std::size_t length) {
  const auto head = [&](const std::vector<float>& all) {
    return std::vector<float>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(
                                                             std::min(all.size(), count * length)));
  };
  return {head(codes.mean),
          head(codes.log_var),
          {codes.labels.begin(), codes.labels.begin() + static_cast<std::ptrdiff_t>(count)}};
}

WorkObserver stretch_of(const WorkObserver& observer, double from, double to) {
  if (!observer) return {};
  return [&observer, from, to](double share) { observer(from + (to - from) * share); };
}

}  // namespace

LabelledCodes labelled_codes(const FrozenModel& model, const Dataset& images,
                             const std::vector<std::int64_t>& rows, bool with_log_var,
                             const WorkObserver& observer) {
  const auto length = static_cast<std::size_t>(model.latent_dim());
  const auto pixels = static_cast<std::size_t>(images.shape.pixels());
  LabelledCodes codes;
  codes.labels.reserve(rows.size());
  for (const std::int64_t row : rows) {
    codes.labels.push_back(images.labels[static_cast<std::size_t>(row)]);
  }
  codes.mean.resize(rows.size() * length);
  if (with_log_var && model.info().gaussian_posterior) codes.log_var.resize(codes.mean.size());
  std::vector<std::uint8_t> part;
  for (std::size_t first = 0; first < rows.size(); first += kCodesAtOnce) {
    if (observer) observer(static_cast<double>(first) / static_cast<double>(rows.size()));
    const std::size_t count = std::min(kCodesAtOnce, rows.size() - first);
    part.resize(count * pixels);
    for (std::size_t i = 0; i < count; ++i) {
      const auto image = images.image(rows[first + i]);
      std::copy(image.begin(), image.end(), part.begin() + static_cast<std::ptrdiff_t>(i * pixels));
    }
    std::span<float> log_var{codes.log_var};
    if (!log_var.empty()) log_var = log_var.subspan(first * length, count * length);
    model.encode(part, std::span{codes.labels}.subspan(first, count),
                 std::span{codes.mean}.subspan(first * length, count * length), log_var);
  }
  return codes;
}

std::vector<std::int64_t> labelled_rows(const Dataset& images) {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < images.size(); ++row) {
    if (images.labels[static_cast<std::size_t>(row)] >= 0) rows.push_back(row);
  }
  return rows;
}

std::vector<std::int64_t> balanced_order(const Dataset& images, std::uint64_t seed) {
  std::vector<std::int64_t> rows = labelled_rows(images);
  std::mt19937_64 random{seed};
  std::shuffle(rows.begin(), rows.end(), random);
  std::vector<std::vector<std::int64_t>> of_class;
  for (const std::int64_t row : rows) {
    const auto label = static_cast<std::size_t>(images.labels[static_cast<std::size_t>(row)]);
    if (of_class.size() <= label) of_class.resize(label + 1);
    of_class[label].push_back(row);
  }
  std::vector<std::int64_t> order;
  order.reserve(rows.size());
  for (std::size_t turn = 0; order.size() < rows.size(); ++turn) {
    for (const auto& own : of_class) {
      if (turn < own.size()) order.push_back(own[turn]);
    }
  }
  return order;
}

double LinearProbe::score(int label, std::span<const float> code) const {
  const double* row = weights.data() + static_cast<std::ptrdiff_t>(label) * (latent_dim + 1);
  double sum = row[latent_dim];
  for (int l = 0; l < latent_dim; ++l) sum += row[l] * double{code[static_cast<std::size_t>(l)]};
  return sum;
}

std::int32_t LinearProbe::classify(std::span<const float> code) const {
  std::int32_t best = 0;
  double highest = score(0, code);
  for (std::int32_t label = 1; label < classes; ++label) {
    const double next = score(label, code);
    if (next > highest) {
      highest = next;
      best = label;
    }
  }
  return best;
}

LinearProbe train_probe(const LabelledCodes& train, const LabelledCodes& validation, int latent_dim,
                        int classes, const ProbeTraining& training, std::mt19937_64& random,
                        const WorkObserver& observer) {
  const auto length = static_cast<std::size_t>(latent_dim);
  const auto batch = static_cast<std::size_t>(training.batch);
  SoftmaxRegression classifier{length, static_cast<std::size_t>(classes), training.learning_rate,
                               random};
  const Standardization standard{train.mean, length, training.standardizes};
  std::vector<float> validation_z = sampled(validation, random);
  standard.apply(validation_z);
  std::vector<std::size_t> order(train.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});

  std::vector<double> best = classifier.weights();
  double highest = -1.0;
  int without_rise = 0;
  for (int round = 0; round < training.rounds && without_rise < training.patience; ++round) {
    if (observer) observer(static_cast<double>(round) / training.rounds);
    int batches = 0;
    do {
      std::shuffle(order.begin(), order.end(), random);
      std::vector<float> z = sampled(train, random);
      standard.apply(z);
      for (std::size_t first = 0; first < order.size(); first += batch) {
        classifier.train(z, train.labels,
                         std::span{order}.subspan(first, std::min(batch, order.size() - first)));
        ++batches;
      }
    } while (batches > 0 && batches < training.batches);
    const double accuracy = classifier.accuracy(validation_z, validation.labels);
    if (accuracy > highest) {
      highest = accuracy;
      best = classifier.weights();
      without_rise = 0;
    } else {
      ++without_rise;
    }
  }
  standard.undo(best);
  return {latent_dim, classes, std::move(best)};
}

double probe_accuracy(const LabelledCodes& train, const LabelledCodes& validation,
                      const LabelledCodes& test, int latent_dim, int classes, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  const LinearProbe probe =
      train_probe(train, validation, latent_dim, classes, ProbeTraining::published(), random);
  return accuracy_of(test.labels, classified(probe, sampled(test, random)));
}

double accuracy_of(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted) {
  if (truth.empty()) return 0.0;
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += truth[i] == predicted[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

std::vector<std::int64_t> confusion_matrix(std::span<const std::int32_t> truth,
                                           std::span<const std::int32_t> predicted, int classes) {
  const auto side = static_cast<std::size_t>(classes);
  std::vector<std::int64_t> matrix(side * side);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++matrix[static_cast<std::size_t>(truth[i]) * side + static_cast<std::size_t>(predicted[i])];
  }
  return matrix;
}

std::string why_no_probe(const ModelInfo& model, const DataSplit& data) {
  if (!model.has_encoder) return model.title + " has no encoder: there are no codes to probe.";
  if (!data.train || data.train->class_names.size() < 2) {
    return data.title + " has fewer than two classes: there is nothing to tell apart.";
  }
  return {};
}

ProbeReport probe_codes(const FrozenModel& model, const DataSplit& data,
                        const ProbeQuestion& question, const WorkObserver& observer) {
  if (const std::string why = why_no_probe(model.info(), data); !why.empty()) {
    throw Error{ErrorCode::InvalidConfig, why};
  }
  std::vector<std::int64_t> order = balanced_order(*data.train, question.seed);
  std::vector<std::int64_t> counts;
  for (const std::int64_t count : question.labels) {
    if (count < 1) {
      throw Error{ErrorCode::InvalidConfig,
                  "A probe needs at least one label; found " + std::to_string(count) + "."};
    }
    counts.push_back(std::min(count, static_cast<std::int64_t>(order.size())));
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  if (order.empty() || counts.empty()) {
    throw Error{ErrorCode::InvalidConfig,
                order.empty() ? "No training image of " + data.title + " has a label."
                              : "How many labels the probe sees must be named."};
  }
  order.resize(static_cast<std::size_t>(counts.back()));

  ProbeReport report;
  report.classes = static_cast<int>(data.train->class_names.size());
  report.rows = labelled_rows(*data.test);
  const auto length = static_cast<std::size_t>(model.latent_dim());
  const LabelledCodes train =
      labelled_codes(model, *data.train, order, question.samples, stretch_of(observer, 0.0, 0.3));
  const LabelledCodes validation =
      labelled_codes(model, *data.validation, labelled_rows(*data.validation), question.samples,
                     stretch_of(observer, 0.3, 0.35));
  const LabelledCodes test = labelled_codes(model, *data.test, report.rows, question.samples,
                                            stretch_of(observer, 0.35, 0.4));
  report.truth = test.labels;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto share = [&](std::size_t done) {
      return 0.4 + 0.6 * static_cast<double>(done) / static_cast<double>(counts.size());
    };
    std::mt19937_64 random{question.seed};
    ProbeResult result;
    result.labels = counts[i];
    result.probe = train_probe(first_of(train, static_cast<std::size_t>(counts[i]), length),
                               validation, model.latent_dim(), report.classes, question.training,
                               random, stretch_of(observer, share(i), share(i + 1)));
    result.predicted = classified(result.probe, sampled(test, random));
    result.accuracy = accuracy_of(report.truth, result.predicted);
    report.results.push_back(std::move(result));
  }
  return report;
}

}  // namespace latent
