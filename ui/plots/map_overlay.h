#pragma once

#include <qcustomplot.h>

#include <QHash>
#include <QPixmap>
#include <QPointF>
#include <QVector>
#include <optional>
#include <vector>

#include "ui/plots/latent_map.h"

namespace latent::ui {

class Theme;

/// Moves rectangles that overlap apart, each as little as it takes.
void spreadApart(std::vector<QRectF>& places);

/// What lies over the points: class letters, the current code, the path with its handles, the ring
/// around the hovered point, the zoom box. It has a layer of its own, so that dragging redraws
/// nothing else.
class MapOverlay : public QCPLayerable {
  Q_OBJECT

 public:
  MapOverlay(QCustomPlot* plot, const QString& layer);

  struct Letter {
    QString text;
    QPointF position;  // plane
    int classIndex;
    bool bright;
  };

  std::vector<Letter> letters;
  std::optional<QPointF> currentCode;
  std::optional<LatentMap::Drawn> drawn;
  std::optional<LatentMap::Interpolation> interpolation;
  std::optional<QPointF> hovered;
  std::optional<QPointF> echoed;  // pointed at elsewhere
  std::optional<QRectF> zoomBox;  // pixels; of the zoom, and of what is selected
  QPolygonF lasso;                // pixels
  std::optional<QPointF> brush;   // pixels
  double brushRadius = 0.0;
  std::optional<LatentMap::Handle> activeHandle;
  double hoverRadius = 5.0;
  const Theme* theme;

  /// The handle within reach of `pixel`; the ends lie over the position between them.
  std::optional<LatentMap::Handle> handleAt(const QPointF& pixel) const;
  QPointF handlePixel(LatentMap::Handle handle) const;
  /// Where on the path, 0 … 1, is nearest to `pixel`.
  double pathPositionAt(const QPointF& pixel) const;
  QPointF pathPoint(double t) const;  // plane

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;
  QRect clipRect() const override;

 private:
  QPointF pixel(const QPointF& plane) const;
  QVector<QPointF> pathPlane() const;
  void drawLetters(QCPPainter* painter);
  /// Stroked once: the letters are drawn again in every frame.
  QPixmap letterPicture(const QString& text, bool bright);
  void drawPath(QCPPainter* painter) const;
  void drawMarker(QCPPainter* painter) const;
  void drawDrawn(QCPPainter* painter) const;

  QHash<QString, QPixmap> m_letterPictures;
};

}  // namespace latent::ui
