#pragma once

#include <QJsonObject>
#include <QWidget>

namespace latent::ui {

/// What the named controls of a panel are set to: choices by their text, numbers, boxes and buttons
/// that stay pressed. Buttons called play… are left out, as is what has no object name.
QJsonObject controlValues(const QWidget& panel);

/// Sets them as a person would: who listens to them hears of it. What is not there, has no such
/// choice, or is out of range is passed over.
void setControlValues(QWidget& panel, const QJsonObject& values);

}  // namespace latent::ui
