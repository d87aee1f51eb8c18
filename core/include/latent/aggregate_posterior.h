#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "latent/anomaly.h"
#include "latent/dataset.h"
#include "latent/snapshot.h"

/// Do the codes of many images together, q(z) = mean over the images of q(z|x), lie where the prior
/// p(z) does (Makhzani et al. 2015; Hoffman & Johnson 2016, ELBO surgery)? Where they do not,
/// pictures drawn from the prior are of codes that the decoder was never taught.
namespace latent {

/// Heights over bins of one width.
struct CodeHistogram {
  float low = 0.0F;          ///< where the first bin begins
  float high = 1.0F;         ///< where the last one ends
  std::vector<float> codes;  ///< [bins] density of the codes; with the bins' width sums to 1
  std::vector<float> prior;  ///< [bins] density of the prior at the bins' middles
};

/// One dimension of the codes beside the prior's.
struct DimensionMatch {
  double mean = 0.0;
  double deviation = 0.0;
  double prior_mean = 0.0;
  double prior_deviation = 1.0;
  /// 1-D Wasserstein distance W₁ = ∫ |F(z) − F_prior(z)| dz: how far, on average, a code has to be
  /// moved; in the code's own units.
  double distance = 0.0;
  double reach = 0.0;        ///< 99 % of the codes lie no farther than this from the prior's mean
  double prior_reach = 0.0;  ///< and of the prior
  CodeHistogram histogram;

  /// `distance` in deviations of the prior: above kMismatch the two differ by more than chance and
  /// a little.
  double relative() const;
  static constexpr double kMismatch = 0.25;
};

struct AggregatePosterior {
  std::int64_t images = 0;
  bool own_prior = true;  ///< the system's; otherwise N(0, 1), which it was not told of
  std::vector<DimensionMatch> dimensions;
  std::string verdict;  ///< one sentence where they do not match; else empty
};

/// W₁ of two samples, both rising, of any sizes ≥ 1.
double wasserstein_distance(std::span<const float> a, std::span<const float> b);

/// Of the standard normal distribution at 0 < share < 1.
double normal_quantile(double share);

/// `codes` [n, dim], n ≥ 2, all finite, against `prior` [m, dim], draws from it; empty: N(0, 1).
AggregatePosterior match_prior(std::span<const float> codes, std::span<const float> prior, int dim);

/// Empty where the codes of these images can be held against a prior; otherwise why not.
std::string why_no_aggregate_posterior(const FrozenModel& model, const Dataset& images);

/// One code of each of the first `most` images, drawn by `seed` from its posterior where it has
/// one, against as many as a thousand draws from the prior. Throws Error{InvalidConfig} with
/// `why_no_aggregate_posterior`.
AggregatePosterior aggregate_posterior(const FrozenModel& model, const Dataset& images,
                                       std::int64_t most, std::uint64_t seed,
                                       const WorkObserver& observer = {});

}  // namespace latent
