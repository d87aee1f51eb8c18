#include "ui/widgets/turning_box.h"

#include <QBoxLayout>
#include <algorithm>

#include "ui/theme.h"

namespace latent::ui {

TurningBox::TurningBox(QWidget* parent)
    : QWidget(parent), m_layout(new QBoxLayout(QBoxLayout::LeftToRight, this)) {
  m_layout->setContentsMargins(0, 0, 0, 0);
  m_layout->setSpacing(Theme::kMedium);
  // Its least size is that of the better direction, not that of the present one.
  m_layout->setSizeConstraint(QLayout::SetNoConstraint);
}

void TurningBox::addPart(QWidget* part, int stretch) {
  m_layout->addWidget(part, stretch);
}

bool TurningBox::isWide() const {
  return m_layout->direction() == QBoxLayout::LeftToRight;
}

QSize TurningBox::minimumSizeHint() const {
  QSize least(0, 0);
  for (int i = 0; i < m_layout->count(); ++i) {
    least = least.expandedTo(m_layout->itemAt(i)->minimumSize());
  }
  return least;
}

void TurningBox::resizeEvent(QResizeEvent* event) {
  const bool wide = width() > height();
  m_layout->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
  QWidget::resizeEvent(event);
}

}  // namespace latent::ui
