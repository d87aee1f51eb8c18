#pragma once

#include <QImage>
#include <QPointF>
#include <QWidget>
#include <cstdint>
#include <vector>

namespace latent::ui {

/// A picture on which pixels are hidden with the mouse: the left button hides, the right one (or
/// Shift with the left) shows again.
class MaskCanvas : public QWidget {
  Q_OBJECT

 public:
  explicit MaskCanvas(QWidget* parent = nullptr);

  /// What the mask lies on; of another size than before, nothing of it is hidden.
  void setPicture(const QImage& picture);
  /// [height, width] of the picture, 1 = hidden; ignored when it is of another size.
  void setMask(std::vector<std::uint8_t> mask);
  const std::vector<std::uint8_t>& mask() const { return m_mask; }
  /// Where the picture lies in the widget.
  QRectF pictureArea() const;

  QSize sizeHint() const override { return {128, 128}; }
  QSize minimumSizeHint() const override { return {128, 128}; }

 signals:
  void maskChanged();  ///< by the person, with each move of a stroke

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;

 private:
  QPointF inPicture(const QPointF& position) const;
  void strokeTo(const QPointF& to);

  QImage m_picture;
  std::vector<std::uint8_t> m_mask;
  bool m_stroking = false;
  bool m_hiding = true;
  QPointF m_last;  // in the picture
};

}  // namespace latent::ui
