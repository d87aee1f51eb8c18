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

void LossCurve::drawLine(QCPPainter* painter, const QPolygonF& line, const QPen& pen) const {
  // A value that a logarithmic axis cannot show lies on its lower edge.
  const bool logarithmic = mValueAxis->scaleType() == QCPAxis::stLogarithmic;
  const double lowest = mValueAxis->range().lower;
  const double left = mParentPlot->axisRect()->left();
  painter->setPen(pen);
  QPolygonF pixels;
  const auto flush = [&] {
    if (pixels.size() > 1) painter->drawPolyline(pixels);
    if (pixels.size() == 1) painter->drawPoint(pixels.front());
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

void LossCurve::draw(QCPPainter* painter) {
  const QCPRange range = mKeyAxis->range();
  const int columns = mParentPlot->axisRect()->width();
  if (m_series.size() == 0 || columns <= 0 || range.size() <= 0) return;
  const QPolygonF raw = decimate(m_series, range.lower, range.upper, columns);
  painter->setAntialiasing(true);
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
