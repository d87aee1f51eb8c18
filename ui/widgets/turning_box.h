#pragma once

#include <QWidget>

class QBoxLayout;

namespace latent::ui {

/// Parts side by side where there is width, one below the other where there is height: for panels
/// that may stand in a low dock or in a narrow one.
class TurningBox : public QWidget {
  Q_OBJECT

 public:
  explicit TurningBox(QWidget* parent = nullptr);

  void addPart(QWidget* part, int stretch);
  bool isWide() const;

  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  QBoxLayout* m_layout;
};

}  // namespace latent::ui
