#include "ui/plots/point_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace latent::ui {
namespace {
constexpr std::size_t kFewestNamed = 3;  // of fewer points the name would hide them all
constexpr int kPointsPerCell = 4;
constexpr std::size_t kSample = 20'000;

bool isFinite(const MapPoints& points, std::size_t index) {
  return std::isfinite(points.positions[2 * index]) &&
         std::isfinite(points.positions[2 * index + 1]);
}

float middle(std::vector<float>& values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  return *half;
}
}  // namespace

QRectF boundsOf(const MapPoints& points) {
  float low[2] = {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
  float high[2] = {-low[0], -low[1]};
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!isFinite(points, i)) continue;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      low[axis] = std::min(low[axis], points.positions[2 * i + axis]);
      high[axis] = std::max(high[axis], points.positions[2 * i + axis]);
    }
  }
  if (low[0] > high[0]) return {};
  return {QPointF(low[0], low[1]), QPointF(high[0], high[1])};
}

QRectF innerBoundsOf(const MapPoints& points, double share) {
  std::vector<float> axes[2];
  const std::size_t step = std::max<std::size_t>(1, points.size() / kSample);
  for (std::size_t i = 0; i < points.size(); i += step) {
    if (!isFinite(points, i)) continue;
    axes[0].push_back(points.positions[2 * i]);
    axes[1].push_back(points.positions[2 * i + 1]);
  }
  if (axes[0].empty()) return {};
  double range[2][2];
  for (int axis = 0; axis < 2; ++axis) {
    auto& values = axes[axis];
    const auto cut = static_cast<std::ptrdiff_t>(share * double(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + cut, values.end());
    range[axis][0] = values[static_cast<std::size_t>(cut)];
    std::nth_element(values.begin(), values.end() - 1 - cut, values.end());
    range[axis][1] = *(values.end() - 1 - cut);
  }
  return {QPointF(range[0][0], range[1][0]), QPointF(range[0][1], range[1][1])};
}

std::vector<std::pair<int, QPointF>> classMedians(const MapPoints& points) {
  std::map<int, std::pair<std::vector<float>, std::vector<float>>> classes;
  const std::size_t step = std::max<std::size_t>(1, points.size() / kSample);
  for (std::size_t i = 0; i < points.size(); i += step) {
    const int label = points.label(i);
    if (label < 0 || !isFinite(points, i)) continue;
    auto& [x, y] = classes[label];
    x.push_back(points.positions[2 * i]);
    y.push_back(points.positions[2 * i + 1]);
  }
  std::vector<std::pair<int, QPointF>> medians;
  for (auto& [label, values] : classes) {
    if (values.first.size() < kFewestNamed) continue;
    medians.emplace_back(label, QPointF(middle(values.first), middle(values.second)));
  }
  return medians;
}

PointIndex::PointIndex(std::shared_ptr<const MapPoints> points) : m_points(std::move(points)) {
  if (!m_points) m_points = std::make_shared<MapPoints>();
  const std::size_t count = m_points->size();
  m_bounds = boundsOf(*m_points);
  const double cells = std::max(1.0, double(count) / kPointsPerCell);
  // As many columns as rows: a cell is then as oblong as the cloud.
  m_columns = m_rows = static_cast<int>(std::clamp(std::ceil(std::sqrt(cells)), 1.0, 1024.0));
  m_begins.assign(static_cast<std::size_t>(m_columns) * m_rows + 1, 0);
  std::vector<std::uint32_t> cellOf(count, std::numeric_limits<std::uint32_t>::max());
  for (std::size_t i = 0; i < count; ++i) {
    if (!isFinite(*m_points, i)) continue;
    cellOf[i] = static_cast<std::uint32_t>(row(m_points->positions[2 * i + 1]) * m_columns +
                                           column(m_points->positions[2 * i]));
    ++m_begins[cellOf[i] + 1];
  }
  for (std::size_t cell = 1; cell < m_begins.size(); ++cell) m_begins[cell] += m_begins[cell - 1];
  m_indices.resize(m_begins.back());
  std::vector<std::uint32_t> next(m_begins.begin(), m_begins.end() - 1);
  for (std::size_t i = 0; i < count; ++i) {
    if (cellOf[i] != std::numeric_limits<std::uint32_t>::max()) {
      m_indices[next[cellOf[i]]++] = static_cast<std::uint32_t>(i);
    }
  }
}

int PointIndex::column(double x) const {
  if (!(m_bounds.width() > 0.0)) return 0;
  const double at = (x - m_bounds.left()) / m_bounds.width() * m_columns;
  return static_cast<int>(std::clamp(at, 0.0, double(m_columns - 1)));
}

int PointIndex::row(double y) const {
  if (!(m_bounds.height() > 0.0)) return 0;
  const double at = (y - m_bounds.top()) / m_bounds.height() * m_rows;
  return static_cast<int>(std::clamp(at, 0.0, double(m_rows - 1)));
}

void PointIndex::forEachIn(const QRectF& area, const std::function<void(qint64)>& visit) const {
  if (m_indices.empty()) return;
  const QRectF wanted = area.normalized();
  const int column0 = column(wanted.left());
  const int column1 = column(wanted.right());
  for (int r = row(wanted.top()), last = row(wanted.bottom()); r <= last; ++r) {
    for (int c = column0; c <= column1; ++c) {
      const auto cell = static_cast<std::size_t>(r) * m_columns + c;
      for (std::uint32_t at = m_begins[cell]; at < m_begins[cell + 1]; ++at) {
        const std::uint32_t index = m_indices[at];
        const double x = m_points->positions[2 * std::size_t{index}];
        const double y = m_points->positions[2 * std::size_t{index} + 1];
        if (x >= wanted.left() && x <= wanted.right() && y >= wanted.top() &&
            y <= wanted.bottom()) {
          visit(index);
        }
      }
    }
  }
}

qint64 PointIndex::countIn(const QRectF& area, qint64 limit) const {
  qint64 count = 0;
  const QRectF wanted = area.normalized();
  if (m_indices.empty()) return 0;
  const int column0 = column(wanted.left());
  const int column1 = column(wanted.right());
  for (int r = row(wanted.top()), last = row(wanted.bottom()); r <= last; ++r) {
    for (int c = column0; c <= column1; ++c) {
      const auto cell = static_cast<std::size_t>(r) * m_columns + c;
      for (std::uint32_t at = m_begins[cell]; at < m_begins[cell + 1]; ++at) {
        const std::size_t index = m_indices[at];
        const double x = m_points->positions[2 * index];
        const double y = m_points->positions[2 * index + 1];
        if (x >= wanted.left() && x <= wanted.right() && y >= wanted.top() &&
            y <= wanted.bottom() && ++count >= limit) {
          return count;
        }
      }
    }
  }
  return count;
}

qint64 PointIndex::nearest(const QPointF& position, double radius,
                           const std::function<bool(qint64)>& accept) const {
  qint64 best = -1;
  double bestDistance = radius * radius;
  const QRectF area(position.x() - radius, position.y() - radius, 2 * radius, 2 * radius);
  forEachIn(area, [&](qint64 index) {
    const double dx = m_points->positions[2 * static_cast<std::size_t>(index)] - position.x();
    const double dy = m_points->positions[2 * static_cast<std::size_t>(index) + 1] - position.y();
    const double distance = dx * dx + dy * dy;
    if (distance > bestDistance || (distance == bestDistance && best >= 0 && index > best)) return;
    if (accept && !accept(index)) return;
    best = index;
    bestDistance = distance;
  });
  return best;
}

}  // namespace latent::ui
