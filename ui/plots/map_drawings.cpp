#include "ui/plots/map_drawings.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr double kNotePad = 6.0;
constexpr double kScaleWidth = 110.0;
constexpr double kScaleHeight = 9.0;

QString scaleNumber(double value) {
  return QString::number(value, 'f', 2).replace(QLatin1Char('-'), QChar(0x2212));
}

}  // namespace

MapDrawings::MapDrawings(QCustomPlot* plot, const QString& layer)
    : QCPLayerable(plot, layer), theme(&Theme::get(Theme::Scheme::Light)) {}

void MapDrawings::applyDefaultAntialiasingHint(QCPPainter* painter) const {
  painter->setAntialiasing(true);
}

QRect MapDrawings::clipRect() const {
  return mParentPlot->axisRect()->rect();
}

void MapDrawings::draw(QCPPainter* painter) {
  const QRect frame = mParentPlot->axisRect()->rect();
  if (frame.isEmpty()) return;
  const QCPRange x = mParentPlot->xAxis->range();
  const QCPRange y = mParentPlot->yAxis->range();
  PlaneToPixel place;
  place.scaleX = frame.width() / x.size();
  place.offsetX = frame.left() - x.lower * place.scaleX;
  place.scaleY = -frame.height() / y.size();
  place.offsetY = frame.top() - y.upper * place.scaleY;
  for (const auto& drawing : drawings) {
    painter->save();
    drawing->paint(*painter, place);
    painter->restore();
  }
  drawNotes(painter);
}

/// At the lower left: a line for each drawing, on what lets it be read over anything.
void MapDrawings::drawNotes(QCPPainter* painter) const {
  const QFont font = Theme::captionFont();
  const QFontMetricsF metrics(font);
  const QRectF frame = mParentPlot->axisRect()->rect();
  painter->setFont(font);
  double bottom = frame.bottom() - kNotePad;
  for (const auto& drawing : noted) {
    if (drawing->note.isEmpty()) continue;
    const double most = frame.width() - 4.0 * kNotePad;
    double scaleSpace = 0.0;
    QString low;
    QString high;
    if (drawing->scale) {
      low = scaleNumber(drawing->scale->low);
      high = scaleNumber(drawing->scale->high);
      scaleSpace = kScaleWidth + metrics.horizontalAdvance(low) + metrics.horizontalAdvance(high) +
                   4.0 * kNotePad;
    }
    const QRectF wanted(0.0, 0.0, std::max(80.0, most - scaleSpace), 1e4);
    const int flags = Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap;
    const QSizeF words = metrics.boundingRect(wanted, flags, drawing->note).size();
    const double height = words.height() + kNotePad;
    const QRectF box(frame.left() + kNotePad, bottom - height,
                     std::ceil(words.width()) + scaleSpace + 2.0 * kNotePad, height);
    QColor back = theme->canvas;
    back.setAlphaF(0.84F);
    painter->setPen(Qt::NoPen);
    painter->setBrush(back);
    painter->drawRoundedRect(box, Theme::kTight, Theme::kTight);
    double left = box.left() + kNotePad;
    painter->setPen(theme->text);
    if (drawing->scale) {
      const double middle = box.center().y();
      const QRectF lowBox(left, box.top(), metrics.horizontalAdvance(low) + 1.0, height);
      painter->drawText(lowBox, Qt::AlignVCenter | Qt::AlignLeft, low);
      const QRectF bar(lowBox.right() + kNotePad, middle - kScaleHeight / 2.0, kScaleWidth,
                       kScaleHeight);
      QLinearGradient colors(bar.topLeft(), bar.topRight());
      constexpr int kStops = 16;
      for (int i = 0; i <= kStops; ++i) {
        const double at = double(i) / kStops;
        colors.setColorAt(at, sampleColorMap(drawing->scale->colors, at));
      }
      painter->fillRect(bar, theme->canvas);
      painter->setOpacity(drawing->scale->opacity);
      painter->fillRect(bar, colors);
      painter->setOpacity(1.0);
      painter->setBrush(Qt::NoBrush);
      painter->setPen(theme->line);
      painter->drawRect(bar);
      painter->setPen(theme->text);
      const QRectF highBox(bar.right() + kNotePad, box.top(), metrics.horizontalAdvance(high) + 1.0,
                           height);
      painter->drawText(highBox, Qt::AlignVCenter | Qt::AlignLeft, high);
      left = highBox.right() + 1.5 * kNotePad;
    }
    painter->drawText(
        QRectF(left, box.top() + kNotePad / 2.0, std::ceil(words.width()) + 1.0, words.height()),
        flags, drawing->note);
    bottom = box.top() - 2.0;
  }
}

}  // namespace latent::ui
