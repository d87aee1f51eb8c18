#include "ui/plots/map_plot.h"

#include <QImage>
#include <functional>
#include <utility>

#include "ui/plots/point_cloud.h"

namespace latent::ui {
namespace {

const QString kPointsLayer = QStringLiteral("points");

}  // namespace

/// The picture of one or more layers.
class MapPlot::Buffer : public QCPAbstractPaintBuffer {
 public:
  Buffer(const QSize& size, double ratio, bool opaque)
      : QCPAbstractPaintBuffer(size, ratio), m_opaque(opaque) {
    Buffer::reallocateBuffer();
  }

  QColor ground = Qt::white;                 // where it is opaque
  std::function<bool()> used;                // whether what was drawn left anything; none: yes
  std::function<void(QCPPainter*)> beneath;  // painted before it

  QCPPainter* startPainting() override {
    m_empty = false;
    return new QCPPainter(&m_image);
  }
  void donePainting() override { m_empty = used && !used(); }
  void draw(QCPPainter* painter) const override {
    if (beneath) beneath(painter);
    if (m_empty) return;
    painter->setCompositionMode(m_opaque ? QPainter::CompositionMode_Source
                                         : QPainter::CompositionMode_SourceOver);
    painter->drawImage(0, 0, m_image);
    painter->setCompositionMode(QPainter::CompositionMode_SourceOver);
  }
  void clear(const QColor& color) override {
    if (m_empty) return;
    m_image.fill(m_opaque ? ground : color);
    m_empty = !m_opaque;
  }

 protected:
  void reallocateBuffer() override {
    setInvalidated();
    m_image = QImage(mSize * mDevicePixelRatio,
                     m_opaque ? QImage::Format_RGB32 : QImage::Format_ARGB32_Premultiplied);
    m_image.setDevicePixelRatio(mDevicePixelRatio);
    m_empty = false;
    clear(Qt::transparent);
  }

 private:
  bool m_opaque;
  bool m_empty = false;  // all of it is transparent
  QImage m_image;
};

MapPlot::MapPlot(QWidget* parent) : QCustomPlot(parent) {
  // A picture of its own: new dots do not draw axes and grid again.
  addLayer(kPointsLayer, layer(QStringLiteral("legend")));
  layer(kPointsLayer)->setMode(QCPLayer::lmBuffered);
  // In the order in which QCustomPlot hands them to the layers.
  mPaintBuffers.clear();
  m_ground = new Buffer(viewport().size(), bufferDevicePixelRatio(), true);
  mPaintBuffers.append(QSharedPointer<QCPAbstractPaintBuffer>(m_ground));
  for (int i = 0; i < 2; ++i) {
    mPaintBuffers.append(QSharedPointer<QCPAbstractPaintBuffer>(
        new Buffer(viewport().size(), bufferDevicePixelRatio(), false)));
  }
}

void MapPlot::setCloud(PointCloud* cloud) {
  cloud->setLayer(kPointsLayer);
  auto* points = static_cast<Buffer*>(mPaintBuffers.at(1).data());
  points->used = [cloud] { return cloud->thumbnailsDrawn() > 0; };
  points->beneath = [cloud](QCPPainter* painter) { cloud->paintDots(painter); };
}

void MapPlot::setGround(const QColor& color) {
  m_ground->ground = color;
  setBackground(Qt::NoBrush);
  axisRect()->setBackground(Qt::NoBrush);
}

/// The ground covers all: no background is filled before it.
void MapPlot::paintEvent(QPaintEvent* event) {
  if (!qFuzzyCompare(bufferDevicePixelRatio(), devicePixelRatioF())) {
    QCustomPlot::paintEvent(event);  // it draws anew for the other screen
    return;
  }
  QCPPainter painter(this);
  if (!painter.isActive()) return;
  for (const auto& buffer : std::as_const(mPaintBuffers)) buffer->draw(&painter);
}

}  // namespace latent::ui
