#include "ui/widgets/image_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>

#include "ui/theme.h"

namespace latent::ui {

ImageView::ImageView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("imageView"));
  setAccessibleName(tr("Picture"));
  setFocusPolicy(Qt::TabFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void ImageView::setImage(const QImage& image) {
  m_image = image;
  update();
}

void ImageView::setCaption(const QString& caption) {
  if (caption == m_caption) return;
  m_caption = caption;
  setAccessibleDescription(caption);
  update();
}

void ImageView::setEmptyText(const QString& text) {
  m_emptyText = text;
  update();
}

void ImageView::setEnlargement(Enlargement enlargement) {
  m_enlargement = enlargement;
  update();
}

bool ImageView::savePng(const QString& path) {
  if (m_image.isNull()) {
    emit errorOccurred(tr("There is no picture to save yet."));
    return false;
  }
  if (!m_image.save(path, "PNG")) {
    emit errorOccurred(
        tr("The picture could not be written to %1: check the folder and the space on the disk.")
            .arg(path));
    return false;
  }
  return true;
}

void ImageView::copyToClipboard() const {
  if (!m_image.isNull()) QApplication::clipboard()->setImage(m_image);
}

QSize ImageView::sizeHint() const {
  return {220, 236};
}
QSize ImageView::minimumSizeHint() const {
  return {84, 84};
}

void ImageView::paintEvent(QPaintEvent*) {
  const Theme& theme = Theme::of(this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QRectF area = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  if (!m_caption.isEmpty()) {
    const QFontMetrics metrics(Theme::captionFont());
    const QRectF line(area.left(), area.bottom() - metrics.height(), area.width(),
                      metrics.height());
    painter.setFont(Theme::captionFont());
    painter.setPen(theme.secondaryText);
    painter.drawText(line, Qt::AlignHCenter | Qt::AlignVCenter,
                     metrics.elidedText(m_caption, Qt::ElideRight, int(line.width())));
    area.setBottom(line.top() - Theme::kTight);
  }
  const QRectF box =
      m_image.isNull() ? pictureRect(area, QSize(1, 1)) : pictureRect(area, m_image.size());
  QPainterPath shape;
  shape.addRoundedRect(box, Theme::kRadius, Theme::kRadius);
  painter.fillPath(shape, m_image.isNull() ? theme.window : QColor(Qt::black));
  if (m_image.isNull()) {
    painter.setFont(Theme::captionFont());
    painter.setPen(theme.secondaryText);
    painter.drawText(box.adjusted(Theme::kSmall, Theme::kSmall, -Theme::kSmall, -Theme::kSmall),
                     int(Qt::AlignCenter) | int(Qt::TextWordWrap), m_emptyText);
  } else {
    painter.save();
    painter.setClipPath(shape);
    drawPicture(painter, box, m_image, m_enlargement);
    painter.restore();
  }
  painter.setPen(QPen(hasFocus() ? theme.accent : theme.line, hasFocus() ? 1.5 : 1.0));
  painter.drawPath(shape);
}

void ImageView::contextMenuEvent(QContextMenuEvent* event) {
  QMenu menu(this);
  QAction* copy = menu.addAction(themedIcon(QStringLiteral("copy")), tr("Copy picture"));
  QAction* save = menu.addAction(themedIcon(QStringLiteral("save")), tr("Save as PNG…"));
  menu.addSeparator();
  QAction* smooth = menu.addAction(tr("Smooth enlargement"));
  smooth->setCheckable(true);
  smooth->setChecked(m_enlargement == Enlargement::Smooth);
  copy->setEnabled(!m_image.isNull());
  save->setEnabled(!m_image.isNull());
  QAction* chosen = menu.exec(event->globalPos());
  if (chosen == copy) copyToClipboard();
  if (chosen == save) {
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Save picture"), QStringLiteral("decoded.png"), tr("PNG pictures (*.png)"));
    if (!path.isEmpty()) savePng(path);
  }
  if (chosen == smooth) {
    setEnlargement(smooth->isChecked() ? Enlargement::Smooth : Enlargement::Crisp);
  }
}

void ImageView::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) {
    copyToClipboard();
    return;
  }
  QWidget::keyPressEvent(event);
}

}  // namespace latent::ui
