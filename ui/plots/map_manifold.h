#pragma once

#include <qcustomplot.h>

#include <QImage>
#include <QPixmap>
#include <QRectF>

namespace latent::ui {

/// The decoded manifold of a map, under everything that lies on it.
class MapManifold : public QCPLayerable {
  Q_OBJECT

 public:
  MapManifold(QCustomPlot* plot, const QString& layer);

  void setImage(const QImage& image, const QRectF& area);
  double opacity = 0.85;
  bool shown = false;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;
  QRect clipRect() const override;

 private:
  QImage m_image;
  QRectF m_area;  ///< plane
  QPixmap m_scaled;
};

}  // namespace latent::ui
