#pragma once

#include <qcustomplot.h>

#include <QColor>
#include <QPolygonF>
#include <optional>
#include <utility>
#include <vector>

namespace latent::ui {

/// One growing series with the extremes of each block of it, so that the minimum and maximum of any
/// stretch cost little however long it is.
class LossSeries {
 public:
  /// `epoch` never decreases; a value that is not finite is kept as a gap.
  void append(double epoch, float value);
  void clear();
  /// Weight 0 … 0.999 of an exponential mean that starts unbiased (Kingma & Ba 2015, section 3).
  void setSmoothing(double weight);
  double smoothing() const { return m_weight; }

  std::size_t size() const { return m_values.size(); }
  double epoch(std::size_t index) const { return m_epochs[index]; }
  float value(std::size_t index) const { return m_values[index]; }
  float smoothed(std::size_t index) const { return m_smoothed[index]; }
  /// First index whose epoch is at or after `epoch`.
  std::size_t lowerBound(double epoch) const;
  /// Index of the point nearest to `epoch`; nullopt when there is none.
  std::optional<std::size_t> nearest(double epoch) const;

  struct Extremes {
    float low;
    float high;
  };
  /// Of the finite values in [first, last); nullopt when there is none. `positive`: above 0 only.
  std::optional<Extremes> extremes(std::size_t first, std::size_t last,
                                   bool positive = false) const;

 private:
  void smoothFrom(std::size_t first);

  struct Block {
    float low;
    float high;
    float lowestPositive;
  };
  std::vector<double> m_epochs;
  std::vector<float> m_values;
  std::vector<float> m_smoothed;
  std::vector<Block> m_blocks;
  double m_weight = 0.0;
  double m_mean = 0.0;
  double m_correction = 0.0;
};

/// The line through all of `series` in [from, to] on a canvas `columns` pixels wide: per column the
/// first, lowest, highest and last value. x in columns, y the value; NaN breaks the line.
QPolygonF decimate(const LossSeries& series, double from, double to, int columns);

/// What a line covers of each column of device pixels, from column `first` on; y in pixels, an
/// empty column has its top below its bottom.
struct ColumnSpans {
  struct Span {
    float top;
    float bottom;
  };
  int first = 0;
  std::vector<Span> spans;
};
/// `line` in pixels, x not decreasing, drawn with a round pen of `width` pixels; `perPixel` device
/// pixels each.
ColumnSpans columnSpans(const QPolygonF& line, double width, double perPixel);

/// A series on the plot.
class LossCurve : public QCPAbstractPlottable {
  Q_OBJECT

 public:
  LossCurve(QCPAxis* keyAxis, QCPAxis* valueAxis, bool validation);

  LossSeries& series() { return m_series; }
  const LossSeries& series() const { return m_series; }
  /// Another run's, drawn pale behind.
  LossSeries& behind() { return m_behind; }
  const LossSeries& behind() const { return m_behind; }
  bool isValidation() const { return m_validation; }
  void setColor(const QColor& color) { m_color = color; }
  /// Broad and pale below the others: a sum shows where one of its terms nearly covers it.
  void setBand(bool band) { m_band = band; }

  double selectTest(const QPointF&, bool, QVariant*) const override { return -1.0; }
  QCPRange getKeyRange(bool& found, QCP::SignDomain) const override;
  QCPRange getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const override;

 protected:
  void draw(QCPPainter* painter) override;
  void drawLegendIcon(QCPPainter*, const QRectF&) const override {}

 private:
  void drawLine(QCPPainter* painter, const QPolygonF& line, const QPen& pen) const;
  void fill(QCPPainter* painter, const ColumnSpans& spans, double perPixel,
            const QColor& color) const;

  LossSeries m_series;
  LossSeries m_behind;
  bool m_validation;
  QColor m_color;
  bool m_band = false;
};

}  // namespace latent::ui
