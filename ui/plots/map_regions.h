#pragma once

#include <qcustomplot.h>

#include <QPolygonF>
#include <vector>

#include "ui/plots/latent_map.h"

namespace latent::ui {

class Theme;

/// Where in `area` (plane) the score of region `which` is the highest: convex, empty where it is
/// nowhere.
QPolygonF regionPolygon(const std::vector<LatentMap::Region>& regions, std::size_t which,
                        const QRectF& area);

/// The classes of a linear classifier as light washes under the points: polygons, and so exact at
/// every zoom.
class MapRegions : public QCPLayerable {
  Q_OBJECT

 public:
  MapRegions(QCustomPlot* plot, const QString& layer);

  std::vector<LatentMap::Region> regions;
  const Theme* theme;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;
  QRect clipRect() const override;
};

}  // namespace latent::ui
