#include <algorithm>
#include <cmath>
#include <string>

#include "latent/error.h"
#include "latent/latent_space.h"

namespace latent {
namespace {

// Below this sine of the angle between the ends, dividing by it loses the path's digits.
constexpr double kParallel = 1e-6;

void expect_steps(int steps) {
  if (steps >= 2) return;
  throw Error(ErrorCode::InvalidConfig,
              "A path needs at least 2 steps; found " + std::to_string(steps) + ".");
}

void expect_same_length(std::size_t from, std::size_t to) {
  if (from == to) return;
  throw Error(ErrorCode::ShapeMismatch, "The ends of a path must be codes of one length; found " +
                                            std::to_string(from) + " and " + std::to_string(to) +
                                            ".");
}

struct Weights {
  double from;
  double to;
};

/// White 2016, arXiv:1609.04468: sin((1 − t)Ω)/sin Ω and sin(tΩ)/sin Ω.
Weights spherical_weights(std::span<const float> from, std::span<const float> to, double t) {
  double dot = 0.0;
  double from_square = 0.0;
  double to_square = 0.0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    dot += double{from[i]} * double{to[i]};
    from_square += double{from[i]} * double{from[i]};
    to_square += double{to[i]} * double{to[i]};
  }
  const double norms = std::sqrt(from_square * to_square);
  if (norms > 0.0) {
    const double angle = std::acos(std::clamp(dot / norms, -1.0, 1.0));
    const double sine = std::sin(angle);
    if (sine > kParallel) {
      return {std::sin((1.0 - t) * angle) / sine, std::sin(t * angle) / sine};
    }
  }
  return {1.0 - t, t};
}

}  // namespace

void interpolate_at(std::span<const float> from, std::span<const float> to, float t, PathKind kind,
                    std::span<float> code) {
  expect_same_length(from.size(), to.size());
  const double position = double{t};
  const Weights weights = kind == PathKind::Spherical ? spherical_weights(from, to, position)
                                                      : Weights{1.0 - position, position};
  for (std::size_t i = 0; i < from.size(); ++i) {
    code[i] = static_cast<float>(weights.from * double{from[i]} + weights.to * double{to[i]});
  }
}

std::vector<float> interpolate(std::span<const float> from, std::span<const float> to, int steps,
                               PathKind kind) {
  expect_steps(steps);
  std::vector<float> codes(static_cast<std::size_t>(steps) * from.size());
  for (int step = 0; step < steps; ++step) {
    const float t = static_cast<float>(step) / static_cast<float>(steps - 1);
    interpolate_at(
        from, to, t, kind,
        std::span{codes}.subspan(static_cast<std::size_t>(step) * from.size(), from.size()));
  }
  return codes;
}

std::vector<float> traverse(std::span<const float> code, int dimension, float low, float high,
                            int steps) {
  expect_steps(steps);
  if (dimension < 0 || static_cast<std::size_t>(dimension) >= code.size()) {
    throw Error(ErrorCode::InvalidConfig, "The latent dimension must be between 0 and " +
                                              std::to_string(static_cast<long>(code.size()) - 1) +
                                              "; found " + std::to_string(dimension) + ".");
  }
  std::vector<float> codes;
  codes.reserve(static_cast<std::size_t>(steps) * code.size());
  for (int step = 0; step < steps; ++step) {
    const float t = static_cast<float>(step) / static_cast<float>(steps - 1);
    codes.insert(codes.end(), code.begin(), code.end());
    codes[codes.size() - code.size() + static_cast<std::size_t>(dimension)] =
        (1.0F - t) * low + t * high;
  }
  return codes;
}

}  // namespace latent
