#include "ui/widgets/bar_chart.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

/// The next of 1, 2, 2.5, 5, 10 … at or above `value`.
double roundUp(double value) {
  if (!(value > 0.0)) return 1.0;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 2.5, 5.0}) {
    if (value <= step * power * (1.0 + 1e-9)) return step * power;
  }
  return 10.0 * power;
}

}  // namespace

BarChart::BarChart(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("barChart"));
  setAccessibleName(tr("Bars"));
  m_save = new SaveMenu(this, tr("Bars"), [this] {
    SaveMenu::Rows rows{{tr("number"), m_title}};
    for (std::size_t i = 0; i < m_values.size(); ++i) {
      rows << QStringList{QString::number(i + 1), QString::number(double{m_values[i]}, 'g', 9)};
    }
    return rows;
  });
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void BarChart::setTitle(const QString& title) {
  m_title = title;
  m_save->setTitle(title);
  setAccessibleName(title);
  update();
}

void BarChart::setHelp(const QString& help) {
  m_help = help;
}

void BarChart::setUnit(const QString& unit) {
  m_unit = unit;
  update();
}

void BarChart::setValues(std::vector<float> values) {
  m_values = std::move(values);
  update();
}

void BarChart::setVerdict(const QString& verdict) {
  if (verdict == m_verdict) return;
  m_verdict = verdict;
  setAccessibleDescription(verdict);
  update();
}

void BarChart::setSelected(int index) {
  m_selected = index;
  update();
}

QSize BarChart::sizeHint() const {
  return {320, 160};
}
QSize BarChart::minimumSizeHint() const {
  return {140, 96};
}

double BarChart::upperBound() const {
  double most = 0.0;
  for (const float value : m_values) {
    if (std::isfinite(value)) most = std::max(most, double(value));
  }
  return roundUp(most);
}

QRectF BarChart::plotRect() const {
  const QFontMetrics title(Theme::titleFont());
  const QFontMetrics caption(Theme::captionFont());
  const int numbers =
      std::max(caption.horizontalAdvance(QString::number(upperBound(), 'g', 3)),
               caption.horizontalAdvance(QString::number(upperBound() / 2, 'g', 3))) +
      8;
  double bottom = height() - caption.height() - 4.0;
  if (!m_verdict.isEmpty()) {
    bottom -=
        caption.boundingRect(QRect(0, 0, width(), 200), Qt::TextWordWrap, m_verdict).height() +
        Theme::kTight;
  }
  return {double(numbers), title.height() + 8.0, width() - numbers - 2.0,
          std::max(8.0, bottom - title.height() - 8.0)};
}

int BarChart::barAt(const QPoint& position) const {
  const QRectF plot = plotRect();
  const double at = (position.x() - plot.left()) / plot.width();
  if (m_values.empty() || at < 0.0 || at >= 1.0 || position.y() < plot.top() ||
      position.y() > height()) {
    return -1;
  }
  return static_cast<int>(at * double(m_values.size()));
}

void BarChart::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  const QFontMetrics titleMetrics(Theme::titleFont());
  const QFontMetrics metrics(Theme::captionFont());
  painter.setFont(Theme::titleFont());
  painter.setPen(theme.text);
  painter.drawText(QRect(0, 0, width(), titleMetrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                   titleMetrics.elidedText(m_title, Qt::ElideRight, width()));
  painter.setFont(Theme::captionFont());
  if (!m_unit.isEmpty()) {
    const int used = titleMetrics.horizontalAdvance(m_title) + Theme::kSmall;
    painter.setPen(theme.secondaryText);
    painter.drawText(QRect(used, 0, width() - used, titleMetrics.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, m_unit);
  }

  const QRectF plot = plotRect();
  const double top = upperBound();
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = std::round(plot.bottom() - share * plot.height()) + 0.5;
    painter.setPen(QPen(share == 0.0 ? theme.line : theme.grid, 1));
    painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
    painter.setPen(theme.secondaryText);
    painter.drawText(QRectF(0, y - metrics.height() / 2.0, plot.left() - 6, metrics.height()),
                     Qt::AlignRight | Qt::AlignVCenter, QString::number(share * top, 'g', 3));
  }

  const auto count = static_cast<int>(m_values.size());
  const double slot = count > 0 ? plot.width() / count : plot.width();
  const double gap = slot > 6 ? std::min(6.0, slot * 0.25) : 0.0;
  const int labelEvery =
      std::max(1, int(std::ceil((metrics.horizontalAdvance(QString::number(count)) + 6) / slot)));
  painter.setRenderHint(QPainter::Antialiasing);
  for (int i = 0; i < count; ++i) {
    const float value = m_values[static_cast<std::size_t>(i)];
    const bool finite = std::isfinite(value);
    const double share = finite ? std::clamp(double(value) / top, 0.0, 1.0) : 1.0;
    const double x = plot.left() + i * slot + gap / 2;
    // A bar of zero is still a bar: one pixel says "measured, and nothing".
    const double high = std::max(1.0, share * plot.height());
    const QRectF bar(x, plot.bottom() - high, std::max(1.0, slot - gap), high);
    painter.setPen(Qt::NoPen);
    painter.setBrush(!finite           ? QBrush(theme.error, Qt::BDiagPattern)
                     : i == m_selected ? QBrush(theme.text)
                                       : QBrush(theme.accent));
    const double radius = std::min({3.0, bar.width() / 3, bar.height() / 2});
    painter.drawRoundedRect(bar, radius, radius);
    if (i % labelEvery == 0) {
      painter.setPen(theme.secondaryText);
      painter.drawText(QRectF(x - gap / 2 - 20, plot.bottom() + 2, slot + 40, metrics.height()),
                       Qt::AlignCenter, QString::number(i + 1));
    }
  }
  if (!m_verdict.isEmpty()) {
    painter.setPen(theme.warning);
    const double y = plot.bottom() + metrics.height() + 2 + Theme::kTight;
    painter.drawText(QRectF(0, y, width(), height() - y), Qt::TextWordWrap, m_verdict);
  }
}

void BarChart::mousePressEvent(QMouseEvent* event) {
  const int bar = barAt(event->position().toPoint());
  if (event->button() == Qt::LeftButton && bar >= 0) emit barClicked(bar);
}

bool BarChart::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int bar = barAt(help->pos());
    const QString text = bar >= 0
                             ? tr("no. %1: %2 %3")
                                   .arg(bar + 1)
                                   .arg(double(m_values[static_cast<std::size_t>(bar)]), 0, 'g', 4)
                                   .arg(m_unit)
                             : m_help;
    QToolTip::showText(help->globalPos(), text, this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace latent::ui
