#pragma once

#include <QColor>
#include <QString>
#include <QVector>
#include <QWidget>

namespace latent::ui {

/// How many there are of each kind: colour, name, a bar, the number. Kinds of which there are none
/// are left out; of more than fit the largest are shown, and how many are not.
class CountBars : public QWidget {
  Q_OBJECT

 public:
  struct Entry {
    QString name;
    qint64 count = 0;
    int colorIndex = -1;  ///< of Theme::classColor
  };
  static constexpr int kMost = 10;

  explicit CountBars(QWidget* parent = nullptr);

  void setEntries(const QVector<Entry>& entries);
  const QVector<Entry>& entries() const { return m_shown; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QVector<Entry> m_shown;
  int m_left = 0;  ///< kinds that are not shown
};

}  // namespace latent::ui
