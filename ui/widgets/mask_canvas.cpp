#include "ui/widgets/mask_canvas.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/theme.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

/// Radius of the brush, of a picture's width.
constexpr double kBrushShare = 0.06;

double distanceToSegment(const QPointF& point, const QPointF& from, const QPointF& to) {
  const QPointF along = to - from;
  const double length = QPointF::dotProduct(along, along);
  const double t =
      length > 0.0 ? std::clamp(QPointF::dotProduct(point - from, along) / length, 0.0, 1.0) : 0.0;
  const QPointF away = point - (from + t * along);
  return std::hypot(away.x(), away.y());
}

}  // namespace

MaskCanvas::MaskCanvas(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  setCursor(Qt::CrossCursor);
  setContextMenuPolicy(Qt::PreventContextMenu);
}

void MaskCanvas::setPicture(const QImage& picture) {
  if (picture.size() != m_picture.size()) {
    m_mask.assign(
        static_cast<std::size_t>(picture.width()) * static_cast<std::size_t>(picture.height()), 0);
  }
  m_picture = picture;
  update();
}

void MaskCanvas::setMask(std::vector<std::uint8_t> mask) {
  if (mask.size() != m_mask.size()) return;
  m_mask = std::move(mask);
  update();
}

QRectF MaskCanvas::pictureArea() const {
  const QRectF room = QRectF(rect()).adjusted(1, 1, -1, -1);
  return m_picture.isNull() ? room : pictureRect(room, m_picture.size());
}

QPointF MaskCanvas::inPicture(const QPointF& position) const {
  const QRectF area = pictureArea();
  return (position - area.topLeft()) * (m_picture.width() / area.width());
}

void MaskCanvas::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  const QRectF area = pictureArea();
  painter.fillRect(area, Qt::black);
  if (!m_picture.isNull()) {
    drawPicture(painter, area, m_picture, Enlargement::Crisp);
    QImage veil(m_picture.size(), QImage::Format_ARGB32_Premultiplied);
    veil.fill(Qt::transparent);
    QColor hidden = theme.accent;
    hidden.setAlphaF(0.75F);
    for (int y = 0; y < veil.height(); ++y) {
      for (int x = 0; x < veil.width(); ++x) {
        if (m_mask[static_cast<std::size_t>(y * veil.width() + x)] != 0) {
          veil.setPixelColor(x, y, hidden);
        }
      }
    }
    drawPicture(painter, area, veil, Enlargement::Crisp);
  }
  painter.setPen(QPen(m_stroking ? theme.accent : theme.line, 1));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(area);
}

void MaskCanvas::strokeTo(const QPointF& to) {
  const double radius = std::max(0.75, kBrushShare * m_picture.width());
  for (int y = 0; y < m_picture.height(); ++y) {
    for (int x = 0; x < m_picture.width(); ++x) {
      if (distanceToSegment({x + 0.5, y + 0.5}, m_last, to) > radius) continue;
      m_mask[static_cast<std::size_t>(y * m_picture.width() + x)] = m_hiding ? 1 : 0;
    }
  }
  m_last = to;
  update();
  emit maskChanged();
}

void MaskCanvas::mousePressEvent(QMouseEvent* event) {
  const bool left = event->button() == Qt::LeftButton;
  if (!left && event->button() != Qt::RightButton) return;
  if (m_picture.isNull() || !pictureArea().contains(event->position())) return;
  m_stroking = true;
  m_hiding = left && !event->modifiers().testFlag(Qt::ShiftModifier);
  m_last = inPicture(event->position());
  strokeTo(m_last);
}

void MaskCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (m_stroking) strokeTo(inPicture(event->position()));
}

void MaskCanvas::mouseReleaseEvent(QMouseEvent* event) {
  if (!m_stroking || event->buttons() != Qt::NoButton) return;
  m_stroking = false;
  update();
}

}  // namespace latent::ui
