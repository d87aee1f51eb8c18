#pragma once

#include <QRectF>
#include <QString>
#include <QStringList>
#include <QVector>
#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

class QCustomPlot;

namespace latent::ui {

/// Live loss curves, one per term for training (solid, each batch) and validation (dashed with
/// dots, each epoch), over epochs. What is drawn is the minimum and maximum of each pixel column,
/// so that a spike of one batch is seen at any zoom.
class LossPlot : public QWidget {
  Q_OBJECT

 public:
  struct Point {
    bool validation = false;
    double epoch = 0.0;
    float total = 0.0F;
    std::vector<float> terms;  ///< in the order of `setTerms`
  };

  explicit LossPlot(QWidget* parent = nullptr);
  ~LossPlot() override;

  /// The terms besides the total, which always comes first; clears the curves.
  void setTerms(const QStringList& titles, const QStringList& helps = {},
                const QString& unit = QStringLiteral("nats per image"));
  void append(const std::vector<Point>& points);
  void clear();
  /// A line at `epoch` with a word beside it, such as "learning rate 5e-4".
  void addMarker(double epoch, const QString& text);

  /// A line where the person is in the run's past; nullopt: none.
  void setCursor(std::optional<double> epoch);
  /// Another run's losses of whole epochs, pale behind the curves, and what says whose they are;
  /// empty: none. A term that is not finite is left out. `setTerms` forgets them.
  void setBackground(const std::vector<Point>& points, const QString& name = {});

  /// Logarithmic at first and again with new terms; linear from where a curve goes well below zero,
  /// unless the person has chosen.
  void setLogarithmic(bool logarithmic);
  bool isLogarithmic() const;
  /// Exponential smoothing drawn over the faint raw curve, 0 (none) … 0.999.
  void setSmoothing(double weight);
  void setEmptyText(const QString& text);

  /// Term 0 is the total.
  void setTermVisible(int term, bool visible);
  bool isTermVisible(int term) const;
  /// Shows everything and follows new points until the person zooms.
  void fit();
  bool isFollowing() const;
  /// Epochs across, losses upwards.
  QRectF view() const;
  /// Stops following new points.
  void setView(const QRectF& view);

  /// What the crosshair says at `epoch`: one line per visible curve.
  QString valuesAt(double epoch) const;
  /// Writes the plot, PNG or SVG by the path's ending. False when it cannot.
  bool exportTo(const QString& path);

  QCustomPlot* plot() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void termVisibilityChanged(int term, bool visible);
  void errorOccurred(const QString& sentence);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  class Private;
  std::unique_ptr<Private> d;
};

}  // namespace latent::ui
