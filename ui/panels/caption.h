#pragma once

#include <QLabel>
#include <QString>

namespace latent::ui {

/// One or two lines of plain words under a control, in the quieter colour.
QLabel* makeCaption(const QString& text);
/// The name of a group of controls.
QLabel* makeHeading(const QString& text);

}  // namespace latent::ui
