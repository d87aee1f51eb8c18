#include "ui/plots/map_legend.h"

#include <QFontMetrics>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

#include "ui/theme.h"

namespace latent::ui {
namespace {
constexpr int kLegendRow = 21;
constexpr int kLegendSwatch = 10;
constexpr int kLegendPad = 7;
constexpr int kLongestLegendName = 110;

QString countText(qint64 count) {
  return QLocale(QLocale::English).toString(count).replace(QLatin1Char(','), QChar(0x2009));
}
}  // namespace

MapLegend::MapLegend(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("mapLegend"));
  setAccessibleName(tr("Classes"));
  setToolTip(
      tr("Click a class to see it alone, click again for all.\nCtrl+click dims or brightens it."));
  setMouseTracking(true);
  setFocusPolicy(Qt::TabFocus);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void MapLegend::setClasses(const std::vector<QString>& names, const std::vector<qint64>& counts) {
  if (names == m_names && counts == m_counts) return;
  m_names = names;
  m_counts = counts;
  m_counts.resize(m_names.size(), 0);
  const auto count = static_cast<int>(m_names.size());
  m_bright.removeIf([count](int index) { return index >= count; });
  updateGeometry();
  adjustSize();
  update();
}

void MapLegend::setColored(bool colored) {
  if (colored == m_colored) return;
  m_colored = colored;
  update();
}

void MapLegend::setBright(const QVector<int>& classes) {
  QVector<int> sorted = classes;
  std::sort(sorted.begin(), sorted.end());
  if (sorted == m_bright) return;
  m_bright = sorted;
  update();
}

bool MapLegend::isBright(int index) const {
  return m_bright.isEmpty() || m_bright.contains(index);
}

QRect MapLegend::entryRect(int index) const {
  return {0, index * kLegendRow, width(), kLegendRow};
}

QSize MapLegend::sizeHint() const {
  const QFontMetrics body(Theme::bodyFont());
  const QFontMetrics caption(Theme::captionFont());
  int widest = 0;
  for (std::size_t i = 0; i < m_names.size(); ++i) {
    widest = std::max(widest, std::min(kLongestLegendName, body.horizontalAdvance(m_names[i])) +
                                  caption.horizontalAdvance(countText(m_counts[i])));
  }
  return {widest + kLegendSwatch + 4 * kLegendPad, static_cast<int>(m_names.size()) * kLegendRow};
}

void MapLegend::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  drawEntries(painter, true);
}

void MapLegend::render(QPainter& painter, const QPointF& topLeft) const {
  painter.save();
  painter.translate(topLeft);
  drawEntries(painter, false);
  painter.restore();
}

void MapLegend::drawEntries(QPainter& painter, bool live) const {
  const Theme& theme = Theme::of(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const int wide = live ? width() : sizeHint().width();
  const QFontMetrics body(Theme::bodyFont());
  for (int i = 0; i < classCount(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const QRectF row(0, i * kLegendRow, wide, kLegendRow);
    const bool bright = isBright(i);
    if (live && (i == m_hovered || (hasFocus() && i == m_current))) {
      painter.setPen(hasFocus() && i == m_current ? QPen(theme.accent, 1) : QPen(Qt::NoPen));
      painter.setBrush(theme.hovered);
      painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), 4, 4);
    }
    const QPointF centre(kLegendPad + kLegendSwatch / 2.0, row.center().y());
    const QColor color = m_colored ? theme.classColor(i) : theme.secondaryText;
    painter.setPen(QPen(bright ? color : theme.disabledText, 1.5));
    painter.setBrush(bright ? QBrush(color) : QBrush(Qt::NoBrush));
    painter.drawEllipse(centre, kLegendSwatch / 2.0 - 0.5, kLegendSwatch / 2.0 - 0.5);
    painter.setFont(Theme::bodyFont());
    painter.setPen(bright ? theme.text : theme.disabledText);
    painter.drawText(row.adjusted(kLegendSwatch + 2 * kLegendPad, 0, -kLegendPad, 0),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     body.elidedText(m_names[at], Qt::ElideRight, kLongestLegendName));
    painter.setFont(Theme::captionFont());
    painter.setPen(bright ? theme.secondaryText : theme.disabledText);
    painter.drawText(row.adjusted(0, 0, -kLegendPad, 0), Qt::AlignRight | Qt::AlignVCenter,
                     countText(m_counts[at]));
  }
}

void MapLegend::choose(int index, bool toggle) {
  if (index < 0 || index >= classCount()) return;
  QVector<int> bright = m_bright;
  if (!toggle) {
    bright = bright == QVector<int>{index} ? QVector<int>{} : QVector<int>{index};
  } else {
    if (bright.isEmpty()) {
      for (int i = 0; i < classCount(); ++i) bright << i;
    }
    if (!bright.removeOne(index)) bright << index;
    if (bright.size() == classCount()) bright.clear();
  }
  std::sort(bright.begin(), bright.end());
  m_current = index;
  m_bright = bright;
  update();
  emit brightChanged(m_bright);
}

void MapLegend::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  choose(static_cast<int>(event->position().y()) / kLegendRow,
         event->modifiers().testFlag(Qt::ControlModifier));
}

void MapLegend::mouseMoveEvent(QMouseEvent* event) {
  const int row = static_cast<int>(event->position().y()) / kLegendRow;
  m_hovered = row < classCount() ? row : -1;
  update();
}

void MapLegend::leaveEvent(QEvent*) {
  m_hovered = -1;
  update();
}

void MapLegend::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Up:
      m_current = std::max(0, m_current - 1);
      break;
    case Qt::Key_Down:
      m_current = std::min(classCount() - 1, m_current + 1);
      break;
    case Qt::Key_Space:
    case Qt::Key_Return:
      choose(m_current, event->modifiers().testFlag(Qt::ControlModifier));
      return;
    default:
      QWidget::keyPressEvent(event);
      return;
  }
  update();
}

}  // namespace latent::ui
