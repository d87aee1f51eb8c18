#pragma once

#include <QImage>
#include <QWidget>

namespace latent::ui {

/// A square to draw on with the mouse, white on black.
class DrawingCanvas : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kSide = 280;  ///< pixels of the drawing

  explicit DrawingCanvas(QWidget* parent = nullptr);

  const QImage& drawing() const { return m_drawing; }  ///< [kSide, kSide], grey
  bool isBlank() const { return m_blank; }
  void setDrawing(const QImage& drawing);
  void clear();
  /// Width of the pen in pixels of the drawing.
  void setPenWidth(int width) { m_penWidth = width; }
  int penWidth() const { return m_penWidth; }
  void setErasing(bool erasing) { m_erasing = erasing; }

  QSize sizeHint() const override { return {kSide, kSide}; }
  QSize minimumSizeHint() const override { return {140, 140}; }
  /// Where the square lies in the widget.
  QRectF canvasRect() const;

 signals:
  void changed();  ///< with each move of a stroke
  void strokeFinished();
  void pictureDropped(const QImage& picture);
  void dropRefused(const QString& sentence);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QPointF inDrawing(const QPointF& position) const;
  void strokeTo(const QPointF& to);

  QImage m_drawing;
  bool m_blank = true;
  bool m_drawingNow = false;
  QPointF m_last;  // in the drawing
  int m_penWidth = 22;
  bool m_erasing = false;
};

}  // namespace latent::ui
