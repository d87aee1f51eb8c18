#include <qcustomplot.h>

#include <QContextMenuEvent>
#include <QMenu>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/plots/latent_map_private.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

QRectF normalizedRect(const QPointF& a, const QPointF& b) {
  return QRectF(a, b).normalized();
}

}  // namespace

LatentMap::Tool LatentMap::tool() const {
  return d->tool;
}

void LatentMap::setTool(Tool tool) {
  d->toolBar->setTool(tool);
  d->setCursor();
  if (tool == d->tool) return;
  d->dropSelectionGesture();
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
    case Tool::Lasso:
    case Tool::Box:
      plot->setCursor(Qt::CrossCursor);
      break;
    case Tool::Brush:
      plot->setCursor(Qt::BlankCursor);  // its ring is the pointer
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
    if (selects()) {
      gesture = Gesture::Select;
      setHovered(-1, {}, {});
      beginSelection(pixel, event->modifiers());
    } else if (const auto handle = overlay->handleAt(pixel)) {
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
    case Gesture::Select:
      moveSelection(pixel);
      break;
    case Gesture::None: {
      const bool inside = frame()->rect().contains(pixel.toPoint());
      const bool onHandle = inside && !selects() && overlay->handleAt(pixel).has_value();
      if (tool == Tool::Brush) {
        overlay->brush = inside ? std::optional(pixel) : std::nullopt;
        replotOverlay();
      }
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
    case Gesture::Select:
      endSelection(pixel);
      break;
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
  QAction* choose = menu->addAction(tr("Show this point's neighbours"));
  choose->setObjectName(QStringLiteral("mapMenuNeighbours"));
  choose->setEnabled(point >= 0);
  QObject::connect(choose, &QAction::triggered, q,
                   [map = q, point] { emit map->pointChosen(point); });
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
      if (d->gesture == Private::Gesture::None) {
        d->setHovered(-1, {}, {});
        if (d->overlay->brush) {
          d->overlay->brush.reset();
          d->replotOverlay();
        }
      }
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
    case Qt::Key_L:
      setTool(Tool::Lasso);
      break;
    case Qt::Key_B:
      setTool(Tool::Box);
      break;
    case Qt::Key_R:
      setTool(Tool::Brush);
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
    case Qt::Key_O:
      d->toolBar->openOverlays();
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
      } else if (d->gesture == Private::Gesture::Select) {
        d->dropSelectionGesture();
      } else if (d->cloud->selection()) {
        emit selectionRequested({}, SelectMode::Replace);
      } else if (!d->legend->bright().isEmpty()) {
        setBrightClasses({});
        emit brightClassesChanged({});
      }
      break;
    default:
      if (d->toggleOverlay(event->text().toUpper())) return;
      QWidget::keyPressEvent(event);
      return;
  }
}

/// Whether the key is one of an overlay.
bool LatentMap::Private::toggleOverlay(const QString& key) {
  const auto found = std::find_if(
      overlayChoices.begin(), overlayChoices.end(),
      [&](const OverlayChoice& choice) { return !key.isEmpty() && choice.key == key; });
  if (found == overlayChoices.end()) return false;
  if (found->whyNot.isEmpty()) emit q->overlayChosen(found->id, !found->shown);
  return true;
}
}  // namespace latent::ui
