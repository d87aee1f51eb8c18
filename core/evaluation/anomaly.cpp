#include "latent/anomaly.h"

#include <algorithm>
#include <cmath>

#include "latent/error.h"
#include "latent/neighbourhood.h"

namespace latent {
namespace {

constexpr std::size_t kImagesAtOnce = 500;

/// Calls `part(first, count, images, labels)` for all images in turn.
template <typename Part>
void for_parts(const Dataset& images, const WorkObserver& observer, double from, double to,
               Part part) {
  const auto n = static_cast<std::size_t>(images.size());
  const auto pixels = static_cast<std::size_t>(images.shape.pixels());
  for (std::size_t first = 0; first < n; first += kImagesAtOnce) {
    if (observer) {
      observer(from + (to - from) * static_cast<double>(first) / static_cast<double>(n));
    }
    const std::size_t count = std::min(kImagesAtOnce, n - first);
    part(first, count, std::span{images.images}.subspan(first * pixels, count * pixels),
         std::span{images.labels}.subspan(first, count));
  }
}

std::vector<float> codes_of(const FrozenModel& model, const Dataset& images,
                            const WorkObserver& observer, double from, double to) {
  const auto length = static_cast<std::size_t>(model.latent_dim());
  std::vector<float> codes(static_cast<std::size_t>(images.size()) * length);
  for_parts(images, observer, from, to,
            [&](std::size_t first, std::size_t count, auto pixels, auto labels) {
              model.encode(pixels, labels, std::span{codes}.subspan(first * length, count * length),
                           {});
            });
  return codes;
}

/// Σ (x̂ − x) of each picture, with the class told where the system wants it.
std::vector<float> added_ink(const FrozenModel& model, const Dataset& images,
                             const WorkObserver& observer) {
  const auto length = static_cast<std::size_t>(model.latent_dim());
  const auto pixels_each = static_cast<std::size_t>(images.shape.pixels());
  std::vector<float> scores(static_cast<std::size_t>(images.size()));
  std::vector<float> mean(kImagesAtOnce * length);
  std::vector<float> rebuilt(kImagesAtOnce * pixels_each);
  for_parts(images, observer, 0.0, 1.0,
            [&](std::size_t first, std::size_t count, auto pixels, auto labels) {
              const auto codes = std::span{mean}.first(count * length);
              const auto pictures = std::span{rebuilt}.first(count * pixels_each);
              model.encode(pixels, labels, codes, {});
              using Labels = decltype(labels);
              model.decode(codes, model.info().conditional ? labels : Labels{}, pictures);
              for (std::size_t i = 0; i < count; ++i) {
                double ink = 0.0;
                for (std::size_t k = i * pixels_each; k < (i + 1) * pixels_each; ++k) {
                  ink += static_cast<double>(pictures[k]) - pixels[k] / 255.0;
                }
                scores[first + i] = static_cast<float>(ink);
              }
            });
  return scores;
}

}  // namespace

const std::vector<AnomalyScoreInfo>& anomaly_scores() {
  static const std::vector<AnomalyScoreInfo> all = {
      {AnomalyScore::ReconstructionError, "reconstruction-error", "Reconstruction error",
       "What cannot be rebuilt was not trained on: the loss of the picture rebuilt from its code.",
       "nats"},
      {AnomalyScore::Kl, "kl", "KL of the posterior",
       "What needs an unusual code: the KL of its posterior to the standard normal.", "nats"},
      {AnomalyScore::NegativeElbo, "negative-elbo", "−ELBO",
       "What is improbable: reconstruction error and KL together, the bound on −log p(x) with "
       "β = 1.",
       "nats"},
      {AnomalyScore::CodeDistance, "code-distance", "Distance in code space",
       "What lies where no training picture lies: the distance of its code to the k-th nearest "
       "training code.",
       ""},
      {AnomalyScore::AddedInk, "added-ink", "Ink added",
       "How much brighter the rebuilt picture is than the picture, Σ (x̂ − x): it flags thin and "
       "faint pictures whatever they show. The published bake-off's areas are of this score.",
       "pixels"},
  };
  return all;
}

const AnomalyScoreInfo& anomaly_score_info(AnomalyScore score) {
  return anomaly_scores()[static_cast<std::size_t>(score)];
}

std::string why_no_score(AnomalyScore score, const ModelInfo& model) {
  if (!model.has_encoder) return model.title + " has no encoder: a picture has no code of its own.";
  const bool wants_posterior = score == AnomalyScore::Kl || score == AnomalyScore::NegativeElbo;
  if (wants_posterior && !model.gaussian_posterior) {
    return model.title + " has no posterior to measure: its code is a point.";
  }
  return {};
}

double gaussian_kl(std::span<const float> mean, std::span<const float> log_var) {
  double sum = 0.0;
  for (std::size_t l = 0; l < mean.size(); ++l) {
    const double log_variance = log_var[l];
    sum += double{mean[l]} * double{mean[l]} + std::exp(log_variance) - 1.0 - log_variance;
  }
  return 0.5 * sum;
}

std::vector<float> score_images(const FrozenModel& model, const Dataset& images, AnomalyScore score,
                                const Dataset& seen, int neighbours, const WorkObserver& observer,
                                int threads) {
  if (const std::string why = why_no_score(score, model.info()); !why.empty()) {
    throw Error{ErrorCode::InvalidConfig, why};
  }
  if (score == AnomalyScore::AddedInk) return added_ink(model, images, observer);
  const auto length = static_cast<std::size_t>(model.latent_dim());
  std::vector<float> scores(static_cast<std::size_t>(images.size()));
  if (score == AnomalyScore::CodeDistance) {
    if (neighbours < 1 || seen.size() < neighbours) {
      throw Error{ErrorCode::InvalidConfig,
                  "The distance to the k-th nearest training code wants k from 1 to " +
                      std::to_string(seen.size()) + "; found " + std::to_string(neighbours) + "."};
    }
    const std::vector<float> known = codes_of(model, seen, observer, 0.0, 0.6);
    const std::vector<float> codes = codes_of(model, images, observer, 0.6, 0.7);
    const NearestDistances among{known, model.latent_dim()};
    constexpr std::size_t kQueries = 500;
    for (std::size_t first = 0; first < scores.size(); first += kQueries) {
      if (observer) {
        observer(0.7 + 0.3 * static_cast<double>(first) / static_cast<double>(scores.size()));
      }
      const std::size_t count = std::min(kQueries, scores.size() - first);
      among.measure(std::span{codes}.subspan(first * length, count * length), neighbours,
                    std::span{scores}.subspan(first, count), threads);
    }
    return scores;
  }
  std::vector<float> mean(kImagesAtOnce * length);
  std::vector<float> log_var(kImagesAtOnce * length);
  for_parts(images, observer, 0.0, 1.0,
            [&](std::size_t first, std::size_t count, auto pixels, auto labels) {
              const auto part = std::span{scores}.subspan(first, count);
              if (score != AnomalyScore::Kl) model.reconstruction_error(pixels, labels, part);
              if (score == AnomalyScore::ReconstructionError) return;
              const auto means = std::span{mean}.first(count * length);
              const auto log_vars = std::span{log_var}.first(count * length);
              model.encode(pixels, labels, means, log_vars);
              for (std::size_t i = 0; i < count; ++i) {
                part[i] += static_cast<float>(gaussian_kl(means.subspan(i * length, length),
                                                          log_vars.subspan(i * length, length)));
              }
            });
  return scores;
}

}  // namespace latent
