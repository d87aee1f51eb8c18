#include "ui/plots/map_drawing.h"

#include <QFontMetricsF>
#include <QPainterPath>

namespace latent::ui {

void PlaneImage::paint(QPainter& painter, const PlaneToPixel& place) const {
  if (image.isNull()) return;
  const QRectF where = area.normalized();
  painter.setRenderHint(QPainter::SmoothPixmapTransform, smooth);
  painter.drawImage(
      QRectF(place.map(where.left(), where.bottom()), place.map(where.right(), where.top())),
      image);
}

void PlaneLines::paint(QPainter& painter, const PlaneToPixel& place) const {
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  for (const Line& line : lines) {
    QPolygonF pixels;
    for (const QPointF& point : line.points) pixels << place.map(point.x(), point.y());
    if (line.halo.isValid()) {
      painter.setPen(QPen(line.halo, line.width + 3.0, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
      painter.drawPolyline(pixels);
    }
    painter.setPen(QPen(line.color, line.width, line.dashed ? Qt::DashLine : Qt::SolidLine,
                        Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(pixels);
  }
  const QFont font = Theme::captionFont();
  const QFontMetricsF metrics(font);
  for (const Label& label : labels) {
    QPainterPath words;
    const QPointF at = place.map(label.at.x(), label.at.y());
    words.addText(at - QPointF(metrics.horizontalAdvance(label.text) / 2.0, 4.0), font, label.text);
    painter.strokePath(words, QPen(label.halo, 3.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.fillPath(words, label.color);
  }
}

}  // namespace latent::ui
