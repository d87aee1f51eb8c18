#pragma once

#include <QImage>
#include <QWidget>

#include "ui/widgets/pictures.h"

namespace latent::ui {

/// One picture, as large as there is room, with its caption. The context menu copies and saves it.
class ImageView : public QWidget {
  Q_OBJECT

 public:
  explicit ImageView(QWidget* parent = nullptr);

  void setImage(const QImage& image);
  const QImage& image() const { return m_image; }
  void setCaption(const QString& caption);
  /// Shown while there is no picture.
  void setEmptyText(const QString& text);
  void setEnlargement(Enlargement enlargement);
  Enlargement enlargement() const { return m_enlargement; }

  /// Writes the picture as PNG. False and an `errorOccurred` sentence when it cannot.
  bool savePng(const QString& path);
  void copyToClipboard() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  void errorOccurred(const QString& sentence);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QImage m_image;
  QString m_caption;
  QString m_emptyText;
  Enlargement m_enlargement = Enlargement::Crisp;
};

}  // namespace latent::ui
