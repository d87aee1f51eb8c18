#include "ui/plots/map_overlay.h"

#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"

namespace latent::ui {
namespace {
constexpr double kHandleRadius = 10.0;
constexpr double kPathRadius = 7.0;
constexpr double kHalo = 3.0;
}  // namespace

void spreadApart(std::vector<QRectF>& places) {
  constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    bool moved = false;
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (std::size_t j = i + 1; j < places.size(); ++j) {
        const QRectF shared = places[i].intersected(places[j]);
        if (shared.isEmpty()) continue;
        moved = true;
        // Along the shorter way out, each half of it; of two in one place the first goes up.
        if (shared.height() <= shared.width()) {
          const bool above = places[i].center().y() <= places[j].center().y();
          const double by = (above ? 0.5 : -0.5) * shared.height();
          places[i].translate(0.0, -by);
          places[j].translate(0.0, by);
        } else {
          const bool before = places[i].center().x() <= places[j].center().x();
          const double by = (before ? 0.5 : -0.5) * shared.width();
          places[i].translate(-by, 0.0);
          places[j].translate(by, 0.0);
        }
      }
    }
    if (!moved) return;
  }
}

MapOverlay::MapOverlay(QCustomPlot* plot, const QString& layer)
    : QCPLayerable(plot, layer), theme(&Theme::get(Theme::Scheme::Light)) {}

void MapOverlay::applyDefaultAntialiasingHint(QCPPainter* painter) const {
  painter->setAntialiasing(true);
}

QRect MapOverlay::clipRect() const {
  return mParentPlot->axisRect()->rect();
}

QPointF MapOverlay::pixel(const QPointF& plane) const {
  return {mParentPlot->xAxis->coordToPixel(plane.x()), mParentPlot->yAxis->coordToPixel(plane.y())};
}

QVector<QPointF> MapOverlay::pathPlane() const {
  if (!interpolation) return {};
  if (interpolation->path.size() >= 2) return interpolation->path;
  return {interpolation->a, interpolation->b};
}

QPointF MapOverlay::pathPoint(double t) const {
  const QVector<QPointF> path = pathPlane();
  if (path.isEmpty()) return {};
  const double at = std::clamp(t, 0.0, 1.0) * double(path.size() - 1);
  const auto segment = std::min(path.size() - 2, static_cast<qsizetype>(at));
  const double share = at - double(segment);
  return path[segment] * (1.0 - share) + path[segment + 1] * share;
}

QPointF MapOverlay::handlePixel(LatentMap::Handle handle) const {
  if (!interpolation) return {};
  switch (handle) {
    case LatentMap::Handle::A:
      return pixel(interpolation->a);
    case LatentMap::Handle::B:
      return pixel(interpolation->b);
    case LatentMap::Handle::Path:
      break;
  }
  return pixel(pathPoint(interpolation->t));
}

std::optional<LatentMap::Handle> MapOverlay::handleAt(const QPointF& position) const {
  if (!interpolation) return std::nullopt;
  std::optional<LatentMap::Handle> best;
  double reach = kHandleRadius + 3.0;
  for (const auto handle : {LatentMap::Handle::A, LatentMap::Handle::B, LatentMap::Handle::Path}) {
    const QPointF away = handlePixel(handle) - position;
    const double distance = std::hypot(away.x(), away.y());
    if (distance < reach) {
      reach = distance;
      best = handle;
    }
  }
  return best;
}

double MapOverlay::pathPositionAt(const QPointF& position) const {
  const QVector<QPointF> path = pathPlane();
  double bestT = 0.0;
  double bestDistance = -1.0;
  for (qsizetype i = 0; i + 1 < path.size(); ++i) {
    const QPointF from = pixel(path[i]);
    const QPointF along = pixel(path[i + 1]) - from;
    const double length = QPointF::dotProduct(along, along);
    const double share =
        length > 0.0 ? std::clamp(QPointF::dotProduct(position - from, along) / length, 0.0, 1.0)
                     : 0.0;
    const QPointF away = from + along * share - position;
    const double distance = QPointF::dotProduct(away, away);
    if (bestDistance < 0.0 || distance < bestDistance) {
      bestDistance = distance;
      bestT = (double(i) + share) / double(path.size() - 1);
    }
  }
  return bestT;
}

void MapOverlay::draw(QCPPainter* painter) {
  painter->setRenderHint(QPainter::Antialiasing);
  drawLetters(painter);
  for (const auto& ringed : {hovered, echoed}) {
    if (!ringed) continue;
    const QPointF at = pixel(*ringed);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(theme->canvas, 4));
    painter->drawEllipse(at, hoverRadius, hoverRadius);
    painter->setPen(QPen(theme->text, 1.6));
    painter->drawEllipse(at, hoverRadius, hoverRadius);
  }
  drawDrawn(painter);
  drawPath(painter);
  drawMarker(painter);
  if (zoomBox) {
    QColor wash = theme->accent;
    wash.setAlphaF(0.14F);
    painter->setPen(QPen(theme->accent, 1.2, Qt::DashLine));
    painter->setBrush(wash);
    painter->drawRect(*zoomBox);
  }
  if (lasso.size() > 1) {
    QColor wash = theme->accent;
    wash.setAlphaF(0.14F);
    painter->setPen(Qt::NoPen);
    painter->setBrush(wash);
    painter->drawPolygon(lasso);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(theme->accent, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolyline(lasso);
    painter->setPen(QPen(theme->accent, 1.0, Qt::DashLine));
    painter->drawLine(lasso.last(), lasso.first());
  }
  if (brush) {
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(theme->canvas, 3.0));
    painter->drawEllipse(*brush, brushRadius, brushRadius);
    painter->setPen(QPen(theme->accent, 1.4));
    painter->drawEllipse(*brush, brushRadius, brushRadius);
  }
}

QPixmap MapOverlay::letterPicture(const QString& text, bool bright) {
  const double ratio = mParentPlot->bufferDevicePixelRatio();
  const QString key = QStringLiteral("%1 %2 %3 %4")
                          .arg(text)
                          .arg(bright)
                          .arg(ratio)
                          .arg(theme->scheme == Theme::Scheme::Dark);
  if (const auto found = m_letterPictures.constFind(key); found != m_letterPictures.constEnd()) {
    return *found;
  }
  QFont font = Theme::titleFont();
  font.setPointSizeF(font.pointSizeF() * 1.3);
  font.setWeight(QFont::Bold);
  const QFontMetricsF metrics(font);
  const QString shown = metrics.elidedText(text, Qt::ElideRight, 90.0);
  const double width = metrics.horizontalAdvance(shown);
  const QSizeF size(width + 2 * kHalo, metrics.height() + 2 * kHalo);
  QPixmap picture((size * ratio).toSize());
  picture.setDevicePixelRatio(ratio);
  picture.fill(Qt::transparent);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  QPainterPath shape;
  shape.addText(kHalo, kHalo + metrics.ascent(), font, shown);
  QColor halo = theme->canvas;
  halo.setAlphaF(bright ? 0.92F : 0.6F);
  QColor ink = theme->text;
  if (!bright) ink.setAlphaF(0.35F);
  painter.strokePath(shape, QPen(halo, 4.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.fillPath(shape, ink);
  return *m_letterPictures.insert(key, picture);
}

void MapOverlay::drawLetters(QCPPainter* painter) {
  std::vector<QPixmap> pictures;
  std::vector<QRectF> places;
  for (const Letter& letter : letters) {
    pictures.push_back(letterPicture(letter.text, letter.bright));
    const QSizeF size = QSizeF(pictures.back().size()) / pictures.back().devicePixelRatio();
    places.emplace_back(pixel(letter.position) - QPointF(size.width() / 2, size.height() / 2),
                        size);
  }
  spreadApart(places);
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    painter->drawPixmap(places[i].topLeft(), pictures[i]);
  }
}

void MapOverlay::drawPath(QCPPainter* painter) const {
  if (!interpolation) return;
  QPolygonF line;
  for (const QPointF& point : pathPlane()) line << pixel(point);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(theme->canvas, 5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter->drawPolyline(line);
  painter->setPen(QPen(theme->text, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter->drawPolyline(line);

  const QPointF between = handlePixel(LatentMap::Handle::Path);
  painter->setPen(QPen(theme->text, 2));
  painter->setBrush(theme->canvas);
  painter->drawEllipse(between, kPathRadius, kPathRadius);
  painter->setPen(Qt::NoPen);
  painter->setBrush(theme->accent);
  painter->drawEllipse(between, kPathRadius - 3, kPathRadius - 3);

  painter->setFont(Theme::titleFont());
  for (const auto& [handle, letter, color] :
       {std::tuple{LatentMap::Handle::A, QStringLiteral("A"), theme->handleA},
        std::tuple{LatentMap::Handle::B, QStringLiteral("B"), theme->handleB}}) {
    const QPointF at = handlePixel(handle);
    const double radius = kHandleRadius + (activeHandle == handle ? 2.0 : 0.0);
    painter->setPen(QPen(theme->canvas, 2));
    painter->setBrush(color);
    painter->drawEllipse(at, radius, radius);
    painter->setPen(theme->accentText);
    painter->drawText(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius),
                      Qt::AlignCenter, letter);
  }
}

/// A square on its corner, and the outline of the posterior: not to be taken for the current code.
void MapOverlay::drawDrawn(QCPPainter* painter) const {
  if (!drawn) return;
  QPolygonF outline;
  for (const QPointF& corner : drawn->posterior) outline << pixel(corner);
  const QPointF at = pixel(drawn->position);
  constexpr double kHalf = 7.5;
  const QPolygonF diamond = {at + QPointF(0, -kHalf), at + QPointF(kHalf, 0),
                             at + QPointF(0, kHalf), at + QPointF(-kHalf, 0)};
  QColor wash = theme->handleB;
  wash.setAlphaF(0.16F);
  painter->setBrush(wash);
  painter->setPen(QPen(theme->canvas, 3.5));
  painter->drawPolygon(outline);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(theme->handleB, 1.6));
  painter->drawPolygon(outline);
  painter->setBrush(theme->handleB);
  painter->setPen(QPen(theme->canvas, 2.0));
  painter->drawPolygon(diamond);
}

void MapOverlay::drawMarker(QCPPainter* painter) const {
  if (!currentCode) return;
  const QPointF at = pixel(*currentCode);
  constexpr double kRing = 7.0;
  constexpr double kTick = 6.0;
  const QVector<QLineF> ticks = {
      {at + QPointF(kRing, 0), at + QPointF(kRing + kTick, 0)},
      {at - QPointF(kRing, 0), at - QPointF(kRing + kTick, 0)},
      {at + QPointF(0, kRing), at + QPointF(0, kRing + kTick)},
      {at - QPointF(0, kRing), at - QPointF(0, kRing + kTick)},
  };
  painter->setBrush(Qt::NoBrush);
  for (const auto& [color, width] :
       {std::pair{theme->canvas, 5.0}, std::pair{theme->marker, 2.0}}) {
    painter->setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap));
    painter->drawEllipse(at, kRing, kRing);
    painter->drawLines(ticks);
  }
}

}  // namespace latent::ui
