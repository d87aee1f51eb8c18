#include "ui/widgets/hyperparameter_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <functional>

#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr int kSliderSteps = 400;
constexpr int kControlWidth = 104;

/// Shows small values in powers of ten, as people write learning rates: 1e-3, 0.05, 4.
class RealBox : public QDoubleSpinBox {
 public:
  using QDoubleSpinBox::QDoubleSpinBox;

  bool logarithmic = false;

  QString textFromValue(double value) const override {
    if (value != 0.0 && std::abs(value) < 0.01) {
      QString text = QString::number(value, 'g', 3);
      return text.replace(QStringLiteral("e-0"), QStringLiteral("e-"));
    }
    return QString::number(value, 'g', 5);
  }
  double valueFromText(const QString& text) const override {
    return text.trimmed().replace(QLatin1Char(','), QLatin1Char('.')).toDouble();
  }
  QValidator::State validate(QString& text, int&) const override {
    const QString number = text.trimmed().replace(QLatin1Char(','), QLatin1Char('.'));
    bool isNumber = false;
    const double value = number.toDouble(&isNumber);
    if (isNumber && std::isfinite(value)) {
      return value >= minimum() && value <= maximum() ? QValidator::Acceptable
                                                      : QValidator::Intermediate;
    }
    const bool couldBecome = std::all_of(number.begin(), number.end(), [](QChar c) {
      return c.isDigit() || QStringLiteral("+-.eE").contains(c);
    });
    return couldBecome ? QValidator::Intermediate : QValidator::Invalid;
  }
  void stepBy(int steps) override {
    if (!logarithmic || value() <= 0.0) {
      QDoubleSpinBox::stepBy(steps);
      return;
    }
    setValue(value() * std::pow(10.0, 0.1 * steps));
  }
};

}  // namespace

/// One knob: the control of its kind, a "?" with the help, and the mark of a cold one that waits.
class HyperparameterRow : public QWidget {
 public:
  HyperparameterRow(const latent::Hyperparameter& knob, QWidget* parent)
      : QWidget(parent), m_knob(knob), m_value(knob.initial) {
    const QString id = QString::fromStdString(knob.id);
    const QString title = QString::fromStdString(knob.title);
    const QString help = QString::fromStdString(knob.help);
    setObjectName(QStringLiteral("knobRow_") + id);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* heading = new QHBoxLayout;
    heading->setSpacing(4);
    column->addLayout(heading);
    // The unit stands here and not in the box: a narrow panel has no room for both there.
    auto* name = new QLabel(
        knob.unit.empty() ? title
                          : QStringLiteral("%1 (%2)").arg(title, QString::fromStdString(knob.unit)),
        this);
    name->setToolTip(help);
    name->setWordWrap(true);
    heading->addWidget(name, 1);
    // What is wide has a line of its own; what is narrow stands beside its name.
    QHBoxLayout* line = heading;
    if (knob.kind == Hyperparameter::Kind::Real || knob.kind == Hyperparameter::Kind::Choice) {
      line = new QHBoxLayout;
      line->setSpacing(4);
      column->addLayout(line);
    }

    switch (knob.kind) {
      case Hyperparameter::Kind::Real:
        buildReal(line);
        break;
      case Hyperparameter::Kind::Integer:
        buildInteger(line);
        break;
      case Hyperparameter::Kind::Flag:
        buildFlag(line);
        break;
      case Hyperparameter::Kind::Choice:
        buildChoice(line);
        break;
    }
    m_control->setObjectName(QStringLiteral("knob_") + id);
    m_control->setAccessibleName(title);
    m_control->setToolTip(help);
    // Said outright: a control made in a window that is already up is measured before its style is
    // on.
    if (m_flag == nullptr) m_control->setMinimumHeight(Theme::kControlHeight);
    setFocusProxy(m_control);
    name->setBuddy(m_control);

    auto* question = new QToolButton(this);
    question->setObjectName(QStringLiteral("knobHelp_") + id);
    question->setAccessibleName(tr("What %1 does").arg(title));
    question->setIcon(themedIcon(QStringLiteral("help")));
    question->setIconSize(QSize(14, 14));
    question->setToolTip(help);
    connect(question, &QToolButton::clicked, question, [question] {
      QToolTip::showText(question->mapToGlobal(QPoint(0, question->height())), question->toolTip(),
                         question);
    });
    heading->addWidget(question);

    m_mark = new QLabel(tr("takes effect at restart"), this);
    m_mark->setObjectName(QStringLiteral("knobMark_") + id);
    m_mark->setProperty("role", "warning");
    m_mark->setFont(Theme::captionFont());
    m_mark->hide();
    column->addWidget(m_mark);
    show(m_value);
  }

  const latent::Hyperparameter& knob() const { return m_knob; }
  double value() const { return m_value; }

  void setValue(double value) {
    m_value = std::isfinite(value) ? value : m_knob.initial;
    show(m_value);
  }

  void setMarked(bool marked) { m_mark->setVisible(marked); }
  bool isMarked() const { return !m_mark->isHidden(); }

  std::function<void()> changed;

 private:
  void buildReal(QHBoxLayout* line) {
    m_real = new RealBox(this);
    m_real->setDecimals(12);
    m_real->setRange(m_knob.minimum, m_knob.maximum);
    m_real->setKeyboardTracking(false);
    m_real->logarithmic = m_knob.logarithmic;
    m_real->setSingleStep((m_knob.maximum - m_knob.minimum) / 100.0);
    connect(m_real, &QDoubleSpinBox::valueChanged, this, [this](double value) { take(value); });
    m_control = m_real;
    m_slider = new QSlider(Qt::Horizontal, this);
    m_slider->setObjectName(QStringLiteral("knobSlider_") + QString::fromStdString(m_knob.id));
    m_slider->setAccessibleName(tr("%1, slider").arg(QString::fromStdString(m_knob.title)));
    m_slider->setToolTip(QString::fromStdString(m_knob.help));
    m_slider->setRange(0, kSliderSteps);
    m_slider->setMinimumWidth(48);
    connect(m_slider, &QSlider::valueChanged, this, [this](int step) { take(fromStep(step)); });
    line->addWidget(m_slider, 1);
    m_real->setFixedWidth(m_real->fontMetrics().horizontalAdvance(QStringLiteral("0.00025")) + 36);
    line->addWidget(m_real);
    if (m_knob.hot && m_knob.logarithmic) {
      addFactor(line, 0.5, QStringLiteral("÷2"), QStringLiteral("knobHalve_"), tr("Halve %1"));
      addFactor(line, 2.0, QStringLiteral("×2"), QStringLiteral("knobDouble_"), tr("Double %1"));
    }
  }

  void addFactor(QHBoxLayout* line, double factor, const QString& text, const QString& name,
                 const QString& help) {
    auto* button = new QToolButton(this);
    button->setObjectName(name + QString::fromStdString(m_knob.id));
    button->setText(text);
    button->setProperty("framed", true);
    button->setAccessibleName(help.arg(QString::fromStdString(m_knob.title)));
    button->setToolTip(help.arg(QString::fromStdString(m_knob.title)));
    connect(button, &QToolButton::clicked, this, [this, factor] { take(m_value * factor); });
    line->addWidget(button);
  }

  void buildInteger(QHBoxLayout* line) {
    m_integer = new QSpinBox(this);
    m_integer->setRange(static_cast<int>(m_knob.minimum), static_cast<int>(m_knob.maximum));
    m_integer->setKeyboardTracking(false);
    if (m_knob.logarithmic) m_integer->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    connect(m_integer, &QSpinBox::valueChanged, this, [this](int value) { take(value); });
    m_control = m_integer;
    m_integer->setMinimumWidth(kControlWidth);
    line->addWidget(m_integer);
  }

  void buildFlag(QHBoxLayout* line) {
    m_flag = new QCheckBox(this);
    connect(m_flag, &QCheckBox::toggled, this, [this](bool on) { take(on ? 1.0 : 0.0); });
    m_control = m_flag;
    line->addWidget(m_flag);
  }

  void buildChoice(QHBoxLayout* line) {
    m_choice = new QComboBox(this);
    for (const std::string& choice : m_knob.choices) {
      m_choice->addItem(QString::fromStdString(choice));
    }
    connect(m_choice, &QComboBox::currentIndexChanged, this,
            [this](int index) { take(std::max(0, index)); });
    m_control = m_choice;
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    line->addWidget(m_choice, 1);
  }

  /// Logarithmic knobs whose range begins at zero spend their first step on it.
  double logMinimum() const {
    return m_knob.minimum > 0.0 ? m_knob.minimum : m_knob.maximum * 1e-5;
  }
  double fromStep(int step) const {
    const double share = double(step) / kSliderSteps;
    if (!m_knob.logarithmic) return m_knob.minimum + share * (m_knob.maximum - m_knob.minimum);
    if (step == 0) return m_knob.minimum;
    // Two digits: nobody means 0.00103517.
    const double value = logMinimum() * std::pow(m_knob.maximum / logMinimum(), share);
    const double digit = std::pow(10.0, std::floor(std::log10(value)) - 1);
    return std::round(value / digit) * digit;
  }
  int toStep(double value) const {
    const double share =
        m_knob.logarithmic
            ? (value <= logMinimum()
                   ? 0.0
                   : std::log(value / logMinimum()) / std::log(m_knob.maximum / logMinimum()))
            : (value - m_knob.minimum) / std::max(1e-300, m_knob.maximum - m_knob.minimum);
    return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * kSliderSteps));
  }

  /// A value from the person.
  void take(double value) {
    value = std::clamp(value, m_knob.minimum,
                       m_knob.kind == Hyperparameter::Kind::Choice
                           ? std::max(0.0, double(m_knob.choices.size()) - 1.0)
                           : m_knob.maximum);
    if (value == m_value) {
      show(value);
      return;
    }
    m_value = value;
    show(value);
    if (changed) changed();
  }

  void show(double value) {
    if (m_real != nullptr) {
      const QSignalBlocker box(m_real);
      const QSignalBlocker slider(m_slider);
      m_real->setValue(value);
      if (!m_slider->isSliderDown()) m_slider->setValue(toStep(value));
    }
    if (m_integer != nullptr) {
      const QSignalBlocker blocker(m_integer);
      m_integer->setValue(static_cast<int>(std::lround(value)));
    }
    if (m_flag != nullptr) {
      const QSignalBlocker blocker(m_flag);
      m_flag->setChecked(value != 0.0);
    }
    if (m_choice != nullptr) {
      const QSignalBlocker blocker(m_choice);
      m_choice->setCurrentIndex(static_cast<int>(std::lround(value)));
    }
  }

  latent::Hyperparameter m_knob;
  double m_value = 0.0;
  QWidget* m_control = nullptr;
  RealBox* m_real = nullptr;
  QSlider* m_slider = nullptr;
  QSpinBox* m_integer = nullptr;
  QCheckBox* m_flag = nullptr;
  QComboBox* m_choice = nullptr;
  QLabel* m_mark = nullptr;
};

HyperparameterForm::HyperparameterForm(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("hyperparameterForm"));
  setAccessibleName(tr("Hyperparameters"));
  m_layout = new QVBoxLayout(this);
  m_layout->setContentsMargins(0, 0, 0, 0);
  m_layout->setSpacing(Theme::kSmall);
}

void HyperparameterForm::setHyperparameters(
    const std::vector<latent::Hyperparameter>& hyperparameters) {
  qDeleteAll(m_rows);
  m_rows.clear();
  for (const latent::Hyperparameter& knob : hyperparameters) {
    auto* row = new HyperparameterRow(knob, this);
    row->changed = [this, row] { rowChanged(row); };
    m_layout->addWidget(row);
    m_rows.push_back(row);
  }
  updateMarks();
  updateShown();
}

void HyperparameterForm::setValues(const std::map<std::string, double>& values) {
  for (HyperparameterRow* row : m_rows) {
    if (const auto found = values.find(row->knob().id); found != values.end()) {
      row->setValue(found->second);
    }
  }
  updateMarks();
  updateShown();
}

void HyperparameterForm::setValue(const std::string& id, double value) {
  setValues({{id, value}});
}

std::map<std::string, double> HyperparameterForm::values() const {
  std::map<std::string, double> values;
  for (const HyperparameterRow* row : m_rows) values[row->knob().id] = row->value();
  return values;
}

double HyperparameterForm::value(const std::string& id) const {
  for (const HyperparameterRow* row : m_rows) {
    if (row->knob().id == id) return row->value();
  }
  return 0.0;
}

void HyperparameterForm::setRunningValues(const std::map<std::string, double>& values) {
  m_running = values;
  m_hasRun = true;
  updateMarks();
}

void HyperparameterForm::clearRunningValues() {
  m_running.clear();
  m_hasRun = false;
  updateMarks();
}

std::vector<std::string> HyperparameterForm::pending() const {
  std::vector<std::string> ids;
  for (const HyperparameterRow* row : m_rows) {
    if (row->isMarked()) ids.push_back(row->knob().id);
  }
  return ids;
}

void HyperparameterForm::rowChanged(HyperparameterRow* row) {
  const QString id = QString::fromStdString(row->knob().id);
  const double value = row->value();
  const bool hot = row->knob().hot;
  updateMarks();
  updateShown();
  emit valueChanged(id, value);
  if (hot) emit knobChanged(id, value);
}

void HyperparameterForm::updateShown() {
  for (HyperparameterRow* row : m_rows) {
    const Hyperparameter::Condition& only = row->knob().only_with;
    const int chosen = static_cast<int>(std::lround(value(only.knob)));
    row->setVisible(only.knob.empty() || std::find(only.choices.begin(), only.choices.end(),
                                                   chosen) != only.choices.end());
  }
}

void HyperparameterForm::updateMarks() {
  bool any = false;
  for (HyperparameterRow* row : m_rows) {
    const auto running = m_running.find(row->knob().id);
    const double ran = running != m_running.end() ? running->second : row->knob().initial;
    const bool waits = m_hasRun && !row->knob().hot && row->value() != ran;
    row->setMarked(waits);
    any = any || waits;
  }
  if (any == m_anyPending) return;
  m_anyPending = any;
  emit pendingChanged(any);
}

}  // namespace latent::ui
