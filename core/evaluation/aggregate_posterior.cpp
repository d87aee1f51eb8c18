#include "latent/aggregate_posterior.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>
#include <random>

#include "latent/error.h"
#include "latent/probe.h"

namespace latent {
namespace {

constexpr std::size_t kHistogramBins = 41;
constexpr std::int64_t kPriorDraws = 1000;
constexpr std::size_t kNormalQuantiles = 1000;
constexpr double kReachShare = 0.99;

std::string plain_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

/// Column `d` of rows of `dim` numbers, rising.
std::vector<float> sorted_column(std::span<const float> rows, std::size_t dim, std::size_t d) {
  std::vector<float> column;
  column.reserve(rows.size() / dim);
  for (std::size_t i = d; i < rows.size(); i += dim) column.push_back(rows[i]);
  std::sort(column.begin(), column.end());
  return column;
}

double column_mean(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double column_deviation(std::span<const float> values, double mean) {
  double squares = 0.0;
  for (const float value : values) {
    squares += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  }
  return std::sqrt(squares / static_cast<double>(values.size()));
}

/// How far from `centre` the nearest 99 % reach.
double reach_of(std::span<const float> values, double centre) {
  std::vector<double> away;
  for (const float value : values) away.push_back(std::abs(static_cast<double>(value) - centre));
  const auto at = static_cast<std::size_t>(kReachShare * static_cast<double>(away.size() - 1));
  std::nth_element(away.begin(), away.begin() + static_cast<std::ptrdiff_t>(at), away.end());
  return away[at];
}

double normal_density(double z, double mean, double deviation) {
  const double away = (z - mean) / deviation;
  return std::exp(-0.5 * away * away) / (deviation * std::sqrt(2.0 * std::numbers::pi));
}

/// Of draws: a Gaussian kernel, its width by Silverman's rule (1986, Eq. 3.28).
double kernel_density(std::span<const float> draws, double deviation, double z) {
  const double width =
      std::max(1.06 * deviation * std::pow(static_cast<double>(draws.size()), -0.2), 1e-6);
  double sum = 0.0;
  for (const float draw : draws) sum += normal_density(z, static_cast<double>(draw), width);
  return sum / static_cast<double>(draws.size());
}

/// Over both, but for what lies farther out than nearly all.
CodeHistogram histogram_of(std::span<const float> codes, std::span<const float> prior,
                           bool standard_normal, double prior_deviation) {
  const auto quantile = [](std::span<const float> sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  CodeHistogram histogram;
  histogram.low = std::min(quantile(codes, 0.0), quantile(prior, 0.001));
  histogram.high = std::max(quantile(codes, 1.0), quantile(prior, 0.999));
  if (histogram.high <= histogram.low) {  // all alike
    histogram.low -= 1.0F;
    histogram.high += 1.0F;
  }
  const double width = (static_cast<double>(histogram.high) - static_cast<double>(histogram.low)) /
                       static_cast<double>(kHistogramBins);
  histogram.codes.resize(kHistogramBins);
  histogram.prior.resize(kHistogramBins);
  for (const float code : codes) {
    const double place = (static_cast<double>(code) - static_cast<double>(histogram.low)) / width;
    const auto bin = std::min(static_cast<std::size_t>(place), kHistogramBins - 1);
    histogram.codes[bin] += static_cast<float>(1.0 / (width * static_cast<double>(codes.size())));
  }
  for (std::size_t bin = 0; bin < kHistogramBins; ++bin) {
    const double middle =
        static_cast<double>(histogram.low) + (static_cast<double>(bin) + 0.5) * width;
    histogram.prior[bin] =
        static_cast<float>(standard_normal ? normal_density(middle, 0.0, 1.0)
                                           : kernel_density(prior, prior_deviation, middle));
  }
  return histogram;
}

/// What does not match worst, in words.
std::string verdict_of(const AggregatePosterior& match) {
  const auto off = std::count_if(
      match.dimensions.begin(), match.dimensions.end(),
      [](const DimensionMatch& each) { return each.relative() > DimensionMatch::kMismatch; });
  if (off == 0) return {};
  const auto worst =
      std::max_element(match.dimensions.begin(), match.dimensions.end(),
                       [](const auto& a, const auto& b) { return a.relative() < b.relative(); });
  const std::string name = "z" + std::to_string(worst - match.dimensions.begin() + 1);
  const std::string prior = match.own_prior ? "the prior" : "N(0, 1)";
  std::string text = std::to_string(off) + " of " + std::to_string(match.dimensions.size()) +
                     (match.dimensions.size() == 1 ? " dimension does" : " dimensions do") +
                     " not match " + prior + ": ";
  if (worst->reach > 1.25 * worst->prior_reach) {
    text += "codes of " + name + " spread over ±" + plain_number(worst->reach) + " where " + prior +
            " has ±" + plain_number(worst->prior_reach) + "; samples from " + prior +
            " will miss most of them.";
  } else if (worst->deviation < 0.75 * worst->prior_deviation) {
    text += "the deviation of " + name + " is only ±" + plain_number(worst->deviation) +
            " around " + plain_number(worst->mean) + " where " + prior + " has ±" +
            plain_number(worst->prior_deviation) + "; many samples from " + prior +
            " fall where no image is.";
  } else {
    text += "codes of " + name + " lie around " + plain_number(worst->mean) + " where " + prior +
            " lies around " + plain_number(worst->prior_mean) + ", or have another shape; some " +
            "samples from " + prior + " fall where no image is.";
  }
  if (!match.own_prior) text += " The system has no prior of its own.";
  return text;
}

}  // namespace

double DimensionMatch::relative() const {
  return distance / std::max(prior_deviation, 1e-6);
}

double wasserstein_distance(std::span<const float> a, std::span<const float> b) {
  // Both step functions' inverses are constant between shares of 1/n and 1/m.
  double sum = 0.0;
  double share = 0.0;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  while (i < a.size() && j < b.size()) {
    const double to_a = static_cast<double>(i + 1) / n;
    const double to_b = static_cast<double>(j + 1) / m;
    const double next = std::min(to_a, to_b);
    sum += (next - share) * std::abs(static_cast<double>(a[i]) - static_cast<double>(b[j]));
    share = next;
    if (to_a <= next) ++i;
    if (to_b <= next) ++j;
  }
  return sum;
}

double normal_quantile(double share) {
  double low = -10.0;
  double high = 10.0;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < share ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

AggregatePosterior match_prior(std::span<const float> codes, std::span<const float> prior,
                               int dim) {
  const auto width = static_cast<std::size_t>(dim);
  AggregatePosterior match;
  match.images = static_cast<std::int64_t>(codes.size() / width);
  match.own_prior = !prior.empty();
  std::vector<float> normal;
  if (prior.empty()) {
    for (std::size_t i = 0; i < kNormalQuantiles; ++i) {
      normal.push_back(static_cast<float>(
          normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(kNormalQuantiles))));
    }
  }
  for (std::size_t d = 0; d < width; ++d) {
    const std::vector<float> own = sorted_column(codes, width, d);
    const std::vector<float> expected = prior.empty() ? normal : sorted_column(prior, width, d);
    DimensionMatch each;
    each.mean = column_mean(own);
    each.deviation = column_deviation(own, each.mean);
    if (!prior.empty()) {
      each.prior_mean = column_mean(expected);
      each.prior_deviation = column_deviation(expected, each.prior_mean);
    }
    each.distance = wasserstein_distance(own, expected);
    each.reach = reach_of(own, each.prior_mean);
    each.prior_reach = prior.empty() ? normal_quantile(0.5 + 0.5 * kReachShare)
                                     : reach_of(expected, each.prior_mean);
    each.histogram = histogram_of(own, expected, prior.empty(), each.prior_deviation);
    match.dimensions.push_back(std::move(each));
  }
  match.verdict = verdict_of(match);
  return match;
}

std::string why_no_aggregate_posterior(const FrozenModel& model, const Dataset& images) {
  const ModelInfo& info = model.info();
  if (!info.has_encoder) {
    return info.title + " has no encoder: there are no codes to hold against its prior.";
  }
  if (info.discrete_code) {
    return info.title +
           "'s codes are symbols of a book: how often each is used says how they "
           "lie.";
  }
  if (!(model.shape() == images.shape) || images.size() < 2) {
    return "The codes of two pictures at the least are held against the prior.";
  }
  return {};
}

AggregatePosterior aggregate_posterior(const FrozenModel& model, const Dataset& images,
                                       std::int64_t most, std::uint64_t seed,
                                       const WorkObserver& observer) {
  if (const std::string reason = why_no_aggregate_posterior(model, images); !reason.empty()) {
    throw Error{ErrorCode::InvalidConfig, reason};
  }
  std::vector<std::int64_t> rows(static_cast<std::size_t>(std::min(most, images.size())));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  LabelledCodes codes = labelled_codes(model, images, rows, /*with_log_var=*/true, observer);
  std::mt19937_64 random{seed};
  std::normal_distribution<float> noise;
  for (std::size_t i = 0; i < codes.log_var.size(); ++i) {
    codes.mean[i] += std::exp(0.5F * codes.log_var[i]) * noise(random);
  }
  if (!std::all_of(codes.mean.begin(), codes.mean.end(),
                   [](float value) { return std::isfinite(value); })) {
    throw Error{ErrorCode::InvalidConfig, "Some codes are not finite: the run has gone wrong."};
  }
  const std::vector<float> prior =
      model.info().has_prior ? model.sample_prior(kPriorDraws, seed) : std::vector<float>{};
  return match_prior(codes.mean, prior, model.latent_dim());
}

}  // namespace latent
