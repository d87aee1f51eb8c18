#pragma once

#include <QWidget>
#include <memory>

#include "latent/anomaly.h"

class QCustomPlot;

namespace latent::ui {

/// A ROC curve with its area, and the threshold as a handle that is dragged along it. Every corner
/// is drawn and can be reached: by mouse, and by the arrow keys.
class RocPlot : public QWidget {
  Q_OBJECT

 public:
  explicit RocPlot(QWidget* parent = nullptr);
  ~RocPlot() override;

  /// Null, or one without corners: the empty text is shown.
  void setCurve(std::shared_ptr<const Roc> curve);
  void setEmptyText(const QString& text);
  void setCorner(std::size_t corner);
  std::size_t corner() const;
  /// Where a corner of the curve is, in device-independent pixels of this widget.
  QPointF positionOf(std::size_t corner) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  /// By the person: the handle is at another corner.
  void cornerMoved(int corner);

 protected:
  void changeEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  class Private;
  void moveTo(std::size_t corner);
  std::unique_ptr<Private> d;
};

}  // namespace latent::ui
