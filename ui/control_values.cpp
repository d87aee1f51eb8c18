#include "ui/control_values.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QButtonGroup>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QList>
#include <QPointer>
#include <QSpinBox>
#include <utility>

namespace latent::ui {
namespace {

/// What can be kept of a control; undefined for all else.
QJsonValue valueOf(const QWidget* control) {
  if (const auto* choice = qobject_cast<const QComboBox*>(control)) return choice->currentText();
  if (const auto* whole = qobject_cast<const QSpinBox*>(control)) return whole->value();
  if (const auto* real = qobject_cast<const QDoubleSpinBox*>(control)) return real->value();
  if (const auto* slider = qobject_cast<const QAbstractSlider*>(control)) return slider->value();
  const auto* button = qobject_cast<const QAbstractButton*>(control);
  if (button != nullptr && button->isCheckable()) return button->isChecked();
  return QJsonValue::Undefined;
}

bool isKept(const QWidget* control) {
  const QString name = control->objectName();
  return !name.isEmpty() && !name.startsWith(QLatin1String("qt_")) &&
         !name.startsWith(QLatin1String("play"), Qt::CaseInsensitive);
}

void setValue(QWidget* control, const QJsonValue& value) {
  if (auto* choice = qobject_cast<QComboBox*>(control)) {
    const int index = choice->findText(value.toString());
    if (index < 0 || index == choice->currentIndex()) return;
    choice->setCurrentIndex(index);
    emit choice->activated(index);
  } else if (auto* whole = qobject_cast<QSpinBox*>(control)) {
    whole->setValue(value.toInt(whole->value()));
  } else if (auto* real = qobject_cast<QDoubleSpinBox*>(control)) {
    real->setValue(value.toDouble(real->value()));
  } else if (auto* slider = qobject_cast<QAbstractSlider*>(control)) {
    slider->setValue(value.toInt(slider->value()));
  } else if (auto* button = qobject_cast<QAbstractButton*>(control)) {
    // Of buttons that exclude each other the one that is pressed takes the others' place.
    if (button->isCheckable() && button->isChecked() != value.toBool() &&
        (value.toBool() || !button->autoExclusive())) {
      if (button->group() != nullptr && button->group()->exclusive() && !value.toBool()) return;
      button->click();
    }
  }
}

}  // namespace

QJsonObject controlValues(const QWidget& panel) {
  QJsonObject values;
  for (const QWidget* control : panel.findChildren<QWidget*>()) {
    const QJsonValue value = isKept(control) ? valueOf(control) : QJsonValue::Undefined;
    if (!value.isUndefined()) values[control->objectName()] = value;
  }
  return values;
}

/// A control may replace others, as the choice of a task replaces its form: a second round finds
/// the new ones.
void setControlValues(QWidget& panel, const QJsonObject& values) {
  for (int round = 0; round < 2; ++round) {
    QList<QPointer<QWidget>> controls;
    for (QWidget* control : panel.findChildren<QWidget*>()) controls.append(control);
    for (const QPointer<QWidget>& control : std::as_const(controls)) {
      if (control.isNull() || !isKept(control)) continue;
      const auto found = values.find(control->objectName());
      if (found != values.end() && valueOf(control) != found.value()) {
        setValue(control, found.value());
      }
    }
  }
}

}  // namespace latent::ui
