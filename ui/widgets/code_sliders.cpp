#include "ui/widgets/code_sliders.h"

#include <QApplication>
#include <QClipboard>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QShowEvent>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/theme.h"

namespace latent::ui {
namespace {

constexpr int kSteps = 1000;
/// Beyond every code that makes sense, so that a value box never changes what it is given.
constexpr double kLargest = 1e6;

QToolButton* makeButton(QWidget* parent, const char* name, const QString& icon,
                        const QString& accessible, const QString& help) {
  auto* button = new QToolButton(parent);
  button->setObjectName(QLatin1String(name));
  button->setIcon(themedIcon(icon));
  button->setAccessibleName(accessible);
  button->setToolTip(help);
  return button;
}

}  // namespace

/// One dimension: name, slider, value box, reset.
class CodeSliderRow : public QWidget {
 public:
  CodeSliderRow(int dimension, QWidget* parent) : QWidget(parent) {
    const QString name = QStringLiteral("z%1").arg(dimension + 1);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    auto* label = new QLabel(name, this);
    label->setFont(Theme::numberFont());
    label->setMinimumWidth(label->fontMetrics().horizontalAdvance(QStringLiteral("z888")));
    slider = new QSlider(Qt::Horizontal, this);
    slider->setObjectName(QStringLiteral("codeSlider%1").arg(dimension + 1));
    slider->setAccessibleName(tr("Latent dimension %1").arg(dimension + 1));
    slider->setProperty("bipolar", true);
    slider->setPageStep(kSteps / 20);
    slider->setMinimumWidth(60);
    box = new QDoubleSpinBox(this);
    box->setObjectName(QStringLiteral("codeValue%1").arg(dimension + 1));
    box->setAccessibleName(tr("Value of latent dimension %1").arg(dimension + 1));
    box->setProperty("plain", true);
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setRange(-kLargest, kLargest);
    box->setDecimals(3);
    box->setSingleStep(0.05);
    box->setKeyboardTracking(false);
    box->setFont(Theme::numberFont());
    box->setAlignment(Qt::AlignRight);
    box->setFixedWidth(box->fontMetrics().horizontalAdvance(QStringLiteral("-88.888")) + 18);
    reset = makeButton(this, "codeReset", QStringLiteral("reset"),
                       tr("Reset latent dimension %1").arg(dimension + 1),
                       tr("Back to the mean of the data"));
    reset->setObjectName(QStringLiteral("codeReset%1").arg(dimension + 1));
    reset->setIconSize(QSize(12, 12));
    row->addWidget(label);
    row->addWidget(slider, 1);
    row->addWidget(box);
    row->addWidget(reset);
  }

  /// Whether it steps through levels instead of moving smoothly.
  void setDiscrete(bool discrete) {
    slider->setPageStep(discrete ? 1 : kSteps / 20);
    box->setDecimals(discrete ? 0 : 3);
    box->setSingleStep(discrete ? 1.0 : 0.05);
    reset->setToolTip(discrete ? tr("To the first of its values")
                               : tr("Back to the mean of the data"));
  }

  QSlider* slider;
  QDoubleSpinBox* box;
  QToolButton* reset;
  double low = -3.0;
  double high = 3.0;
};

CodeSliders::CodeSliders(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("codeSliders"));
  setAccessibleName(tr("Latent code"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(Theme::kTight);

  auto* tools = new QHBoxLayout;
  tools->setSpacing(2);
  m_random =
      makeButton(this, "codeRandom", QStringLiteral("random"), tr("Random code from the prior"),
                 tr("A random code from the prior: what the model makes up by itself"));
  auto* reset = makeButton(this, "codeResetAll", QStringLiteral("reset"), tr("Reset all sliders"),
                           tr("All dimensions back to the mean of the data"));
  auto* copy = makeButton(this, "codeCopy", QStringLiteral("copy"), tr("Copy the code as text"),
                          tr("Copy the code as text, to paste it here or into Python"));
  auto* paste = makeButton(this, "codePaste", QStringLiteral("paste"), tr("Paste a code"),
                           tr("Paste a code: as many numbers as there are sliders"));
  m_random->setText(tr("Random"));
  m_random->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  reset->setText(tr("Reset all"));
  reset->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tools->addWidget(m_random);
  tools->addWidget(reset);
  tools->addStretch(1);
  tools->addWidget(copy);
  tools->addWidget(paste);
  column->addLayout(tools);

  m_sentence = new QLabel(this);
  m_sentence->setObjectName(QStringLiteral("codeSentence"));
  m_sentence->setWordWrap(true);
  m_sentence->setProperty("role", "error");
  m_sentence->hide();
  column->addWidget(m_sentence);

  m_scroll = new QScrollArea(this);
  m_scroll->setObjectName(QStringLiteral("codeScroll"));
  m_scroll->setWidgetResizable(true);
  m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_scroll->setMinimumHeight(60);
  m_scroll->setFrameShape(QFrame::NoFrame);
  m_list = new QWidget;
  m_listLayout = new QVBoxLayout(m_list);
  m_listLayout->setContentsMargins(0, 0, Theme::kTight, 0);
  m_listLayout->setSpacing(2);
  m_listLayout->addStretch(1);
  m_scroll->setWidget(m_list);
  column->addWidget(m_scroll, 1);

  connect(m_scroll->verticalScrollBar(), &QScrollBar::valueChanged, this, &CodeSliders::updateRows);
  connect(m_scroll->verticalScrollBar(), &QScrollBar::rangeChanged, this, &CodeSliders::updateRows);
  connect(m_random, &QToolButton::clicked, this, &CodeSliders::randomRequested);
  connect(reset, &QToolButton::clicked, this, &CodeSliders::resetAll);
  connect(copy, &QToolButton::clicked, this, &CodeSliders::copyCode);
  connect(paste, &QToolButton::clicked, this, &CodeSliders::pasteCode);
}

int CodeSliders::dimensions() const {
  return static_cast<int>(m_code.size());
}

void CodeSliders::setDimensions(int count) {
  if (count == dimensions()) {
    setCode(std::vector<float>(static_cast<std::size_t>(count), 0.0F));
    return;
  }
  rebuild(count);
}

void CodeSliders::rebuild(int count) {
  m_code.assign(static_cast<std::size_t>(std::max(0, count)), 0.0F);
  makeRows();
}

int CodeSliders::rowCount() const {
  return isDiscrete() ? m_levels.positions : dimensions();
}

void CodeSliders::makeRows() {
  setUpdatesEnabled(false);
  const int count = rowCount();
  while (static_cast<int>(m_rows.size()) > count) {
    delete m_rows.back();
    m_rows.pop_back();
  }
  while (static_cast<int>(m_rows.size()) < count) {
    const auto number = static_cast<int>(m_rows.size());
    auto* row = new CodeSliderRow(number, m_list);
    connect(row->slider, &QSlider::valueChanged, this, [this, number](int value) {
      const CodeSliderRow* self = m_rows[static_cast<std::size_t>(number)];
      rowMoved(number,
               isDiscrete() ? value : self->low + (self->high - self->low) * value / kSteps);
    });
    connect(row->box, &QDoubleSpinBox::valueChanged, this,
            [this, number](double value) { rowMoved(number, value); });
    connect(row->reset, &QToolButton::clicked, this, [this, number] {
      const auto at = static_cast<std::size_t>(number);
      rowMoved(number, !isDiscrete() && at < m_mean.size() ? double(m_mean[at]) : 0.0);
    });
    m_listLayout->insertWidget(number, row);
    m_rows.push_back(row);
  }
  for (CodeSliderRow* row : m_rows) row->setDiscrete(isDiscrete());
  for (int i = 0; i < count; ++i) updateRow(i);
  setUpdatesEnabled(true);
}

void CodeSliders::setCode(const std::vector<float>& code) {
  if (code.size() != m_code.size()) rebuild(static_cast<int>(code.size()));
  const std::size_t perRow = isDiscrete() ? static_cast<std::size_t>(m_levels.size) : 1;
  for (std::size_t row = 0; row < m_rows.size(); ++row) {
    const auto from = static_cast<std::ptrdiff_t>(row * perRow);
    const auto to = from + static_cast<std::ptrdiff_t>(perRow);
    if (std::equal(code.begin() + from, code.begin() + to, m_code.begin() + from)) continue;
    std::copy(code.begin() + from, code.begin() + to, m_code.begin() + from);
    // Rows out of sight follow when they are scrolled to.
    if (!m_rows[row]->isVisible() || !m_rows[row]->visibleRegion().isEmpty()) {
      updateRow(static_cast<int>(row));
    }
  }
}

void CodeSliders::updateRows() {
  for (std::size_t row = 0; row < m_rows.size(); ++row) {
    if (!m_rows[row]->visibleRegion().isEmpty()) updateRow(static_cast<int>(row));
  }
}

void CodeSliders::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  updateRows();
}

void CodeSliders::setDataRange(const std::vector<float>& mean,
                               const std::vector<float>& standardDeviation) {
  m_mean = mean;
  m_deviation = standardDeviation;
  if (isDiscrete()) return;
  for (int i = 0; i < rowCount(); ++i) updateRow(i);
}

void CodeSliders::setLevels(const CodeLevels& levels) {
  const bool otherShape = levels.positions != m_levels.positions || levels.size != m_levels.size;
  m_levels = levels;
  if (otherShape) {
    makeRows();
  } else if (isDiscrete()) {
    updateRows();
  }
}

/// Of the levels of `position`, the one that the code is nearest to.
int CodeSliders::nearestLevel(int position) const {
  const auto size = static_cast<std::size_t>(m_levels.size);
  const auto levels = static_cast<std::size_t>(m_levels.levels);
  const float* code = m_code.data() + static_cast<std::size_t>(position) * size;
  const float* values = m_levels.values.data() + static_cast<std::size_t>(position) * levels * size;
  int nearest = 0;
  float best = std::numeric_limits<float>::infinity();
  for (std::size_t level = 0; level < levels; ++level) {
    float distance = 0.0F;
    for (std::size_t i = 0; i < size; ++i) {
      const float off = values[level * size + i] - code[i];
      distance += off * off;
    }
    if (distance >= best) continue;
    best = distance;
    nearest = static_cast<int>(level);
  }
  return nearest;
}

void CodeSliders::setRandomAvailable(bool available) {
  m_random->setEnabled(available);
  m_random->setToolTip(available
                           ? tr("A random code from the prior: what the model makes up by itself")
                           : tr("This system has no prior to draw from"));
}

/// Shows `m_code` in a row without telling anybody.
void CodeSliders::updateRow(int number) {
  const auto at = static_cast<std::size_t>(number);
  CodeSliderRow* row = m_rows[at];
  const QSignalBlocker sliderBlocker(row->slider);
  const QSignalBlocker boxBlocker(row->box);
  if (isDiscrete()) {
    const int level = nearestLevel(number);
    row->slider->setRange(0, m_levels.levels - 1);
    row->slider->setValue(level);
    row->box->setRange(0, m_levels.levels - 1);
    row->box->setValue(level);
    return;
  }
  const double value = m_code[at];
  const double mean = at < m_mean.size() ? m_mean[at] : 0.0;
  const double deviation =
      at < m_deviation.size() && m_deviation[at] > 1e-4F ? m_deviation[at] : 1.0;
  // While a slider is held its range must not run away under the pointer.
  if (!row->slider->isSliderDown()) {
    row->low = std::min(mean - 3.0 * deviation, value);
    row->high = std::max(mean + 3.0 * deviation, value);
  }
  row->slider->setRange(0, kSteps);
  row->slider->setValue(
      static_cast<int>(std::lround((value - row->low) / (row->high - row->low) * kSteps)));
  row->box->setRange(-kLargest, kLargest);
  row->box->setValue(value);
}

/// `value`: the number itself, or for discrete codes the level's.
void CodeSliders::rowMoved(int number, double value) {
  const auto at = static_cast<std::size_t>(number);
  if (isDiscrete()) {
    const auto size = static_cast<std::size_t>(m_levels.size);
    const auto level = static_cast<std::size_t>(
        std::clamp(static_cast<int>(std::lround(value)), 0, m_levels.levels - 1));
    const float* from =
        m_levels.values.data() + (at * static_cast<std::size_t>(m_levels.levels) + level) * size;
    std::copy_n(from, size, m_code.begin() + static_cast<std::ptrdiff_t>(at * size));
  } else {
    if (m_code[at] == static_cast<float>(value)) return;
    m_code[at] = static_cast<float>(value);
  }
  updateRow(number);
  m_sentence->hide();
  emit codeChanged(m_code);
}

void CodeSliders::resetAll() {
  std::vector<float> code(m_code.size(), 0.0F);
  std::copy_n(m_mean.begin(), std::min(m_mean.size(), code.size()), code.begin());
  setCode(code);
  m_sentence->hide();
  emit codeChanged(m_code);
}

QString CodeSliders::codeToText(const std::vector<float>& code) {
  QStringList numbers;
  // Nine digits give the same float back.
  for (const float value : code) numbers << QString::number(double(value), 'g', 9);
  return numbers.join(QStringLiteral(", "));
}

std::optional<std::vector<float>> CodeSliders::codeFromText(const QString& text, int dimensions,
                                                            QString* sentence) {
  static const QRegularExpression separators(QStringLiteral("[\\s,;\\[\\]\\(\\){}]+"));
  const QStringList words = text.split(separators, Qt::SkipEmptyParts);
  const auto refuse = [sentence](const QString& why) {
    if (sentence != nullptr) *sentence = why;
    return std::nullopt;
  };
  if (words.isEmpty()) {
    return refuse(tr("There is no code to paste: expected %n number(s) as text.", "", dimensions));
  }
  std::vector<float> code;
  for (const QString& word : words) {
    bool isNumber = false;
    const float value = word.toFloat(&isNumber);
    if (!isNumber || !std::isfinite(value)) {
      return refuse(tr("\"%1\" is not a number: expected %n number(s) such as \"0.5, -1.25\".", "",
                       dimensions)
                        .arg(word.left(24)));
    }
    code.push_back(value);
  }
  if (static_cast<int>(code.size()) != dimensions) {
    return refuse(tr("Expected %1 numbers, one per latent dimension; found %2.")
                      .arg(dimensions)
                      .arg(code.size()));
  }
  return code;
}

void CodeSliders::copyCode() {
  QApplication::clipboard()->setText(codeToText(m_code));
}

void CodeSliders::pasteCode() {
  QString sentence;
  const auto code = codeFromText(QApplication::clipboard()->text(), dimensions(), &sentence);
  if (!code) {
    m_sentence->setText(sentence);
    m_sentence->show();
    emit errorOccurred(sentence);
    return;
  }
  m_sentence->hide();
  setCode(*code);
  emit codeChanged(m_code);
}

}  // namespace latent::ui
