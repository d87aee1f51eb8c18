#include "ui/plots/map_scale.h"

#include <QFontMetrics>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"

namespace latent::ui {
namespace {
constexpr int kBarWidth = 16;
constexpr int kBarHeight = 150;
constexpr int kNumbers = 5;
constexpr int kWidth = 112;
constexpr int kScalePad = 7;
}  // namespace

QColor scaleColor(const Theme& theme, int step) {
  const double share = double(step) / (PointScale::kSteps - 1);
  // The darkest end is lost on a dark canvas, the lightest on a light one.
  const bool dark = theme.scheme == Theme::Scheme::Dark;
  return sampleColorMap(ColorMap::Viridis, dark ? 0.18 + 0.82 * share : 0.92 * share);
}

MapScale::MapScale(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("mapScale"));
  setAccessibleName(tr("Scale of the colours"));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void MapScale::setScale(std::shared_ptr<const PointScale> scale) {
  const bool same = m_scale && scale && m_scale->title == scale->title &&
                    m_scale->none == scale->none &&
                    m_scale->note.isEmpty() == scale->note.isEmpty();
  m_scale = std::move(scale);
  if (!same) {
    updateGeometry();
    adjustSize();
  }
  setAccessibleDescription(m_scale && m_scale->none
                               ? QStringLiteral("%1: %2").arg(m_scale->title, m_scale->note)
                           : m_scale ? QStringLiteral("%1, %2 … %3 %4, %5")
                                           .arg(m_scale->title, numbers().first(), numbers().last(),
                                                m_scale->unit, freshness())
                                     : QString());
  update();
}

QStringList MapScale::numbers() const {
  QStringList result;
  if (!m_scale) return result;
  const double step = (m_scale->high - m_scale->low) / (kNumbers - 1);
  const int digits = step > 0.0 ? std::clamp(1 - int(std::floor(std::log10(step))), 0, 6) : 2;
  for (int i = 0; i < kNumbers; ++i) {
    double value = m_scale->low + i * step;
    if (std::abs(value) < 1e-3 * step) value = 0.0;  // no "-0.00"
    QString text = QString::number(value, 'f', digits).replace(QLatin1Char('-'), QChar(0x2212));
    if (i == 0 && m_scale->beyondLow) text.prepend(QStringLiteral("≤ "));
    if (i == kNumbers - 1 && m_scale->beyondHigh) text.prepend(QStringLiteral("≥ "));
    result << text;
  }
  return result;
}

QString MapScale::freshness() const {
  if (!m_scale) return {};
  if (m_scale->fresh >= 1.0) return tr("all up to date");
  return tr("%1 % up to date").arg(std::min(99.0, std::floor(100.0 * m_scale->fresh)), 0, 'f', 0);
}

QSize MapScale::sizeHint() const {
  const QFontMetrics caption(Theme::captionFont());
  if (m_scale && m_scale->none) return {kWidth, 4 * caption.height() + kScalePad};
  const int lines = m_scale && !m_scale->note.isEmpty() ? 6 : 5;
  return {kWidth, kBarHeight + lines * caption.height() + 3 * kScalePad};
}

void MapScale::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  render(painter, {});
}

void MapScale::render(QPainter& painter, const QPointF& topLeft) const {
  if (!m_scale) return;
  const Theme& theme = Theme::of(this);
  painter.save();
  painter.translate(topLeft);
  painter.setFont(Theme::captionFont());
  const QFontMetrics caption(Theme::captionFont());
  const int line = caption.height();
  QString title = m_scale->title;
  if (!m_scale->unit.isEmpty()) title += QStringLiteral(" (%1)").arg(m_scale->unit);
  painter.setPen(theme.text);
  painter.drawText(QRectF(kScalePad, 0, kWidth - kScalePad, 2 * line + 2),
                   Qt::AlignLeft | Qt::AlignBottom | Qt::TextWordWrap, title);
  if (m_scale->none) {
    painter.setPen(theme.secondaryText);
    painter.drawText(QRectF(kScalePad, 2 * line + 2, kWidth - kScalePad, 2 * line + 2),
                     Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_scale->note);
    painter.restore();
    return;
  }
  const QRectF bar(kScalePad, 2 * line + kScalePad + line / 2.0, kBarWidth, kBarHeight);
  QImage colors(1, PointScale::kSteps, QImage::Format_RGB32);
  for (int step = 0; step < PointScale::kSteps; ++step) {
    colors.setPixel(0, PointScale::kSteps - 1 - step, scaleColor(theme, step).rgb());
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(bar, colors);
  painter.setPen(theme.line);
  painter.drawRect(bar);
  const QStringList texts = numbers();
  for (int i = 0; i < texts.size(); ++i) {
    const double y = bar.bottom() - bar.height() * i / double(texts.size() - 1);
    painter.setPen(theme.secondaryText);
    painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + 4, y));
    painter.setPen(theme.text);
    painter.drawText(QRectF(bar.right() + 7, y - line, kWidth, 2 * line),
                     Qt::AlignLeft | Qt::AlignVCenter, texts[i]);
  }
  painter.setPen(theme.secondaryText);
  painter.drawText(QRectF(kScalePad, bar.bottom() + line, kWidth - kScalePad, line + 2),
                   Qt::AlignLeft | Qt::AlignVCenter, freshness());
  painter.drawText(QRectF(kScalePad, bar.bottom() + 2 * line + 2, kWidth - kScalePad, line + 2),
                   Qt::AlignLeft | Qt::AlignVCenter, m_scale->note);
  painter.restore();
}

}  // namespace latent::ui
