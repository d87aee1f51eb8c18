#include "ui/plots/latent_map.h"

#include <qcustomplot.h>

#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QSvgGenerator>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/plots/hover_card.h"
#include "ui/plots/map_legend.h"
#include "ui/plots/map_overlay.h"
#include "ui/plots/map_tool_bar.h"
#include "ui/plots/plot_style.h"
#include "ui/plots/point_cloud.h"
#include "ui/plots/point_index.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr double kMargin = 0.06;  // around all points, of their extent
constexpr double kGlide = 0.30;   // of the way to go, per step of the following view
constexpr int kGlideMilliseconds = 33;
constexpr double kHoverReach = 10.0;  // pixels
constexpr double kSmallestExtent = 1e-6;
constexpr double kLargestExtent = 1e9;

QRectF normalizedRect(const QPointF& a, const QPointF& b) {
  return QRectF(a, b).normalized();
}

}  // namespace

class LatentMap::Private {
 public:
  enum class Gesture { None, Decode, Pan, BoxZoom, Handle };

  explicit Private(LatentMap* map) : q(map) {}

  LatentMap* q;
  QCustomPlot* plot = nullptr;
  PointCloud* cloud = nullptr;    // owned by the plot
  MapOverlay* overlay = nullptr;  // owned by the plot
  MapToolBar* toolBar = nullptr;
  MapLegend* legend = nullptr;
  QScrollArea* legendArea = nullptr;
  HoverCard* card = nullptr;
  QLabel* empty = nullptr;
  QTimer glide;

  std::shared_ptr<const MapPoints> points;
  std::shared_ptr<const PointClasses> countedClasses;
  std::size_t countedPoints = 0;
  mutable std::unique_ptr<PointIndex> index;  // of `points`, made when first asked
  Tool tool = Tool::Decode;
  bool following = true;
  bool shown = false;                   // the first points have been framed
  QRectF wanted{-3.5, -3.5, 7.0, 7.0};  // what was asked for; the view also fills the frame
  QRectF target;                        // where the following view is going
  bool manifoldAvailable = true;
  bool thumbnailsAvailable = false;

  Gesture gesture = Gesture::None;
  QPointF pressed;  // pixels
  QPointF lastPan;  // pixels
  Handle nextPick = Handle::A;
  qint64 hovered = -1;

  QCPAxisRect* frame() const { return plot->axisRect(); }
  void replot() const { plot->replot(QCustomPlot::rpQueuedReplot); }
  void replotOverlay() const {
    // Between frames only the layer above is drawn again.
    if (!plot->viewport().isEmpty()) overlay->layer()->replot();
  }

  void applyTheme();
  void applyView(const QRectF& view, bool tell = true);
  QRectF fullView() const;
  void retarget(bool atOnce);
  void stopFollowing();
  void updateLegend();
  void updateLetters();
  void applyBright();
  const PointIndex& pointIndex() const;
  void setHovered(qint64 point, const QPoint& global, const QPointF& pixel);
  void zoomAt(const QPointF& pixel, double factor);
  void panBy(const QPointF& pixels);
  void moveHandle(const QPointF& pixel);
  void setCursor();
  bool press(QMouseEvent* event);
  void move(QMouseEvent* event);
  void release(QMouseEvent* event);
  void showMenu(const QPoint& pixel, const QPoint& global);
};

LatentMap::LatentMap(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>(this)) {
  setObjectName(QStringLiteral("latentMap"));
  setAccessibleName(tr("Latent map"));
  setFocusPolicy(Qt::StrongFocus);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  d->toolBar = new MapToolBar(this);
  column->addWidget(d->toolBar);
  auto* row = new QHBoxLayout;
  row->setSpacing(0);
  column->addLayout(row, 1);

  d->plot = new QCustomPlot(this);
  d->plot->setObjectName(QStringLiteral("latentMapPlot"));
  d->plot->setAccessibleName(tr("Latent map: points by class"));
  d->plot->setFocusPolicy(Qt::NoFocus);
  d->plot->setMouseTracking(true);
  // A plot of no size cannot be painted, and says so on the error stream.
  d->plot->setMinimumSize(40, 40);
  d->plot->setContextMenuPolicy(Qt::PreventContextMenu);
  d->plot->setInteractions(QCP::Interactions());
  d->plot->installEventFilter(this);
  d->plot->axisRect()->setAutoMargins(QCP::msNone);
  row->addWidget(d->plot, 1);
  d->cloud = new PointCloud(d->plot->xAxis, d->plot->yAxis);
  d->overlay = new MapOverlay(d->plot, QStringLiteral("overlay"));

  d->legendArea = new QScrollArea(this);
  d->legendArea->setObjectName(QStringLiteral("mapLegendArea"));
  d->legendArea->setFrameShape(QFrame::NoFrame);
  d->legendArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  d->legendArea->setFocusPolicy(Qt::NoFocus);
  d->legend = new MapLegend;
  d->legendArea->setWidget(d->legend);
  d->legendArea->hide();
  row->addWidget(d->legendArea);

  d->empty = new QLabel(d->plot);
  d->empty->setObjectName(QStringLiteral("mapEmptyText"));
  d->empty->setAlignment(Qt::AlignCenter);
  d->empty->setWordWrap(true);
  d->empty->setAttribute(Qt::WA_TransparentForMouseEvents);
  d->empty->setProperty("role", "caption");
  d->card = new HoverCard(d->plot);

  d->glide.setInterval(kGlideMilliseconds);
  connect(&d->glide, &QTimer::timeout, this, [this] { d->retarget(false); });
  connect(d->toolBar, &MapToolBar::toolChosen, this, &LatentMap::setTool);
  connect(d->toolBar, &MapToolBar::fitChosen, this, &LatentMap::fit);
  connect(d->toolBar, &MapToolBar::followChosen, this, &LatentMap::setFollowing);
  connect(d->toolBar, &MapToolBar::manifoldChosen, this, &LatentMap::setManifoldVisible);
  connect(d->toolBar, &MapToolBar::thumbnailsChosen, this, &LatentMap::setThumbnailsVisible);
  connect(d->legend, &MapLegend::brightChanged, this, [this](const QVector<int>& classes) {
    d->applyBright();
    emit brightClassesChanged(classes);
  });
  // The frame gets its size inside the plot's own layout: the view then fills it anew.
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] { d->applyView(d->wanted); });

  setEmptyText(tr("Start training: each test picture becomes a point here."));
  setAxisTitles(QStringLiteral("z1"), QStringLiteral("z2"));
  setTool(Tool::Decode);
  d->toolBar->setFollowing(true);
  d->toolBar->setThumbnails(true, false);
  d->applyTheme();
  d->applyView(d->wanted, false);
}

LatentMap::~LatentMap() = default;

QSize LatentMap::sizeHint() const {
  return {640, 560};
}
QSize LatentMap::minimumSizeHint() const {
  return {260, 220};
}
QCustomPlot* LatentMap::plot() const {
  return d->plot;
}

// ---- what is shown

void LatentMap::setPoints(std::shared_ptr<const MapPoints> points) {
  d->points = std::move(points);
  d->index.reset();
  d->cloud->setPoints(d->points);
  const bool any = d->points && d->points->size() > 0;
  d->empty->setVisible(!any);
  d->updateLegend();
  d->updateLetters();
  if (d->hovered >= 0) {
    const auto at = static_cast<std::size_t>(d->hovered);
    if (!any || at >= d->points->size()) {
      d->setHovered(-1, {}, {});
    } else {
      d->overlay->hovered = QPointF(d->points->positions[2 * at], d->points->positions[2 * at + 1]);
    }
  }
  if (any && d->following) d->retarget(!d->shown);
  if (any) d->shown = true;
  d->replot();
}

std::shared_ptr<const MapPoints> LatentMap::points() const {
  return d->points;
}

void LatentMap::setAxisTitles(const QString& horizontal, const QString& vertical) {
  if (d->plot->xAxis->label() == horizontal && d->plot->yAxis->label() == vertical) return;
  d->plot->xAxis->setLabel(horizontal);
  d->plot->yAxis->setLabel(vertical);
  d->replot();
}

void LatentMap::setEmptyText(const QString& text) {
  d->empty->setText(text);
}

void LatentMap::setCurrentCode(std::optional<QPointF> position) {
  d->overlay->currentCode = position;
  d->replotOverlay();
}

void LatentMap::setInterpolation(const std::optional<Interpolation>& interpolation) {
  d->overlay->interpolation = interpolation;
  d->replotOverlay();
}

void LatentMap::setManifold(const QImage& image, const QRectF& area) {
  d->cloud->setManifold(image, area);
  if (d->cloud->manifoldVisible()) d->replot();
}

void LatentMap::setManifoldOpacity(double opacity) {
  d->cloud->setManifoldOpacity(std::clamp(opacity, 0.0, 1.0));
  d->replot();
}

void LatentMap::setManifoldVisible(bool visible) {
  d->toolBar->setManifoldVisible(visible);
  if (visible == d->cloud->manifoldVisible()) return;
  d->cloud->setManifoldVisible(visible);
  d->replot();
  emit manifoldRequested(visible);
}

bool LatentMap::isManifoldVisible() const {
  return d->cloud->manifoldVisible();
}

void LatentMap::setManifoldAvailable(bool available) {
  d->manifoldAvailable = available;
  d->toolBar->setManifoldAvailable(available);
  if (!available) setManifoldVisible(false);
}

void LatentMap::setThumbnailProvider(std::function<QImage(qint64)> provider) {
  d->thumbnailsAvailable = static_cast<bool>(provider);
  d->cloud->setThumbnailProvider(std::move(provider));
  d->toolBar->setThumbnails(d->cloud->thumbnailsVisible(), d->thumbnailsAvailable);
  d->replot();
}

void LatentMap::setThumbnailsVisible(bool visible) {
  d->cloud->setThumbnailsVisible(visible);
  d->toolBar->setThumbnails(visible, d->thumbnailsAvailable);
  d->replot();
}

void LatentMap::setHoverCard(const QImage& original, const QImage& reconstruction,
                             const QString& caption) {
  if (d->hovered < 0 || !d->overlay->hovered) return;
  d->card->setContent(original, reconstruction, caption);
  d->card->showAt(pixelAt(*d->overlay->hovered).toPoint() - d->plot->pos());
}

void LatentMap::setBrightClasses(const QVector<int>& classes) {
  d->legend->setBright(classes);
  d->applyBright();
}

QVector<int> LatentMap::brightClasses() const {
  return d->legend->bright();
}

void LatentMap::Private::applyBright() {
  const QVector<int> classes = legend->bright();
  std::vector<std::uint8_t> bright;
  if (!classes.isEmpty()) {
    for (int i = 0; i < legend->classCount(); ++i) bright.push_back(classes.contains(i) ? 1 : 0);
  }
  cloud->setBright(std::move(bright), classes.isEmpty());
  updateLetters();
  replot();
}

void LatentMap::Private::updateLegend() {
  const auto classes = points ? points->classes : nullptr;
  const std::size_t count = points ? points->size() : 0;
  if (classes == countedClasses && count == countedPoints) return;
  countedClasses = classes;
  countedPoints = count;
  std::vector<qint64> counts(classes ? classes->names.size() : 0, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const int label = points->label(i);
    if (label >= 0 && static_cast<std::size_t>(label) < counts.size()) {
      ++counts[static_cast<std::size_t>(label)];
    }
  }
  legend->setClasses(classes ? classes->names : std::vector<QString>(), counts);
  legendArea->setFixedWidth(legend->sizeHint().width() + Theme::kSmall);
  legendArea->setVisible(legend->classCount() > 0);
  applyBright();
}

void LatentMap::Private::updateLetters() {
  overlay->letters.clear();
  if (!points || !points->classes) return;
  for (const auto& [label, position] : classMedians(*points)) {
    const auto at = static_cast<std::size_t>(label);
    if (at >= points->classes->names.size()) continue;
    overlay->letters.push_back(
        {points->classes->names[at], position, label, cloud->isBright(label)});
  }
}

void LatentMap::Private::applyTheme() {
  const Theme& theme = Theme::of(q);
  cloud->setTheme(theme);
  overlay->theme = &theme;
  stylePlot(plot, theme);
  const QFontMetrics caption(Theme::captionFont());
  plot->axisRect()->setMargins(
      QMargins(caption.horizontalAdvance(QStringLiteral("−888.8")) + caption.height() + 12, 6,
               Theme::kMedium, 2 * caption.height() + 16));
  QPalette back = legendArea->palette();
  back.setColor(QPalette::Window, theme.canvas);
  legendArea->setPalette(back);
  legendArea->viewport()->setAutoFillBackground(true);
  legendArea->viewport()->setPalette(back);
  updateLetters();
  replot();
}

// ---- the view

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

void LatentMap::setView(const QRectF& view) {
  d->stopFollowing();
  d->applyView(view);
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
  if (!d->legend->bright().isEmpty()) {
    const qint64 bright = index.nearest(plane, reach, [this](qint64 point) {
      return d->cloud->isBright(d->points->label(static_cast<std::size_t>(point)));
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

// ---- the mouse

LatentMap::Tool LatentMap::tool() const {
  return d->tool;
}

void LatentMap::setTool(Tool tool) {
  d->toolBar->setTool(tool);
  d->setCursor();
  if (tool == d->tool) return;
  d->tool = tool;
  d->setCursor();
  emit toolChanged(tool);
}

void LatentMap::Private::setCursor() {
  switch (gesture == Gesture::Pan ? Tool::Pan : tool) {
    case Tool::Decode:
      plot->setCursor(Qt::CrossCursor);
      break;
    case Tool::Pan:
      plot->setCursor(gesture == Gesture::Pan ? Qt::ClosedHandCursor : Qt::OpenHandCursor);
      break;
    case Tool::BoxZoom:
      plot->setCursor(Qt::CrossCursor);
      break;
  }
}

void LatentMap::Private::setHovered(qint64 point, const QPoint& global, const QPointF&) {
  if (point == hovered) return;
  hovered = point;
  card->hide();
  overlay->hovered.reset();
  if (point >= 0) {
    const auto at = static_cast<std::size_t>(point);
    overlay->hovered = QPointF(points->positions[2 * at], points->positions[2 * at + 1]);
    overlay->hoverRadius = cloud->pointSize() / 2.0 + 3.0;
  }
  replotOverlay();
  emit q->hoveredPoint(point, global);
}

void LatentMap::Private::moveHandle(const QPointF& pixel) {
  const Handle which = *overlay->activeHandle;
  const QPointF plane(plot->xAxis->pixelToCoord(pixel.x()), plot->yAxis->pixelToCoord(pixel.y()));
  auto& path = *overlay->interpolation;
  if (which == Handle::Path) {
    path.t = overlay->pathPositionAt(pixel);
    replotOverlay();
    emit q->handleMoved(which, overlay->pathPoint(path.t));
    emit q->pathPositionChanged(path.t);
    return;
  }
  // Until the owner answers with the new path a straight one stands in.
  (which == Handle::A ? path.a : path.b) = plane;
  path.path.clear();
  replotOverlay();
  emit q->handleMoved(which, plane);
}

bool LatentMap::Private::press(QMouseEvent* event) {
  const QPointF pixel = event->position();
  q->setFocus(Qt::MouseFocusReason);
  if (gesture != Gesture::None || !frame()->rect().contains(pixel.toPoint())) return true;
  pressed = lastPan = pixel;
  const bool left = event->button() == Qt::LeftButton;
  if (event->button() == Qt::MiddleButton ||
      (left && event->modifiers().testFlag(Qt::ControlModifier))) {
    gesture = Gesture::Pan;
  } else if (left) {
    if (const auto handle = overlay->handleAt(pixel)) {
      gesture = Gesture::Handle;
      overlay->activeHandle = handle;
      replotOverlay();
    } else if (event->modifiers().testFlag(Qt::ShiftModifier)) {
      const qint64 point = q->pointAt(pixel + plot->pos());
      if (point >= 0) {
        const Handle which = nextPick;
        nextPick = which == Handle::A ? Handle::B : Handle::A;
        emit q->pointPicked(point, which);
      }
      return true;
    } else if (tool == Tool::Decode) {
      gesture = Gesture::Decode;
      setHovered(-1, {}, {});
      emit q->codeRequested(q->planeAt(pixel + plot->pos()));
    } else if (tool == Tool::Pan) {
      gesture = Gesture::Pan;
    } else {
      gesture = Gesture::BoxZoom;
    }
  }
  setCursor();
  return true;
}

void LatentMap::Private::move(QMouseEvent* event) {
  const QPointF pixel = event->position();
  switch (gesture) {
    case Gesture::Decode:
      emit q->codeRequested(q->planeAt(pixel + plot->pos()));
      break;
    case Gesture::Pan:
      panBy(pixel - lastPan);
      lastPan = pixel;
      break;
    case Gesture::BoxZoom:
      overlay->zoomBox = normalizedRect(pressed, pixel);
      replotOverlay();
      break;
    case Gesture::Handle:
      moveHandle(pixel);
      break;
    case Gesture::None: {
      const bool inside = frame()->rect().contains(pixel.toPoint());
      const bool onHandle = inside && overlay->handleAt(pixel).has_value();
      if (onHandle) {
        plot->setCursor(Qt::SizeAllCursor);
      } else {
        setCursor();
      }
      setHovered(inside && !onHandle ? q->pointAt(pixel + plot->pos()) : -1,
                 event->globalPosition().toPoint(), pixel);
    }
  }
}

void LatentMap::Private::release(QMouseEvent* event) {
  const QPointF pixel = event->position();
  const Gesture ended = std::exchange(gesture, Gesture::None);
  switch (ended) {
    case Gesture::Decode:
      emit q->codeSettled(q->planeAt(pixel + plot->pos()));
      break;
    case Gesture::Handle: {
      const Handle which = *overlay->activeHandle;
      overlay->activeHandle.reset();
      replotOverlay();
      emit q->handleReleased(which);
      break;
    }
    case Gesture::BoxZoom: {
      const QRectF box = normalizedRect(pressed, pixel);
      overlay->zoomBox.reset();
      // A click is not a box.
      if (box.width() >= 6.0 && box.height() >= 6.0) {
        stopFollowing();
        applyView(QRectF(q->planeAt(box.topLeft() + plot->pos()),
                         q->planeAt(box.bottomRight() + plot->pos()))
                      .normalized());
      }
      replot();
      break;
    }
    case Gesture::Pan:
    case Gesture::None:
      break;
  }
  setCursor();
}

void LatentMap::Private::showMenu(const QPoint& pixel, const QPoint& global) {
  const qint64 point = q->pointAt(QPointF(pixel) + plot->pos());
  auto* menu = new QMenu(q);
  menu->setObjectName(QStringLiteral("mapMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto pick = [&](const QString& text, Handle which) {
    QAction* action = menu->addAction(text);
    action->setEnabled(point >= 0);
    QObject::connect(action, &QAction::triggered, q,
                     [map = q, point, which] { emit map->pointPicked(point, which); });
  };
  pick(tr("Use this point as A"), Handle::A);
  pick(tr("Use this point as B"), Handle::B);
  menu->addSeparator();
  QAction* decode = menu->addAction(themedIcon(QStringLiteral("decode")), tr("Decode here"));
  const QPointF plane = q->planeAt(QPointF(pixel) + plot->pos());
  QObject::connect(decode, &QAction::triggered, q, [map = q, plane] {
    emit map->codeRequested(plane);
    emit map->codeSettled(plane);
  });
  QAction* fitAction = menu->addAction(themedIcon(QStringLiteral("fit")), tr("Fit all points"));
  QObject::connect(fitAction, &QAction::triggered, q, &LatentMap::fit);
  menu->popup(global);
}

bool LatentMap::eventFilter(QObject* watched, QEvent* event) {
  if (watched != d->plot) return QWidget::eventFilter(watched, event);
  switch (event->type()) {
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonDblClick:
      return d->press(static_cast<QMouseEvent*>(event));
    case QEvent::MouseMove:
      d->move(static_cast<QMouseEvent*>(event));
      return true;
    case QEvent::MouseButtonRelease:
      d->release(static_cast<QMouseEvent*>(event));
      return true;
    case QEvent::Leave:
      if (d->gesture == Private::Gesture::None) d->setHovered(-1, {}, {});
      break;
    case QEvent::Wheel: {
      auto* wheel = static_cast<QWheelEvent*>(event);
      const double notches = wheel->angleDelta().y() / 120.0;
      if (notches != 0.0) d->zoomAt(wheel->position(), std::pow(0.82, notches));
      return true;
    }
    case QEvent::ContextMenu: {
      auto* menu = static_cast<QContextMenuEvent*>(event);
      d->showMenu(menu->pos(), menu->globalPos());
      return true;
    }
    case QEvent::Resize:
      d->empty->setGeometry(d->plot->rect().adjusted(60, 20, -20, -60));
      break;
    default:
      break;
  }
  return QWidget::eventFilter(watched, event);
}

void LatentMap::keyPressEvent(QKeyEvent* event) {
  const QRectF now = view();
  const QPointF centre = d->plot->axisRect()->rect().center();
  const auto arrow = [&](double dx, double dy) {
    if (d->tool == Tool::Decode && d->overlay->currentCode) {
      const QPointF to =
          *d->overlay->currentCode + QPointF(dx * now.width(), dy * now.height()) * 0.02;
      emit codeRequested(to);
      emit codeSettled(to);
    } else {
      d->panBy(QPointF(-dx, dy) * 60.0);
    }
  };
  if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
    QWidget::keyPressEvent(event);
    return;
  }
  switch (event->key()) {
    case Qt::Key_D:
      setTool(Tool::Decode);
      break;
    case Qt::Key_P:
      setTool(Tool::Pan);
      break;
    case Qt::Key_Z:
      setTool(Tool::BoxZoom);
      break;
    case Qt::Key_F:
      fit();
      break;
    case Qt::Key_G:
      setFollowing(!d->following);
      break;
    case Qt::Key_M:
      if (d->manifoldAvailable) setManifoldVisible(!isManifoldVisible());
      break;
    case Qt::Key_T:
      if (d->thumbnailsAvailable) setThumbnailsVisible(!d->cloud->thumbnailsVisible());
      break;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
      d->zoomAt(centre, 0.82);
      break;
    case Qt::Key_Minus:
      d->zoomAt(centre, 1.0 / 0.82);
      break;
    case Qt::Key_Left:
      arrow(-1, 0);
      break;
    case Qt::Key_Right:
      arrow(1, 0);
      break;
    case Qt::Key_Up:
      arrow(0, 1);
      break;
    case Qt::Key_Down:
      arrow(0, -1);
      break;
    case Qt::Key_Escape:
      if (d->gesture == Private::Gesture::BoxZoom) {
        d->gesture = Private::Gesture::None;
        d->overlay->zoomBox.reset();
        d->replotOverlay();
      } else if (!d->legend->bright().isEmpty()) {
        setBrightClasses({});
        emit brightClassesChanged({});
      }
      break;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
}

void LatentMap::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  d->replot();
}

void LatentMap::changeEvent(QEvent* event) {
  if (d && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)) {
    d->applyTheme();
  }
  QWidget::changeEvent(event);
}

bool LatentMap::exportTo(const QString& path) {
  const QSize size(d->plot->width() + d->legend->sizeHint().width() + Theme::kSmall,
                   d->plot->height());
  const auto paint = [&](QPaintDevice* device) {
    QCPPainter painter;
    if (!painter.begin(device)) return false;
    painter.fillRect(QRect(QPoint(), size), Theme::of(this).canvas);
    d->plot->toPainter(&painter, d->plot->width(), d->plot->height());
    painter.setClipping(false);
    painter.resetTransform();
    d->legend->render(painter, QPointF(d->plot->width(), 6));
    return painter.end();
  };
  bool written = false;
  if (path.endsWith(QStringLiteral(".svg"), Qt::CaseInsensitive)) {
    QSvgGenerator svg;
    svg.setFileName(path);
    svg.setSize(size);
    svg.setViewBox(QRect(QPoint(), size));
    svg.setTitle(tr("Latent map"));
    written = paint(&svg);
  } else {
    const double ratio = std::max(2.0, devicePixelRatioF());
    QPixmap picture(size * ratio);
    picture.setDevicePixelRatio(ratio);
    written = paint(&picture) && picture.save(path, "PNG");
  }
  if (!written) {
    emit errorOccurred(
        tr("The map could not be written to %1: check the folder and the space on the disk.")
            .arg(path));
  }
  return written;
}

}  // namespace latent::ui
