#include "ui/panels/caption.h"

#include "ui/theme.h"

namespace latent::ui {

QLabel* makeCaption(const QString& text) {
  auto* label = new QLabel(text);
  label->setWordWrap(true);
  label->setFont(Theme::captionFont());
  // Its colour is the style sheet's, which follows a theme that is switched.
  label->setProperty("role", "caption");
  return label;
}

QLabel* makeHeading(const QString& text) {
  auto* label = new QLabel(text);
  QFont font = Theme::bodyFont();
  font.setWeight(QFont::DemiBold);
  label->setFont(font);
  return label;
}

}  // namespace latent::ui
