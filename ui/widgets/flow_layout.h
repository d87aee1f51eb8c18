#pragma once

#include <QLayout>
#include <QList>

namespace latent::ui {

/// Its items one after another like words: a new line where the width ends.
class FlowLayout : public QLayout {
  Q_OBJECT

 public:
  explicit FlowLayout(int spacing, QWidget* parent = nullptr);
  ~FlowLayout() override;

  void addItem(QLayoutItem* item) override { m_items.append(item); }
  int count() const override { return static_cast<int>(m_items.size()); }
  QLayoutItem* itemAt(int index) const override { return m_items.value(index); }
  QLayoutItem* takeAt(int index) override;
  Qt::Orientations expandingDirections() const override { return {}; }
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return place(QRect(0, 0, width, 0), false); }
  void setGeometry(const QRect& area) override;
  QSize sizeHint() const override;
  QSize minimumSize() const override;

 private:
  /// The height that is needed; the items are moved when `move`.
  int place(const QRect& area, bool move) const;

  QList<QLayoutItem*> m_items;
};

}  // namespace latent::ui
