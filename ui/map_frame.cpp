#include "ui/map_frame.h"

#include <algorithm>
#include <cmath>

#include "latent/procrustes.h"

namespace latent::ui {
namespace {

/// Appends the mean over the steps of a code [steps · width] to `means`.
void appendMean(std::vector<float>& means, const float* code, int width, int steps) {
  for (int l = 0; l < width; ++l) {
    double sum = 0.0;
    for (int step = 0; step < steps; ++step) sum += code[step * width + l];
    means.push_back(static_cast<float>(sum / steps));
  }
}

/// Turns the plane within itself.
void turnAxes(Projection& projection, const PlaneTurn& turn) {
  const auto dims = static_cast<std::size_t>(projection.latent_dim);
  for (std::size_t l = 0; l < dims; ++l) {
    const double right = projection.axes[l];
    const double up = projection.axes[dims + l];
    projection.axes[l] = static_cast<float>(turn[0] * right + turn[1] * up);
    projection.axes[dims + l] = static_cast<float>(turn[2] * right + turn[3] * up);
  }
}

/// Turns the plane of `frame` until its points lie as those of `previous`, which shows the same
/// pictures in a plane of the same kind.
void alignFrame(MapFrame& frame, const MapFrame& previous) {
  const bool isPlane =
      frame.latentDim / frame.steps > 1 && (frame.choice.kind != ProjectionChoice::Kind::Axes ||
                                            frame.choice.horizontal != frame.choice.vertical);
  if (!isPlane || previous.laidOut || !(previous.choice == frame.choice) ||
      previous.points.size() != frame.points.size()) {
    return;
  }
  const PlaneTurn turn = procrustes(frame.points, previous.points);
  turnAxes(frame.projection, turn);
  turnAxes(frame.planeOfMeans, turn);
  frame.projection.project(*frame.codes, frame.points);
  frame.turned = true;
}

}  // namespace

std::vector<float> MapFrame::code(std::int64_t index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= size()) return {};
  const auto from = codes->begin() + static_cast<std::ptrdiff_t>(index) * latentDim;
  return {from, from + latentDim};
}

QPointF MapFrame::project(const std::vector<float>& code) const {
  if (static_cast<int>(code.size()) != latentDim) return {};
  float point[2] = {0.0F, 0.0F};
  projection.project(code, point);
  return {point[0], point[1]};
}

void projectFrame(MapFrame& frame, const ProjectionChoice& choice, const MapFrame* previous,
                  const UmapTurns& umap, bool aligned) {
  const auto dims = static_cast<std::size_t>(frame.latentDim);
  const std::vector<float>& codes = *frame.codes;
  const std::size_t n = codes.size() / dims;
  frame.choice = choice;
  // A sequence is seen by the mean over its steps.
  const int width = frame.latentDim / frame.steps;
  if (choice.kind != ProjectionChoice::Kind::Axes && width > 1) {
    std::vector<float> finite;
    finite.reserve(codes.size() / static_cast<std::size_t>(frame.steps));
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isfinite(codes[i * dims])) appendMean(finite, &codes[i * dims], width, frame.steps);
    }
    const bool follows = previous != nullptr && previous->latentDim == frame.latentDim &&
                         previous->steps == frame.steps &&
                         previous->choice.kind != ProjectionChoice::Kind::Axes;
    frame.projection = fit_pca(finite, width, follows ? &previous->planeOfMeans : nullptr);
  } else {
    const int last = width - 1;
    frame.projection =
        axis_projection(width, std::min(choice.horizontal, last), std::min(choice.vertical, last));
  }
  frame.planeOfMeans = frame.projection;
  if (frame.steps > 1) frame.projection = over_steps(frame.projection, frame.steps);
  frame.laidOut = false;
  frame.turned = false;
  if (choice.kind == ProjectionChoice::Kind::Umap) {
    const auto places = umap.points();
    frame.laidOut = places && places->size() == 2 * n;
    if (frame.laidOut) {
      frame.points = *places;
      return;
    }
  }
  frame.points.resize(n * 2);
  frame.projection.project(codes, frame.points);
  if (aligned && previous != nullptr) alignFrame(frame, *previous);
}

void measureSpread(MapFrame& frame) {
  const auto dims = static_cast<std::size_t>(frame.latentDim);
  const std::vector<float>& codes = *frame.codes;
  std::vector<double> sum(dims);
  std::vector<double> squares(dims);
  double count = 0.0;
  for (std::size_t i = 0; i < codes.size() / dims; ++i) {
    if (!std::isfinite(codes[i * dims])) continue;
    count += 1.0;
    for (std::size_t l = 0; l < dims; ++l) {
      const double value = codes[i * dims + l];
      sum[l] += value;
      squares[l] += value * value;
    }
  }
  frame.mean.resize(dims);
  frame.deviation.resize(dims);
  for (std::size_t l = 0; l < dims && count > 0.0; ++l) {
    const double mean = sum[l] / count;
    frame.mean[l] = static_cast<float>(mean);
    frame.deviation[l] =
        static_cast<float>(std::sqrt(std::max(0.0, squares[l] / count - mean * mean)));
  }
}

}  // namespace latent::ui
