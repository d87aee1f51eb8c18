#include "ui/widgets/count_bars.h"

#include <QFontMetrics>
#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "ui/theme.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {
constexpr int kBarRow = 17;
constexpr int kBarSwatch = 9;
constexpr int kLongestBarName = 90;
}  // namespace

CountBars::CountBars(QWidget* parent) : QWidget(parent) {
  new SaveMenu(this, tr("Counts"), [this] {
    SaveMenu::Rows rows{{tr("kind"), tr("count")}};
    for (const Entry& entry : m_shown) {
      rows << QStringList{entry.name, QString::number(entry.count)};
    }
    return rows;
  });
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void CountBars::setEntries(const QVector<Entry>& entries) {
  m_shown.clear();
  for (const Entry& entry : entries) {
    if (entry.count > 0) m_shown.append(entry);
  }
  m_left = 0;
  if (m_shown.size() > kMost) {
    std::stable_sort(m_shown.begin(), m_shown.end(),
                     [](const Entry& a, const Entry& b) { return a.count > b.count; });
    m_left = static_cast<int>(m_shown.size()) - kMost;
    m_shown.resize(kMost);
  }
  QStringList spoken;
  for (const Entry& entry : m_shown) {
    spoken << QStringLiteral("%1: %2").arg(entry.name).arg(entry.count);
  }
  setAccessibleDescription(spoken.join(QStringLiteral(", ")));
  updateGeometry();
  update();
}

QSize CountBars::sizeHint() const {
  return {180, (static_cast<int>(m_shown.size()) + (m_left > 0 ? 1 : 0)) * kBarRow};
}

QSize CountBars::minimumSizeHint() const {
  return {100, sizeHint().height()};
}

void CountBars::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(Theme::captionFont());
  const QFontMetrics metrics(Theme::captionFont());
  qint64 most = 1;
  int widestName = 0;
  int widestCount = 0;
  for (const Entry& entry : m_shown) {
    most = std::max(most, entry.count);
    widestName =
        std::max(widestName, std::min(kLongestBarName, metrics.horizontalAdvance(entry.name)));
    widestCount = std::max(widestCount, metrics.horizontalAdvance(QLocale().toString(entry.count)));
  }
  const int left = kBarSwatch + Theme::kSmall + widestName + Theme::kSmall;
  const int room = std::max(0, width() - left - widestCount - Theme::kSmall);
  for (int i = 0; i < m_shown.size(); ++i) {
    const Entry& entry = m_shown[i];
    const QRectF row(0, i * kBarRow, width(), kBarRow);
    const QColor color = theme.classColor(entry.colorIndex);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawEllipse(QPointF(kBarSwatch / 2.0, row.center().y()), kBarSwatch / 2.0,
                        kBarSwatch / 2.0);
    painter.drawRoundedRect(
        QRectF(left, row.top() + 4,
               std::max(1.5, double(room) * double(entry.count) / double(most)), kBarRow - 8),
        2, 2);
    painter.setPen(theme.text);
    painter.drawText(row.adjusted(kBarSwatch + Theme::kSmall, 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(entry.name, Qt::ElideRight, kLongestBarName));
    painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter, QLocale().toString(entry.count));
  }
  if (m_left > 0) {
    painter.setPen(theme.secondaryText);
    painter.drawText(QRectF(0, double(m_shown.size()) * kBarRow, width(), kBarRow),
                     Qt::AlignLeft | Qt::AlignVCenter, tr("and %n more", nullptr, m_left));
  }
}

}  // namespace latent::ui
