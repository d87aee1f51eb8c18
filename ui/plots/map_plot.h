#pragma once

#include <qcustomplot.h>

namespace latent::ui {

class PointCloud;

/// The plot of the map, with fewer passes over its pixels than QCustomPlot makes by itself: axes
/// and grid are drawn on an opaque ground and copied, dots go to the window straight from the
/// picture they were splatted into, and layers that are empty are neither cleared nor drawn.
///
/// Layers: axes and what lies below the points, then `points()`, then QCustomPlot's "overlay".
class MapPlot : public QCustomPlot {
  Q_OBJECT

 public:
  explicit MapPlot(QWidget* parent = nullptr);

  /// Puts `cloud` on its layer; the dots are its own matter (PointCloud::paintDots).
  void setCloud(PointCloud* cloud);
  void setGround(const QColor& color);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  class Buffer;
  Buffer* m_ground = nullptr;  // owned by the list of buffers
};

}  // namespace latent::ui
