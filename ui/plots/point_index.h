#pragma once

#include <QPointF>
#include <QRectF>
#include <QtGlobal>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "ui/plots/map_points.h"

namespace latent::ui {

/// Which points lie where: a grid of cells over the plane, built once per frame and only when
/// somebody asks.
class PointIndex {
 public:
  explicit PointIndex(std::shared_ptr<const MapPoints> points);

  /// The point nearest to `position` within `radius` for which `accept` holds; -1 when there is
  /// none. Of points at the same place the one with the lowest index.
  qint64 nearest(const QPointF& position, double radius,
                 const std::function<bool(qint64)>& accept = {}) const;
  /// Calls `visit` with each point in `area`, in the order of the index.
  void forEachIn(const QRectF& area, const std::function<void(qint64)>& visit) const;
  /// How many lie in `area`; counting stops at `limit`.
  qint64 countIn(const QRectF& area, qint64 limit) const;

  const std::shared_ptr<const MapPoints>& points() const { return m_points; }

 private:
  int column(double x) const;
  int row(double y) const;

  std::shared_ptr<const MapPoints> m_points;
  QRectF m_bounds;
  int m_columns = 1;
  int m_rows = 1;
  std::vector<std::uint32_t> m_begins;   // per cell, cells + 1
  std::vector<std::uint32_t> m_indices;  // [n finite], by cell
};

/// The smallest rectangle around all finite points; null when there is none.
QRectF boundsOf(const MapPoints& points);
/// The same without the outermost `share` of the points on each side, from a sample.
QRectF innerBoundsOf(const MapPoints& points, double share);
/// The median of each class (from a sample when there are many), where its name is written; classes
/// of fewer than three points, which the name would hide, are left out.
std::vector<std::pair<int, QPointF>> classMedians(const MapPoints& points);

}  // namespace latent::ui
