#pragma once

#include <QImage>
#include <QString>
#include <QStringList>
#include <QVector>
#include <QWidget>

namespace latent::ui {

/// Pictures one below another: each row is one step of what is done to the same pictures, with its
/// name above and a short caption under each picture. Tiles share the width.
class PictureRows : public QWidget {
  Q_OBJECT

 public:
  struct Row {
    QString title;
    QVector<QImage> pictures;
    QStringList captions;  ///< one for each picture, or none
  };

  explicit PictureRows(QWidget* parent = nullptr);

  void setRows(QVector<Row> rows);
  const QVector<Row>& rows() const { return m_rows; }
  void setEmptyText(const QString& text);

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  int tileFor(int width) const;
  int rowHeight(const Row& row, int tile) const;

  QVector<Row> m_rows;
  QString m_emptyText;
};

}  // namespace latent::ui
