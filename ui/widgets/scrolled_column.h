#pragma once

#include <QScrollArea>

namespace latent::ui {

/// A column that scrolls up and down and never sideways. Of controls in a layout it is always as
/// wide as they need: a layout given less than its least width reckons its height for that least
/// width, and what wraps within it is cut.
class ScrolledColumn : public QScrollArea {
 public:
  /// Takes `content` over.
  explicit ScrolledColumn(QWidget* content, const char* name = "");
  QSize minimumSizeHint() const override;

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace latent::ui
