#pragma once

#include <QColor>
#include <QWidget>
#include <memory>

#include "ui/plots/map_points.h"

namespace latent::ui {

class Theme;

/// Colour of a step of a continuous scale, 0 … PointScale::kSteps - 1: the part of viridis that
/// stands out from the theme's canvas.
QColor scaleColor(const Theme& theme, int step);

/// The bar of a continuous scale: its colours with numbers beside, what they are, and how much of
/// the map is up to date.
class MapScale : public QWidget {
  Q_OBJECT

 public:
  explicit MapScale(QWidget* parent = nullptr);

  void setScale(std::shared_ptr<const PointScale> scale);
  const std::shared_ptr<const PointScale>& scale() const { return m_scale; }
  /// The numbers beside the bar, from the lowest.
  QStringList numbers() const;
  QString freshness() const;
  /// Draws the bar elsewhere, for exports.
  void render(QPainter& painter, const QPointF& topLeft) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::shared_ptr<const PointScale> m_scale;
};

}  // namespace latent::ui
