#include "ui/widgets/steady_label.h"

namespace latent::ui {

void SteadyLabel::setText(const QString& text) {
  if (text == this->text()) return;
  const QMargins margins = contentsMargins();
  const QSize needed(fontMetrics().horizontalAdvance(text) + margins.left() + margins.right() + 2,
                     fontMetrics().height() + margins.top() + margins.bottom());
  // A fixed size is what keeps QLabel from asking for a layout.
  if (needed.width() > minimumWidth() || needed.height() > minimumHeight()) {
    setFixedSize(needed.expandedTo(minimumSize()));
  }
  QLabel::setText(text);
}

}  // namespace latent::ui
