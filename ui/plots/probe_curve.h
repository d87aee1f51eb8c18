#pragma once

#include <QVector>
#include <QWidget>
#include <memory>

namespace latent::ui {

/// Accuracy against the number of labels, on a logarithmic scale. One of the points is chosen: by a
/// click, or by the arrow keys.
class ProbeCurve : public QWidget {
  Q_OBJECT

 public:
  struct Point {
    qint64 labels = 0;
    double accuracy = 0.0;  ///< 0 … 1
  };

  explicit ProbeCurve(QWidget* parent = nullptr);
  ~ProbeCurve() override;

  /// By rising numbers of labels; none: the empty text is shown.
  void setPoints(const QVector<Point>& points);
  const QVector<Point>& points() const;
  void setEmptyText(const QString& text);
  void setChosen(int index);  ///< -1: none
  int chosen() const;
  /// Where a point is, in device-independent pixels of this widget.
  QPointF positionOf(int index) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  /// By the person.
  void pointChosen(int index);

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  class Private;
  void choose(int index);
  std::unique_ptr<Private> d;
};

}  // namespace latent::ui
