#include "ui/plots/map_regions.h"

#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr float kLightWash = 0.17F;
constexpr float kDarkWash = 0.22F;
constexpr float kRegionEdge = 0.55F;

double scoreAt(const LatentMap::Region& region, const QPointF& at) {
  return region.x * at.x() + region.y * at.y() + region.constant;
}

/// What of `polygon` lies where `lead` is not negative (Sutherland & Hodgman 1974).
QPolygonF clippedWhere(const QPolygonF& polygon, const LatentMap::Region& lead) {
  QPolygonF kept;
  for (qsizetype i = 0; i < polygon.size(); ++i) {
    const QPointF& from = polygon[i];
    const QPointF& to = polygon[(i + 1) % polygon.size()];
    const double before = scoreAt(lead, from);
    const double after = scoreAt(lead, to);
    if (before >= 0.0) kept << from;
    if ((before < 0.0) != (after < 0.0)) kept << from + (to - from) * (before / (before - after));
  }
  return kept;
}

}  // namespace

QPolygonF regionPolygon(const std::vector<LatentMap::Region>& regions, std::size_t which,
                        const QRectF& area) {
  QPolygonF polygon = {area.topLeft(), area.topRight(), area.bottomRight(), area.bottomLeft()};
  const LatentMap::Region& own = regions[which];
  for (std::size_t other = 0; other < regions.size() && !polygon.isEmpty(); ++other) {
    if (other == which) continue;
    const LatentMap::Region& rival = regions[other];
    polygon = clippedWhere(
        polygon, {own.classIndex, own.x - rival.x, own.y - rival.y, own.constant - rival.constant});
  }
  return polygon;
}

MapRegions::MapRegions(QCustomPlot* plot, const QString& layer)
    : QCPLayerable(plot, layer), theme(&Theme::get(Theme::Scheme::Light)) {}

void MapRegions::applyDefaultAntialiasingHint(QCPPainter* painter) const {
  painter->setAntialiasing(true);
}

QRect MapRegions::clipRect() const {
  return mParentPlot->axisRect()->rect();
}

void MapRegions::draw(QCPPainter* painter) {
  const QCPRange x = mParentPlot->xAxis->range();
  const QCPRange y = mParentPlot->yAxis->range();
  const QRectF view(x.lower, y.lower, x.size(), y.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    QPolygonF pixels;
    for (const QPointF& corner : regionPolygon(regions, i, view)) {
      pixels << QPointF(mParentPlot->xAxis->coordToPixel(corner.x()),
                        mParentPlot->yAxis->coordToPixel(corner.y()));
    }
    if (pixels.isEmpty()) continue;
    QColor color = theme->classColor(regions[i].classIndex);
    QColor edge = color;
    color.setAlphaF(theme->scheme == Theme::Scheme::Dark ? kDarkWash : kLightWash);
    edge.setAlphaF(kRegionEdge);
    painter->setPen(QPen(edge, 1));
    painter->setBrush(color);
    painter->drawPolygon(pixels);
  }
}

}  // namespace latent::ui
