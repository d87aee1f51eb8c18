#pragma once

#include <QImage>
#include <QString>
#include <QWidget>

namespace latent::ui {

/// A card beside the pointer: original | reconstruction, and a line that says which image it is.
class HoverCard : public QWidget {
  Q_OBJECT

 public:
  explicit HoverCard(QWidget* parent);

  void setContent(const QImage& original, const QImage& reconstruction, const QString& caption);
  /// Shows it near `anchor` (in the parent), on the side where it fits and does not hide what is
  /// pointed at.
  void showAt(const QPoint& anchor);
  QString caption() const { return m_caption; }

  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QImage m_original;
  QImage m_reconstruction;
  QString m_caption;
};

}  // namespace latent::ui
