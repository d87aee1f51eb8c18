#include "ui/widgets/timeline.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr double kTimelineInset = 9.0;
constexpr double kPresentGap = 22.0;  // between the last epoch and the present
constexpr double kAxisY = 16.0;
constexpr double kTickHalf = 5.0;
constexpr double kMarkY = 5.0;
constexpr double kMarkHalf = 3.5;
constexpr double kCatch = 5.0;  // pixels beside a mark that still mean it
constexpr int kTimelineHeight = 36;
constexpr double kNumberRoom = 34.0;  // pixels that one number wants

}  // namespace

Timeline::Timeline(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void Timeline::setKept(std::vector<int> epochs) {
  if (epochs == m_kept) return;
  m_kept = std::move(epochs);
  update();
}

void Timeline::setMarks(QVector<Mark> marks) {
  if (marks == m_marks) return;
  m_marks = std::move(marks);
  update();
}

void Timeline::setPresent(double epoch) {
  if (epoch == m_present) return;
  m_present = epoch;
  update();
}

void Timeline::setPosition(std::optional<int> epoch) {
  m_position = epoch;
  setAccessibleDescription(epoch ? tr("at epoch %1").arg(*epoch) : tr("at the present"));
  update();
}

/// The axis grows by whole epochs: it does not creep under the pointer with each batch.
double Timeline::length() const {
  return std::max(1.0, std::ceil(m_present));
}

double Timeline::xOf(double epoch) const {
  const double room = width() - 2 * kTimelineInset - kPresentGap;
  return kTimelineInset + room * std::clamp(epoch / length(), 0.0, 1.0);
}

double Timeline::xOfPresent() const {
  return width() - kTimelineInset;
}

QString Timeline::textAt(double x) const {
  QStringList lines;
  for (const Mark& mark : m_marks) {
    if (std::abs(xOf(mark.epoch) - x) <= kCatch) lines << mark.text;
  }
  if (!lines.isEmpty()) return lines.join(QLatin1Char('\n'));
  if (x > xOf(length()) + kPresentGap / 2) return tr("The present: the weights that train now");
  const std::optional<int> nearest = nearestKept(x);
  if (!nearest) return {};
  if (const std::optional<int> dropped = droppedAt(x)) {
    return tr("Epoch %1 was dropped to save space. A double click trains it again from the epoch "
              "kept before it, to the same bits.")
        .arg(*dropped);
  }
  return *nearest == 0 ? tr("Before the first batch") : tr("After epoch %1").arg(*nearest);
}

std::optional<int> Timeline::nearestKept(double x) const {
  const auto nearest = std::min_element(m_kept.begin(), m_kept.end(), [&](int a, int b) {
    return std::abs(xOf(a) - x) < std::abs(xOf(b) - x);
  });
  if (nearest == m_kept.end()) return std::nullopt;
  return *nearest;
}

std::optional<int> Timeline::droppedAt(double x) const {
  if (m_kept.empty()) return std::nullopt;
  const double share = (x - xOf(0.0)) / (xOf(length()) - xOf(0.0));
  const int epoch = static_cast<int>(std::lround(share * length()));
  const bool between = epoch > m_kept.front() && epoch < m_kept.back();
  // Where many epochs share a pixel, a tick that is hit is meant.
  if (!between || std::binary_search(m_kept.begin(), m_kept.end(), epoch) ||
      std::abs(xOf(*nearestKept(x)) - x) < 2.0) {
    return std::nullopt;
  }
  return epoch;
}

QSize Timeline::sizeHint() const {
  return {420, kTimelineHeight};
}
QSize Timeline::minimumSizeHint() const {
  return {140, kTimelineHeight};
}

bool Timeline::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const QString text = textAt(help->pos().x());
    if (text.isEmpty()) {
      QToolTip::hideText();
    } else {
      QToolTip::showText(help->globalPos(), text, this);
    }
    return true;
  }
  return QWidget::event(event);
}

void Timeline::paintNumbers(QPainter& painter) const {
  const double pixelsPerEpoch = (xOf(length()) - xOf(0.0)) / length();
  double every = 1.0;
  for (int i = 0; every * pixelsPerEpoch < kNumberRoom; ++i) every *= i % 3 == 1 ? 2.5 : 2.0;
  const QFontMetrics metrics(painter.font());
  for (double epoch = 0.0; epoch <= length(); epoch += every) {
    const QString text = QString::number(std::lround(epoch));
    const double half = metrics.horizontalAdvance(text) / 2.0;
    const double x = std::max(xOf(epoch) - half, 0.0);
    painter.drawText(QPointF(x, height() - 3.0), text);
  }
}

void Timeline::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(Theme::captionFont());
  const double end = xOf(m_present);
  // The gap between what was and what is trained now is dashed.
  painter.setPen(QPen(theme.line, 2));
  painter.drawLine(QPointF(xOf(0.0), kAxisY), QPointF(std::max(end, xOf(0.0)), kAxisY));
  painter.setPen(QPen(theme.line, 1.5, Qt::DotLine));
  painter.drawLine(QPointF(end, kAxisY), QPointF(xOfPresent(), kAxisY));
  painter.setPen(theme.secondaryText);
  paintNumbers(painter);
  // What was dropped between is faint, where there is room to tell one from another.
  if (!m_kept.empty() && (xOf(length()) - xOf(0.0)) / length() >= 5.0) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.secondaryText);
    for (int epoch = m_kept.front() + 1; epoch < m_kept.back(); ++epoch) {
      if (std::binary_search(m_kept.begin(), m_kept.end(), epoch)) continue;
      painter.drawEllipse(QPointF(xOf(epoch), kAxisY), 1.5, 1.5);
    }
  }
  painter.setPen(QPen(theme.secondaryText, 1.5));
  for (const int epoch : m_kept) {
    const double x = xOf(epoch);
    painter.drawLine(QPointF(x, kAxisY - kTickHalf), QPointF(x, kAxisY + kTickHalf));
  }
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.warning);
  for (const Mark& mark : m_marks) {
    const QPointF at(xOf(mark.epoch), kMarkY);
    painter.drawPolygon(QPolygonF{at + QPointF(0, -kMarkHalf), at + QPointF(kMarkHalf, 0),
                                  at + QPointF(0, kMarkHalf), at + QPointF(-kMarkHalf, 0)});
  }
  // The present, and the head where the person is.
  painter.setBrush(theme.panel);
  painter.setPen(QPen(m_position ? theme.secondaryText : theme.accent, 1.5));
  painter.drawEllipse(QPointF(xOfPresent(), kAxisY), 5.0, 5.0);
  const double head = m_position ? xOf(*m_position) : xOfPresent();
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.accent);
  if (m_position) {
    painter.drawRoundedRect(QRectF(head - 3.5, kAxisY - 8.0, 7.0, 16.0), 3.0, 3.0);
  } else {
    painter.drawEllipse(QPointF(head, kAxisY), 4.0, 4.0);
  }
  if (hasFocus()) {
    painter.setPen(QPen(theme.accent, 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  }
}

void Timeline::scrubTo(double x) {
  const std::optional<int> nearest = nearestKept(x);
  if (!nearest) return;
  if (x > xOf(length()) + kPresentGap / 2) {
    if (m_position) emit presentChosen();
  } else if (m_position != nearest) {
    emit epochChosen(*nearest);
  }
}

void Timeline::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) scrubTo(event->position().x());
}

void Timeline::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() & Qt::LeftButton) scrubTo(event->position().x());
}

void Timeline::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  if (const std::optional<int> dropped = droppedAt(event->position().x())) {
    emit epochWanted(*dropped);
  } else {
    scrubTo(event->position().x());
  }
}

void Timeline::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Left:
      emit stepped(-1);
      break;
    case Qt::Key_Right:
      emit stepped(+1);
      break;
    case Qt::Key_Home:
      if (!m_kept.empty()) emit epochChosen(m_kept.front());
      break;
    case Qt::Key_End:
      emit presentChosen();
      break;
    default:
      QWidget::keyPressEvent(event);
  }
}

}  // namespace latent::ui
