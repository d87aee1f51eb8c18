#include "ui/panels/decoded_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QRandomGenerator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/exploration.h"
#include "ui/panels/directions_view.h"
#include "ui/panels/neighbours_view.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/code_sliders.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/named.h"

namespace latent::ui {

DecodedPanel::DecodedPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                           Selection* selection, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration) {
  setObjectName(QStringLiteral("decodedPanel"));
  m_picture = named(new ImageView, "decodedPicture", tr("Decoded picture"));
  m_picture->setEmptyText(tr("Click in the map to decode a place."));
  m_picture->setMinimumSize(120, 120);
  m_neighbours = new NeighboursView(m_run, m_explorer, m_exploration);
  m_directions = new DirectionsView(m_run, m_explorer, m_exploration, selection);
  m_sliders = named(new CodeSliders, "codeSliders", tr("Latent code"));

  m_labelRow = new QWidget;
  auto* labelLine = new QHBoxLayout(m_labelRow);
  labelLine->setContentsMargins(0, 0, 0, 0);
  m_label = named(new QComboBox, "decodedClass", tr("Class"),
                  tr("The class that the decoder is told; the code holds the style."));
  labelLine->addWidget(new QLabel(tr("Class")));
  labelLine->addWidget(m_label, 1);
  m_labelRow->hide();

  m_stepRow = new QWidget;
  auto* stepLine = new QHBoxLayout(m_stepRow);
  stepLine->setContentsMargins(0, 0, 0, 0);
  m_step = named(new QSpinBox, "codeStep", tr("Step of the code"),
                 tr("The picture is drawn step by step, a row at a time, each with a code of its "
                    "own: the sliders hold the code of this one."));
  stepLine->addWidget(new QLabel(tr("Row")));
  stepLine->addWidget(m_step);
  stepLine->addStretch(1);
  m_stepRow->hide();

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->setSpacing(Theme::kSmall);
  layout->addWidget(m_picture, 5);
  layout->addWidget(m_labelRow);
  layout->addWidget(m_neighbours);
  layout->addWidget(m_stepRow);
  layout->addWidget(m_sliders, 3);
  layout->addWidget(m_directions);

  connect(m_run, &RunController::runChanged, this, &DecodedPanel::followRun);
  connect(m_explorer, &ExplorerService::decoded, this,
          [this](const QImage& picture) { m_picture->setImage(picture); });
  connect(m_exploration, &Exploration::latentDimChanged, this, &DecodedPanel::followDimensions);
  connect(m_step, &QSpinBox::valueChanged, this, &DecodedPanel::showStep);
  connect(m_explorer, &ExplorerService::mapReady, this,
          [this](const std::shared_ptr<const MapFrame>& frame) {
            m_sliders->setLevels(frame->levels);
            m_sliders->setDataRange(stepOf(frame->mean), stepOf(frame->deviation));
          });
  connect(m_explorer, &ExplorerService::priorSampled, m_exploration, &Exploration::setCode);
  connect(m_exploration, &Exploration::codeChanged, this, [this](const std::vector<float>& code) {
    const std::vector<float> shown = stepOf(code);
    if (!shown.empty() && shown != m_sliders->code()) m_sliders->setCode(shown);
  });
  connect(m_sliders, &CodeSliders::codeChanged, this, [this](const std::vector<float>& shown) {
    if (m_exploration->steps() == 1) {
      m_exploration->setCode(shown);
      return;
    }
    std::vector<float> code = m_exploration->code();
    code.resize(static_cast<std::size_t>(m_exploration->latentDim()));
    std::copy(shown.begin(), shown.end(),
              code.begin() + (m_step->value() - 1) * static_cast<std::ptrdiff_t>(shown.size()));
    m_exploration->setCode(code);
  });
  connect(m_sliders, &CodeSliders::randomRequested, this,
          [this] { m_explorer->samplePrior(QRandomGenerator::global()->generate()); });
  connect(m_sliders, &CodeSliders::errorOccurred, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
  connect(m_picture, &ImageView::errorOccurred, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
  connect(m_label, &QComboBox::currentIndexChanged, m_exploration, &Exploration::setLabel);
  connect(m_directions, &DirectionsView::errorOccurred, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
}

Directions* DecodedPanel::directions() const {
  return m_directions->directions();
}

void DecodedPanel::followRun() {
  const ModelInfo& model = *m_run->model();
  m_sliders->setLevels({});
  followDimensions();
  showStep();
  m_sliders->setRandomAvailable(model.has_prior);
  m_picture->setImage({});
  m_neighbours->clear();
  m_labelRow->setVisible(model.conditional);
  if (model.conditional && m_run->data().test) {
    const QSignalBlocker blocker(m_label);
    m_label->clear();
    for (const std::string& name : m_run->data().test->class_names) {
      m_label->addItem(QString::fromStdString(name));
    }
    m_label->setCurrentIndex(std::min(m_exploration->label(), m_label->count() - 1));
  }
}

void DecodedPanel::followDimensions() {
  const int steps = m_exploration->steps();
  m_stepRow->setVisible(steps > 1);
  const QSignalBlocker blocker(m_step);
  m_step->setRange(1, steps);
  m_step->setSuffix(tr(" of %1").arg(steps));
  m_step->setValue((steps + 1) / 2);
  m_sliders->setDimensions(m_exploration->latentDim() / steps);
}

std::vector<float> DecodedPanel::stepOf(const std::vector<float>& code) const {
  const auto steps = static_cast<std::size_t>(m_exploration->steps());
  if (steps == 1 || code.size() % steps != 0) return code;
  const std::size_t width = code.size() / steps;
  const auto from = code.begin() + (m_step->value() - 1) * static_cast<std::ptrdiff_t>(width);
  return {from, from + static_cast<std::ptrdiff_t>(width)};
}

void DecodedPanel::showStep() {
  if (const auto frame = m_explorer->frame();
      frame && frame->latentDim == m_exploration->latentDim()) {
    m_sliders->setDataRange(stepOf(frame->mean), stepOf(frame->deviation));
  }
  if (m_exploration->hasCode()) m_sliders->setCode(stepOf(m_exploration->code()));
}

}  // namespace latent::ui
