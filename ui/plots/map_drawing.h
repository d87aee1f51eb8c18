#pragma once

#include <QColor>
#include <QImage>
#include <QPainter>
#include <QPolygonF>
#include <QRectF>
#include <QString>
#include <optional>
#include <vector>

#include "ui/plots/point_splatter.h"
#include "ui/theme.h"

namespace latent::ui {

/// Something in the plane of a map, ready to be painted at any zoom. Immutable once shared.
class MapDrawing {
 public:
  virtual ~MapDrawing() = default;

  /// `place` takes the plane to the painter's pixels.
  virtual void paint(QPainter& painter, const PlaneToPixel& place) const = 0;

  /// One line on the map: what is drawn, in which unit, and what is left out.
  QString note;
  /// The colours that are used, beside the line.
  struct Scale {
    ColorMap colors = ColorMap::Magma;
    double low = 0.0;
    double high = 1.0;
    double opacity = 1.0;  ///< with which they lie on the canvas
  };
  std::optional<Scale> scale;
  bool abovePoints = false;
};

/// A picture over a rectangle of the plane.
class PlaneImage : public MapDrawing {
 public:
  QImage image;  ///< top row at the highest y
  QRectF area;   ///< plane
  bool smooth = true;

  void paint(QPainter& painter, const PlaneToPixel& place) const override;
};

/// Lines of the plane, as thick at every zoom, and words beside them.
class PlaneLines : public MapDrawing {
 public:
  struct Line {
    QPolygonF points;  ///< plane
    QColor color;
    double width = 1.5;  ///< device-independent pixels
    QColor halo;         ///< under the line; not valid: none
    bool dashed = false;
  };
  struct Label {
    QPointF at;  ///< plane; the words stand on it
    QString text;
    QColor color;
    QColor halo;
  };
  std::vector<Line> lines;
  std::vector<Label> labels;

  void paint(QPainter& painter, const PlaneToPixel& place) const override;
};

}  // namespace latent::ui
