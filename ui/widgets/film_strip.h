#pragma once

#include <QImage>
#include <QVector>
#include <QWidget>

namespace latent::ui {

/// The pictures of a path from A (left) to B (right) and a play head between: click or drag scrubs,
/// the arrow keys step.
class FilmStrip : public QWidget {
  Q_OBJECT

 public:
  explicit FilmStrip(QWidget* parent = nullptr);

  void setPictures(QVector<QImage> pictures);
  const QVector<QImage>& pictures() const { return m_pictures; }
  void setEmptyText(const QString& text);
  /// 0 = A, 1 = B. Emits nothing.
  void setPosition(double t);
  double position() const { return m_position; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void positionChanged(double t);  ///< by the person, 0 … 1

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QRectF stripRect() const;
  double aspect() const;  ///< of a picture, width over height; there is one
  void scrubTo(double t);

  QVector<QImage> m_pictures;
  QString m_emptyText;
  double m_position = 0.0;
};

}  // namespace latent::ui
