#pragma once

#include <QLabel>

namespace latent::ui {

/// One line of text that changes many times a second. It grows to the widest text it has shown and
/// stays there, so that a new number moves nothing beside it and costs a repaint, where a QLabel
/// would lay out the whole window again.
class SteadyLabel : public QLabel {
  Q_OBJECT

 public:
  using QLabel::QLabel;

  void setText(const QString& text);
};

}  // namespace latent::ui
