#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "latent/anomaly.h"
#include "latent/dataset.h"
#include "latent/snapshot.h"

/// What a linear classifier can read from frozen codes, and how many labels it takes.
namespace latent {

/// Codes of labelled images: point codes, or Gaussian posteriors of which each look samples z.
struct LabelledCodes {
  std::vector<float> mean;           ///< [n, L]
  std::vector<float> log_var;        ///< [n, L], or empty
  std::vector<std::int32_t> labels;  ///< [n], 0 … classes − 1
};

/// The codes of some rows of `images`, in their order; with log-variances where they are wanted and
/// the system has a Gaussian posterior.
LabelledCodes labelled_codes(const FrozenModel& model, const Dataset& images,
                             const std::vector<std::int64_t>& rows, bool with_log_var,
                             const WorkObserver& observer = {});

/// The rows that have a label.
std::vector<std::int64_t> labelled_rows(const Dataset& images);
/// The rows that have a label, in a random order by `seed` in which the classes take turns: the
/// first n are as balanced as the data allow, whatever n, and are among the first n + 1.
std::vector<std::int64_t> balanced_order(const Dataset& images, std::uint64_t seed);

/// How the probe is trained: batches, Adam, and after each round the accuracy on the validation
/// part, which decides when to stop and what is kept.
struct ProbeTraining {
  int batch = 32;
  double learning_rate = 1e-3;
  int rounds = 20;            ///< at most
  int patience = 3;           ///< rounds without a rise before it stops
  int batches = 0;            ///< a round is an epoch, or as many epochs as make so many batches
  bool standardizes = false;  ///< every number of the code to mean 0 and deviation 1 before

  /// The protocol of the bake-off; after few labels it stops long before it has learned from them.
  static ProbeTraining published() { return {}; }
  /// Until the validation part says that there is no more to learn, however few the labels are.
  static ProbeTraining thorough() { return {32, 1e-2, 80, 8, 50, true}; }
};

/// One linear layer: the class of a code is the row with the highest score.
struct LinearProbe {
  int latent_dim = 0;
  int classes = 0;
  std::vector<double> weights;  ///< [classes, L + 1], the bias last

  double score(int label, std::span<const float> code) const;
  std::int32_t classify(std::span<const float> code) const;  ///< of equal scores the first
};

/// Softmax regression on codes. Weights start uniform in ±1/√L; each epoch has its own order and,
/// where there are log-variances, its own z.
LinearProbe train_probe(const LabelledCodes& train, const LabelledCodes& validation, int latent_dim,
                        int classes, const ProbeTraining& training, std::mt19937_64& random,
                        const WorkObserver& observer = {});

/// Test accuracy by the published protocol; the weights are those of the best validation accuracy.
double probe_accuracy(const LabelledCodes& train, const LabelledCodes& validation,
                      const LabelledCodes& test, int latent_dim, int classes, std::uint64_t seed);

/// Share of `predicted` that is `truth`, both [n]; 0 when there are none.
double accuracy_of(std::span<const std::int32_t> truth, std::span<const std::int32_t> predicted);
/// [classes, classes] how many of true class i were taken for j, at i · classes + j.
std::vector<std::int64_t> confusion_matrix(std::span<const std::int32_t> truth,
                                           std::span<const std::int32_t> predicted, int classes);

struct ProbeQuestion {
  /// Numbers of labelled training images; more than there are means all of them.
  std::vector<std::int64_t> labels = {10, 20, 50, 100, 200, 550, 1000, kAll};
  std::uint64_t seed = 1;  ///< which images have their labels, and how training draws
  /// Each look at a Gaussian posterior draws its own z; otherwise codes are posterior means, as on
  /// the map.
  bool samples = false;
  ProbeTraining training = ProbeTraining::thorough();

  static constexpr std::int64_t kAll = INT64_MAX;
};

/// A probe trained on so many labels, and what it makes of the test part.
struct ProbeResult {
  std::int64_t labels = 0;
  double accuracy = 0.0;  ///< 0 … 1, of the test images that have a label
  LinearProbe probe;
  std::vector<std::int32_t> predicted;  ///< one for each of ProbeReport::rows
};
struct ProbeReport {
  int classes = 0;
  std::vector<std::int64_t> rows;    ///< of the test part: those that have a label
  std::vector<std::int32_t> truth;   ///< their labels
  std::vector<ProbeResult> results;  ///< by rising numbers of labels, each once
};

/// One sentence that says why codes of this system on these data cannot be probed; empty where they
/// can.
std::string why_no_probe(const ModelInfo& model, const DataSplit& data);
/// Throws Error{InvalidConfig} with `why_no_probe`, or for a number of labels below 1.
ProbeReport probe_codes(const FrozenModel& model, const DataSplit& data,
                        const ProbeQuestion& question, const WorkObserver& observer = {});

}  // namespace latent
