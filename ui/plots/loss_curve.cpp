#include "ui/plots/loss_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace latent::ui {
namespace {
constexpr std::size_t kBlock = 64;
constexpr float kNone = std::numeric_limits<float>::infinity();
}  // namespace

void LossSeries::append(double epoch, float value) {
  if (!m_epochs.empty()) epoch = std::max(epoch, m_epochs.back());
  if (m_values.size() % kBlock == 0) m_blocks.push_back({kNone, -kNone, kNone});
  m_epochs.push_back(epoch);
  m_values.push_back(value);
  if (std::isfinite(value)) {
    Block& block = m_blocks.back();
    block.low = std::min(block.low, value);
    block.high = std::max(block.high, value);
    if (value > 0.0F) block.lowestPositive = std::min(block.lowestPositive, value);
  }
  smoothFrom(m_values.size() - 1);
}

void LossSeries::clear() {
  const double weight = m_weight;
  *this = LossSeries();
  m_weight = weight;
}

void LossSeries::setSmoothing(double weight) {
  weight = std::clamp(weight, 0.0, 0.999);
  if (weight == m_weight) return;
  m_weight = weight;
  m_mean = 0.0;
  m_correction = 0.0;
  m_smoothed.clear();
  smoothFrom(0);
}

void LossSeries::smoothFrom(std::size_t first) {
  m_smoothed.resize(m_values.size());
  for (std::size_t i = first; i < m_values.size(); ++i) {
    if (std::isfinite(m_values[i])) {
      m_mean = m_weight * m_mean + (1.0 - m_weight) * double(m_values[i]);
      m_correction = m_weight * m_correction + (1.0 - m_weight);
    }
    m_smoothed[i] = m_correction > 0.0 ? static_cast<float>(m_mean / m_correction)
                                       : std::numeric_limits<float>::quiet_NaN();
  }
}

std::size_t LossSeries::lowerBound(double epoch) const {
  return static_cast<std::size_t>(std::lower_bound(m_epochs.begin(), m_epochs.end(), epoch) -
                                  m_epochs.begin());
}

std::optional<std::size_t> LossSeries::nearest(double epoch) const {
  if (m_epochs.empty()) return std::nullopt;
  const std::size_t after = std::min(lowerBound(epoch), m_epochs.size() - 1);
  if (after == 0) return after;
  return epoch - m_epochs[after - 1] <= m_epochs[after] - epoch ? after - 1 : after;
}

std::optional<LossSeries::Extremes> LossSeries::extremes(std::size_t first, std::size_t last,
                                                         bool positive) const {
  Extremes found{kNone, -kNone};
  last = std::min(last, m_values.size());
  const auto take = [&](float low, float high) {
    found.low = std::min(found.low, low);
    found.high = std::max(found.high, high);
  };
  for (std::size_t i = first; i < last;) {
    if (i % kBlock == 0 && i + kBlock <= last) {
      const Block& block = m_blocks[i / kBlock];
      if (!positive) take(block.low, block.high);
      if (positive && block.lowestPositive < kNone) take(block.lowestPositive, block.high);
      i += kBlock;
    } else {
      const float value = m_values[i];
      if (std::isfinite(value) && (!positive || value > 0.0F)) take(value, value);
      ++i;
    }
  }
  if (found.low > found.high) return std::nullopt;
  return found;
}

QPolygonF decimate(const LossSeries& series, double from, double to, int columns) {
  QPolygonF line;
  if (series.size() == 0 || columns <= 0 || !(to > from)) return line;
  const double perEpoch = columns / (to - from);
  const std::size_t begin = series.lowerBound(from);
  const std::size_t end = series.lowerBound(to);
  const double gap = std::numeric_limits<double>::quiet_NaN();
  const auto add = [&](double x, float value) {
    line << QPointF(x, std::isfinite(value) ? double(value) : gap);
  };
  // The neighbours outside join the line to the edges.
  if (begin > 0) add((series.epoch(begin - 1) - from) * perEpoch, series.value(begin - 1));
  const bool sparse = end - begin <= static_cast<std::size_t>(columns) * 2;
  if (sparse) {
    for (std::size_t i = begin; i < end; ++i) {
      add((series.epoch(i) - from) * perEpoch, series.value(i));
    }
  } else {
    std::size_t first = begin;
    for (int column = 0; column < columns && first < end; ++column) {
      std::size_t last = end;
      if (column + 1 < columns) {
        last = std::min(end, series.lowerBound(from + (column + 1) / perEpoch));
      }
      if (last <= first) continue;
      const double x = column + 0.5;
      add(x, series.value(first));
      if (const auto range = series.extremes(first, last)) {
        add(x, range->low);
        add(x, range->high);
      }
      add(x, series.value(last - 1));
      first = last;
    }
  }
  if (end < series.size()) add((series.epoch(end) - from) * perEpoch, series.value(end));
  return line;
}

LossCurve::LossCurve(QCPAxis* keyAxis, QCPAxis* valueAxis, bool validation)
    : QCPAbstractPlottable(keyAxis, valueAxis), m_validation(validation) {
  setSelectable(QCP::stNone);
}

QCPRange LossCurve::getKeyRange(bool& found, QCP::SignDomain) const {
  found = m_series.size() > 0;
  return found ? QCPRange(m_series.epoch(0), m_series.epoch(m_series.size() - 1)) : QCPRange();
}

QCPRange LossCurve::getValueRange(bool& found, QCP::SignDomain domain, const QCPRange&) const {
  const auto range = m_series.extremes(0, m_series.size(), domain == QCP::sdPositive);
  found = range.has_value();
  return found ? QCPRange(double(range->low), double(range->high)) : QCPRange();
}

ColumnSpans columnSpans(const QPolygonF& line, double width, double perPixel) {
  ColumnSpans spans;
  if (line.size() < 2 || perPixel <= 0.0) return spans;
  const auto columnOf = [&](double x) { return static_cast<int>(std::floor(x * perPixel)); };
  spans.first = columnOf(line.front().x());
  const int count = columnOf(line.back().x()) - spans.first + 1;
  const ColumnSpans::Span none{std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity()};
  std::vector<ColumnSpans::Span> covered(static_cast<std::size_t>(std::max(1, count)), none);
  const auto cover = [&](int column, double from, double to) {
    const auto at = static_cast<std::size_t>(std::clamp(column - spans.first, 0, count - 1));
    covered[at].top = std::min(covered[at].top, static_cast<float>(std::min(from, to)));
    covered[at].bottom = std::max(covered[at].bottom, static_cast<float>(std::max(from, to)));
  };
  for (qsizetype i = 1; i < line.size(); ++i) {
    const QPointF from = line[i - 1];
    const QPointF to = line[i];
    const int begin = columnOf(from.x());
    const int end = columnOf(to.x());
    double y = from.y();
    for (int column = begin; column <= end; ++column) {
      const double edge = (column + 1) / perPixel;
      const double next =
          column == end ? to.y()
                        : from.y() + (to.y() - from.y()) * (edge - from.x()) / (to.x() - from.x());
      cover(column, y, next);
      y = next;
    }
  }
  // A round pen: beside its middle it reaches less far up and down.
  const double radius = 0.5 * width;
  const int reach = static_cast<int>(std::floor(radius * perPixel));
  spans.spans.assign(covered.size(), none);
  for (int offset = -reach; offset <= reach; ++offset) {
    const double beside = offset / perPixel;
    const auto high = static_cast<float>(std::sqrt(radius * radius - beside * beside));
    for (int i = std::max(0, -offset); i < std::min(count, count - offset); ++i) {
      const ColumnSpans::Span& source = covered[static_cast<std::size_t>(i + offset)];
      ColumnSpans::Span& span = spans.spans[static_cast<std::size_t>(i)];
      span.top = std::min(span.top, source.top - high);
      span.bottom = std::max(span.bottom, source.bottom + high);
    }
  }
  return spans;
}

void LossCurve::drawLine(QCPPainter* painter, const QPolygonF& line, const QPen& pen) const {
  // A value that a logarithmic axis cannot show lies on its lower edge.
  const bool logarithmic = mValueAxis->scaleType() == QCPAxis::stLogarithmic;
  const double lowest = mValueAxis->range().lower;
  const double left = mParentPlot->axisRect()->left();
  const double perPixel = mParentPlot->bufferDevicePixelRatio();
  QPolygonF pixels;
  const auto flush = [&] {
    if (pixels.size() > 1) {
      // Many points a pixel apart: stroking and joining each corner took tens of milliseconds, the
      // columns that the line covers take one.
      const bool dense = 2.0 * double(pixels.size()) > pixels.back().x() - pixels.front().x() &&
                         pixels.size() > 64;
      if (dense) {
        fill(painter, columnSpans(pixels, pen.widthF(), perPixel), perPixel, pen.color());
      } else {
        painter->setPen(pen);
        painter->drawPolyline(pixels);
      }
    }
    if (pixels.size() == 1) {
      painter->setPen(pen);
      painter->drawPoint(pixels.front());
    }
    pixels.clear();
  };
  for (const QPointF& point : line) {
    if (std::isnan(point.y())) {
      flush();
      continue;
    }
    const double value = logarithmic ? std::max(point.y(), lowest) : point.y();
    pixels << QPointF(left + point.x(), mValueAxis->coordToPixel(value));
  }
  flush();
}

void LossCurve::fill(QCPPainter* painter, const ColumnSpans& spans, double perPixel,
                     const QColor& color) const {
  const double top = mParentPlot->axisRect()->top();
  const double bottom = mParentPlot->axisRect()->bottom() + 1.0;
  QVector<QRectF> columns;
  columns.reserve(static_cast<qsizetype>(spans.spans.size()));
  for (std::size_t i = 0; i < spans.spans.size(); ++i) {
    const double from = std::max(top, double(spans.spans[i].top));
    const double to = std::min(bottom, double(spans.spans[i].bottom));
    if (to <= from) continue;
    columns << QRectF((spans.first + double(i)) / perPixel, from, 1.0 / perPixel, to - from);
  }
  painter->setPen(Qt::NoPen);
  painter->setBrush(color);
  painter->drawRects(columns);
}

void LossCurve::draw(QCPPainter* painter) {
  const QCPRange range = mKeyAxis->range();
  const int columns = mParentPlot->axisRect()->width();
  if (columns <= 0 || range.size() <= 0) return;
  painter->setAntialiasing(true);
  if (m_behind.size() > 0) {
    QColor pale = m_color;
    pale.setAlphaF(0.35F);
    QPen pen(pale, 1.4);
    if (m_validation) pen.setDashPattern({3.0, 2.5});
    drawLine(painter, decimate(m_behind, range.lower, range.upper, columns), pen);
  }
  if (m_series.size() == 0) return;
  const QPolygonF raw = decimate(m_series, range.lower, range.upper, columns);
  const bool smooth = !m_validation && m_series.smoothing() > 0.0;
  QColor faint = m_color;
  if (m_band && !m_validation) {
    QColor pale = m_color;
    pale.setAlphaF(0.22F);
    QPen band(pale, 7.0);
    band.setCapStyle(Qt::FlatCap);
    drawLine(painter, raw, band);
  }
  if (smooth) faint.setAlphaF(0.35F);
  QPen pen(faint, m_validation ? 1.8 : (smooth ? 1.0 : 1.4));
  if (m_validation) pen.setDashPattern({3.0, 2.5});
  drawLine(painter, raw, pen);

  if (smooth) {
    QPolygonF line;
    const std::size_t begin = m_series.lowerBound(range.lower);
    const std::size_t end = m_series.lowerBound(range.upper);
    const std::size_t step =
        std::max<std::size_t>(1, (end - begin) / static_cast<std::size_t>(columns));
    for (std::size_t i = begin; i < end; i += step) {
      line << QPointF((m_series.epoch(i) - range.lower) / range.size() * columns,
                      double(m_series.smoothed(i)));
    }
    drawLine(painter, line, QPen(m_color, 1.8));
  }
  if (m_validation && raw.size() * 8 < columns) {
    painter->setPen(QPen(mParentPlot->axisRect()->backgroundBrush().color(), 1));
    painter->setBrush(m_color);
    const double left = mParentPlot->axisRect()->left();
    for (const QPointF& point : raw) {
      if (std::isnan(point.y())) continue;
      const bool shown = mValueAxis->scaleType() == QCPAxis::stLinear || point.y() > 0.0;
      if (shown) {
        painter->drawEllipse(QPointF(left + point.x(), mValueAxis->coordToPixel(point.y())), 3.5,
                             3.5);
      }
    }
  }
}

}  // namespace latent::ui
