#include "ui/panels/caption.h"

#include <QEvent>

#include "ui/theme.h"

namespace latent::ui {
namespace {

/// Takes its colour from the theme in use, and follows it.
class CaptionLabel : public QLabel {
 public:
  explicit CaptionLabel(const QString& text) : QLabel(text) {
    setWordWrap(true);
    setFont(Theme::captionFont());
    follow();
  }

 protected:
  void changeEvent(QEvent* event) override {
    QLabel::changeEvent(event);
    if (event->type() == QEvent::ApplicationPaletteChange) follow();
  }

 private:
  void follow() {
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, Theme::of(this).secondaryText);
    setPalette(colours);
  }
};

}  // namespace

QLabel* makeCaption(const QString& text) {
  return new CaptionLabel(text);
}

QLabel* makeHeading(const QString& text) {
  auto* label = new QLabel(text);
  QFont font = Theme::bodyFont();
  font.setWeight(QFont::DemiBold);
  label->setFont(font);
  return label;
}

}  // namespace latent::ui
