#include "ui/widgets/film_strip.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {
constexpr double kHead = 16.0;   // room above the pictures for the play head and the letters
constexpr double kInset = 10.0;  // left and right, so that the head fits at the ends
constexpr int kFewest = 7;       // pictures; they are made smaller rather than fewer
}  // namespace

FilmStrip::FilmStrip(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("filmStrip"));
  setAccessibleName(tr("Path from A to B"));
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
}

void FilmStrip::setPictures(QVector<QImage> pictures) {
  m_pictures = std::move(pictures);
  update();
}

void FilmStrip::setEmptyText(const QString& text) {
  m_emptyText = text;
  update();
}

void FilmStrip::setPosition(double t) {
  t = std::isfinite(t) ? std::clamp(t, 0.0, 1.0) : 0.0;
  if (t == m_position) return;
  m_position = t;
  setAccessibleDescription(tr("position %1 of the way from A to B").arg(t, 0, 'f', 2));
  update();
}

QSize FilmStrip::sizeHint() const {
  return {420, 72};
}
QSize FilmStrip::minimumSizeHint() const {
  return {160, 48};
}

QRectF FilmStrip::stripRect() const {
  const QRectF room = QRectF(rect()).adjusted(kInset, kHead, -kInset, -2);
  const auto fewest = std::min<qsizetype>(kFewest, m_pictures.size());
  if (fewest == 0) return room;
  const double height = std::min(room.height(), room.width() / (double(fewest) * aspect()));
  return {room.left(), room.top() + (room.height() - height) / 2, room.width(), height};
}

double FilmStrip::aspect() const {
  return double(m_pictures.front().width()) / std::max(1, m_pictures.front().height());
}

void FilmStrip::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF strip = stripRect();
  if (m_pictures.isEmpty()) {
    painter.setFont(Theme::captionFont());
    painter.setPen(theme.secondaryText);
    painter.drawText(rect(), int(Qt::AlignCenter) | int(Qt::TextWordWrap), m_emptyText);
    return;
  }
  QPainterPath shape;
  shape.addRoundedRect(strip, 4, 4);
  painter.save();
  painter.setClipPath(shape);
  painter.fillRect(strip, Qt::black);
  // Where there is no room for all, evenly chosen ones are shown: a picture keeps its aspect.
  const auto total = static_cast<int>(m_pictures.size());
  const int fitting =
      std::max(1, int(strip.width() / std::max(8.0, strip.height() * aspect()) + 1e-6));
  const int shown = std::min(total, fitting);
  const double step = strip.width() / shown;
  for (int i = 0; i < shown; ++i) {
    const int index = shown == 1 ? 0 : int(std::lround(double(i) * (total - 1) / (shown - 1)));
    drawPicture(painter, QRectF(strip.left() + i * step, strip.top(), step, strip.height()),
                m_pictures[index], Enlargement::Smooth);
  }
  painter.restore();
  painter.setPen(QPen(hasFocus() ? theme.accent : theme.line, 1));
  painter.drawPath(shape);

  painter.setFont(Theme::titleFont());
  const double top = strip.top() - kHead;
  const QRectF letters(strip.left() - kInset, top, strip.width() + 2 * kInset, kHead - 1);
  painter.setPen(theme.handleA);
  painter.drawText(letters, Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("A"));
  painter.setPen(theme.handleB);
  painter.drawText(letters, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("B"));

  const double x = strip.left() + m_position * strip.width();
  painter.setPen(QPen(theme.panel, 4));
  painter.drawLine(QPointF(x, strip.top()), QPointF(x, strip.bottom()));
  painter.setPen(QPen(theme.accent, 2));
  painter.drawLine(QPointF(x, strip.top() - 3), QPointF(x, strip.bottom()));
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.accent);
  painter.drawPolygon(QPolygonF{QPointF(x - 6, top + 3), QPointF(x + 6, top + 3),
                                QPointF(x + 6, top + 8), QPointF(x, strip.top() - 1),
                                QPointF(x - 6, top + 8)});
}

void FilmStrip::scrubTo(double t) {
  t = std::clamp(t, 0.0, 1.0);
  if (t == m_position) return;
  setPosition(t);
  emit positionChanged(t);
}

void FilmStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) mouseMoveEvent(event);
}

void FilmStrip::mouseMoveEvent(QMouseEvent* event) {
  if (!(event->buttons() & Qt::LeftButton) || m_pictures.isEmpty()) return;
  const QRectF strip = stripRect();
  scrubTo((event->position().x() - strip.left()) / std::max(1.0, strip.width()));
}

void FilmStrip::keyPressEvent(QKeyEvent* event) {
  const double step = m_pictures.size() > 1 ? 1.0 / double(m_pictures.size() - 1) : 0.1;
  switch (event->key()) {
    case Qt::Key_Left:
      scrubTo(m_position - step);
      break;
    case Qt::Key_Right:
      scrubTo(m_position + step);
      break;
    case Qt::Key_Home:
      scrubTo(0.0);
      break;
    case Qt::Key_End:
      scrubTo(1.0);
      break;
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace latent::ui
