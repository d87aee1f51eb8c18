#pragma once

#include <QString>
#include <QWidget>

namespace latent::ui {

/// Gives a control the names by which tests and screen readers find it, and its tooltip.
template <typename Widget>
Widget* named(Widget* widget, const char* objectName, const QString& accessibleName,
              const QString& help = {}) {
  widget->setObjectName(QLatin1String(objectName));
  widget->setAccessibleName(accessibleName);
  if (!help.isEmpty()) {
    widget->setToolTip(help);
    widget->setAccessibleDescription(help);
  }
  return widget;
}

}  // namespace latent::ui
