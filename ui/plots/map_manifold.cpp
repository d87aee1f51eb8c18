#include "ui/plots/map_manifold.h"

namespace latent::ui {

MapManifold::MapManifold(QCustomPlot* plot, const QString& layer) : QCPLayerable(plot, layer) {}

void MapManifold::applyDefaultAntialiasingHint(QCPPainter* painter) const {
  painter->setAntialiasing(false);
}

QRect MapManifold::clipRect() const {
  return mParentPlot->axisRect()->rect();
}

void MapManifold::setImage(const QImage& image, const QRectF& area) {
  m_image = image;
  m_area = area.normalized();
  m_scaled = {};
}

void MapManifold::draw(QCPPainter* painter) {
  const QRect frame = clipRect();
  if (!shown || m_image.isNull() || m_area.isEmpty() || frame.isEmpty()) return;
  const QPointF topLeft(mParentPlot->xAxis->coordToPixel(m_area.left()),
                        mParentPlot->yAxis->coordToPixel(m_area.bottom()));
  const QPointF bottomRight(mParentPlot->xAxis->coordToPixel(m_area.right()),
                            mParentPlot->yAxis->coordToPixel(m_area.top()));
  const QRectF target(topLeft, bottomRight);
  const QRectF visible = target.intersected(QRectF(frame));
  if (visible.isEmpty()) return;
  painter->save();
  painter->setClipRect(frame);
  painter->setOpacity(opacity);
  // A whole view's worth is kept scaled: what is drawn again and again while the points move.
  const double ratio = mParentPlot->bufferDevicePixelRatio();
  const QSize scaledSize = (target.size() * ratio).toSize();
  if (qint64{scaledSize.width()} * scaledSize.height() <= qint64{4096} * 4096) {
    if (m_scaled.size() != scaledSize) {
      m_scaled = QPixmap::fromImage(
          m_image.scaled(scaledSize, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
      m_scaled.setDevicePixelRatio(ratio);
    }
    painter->drawPixmap(target.topLeft(), m_scaled);
  } else {
    const QRectF source((visible.left() - target.left()) / target.width() * m_image.width(),
                        (visible.top() - target.top()) / target.height() * m_image.height(),
                        visible.width() / target.width() * m_image.width(),
                        visible.height() / target.height() * m_image.height());
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->drawImage(visible, m_image, source);
  }
  painter->restore();
}

}  // namespace latent::ui
