#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/plots/latent_map_private.h"

namespace latent::ui {
namespace {

constexpr double kBrushRadius = 18.0;  // pixels
constexpr double kClick = 4.0;         // pixels; a shorter drag is a click

double lengthOf(const QPointF& way) {
  return std::hypot(way.x(), way.y());
}

}  // namespace

void LatentMap::Private::beginSelection(const QPointF& pixel, Qt::KeyboardModifiers modifiers) {
  selectMode = modifiers.testFlag(Qt::AltModifier)     ? SelectMode::Remove
               : modifiers.testFlag(Qt::ShiftModifier) ? SelectMode::Add
                                                       : SelectMode::Replace;
  if (tool == Tool::Lasso) overlay->lasso = QPolygonF{pixel};
  if (tool == Tool::Brush) {
    overlay->brushRadius = kBrushRadius;
    brushed.assign(points ? points->size() : 0, 0);
    brushTo(pixel);
  }
}

void LatentMap::Private::moveSelection(const QPointF& pixel) {
  if (tool == Tool::Lasso) {
    if (lengthOf(pixel - overlay->lasso.last()) >= 2.0) overlay->lasso << pixel;
  } else if (tool == Tool::Box) {
    overlay->zoomBox = QRectF(pressed, pixel).normalized();
  } else {
    // What lies between two moves of a quick hand is brushed too.
    const QPointF way = pixel - lastPan;
    const int steps = std::max(1, static_cast<int>(lengthOf(way) / (0.5 * kBrushRadius)));
    const QPointF from = lastPan;
    for (int i = 1; i <= steps; ++i) brushTo(from + way * i / steps);
    lastPan = pixel;
  }
  replotOverlay();
}

void LatentMap::Private::endSelection(const QPointF& pixel) {
  const QPolygonF lasso = std::exchange(overlay->lasso, {});
  overlay->zoomBox.reset();
  replotOverlay();
  if (tool == Tool::Brush) {
    brushed.clear();
    return;
  }
  QPolygonF outline = tool == Tool::Lasso ? lasso : QPolygonF(QRectF(pressed, pixel).normalized());
  const QRectF bounds = outline.boundingRect();
  if (std::max(bounds.width(), bounds.height()) < kClick) {
    const qint64 point = q->pointAt(pixel + plot->pos());
    if (point >= 0) {
      emit q->selectionRequested({point}, selectMode);
    } else if (selectMode == SelectMode::Replace) {
      emit q->selectionRequested({}, selectMode);
    }
    return;
  }
  emit q->selectionRequested(pointsIn(outline), selectMode);
}

void LatentMap::Private::dropSelectionGesture() {
  overlay->lasso.clear();
  overlay->brush.reset();
  brushed.clear();
  if (gesture == Gesture::Select) {
    gesture = Gesture::None;
    overlay->zoomBox.reset();
  }
  replotOverlay();
}

/// Selects what the brush at `pixel` touches and this stroke has not touched yet.
void LatentMap::Private::brushTo(const QPointF& pixel) {
  overlay->brush = pixel;
  if (!points) return;
  brushed.resize(points->size(), 0);
  const QPointF centre = q->planeAt(pixel + plot->pos());
  const double radius = kBrushRadius * plot->xAxis->range().size() / std::max(1, frame()->width());
  std::vector<qint64> met;
  pointIndex().forEachIn(QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius),
                         [&](qint64 point) {
                           const auto at = static_cast<std::size_t>(point);
                           if (brushed[at] != 0 || !cloud->isBright(points->label(at))) return;
                           const double dx = double(points->positions[2 * at]) - centre.x();
                           const double dy = double(points->positions[2 * at + 1]) - centre.y();
                           if (dx * dx + dy * dy > radius * radius) return;
                           brushed[at] = 1;
                           met.push_back(point);
                         });
  std::sort(met.begin(), met.end());
  if (met.empty() && selectMode != SelectMode::Replace) return;
  // Only the beginning of a stroke replaces: the rest of it belongs together.
  emit q->selectionRequested(met, selectMode);
  if (selectMode == SelectMode::Replace) selectMode = SelectMode::Add;
}

/// The points inside `outline` (pixels), as its filled picture has it: exact to a quarter pixel,
/// whatever the number of its corners. Where classes are seen alone only theirs are meant.
std::vector<qint64> LatentMap::Private::pointsIn(const QPolygonF& outline) const {
  std::vector<qint64> inside;
  if (!points) return inside;
  constexpr int kFine = 4;
  const QRectF bounds = outline.boundingRect().intersected(QRectF(plot->rect()));
  if (bounds.isEmpty()) return inside;
  const QSize size(static_cast<int>(std::ceil(bounds.width())) * kFine,
                   static_cast<int>(std::ceil(bounds.height())) * kFine);
  QImage mask(size, QImage::Format_Grayscale8);
  mask.fill(0);
  QPainter painter(&mask);
  painter.scale(kFine, kFine);
  painter.translate(-bounds.topLeft());
  painter.setPen(Qt::NoPen);
  painter.setBrush(Qt::white);
  painter.drawPolygon(outline, Qt::WindingFill);
  painter.end();
  const QCPRange x = plot->xAxis->range();
  const QCPRange y = plot->yAxis->range();
  const QRect area = frame()->rect();
  const double scaleX = area.width() / x.size();
  const double scaleY = area.height() / y.size();
  for (std::size_t i = 0; i < points->size(); ++i) {
    const double across =
        ((points->positions[2 * i] - x.lower) * scaleX + area.left() - bounds.left()) * kFine;
    const double down =
        ((y.upper - points->positions[2 * i + 1]) * scaleY + area.top() - bounds.top()) * kFine;
    // Written so that a NaN fails.
    if (!(across >= 0.0 && across < size.width() && down >= 0.0 && down < size.height())) continue;
    if (mask.constScanLine(static_cast<int>(down))[static_cast<int>(across)] != 0 &&
        cloud->isBright(points->label(i))) {
      inside.push_back(static_cast<qint64>(i));
    }
  }
  return inside;
}

}  // namespace latent::ui
