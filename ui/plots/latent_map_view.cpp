#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

#include "ui/plots/latent_map_private.h"

namespace latent::ui {
namespace {

constexpr double kMargin = 0.06;      // around all points, of their extent
constexpr double kGlide = 0.30;       // of the way to go, per step of the following view
constexpr double kHoverReach = 10.0;  // pixels
constexpr double kSmallestExtent = 1e-6;
constexpr double kLargestExtent = 1e9;

}  // namespace

QRectF LatentMap::Private::fullView() const {
  if (!points) return {};
  QRectF all = boundsOf(*points);
  if (all.isNull() && points->size() == 0) return {};
  // A few strays must not make a speck of the rest.
  const QRectF inner = innerBoundsOf(*points, 0.002);
  if (all.width() > 3.0 * inner.width() && inner.width() > 0.0) {
    const double more = 0.5 * inner.width();
    all.setLeft(std::max(all.left(), inner.left() - more));
    all.setRight(std::min(all.right(), inner.right() + more));
  }
  if (all.height() > 3.0 * inner.height() && inner.height() > 0.0) {
    const double more = 0.5 * inner.height();
    all.setTop(std::max(all.top(), inner.top() - more));
    all.setBottom(std::min(all.bottom(), inner.bottom() + more));
  }
  const double extent = std::max({all.width(), all.height(), 1e-3});
  const double margin = kMargin * extent;
  return all.adjusted(-margin, -margin, margin, margin);
}

void LatentMap::Private::applyView(const QRectF& view, bool tell) {
  QRectF area = view.normalized();
  if (!std::isfinite(area.width()) || !std::isfinite(area.height())) return;
  if (area.width() < kSmallestExtent && area.height() < kSmallestExtent) return;
  wanted = area;
  // One unit is as long across as upwards: distances in the latent space mean something.
  const QSizeF pixels(std::max(1, frame()->width()), std::max(1, frame()->height()));
  const double unit = std::max(area.width() / pixels.width(), area.height() / pixels.height());
  const double width = unit * pixels.width();
  const double height = unit * pixels.height();
  const QCPRange x(area.center().x() - width / 2, area.center().x() + width / 2);
  const QCPRange y(area.center().y() - height / 2, area.center().y() + height / 2);
  if (x == plot->xAxis->range() && y == plot->yAxis->range()) return;
  plot->xAxis->setRange(x);
  plot->yAxis->setRange(y);
  card->hide();  // its point has moved away from it
  if (tell) emit q->viewChanged(q->view());
}

/// Moves the view towards all points: one step, or at once.
void LatentMap::Private::retarget(bool atOnce) {
  const QRectF full = fullView();
  if (full.isNull()) {
    glide.stop();
    return;
  }
  cloud->setHomeExtent(
      std::max(full.width(), full.height() * frame()->width() / std::max(1, frame()->height())));
  if (!following) {
    glide.stop();
    return;
  }
  // Following every wobble would make the axes restless: the goal moves when it is off by enough.
  const double tolerance = 0.02 * std::max(full.width(), full.height());
  const auto off = [&](const QRectF& a) {
    return std::max({std::abs(a.left() - full.left()), std::abs(a.right() - full.right()),
                     std::abs(a.top() - full.top()), std::abs(a.bottom() - full.bottom())});
  };
  if (atOnce || target.isNull() || off(target) > tolerance) target = full;
  const auto step = [&](double from, double to) { return from + (to - from) * kGlide; };
  QRectF next = target;
  if (!atOnce) {
    next = QRectF(
        QPointF(step(wanted.left(), target.left()), step(wanted.top(), target.top())),
        QPointF(step(wanted.right(), target.right()), step(wanted.bottom(), target.bottom())));
    const double left =
        std::max({std::abs(next.left() - target.left()), std::abs(next.right() - target.right()),
                  std::abs(next.top() - target.top()), std::abs(next.bottom() - target.bottom())});
    if (left < 0.25 * tolerance) next = target;
  }
  if (next == wanted) {
    glide.stop();
    return;
  }
  applyView(next);
  if (!atOnce) cloud->drawLater();
  replot();
  if (next == target) {
    glide.stop();
  } else if (!glide.isActive()) {
    glide.start();
  }
}

void LatentMap::Private::stopFollowing() {
  glide.stop();
  if (!following) return;
  following = false;
  toolBar->setFollowing(false);
  emit q->followingChanged(false);
}

void LatentMap::fit() {
  const QRectF full = d->fullView();
  if (full.isNull()) return;
  d->target = full;
  d->cloud->setHomeExtent(std::max(full.width(), full.height()));
  d->applyView(full);
  d->replot();
}

void LatentMap::setFollowing(bool follow) {
  d->toolBar->setFollowing(follow);
  if (follow == d->following) return;
  d->following = follow;
  emit followingChanged(follow);
  if (follow) d->retarget(false);
}

bool LatentMap::isFollowing() const {
  return d->following;
}

QRectF LatentMap::view() const {
  const QCPRange x = d->plot->xAxis->range();
  const QCPRange y = d->plot->yAxis->range();
  return {QPointF(x.lower, y.lower), QPointF(x.upper, y.upper)};
}

QSize LatentMap::frameSize() const {
  return d->frame()->size();
}

void LatentMap::setView(const QRectF& view) {
  d->stopFollowing();
  d->applyView(view);
  d->replot();
}

LatentMap::View LatentMap::wholeView() const {
  return {d->wanted, d->following, d->cloud->homeExtent()};
}

void LatentMap::setWholeView(const View& view) {
  if (view.area.isEmpty()) return;
  d->glide.stop();
  if (view.home > 0.0) d->cloud->setHomeExtent(view.home);
  d->target = view.area;
  d->applyView(view.area);
  setFollowing(view.following);
  d->replot();
}

QPointF LatentMap::planeAt(const QPointF& pixel) const {
  const QPointF at = pixel - d->plot->pos();
  return {d->plot->xAxis->pixelToCoord(at.x()), d->plot->yAxis->pixelToCoord(at.y())};
}

QPointF LatentMap::pixelAt(const QPointF& plane) const {
  return QPointF(d->plot->xAxis->coordToPixel(plane.x()), d->plot->yAxis->coordToPixel(plane.y())) +
         d->plot->pos();
}

const PointIndex& LatentMap::Private::pointIndex() const {
  if (!index) index = std::make_unique<PointIndex>(points);
  return *index;
}

qint64 LatentMap::pointAt(const QPointF& pixel) const {
  if (!d->points || d->points->size() == 0) return -1;
  const double unit = d->plot->xAxis->range().size() / std::max(1, d->frame()->width());
  const double reach = std::max(kHoverReach, d->cloud->pointSize() / 2.0 + 3.0) * unit;
  const QPointF plane = planeAt(pixel);
  const PointIndex& index = d->pointIndex();
  if (d->cloud->anyDimmed()) {
    const qint64 bright = index.nearest(plane, reach, [this](qint64 point) {
      return d->cloud->isPointBright(static_cast<std::size_t>(point));
    });
    if (bright >= 0) return bright;
  }
  return index.nearest(plane, reach);
}

double LatentMap::pointSize() const {
  return d->cloud->pointSize();
}

void LatentMap::Private::zoomAt(const QPointF& pixel, double factor) {
  const QRectF now = q->view();
  const double extent = std::max(now.width(), now.height()) * factor;
  if (extent < kSmallestExtent || extent > kLargestExtent) return;
  stopFollowing();
  const QPointF fixed(plot->xAxis->pixelToCoord(pixel.x()), plot->yAxis->pixelToCoord(pixel.y()));
  applyView(QRectF(fixed + (now.topLeft() - fixed) * factor,
                   fixed + (now.bottomRight() - fixed) * factor));
  replot();
}

void LatentMap::Private::panBy(const QPointF& pixels) {
  const QRectF now = q->view();
  stopFollowing();
  applyView(now.translated(-pixels.x() * now.width() / std::max(1, frame()->width()),
                           pixels.y() * now.height() / std::max(1, frame()->height())));
  replot();
}
void LatentMap::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  d->replot();
}
}  // namespace latent::ui
