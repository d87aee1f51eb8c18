#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "latent/dataset.h"
#include "latent/snapshot.h"

/// Finding what training never saw: each picture has a score, a higher one means more anomalous,
/// and whatever reaches a threshold is flagged.
namespace latent {

/// How well scores tell anomalies from the rest (Fawcett 2006, An introduction to ROC analysis,
/// Algorithm 1).
struct Roc {
  /// What is flagged at one threshold: every score of at least `threshold`.
  struct Corner {
    float threshold = 0.0F;
    std::int64_t hits = 0;    ///< anomalies among them: true positives
    std::int64_t alarms = 0;  ///< others among them: false positives
  };

  double area = 0.5;  ///< the chance that an anomaly scores higher; ties count half
  std::int64_t anomalies = 0;
  std::int64_t others = 0;
  /// One for each distinct score, from nothing flagged (an infinite threshold) to all; empty where
  /// there are no anomalies or nothing else.
  std::vector<Corner> corners;

  double true_positive_rate(std::size_t corner) const;   ///< 0 … 1
  double false_positive_rate(std::size_t corner) const;  ///< 0 … 1
  /// The corner that flags what `threshold` flags.
  std::size_t corner_at(float threshold) const;
  /// The corner with the highest true minus false positive rate (Youden 1950); of several the one
  /// that flags least.
  std::size_t best_corner() const;
  /// [m, 2] false and true positive rates for drawing, from (0, 0) to (1, 1): at most `most`
  /// corners, evenly chosen.
  std::vector<double> points(std::size_t most) const;
};

/// `scores` and `anomalous` [n]. A score that is not a number counts as an infinite one. The area
/// is ½ where there are no anomalies or nothing else.
Roc roc(std::span<const float> scores, const std::vector<bool>& anomalous);

enum class AnomalyScore { ReconstructionError, Kl, NegativeElbo, CodeDistance, AddedInk };

struct AnomalyScoreInfo {
  AnomalyScore score;
  std::string id;     ///< "reconstruction-error"
  std::string title;  ///< "Reconstruction error"
  std::string help;   ///< one sentence
  std::string unit;   ///< "nats"; empty for distances in code space
};

/// All scores, in the order they are offered.
const std::vector<AnomalyScoreInfo>& anomaly_scores();
const AnomalyScoreInfo& anomaly_score_info(AnomalyScore score);
/// One sentence that says why a system has no such score; empty where it has.
std::string why_no_score(AnomalyScore score, const ModelInfo& model);

/// KL of the diagonal Gaussian `mean`, `log_var` [L] to the standard normal in nats (Kingma &
/// Welling 2014, appendix B).
double gaussian_kl(std::span<const float> mean, std::span<const float> log_var);

/// Called between parts of the work with the share that is done, 0 … 1; may throw to end it.
using WorkObserver = std::function<void(double share)>;

/// The score of each image, [n]. Reconstruction error and −ELBO are taken at the posterior mean,
/// the KL is that to the standard normal, so that −ELBO is that of β = 1. CodeDistance: Euclidean
/// distance of the (mean) code to the code of the `neighbours`-th nearest of `seen`, the pictures
/// of the training part (Ramaswamy, Rastogi & Shim 2000); exact; `seen` is not looked at otherwise.
/// AddedInk: Σ (x̂ − x) over the pixels, 0 … 1 each, of the reconstruction from the mean code.
/// `threads` (0: all of the machine) compare codes; the model has those of the calling thread.
/// Throws Error{InvalidConfig} with `why_no_score`, or where `seen` has fewer pictures.
std::vector<float> score_images(const FrozenModel& model, const Dataset& images, AnomalyScore score,
                                const Dataset& seen, int neighbours,
                                const WorkObserver& observer = {}, int threads = 1);

}  // namespace latent
