#include "ui/widgets/drawing_canvas.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QImageReader>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QUrl>
#include <algorithm>

#include "ui/theme.h"

namespace latent::ui {

DrawingCanvas::DrawingCanvas(QWidget* parent)
    : QWidget(parent), m_drawing(kSide, kSide, QImage::Format_Grayscale8) {
  m_drawing.fill(0);
  setAcceptDrops(true);
  setCursor(Qt::CrossCursor);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void DrawingCanvas::setDrawing(const QImage& drawing) {
  if (drawing.size() != QSize(kSide, kSide)) return;
  m_drawing = drawing.convertToFormat(QImage::Format_Grayscale8);
  m_blank = false;
  update();
  emit changed();
  emit strokeFinished();
}

void DrawingCanvas::clear() {
  if (m_blank) return;
  m_drawing.fill(0);
  m_blank = true;
  update();
  emit changed();
  emit strokeFinished();
}

QRectF DrawingCanvas::canvasRect() const {
  const double side = std::min(width(), height()) - 2.0;
  // At the top: what is said below grows while a stroke is drawn, and must not move it.
  return {(width() - side) / 2.0, 1.0, side, side};
}

QPointF DrawingCanvas::inDrawing(const QPointF& position) const {
  const QRectF canvas = canvasRect();
  return (position - canvas.topLeft()) * (kSide / canvas.width());
}

void DrawingCanvas::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const QRectF canvas = canvasRect();
  painter.drawImage(canvas, m_drawing);
  painter.setPen(QPen(m_drawingNow ? theme.accent : theme.line, 1));
  painter.drawRect(canvas);
  if (m_blank) {
    painter.setPen(QColor(170, 170, 170));
    painter.setFont(Theme::captionFont());
    painter.drawText(canvas.adjusted(12, 12, -12, -12), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("Draw here with the mouse, or drop a picture."));
  }
}

void DrawingCanvas::strokeTo(const QPointF& to) {
  QPainter painter(&m_drawing);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(m_erasing ? Qt::black : Qt::white, m_penWidth, Qt::SolidLine, Qt::RoundCap,
                      Qt::RoundJoin));
  if (to == m_last) {
    painter.drawPoint(to);
  } else {
    painter.drawLine(m_last, to);
  }
  painter.end();
  m_last = to;
  if (!m_erasing) m_blank = false;
  update();
  emit changed();
}

void DrawingCanvas::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !canvasRect().contains(event->position())) return;
  m_drawingNow = true;
  m_last = inDrawing(event->position());
  strokeTo(m_last);
}

void DrawingCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (m_drawingNow) strokeTo(inDrawing(event->position()));
}

void DrawingCanvas::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton || !m_drawingNow) return;
  m_drawingNow = false;
  update();
  emit strokeFinished();
}

void DrawingCanvas::dragEnterEvent(QDragEnterEvent* event) {
  const QMimeData* data = event->mimeData();
  if (data->hasImage() || (data->urls().size() == 1 && data->urls().front().isLocalFile())) {
    event->acceptProposedAction();
  }
}

void DrawingCanvas::dropEvent(QDropEvent* event) {
  const QMimeData* data = event->mimeData();
  if (data->hasImage()) {
    emit pictureDropped(qvariant_cast<QImage>(data->imageData()));
    return;
  }
  const QString path = data->urls().front().toLocalFile();
  QImageReader reader(path);
  reader.setAutoTransform(true);
  const QImage picture = reader.read();
  if (picture.isNull()) {
    emit dropRefused(tr("%1 is no picture that can be read: PNG, JPEG, BMP or GIF was expected.")
                         .arg(QFileInfo(path).fileName()));
    return;
  }
  emit pictureDropped(picture);
}

}  // namespace latent::ui
