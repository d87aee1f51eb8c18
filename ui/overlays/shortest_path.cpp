#include "ui/overlays/shortest_path.h"

#include <algorithm>
#include <cmath>

#include "latent/latent_geometry.h"

namespace latent::ui {
namespace {

constexpr int kMeasuredSteps = 65;  // codes along each of the two paths
constexpr int kPathNeighbours = 12;
constexpr int kMostSide = 56;  // places along each side of the grid, for codes of two numbers
constexpr int kLeastSide = 16;
constexpr double kPathSeconds = 0.5;
constexpr int kTimedCodes = 32;
constexpr double kPathNumbers = 1.6e7;  // pixels of all pictures together
constexpr double kGridMargin = 0.08;

struct Bounds {
  float low[2] = {1e30F, 1e30F};
  float high[2] = {-1e30F, -1e30F};

  void take(const float* code) {
    for (int axis = 0; axis < 2; ++axis) {
      if (!std::isfinite(code[axis])) return;
      low[axis] = std::min(low[axis], code[axis]);
      high[axis] = std::max(high[axis], code[axis]);
    }
  }
};

double lengthOf(const std::vector<double>& steps) {
  double sum = 0.0;
  for (const double step : steps) sum += step;
  return sum;
}

/// Places that a path may take, the ends last, and which of them are a step apart.
struct Places {
  std::vector<float> codes;
  std::size_t count = 0;
  GraphEdges edges;
};

/// A grid over all codes and both ends.
Places gridPlaces(const OverlaySubject& subject, int side) {
  Bounds bounds;
  bounds.take(subject.from.data());
  bounds.take(subject.to.data());
  if (subject.frame) {
    for (std::size_t i = 0; i + 1 < subject.frame->codes->size(); i += 2) {
      bounds.take(subject.frame->codes->data() + i);
    }
  }
  const auto margin =
      static_cast<float>(kGridMargin) *
      std::max({bounds.high[0] - bounds.low[0], bounds.high[1] - bounds.low[1], 1e-3F});
  const float x0 = bounds.low[0] - margin;
  const float x1 = bounds.high[0] + margin;
  const float y0 = bounds.low[1] - margin;
  const float y1 = bounds.high[1] + margin;
  Places places;
  places.codes = manifold_grid(axis_projection(2, 0, 1), {}, x0, x1, y0, y1, side, side);
  places.edges = grid_edges(side, side);
  // Each end is a step away from the places around it.
  auto own = static_cast<std::int32_t>(side * side);
  for (const auto* end : {&subject.from, &subject.to}) {
    const double column = ((*end)[0] - x0) / (x1 - x0) * side - 0.5;
    const double row = (y1 - (*end)[1]) / (y1 - y0) * side - 0.5;
    for (int down = -1; down <= 2; ++down) {
      for (int right = -1; right <= 2; ++right) {
        const int r = static_cast<int>(std::floor(row)) + down;
        const int c = static_cast<int>(std::floor(column)) + right;
        if (r < 0 || c < 0 || r >= side || c >= side) continue;
        places.edges.emplace_back(r * side + c, own);
      }
    }
    places.codes.insert(places.codes.end(), end->begin(), end->end());
    ++own;
  }
  places.count = static_cast<std::size_t>(own);
  return places;
}

/// The codes of all pictures, each and its nearest.
Places codePlaces(const OverlaySubject& subject, const std::function<bool()>& interrupted) {
  const auto dims = static_cast<std::size_t>(subject.frame->latentDim);
  Places places;
  for (std::size_t i = 0; i < subject.frame->size(); ++i) {
    const float* code = subject.frame->codes->data() + i * dims;
    if (std::all_of(code, code + dims, [](float value) { return std::isfinite(value); })) {
      places.codes.insert(places.codes.end(), code, code + dims);
    }
  }
  places.codes.insert(places.codes.end(), subject.from.begin(), subject.from.end());
  places.codes.insert(places.codes.end(), subject.to.begin(), subject.to.end());
  places.count = places.codes.size() / dims;
  const int k =
      static_cast<int>(std::min<std::size_t>(kPathNeighbours + 1, places.count));  // itself is one
  places.edges = neighbour_edges(neighbour_graph(places.codes, static_cast<int>(dims), k,
                                                 UmapMetric::Euclidean, NeighbourSearch::Automatic,
                                                 1, interrupted));
  return places;
}

/// As fine as the time allows.
int gridSide(const OverlaySubject& subject, const std::function<bool()>& interrupted) {
  std::vector<float> timed;
  for (int i = 0; i < kTimedCodes; ++i) {
    timed.insert(timed.end(), subject.from.begin(), subject.from.end());
  }
  const double begin = computedSeconds();
  (void)decodedPictures(subject, timed, interrupted);
  const double spent = computedSeconds() - begin;
  const double most = std::min(kPathSeconds / std::max(1e-7, spent / kTimedCodes),
                               kPathNumbers / double(subject.model().shape().pixels()));
  return std::clamp(static_cast<int>(std::sqrt(most)), kLeastSide, kMostSide);
}

}  // namespace

Overlay::Description ShortestPathOverlay::description() const {
  return {QStringLiteral("shortest-path"), tr("Shortest path"), QStringLiteral("W"),
          tr("The way from A to B along which the decoded picture changes least, a geodesic of "
             "the metric that the decoder pulls back to the codes (Arvanitidis et al. 2018). "
             "Found by Dijkstra's algorithm on a grid of decoded codes, or, where codes have more "
             "than two numbers, from picture to neighbouring picture."),
          Codes | Weights | Path | Look};
}

QString ShortestPathOverlay::whyNot(const OverlaySubject& subject) const {
  if (QString none = whyNoPlane(subject); !none.isEmpty()) return none;
  if (subject.model().info().discrete_code) {
    return tr("Between two cells of a discrete code the decoder jumps: no path is shorter.");
  }
  if (subject.from.empty() || subject.to.empty()) {
    return tr("There is no path yet: Shift+click two points of the map.");
  }
  if (subject.model().latent_dim() > 2 && !subject.frame) {
    return tr("The path goes from picture to picture: none has a code yet.");
  }
  return {};
}

std::shared_ptr<const MapDrawing> ShortestPathOverlay::draw(
    const OverlaySubject& subject, const std::function<bool()>& interrupted) const {
  const auto dims = static_cast<std::size_t>(subject.model().latent_dim());
  if (subject.from.size() != dims || subject.to.size() != dims ||
      static_cast<std::size_t>(subject.plane.latent_dim) != dims) {
    return nullptr;
  }
  const Places places = dims == 2 ? gridPlaces(subject, gridSide(subject, interrupted))
                                  : codePlaces(subject, interrupted);
  const MetricGraph graph =
      metric_graph(places.count, places.edges, decodedPictures(subject, places.codes, interrupted));
  const auto way = shortest_path(graph, static_cast<std::int32_t>(places.count) - 2,
                                 static_cast<std::int32_t>(places.count) - 1);
  stopIfInterrupted(interrupted);
  const auto measured = [&](const std::vector<float>& codes) {
    return lengthOf(step_lengths(decodedPictures(subject, codes, interrupted), kMeasuredSteps));
  };
  const std::vector<float> straight =
      interpolate(subject.from, subject.to, kMeasuredSteps, PathKind::Linear);
  const double straightLength = measured(straight);
  std::vector<float> codes;
  double length = straightLength;
  if (way.size() >= 2) {
    std::vector<float> corners;
    for (const std::int32_t place : way) {
      const auto from = places.codes.begin() + std::ptrdiff_t{place} * std::ptrdiff_t(dims);
      corners.insert(corners.end(), from, from + std::ptrdiff_t(dims));
    }
    codes = even_path(corners, static_cast<int>(dims),
                      step_lengths(decodedPictures(subject, corners, interrupted), way.size()),
                      kMeasuredSteps);
    length = measured(codes);
  }
  auto drawing = std::make_shared<ShortestPathDrawing>();
  drawing->abovePoints = true;
  if (codes.empty() || length >= straightLength) {
    drawing->note = tr("No path was found that is shorter than the straight one: %1 in pixel "
                       "values, decoded")
                        .arg(straightLength, 0, 'f', 1);
    return drawing;
  }
  drawing->codes = codes;
  std::vector<float> points(2 * kMeasuredSteps);
  subject.plane.project(codes, points);
  QPolygonF line;
  for (std::size_t i = 0; i < points.size(); i += 2) line << QPointF(points[i], points[i + 1]);
  drawing->lines.push_back({line, subject.theme->accent, 2.5, subject.theme->canvas, false});
  drawing->note = tr("Shortest path %1, straight %2: how far the decoded picture goes, in pixel "
                     "values")
                      .arg(length, 0, 'f', 1)
                      .arg(straightLength, 0, 'f', 1);
  return drawing;
}

}  // namespace latent::ui
