#include "ui/panels/experiment_panel.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRandomGenerator>
#include <QScopedValueRollback>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/panels/caption.h"
#include "ui/panels/data_chooser.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/hyperparameter_form.h"
#include "ui/widgets/named.h"
#include "ui/widgets/scrolled_column.h"
#include "ui/widgets/transport_bar.h"

namespace latent::ui {
namespace {

constexpr double kMinimumLearningRate = 1e-6;
constexpr double kMaximumLearningRate = 1.0;

TransportBar::State barState(SessionState state) {
  switch (state) {
    case SessionState::Running:
      return TransportBar::State::Running;
    case SessionState::Finished:
      return TransportBar::State::Finished;
    case SessionState::Failed:
      return TransportBar::State::Failed;
    default:
      return TransportBar::State::Paused;
  }
}

/// Learning rates as people write them: 0.001, 2.5e-5.
class LearningRateBox : public QDoubleSpinBox {
 public:
  LearningRateBox() {
    setDecimals(9);
    setRange(kMinimumLearningRate, kMaximumLearningRate);
    setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  }
  QString textFromValue(double value) const override {
    return QLocale::c().toString(value, 'g', 4);
  }
  double valueFromText(const QString& text) const override {
    return QLocale::c().toDouble(text.trimmed());
  }
  QValidator::State validate(QString& text, int& /*position*/) const override {
    bool ok = false;
    const double value = QLocale::c().toDouble(text.trimmed(), &ok);
    return ok && value >= minimum() && value <= maximum() ? QValidator::Acceptable
                                                          : QValidator::Intermediate;
  }
};

QFormLayout* makeForm(QWidget* parent) {
  auto* form = new QFormLayout(parent);
  form->setContentsMargins(0, 0, 0, 0);
  form->setHorizontalSpacing(Theme::kMedium);
  form->setVerticalSpacing(Theme::kSmall);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->setRowWrapPolicy(QFormLayout::WrapLongRows);
  form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  return form;
}

}  // namespace

ExperimentPanel::ExperimentPanel(RunController* run, QWidget* parent)
    : QWidget(parent), m_run(run) {
  setObjectName(QStringLiteral("experimentPanel"));
  m_transport = named(new TransportBar, "transport", tr("Training controls"));
  m_data = new DataChooser(m_run);

  m_newRun = named(new QPushButton(tr("Start new run")), "newRun", tr("Start new run"),
                   tr("Trains from the beginning with the settings below. The present run is "
                      "saved by itself."));
  m_newRun->setProperty("primary", true);
  m_pending = makeCaption(tr("Changed settings take effect in a new run."));
  m_newRun->hide();
  m_pending->hide();

  auto* inside = new QWidget;
  auto* rows = new QVBoxLayout(inside);
  rows->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kMedium);
  rows->setSpacing(Theme::kMedium);
  rows->addWidget(m_data);
  rows->addWidget(makeSystemGroup());
  rows->addWidget(makeTrainingGroup());
  rows->addStretch(1);

  inside->setMinimumWidth(220);

  auto* top = new QVBoxLayout;
  top->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, 0);
  top->setSpacing(Theme::kSmall);
  top->addWidget(m_transport);
  top->addWidget(m_pending);
  top->addWidget(m_newRun);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(Theme::kTight);
  layout->addLayout(top);
  layout->addWidget(new ScrolledColumn(inside, "experimentScroll"), 1);

  connect(m_transport, &TransportBar::playRequested, this, &ExperimentPanel::togglePlay);
  connect(m_transport, &TransportBar::pauseRequested, m_run, &RunController::pause);
  connect(m_transport, &TransportBar::stepBatchRequested, m_run, &RunController::stepBatch);
  connect(m_transport, &TransportBar::stepEpochRequested, m_run, &RunController::stepEpoch);
  connect(m_transport, &TransportBar::stopRequested, m_run, &RunController::stop);
  connect(m_transport, &TransportBar::resetRequested, this, &ExperimentPanel::reset);
  connect(m_transport, &TransportBar::newSeedRequested, this, &ExperimentPanel::resetToNewSeed);
  connect(m_newRun, &QPushButton::clicked, this, &ExperimentPanel::startNewRun);

  connect(m_data, &DataChooser::changed, this, [this](bool byPerson) {
    const QScopedValueRollback<bool> byProgram(m_byProgram, m_byProgram || !byPerson);
    updatePending();
    followState();
  });
  connect(m_data, &DataChooser::errorOccurred, this, &ExperimentPanel::errorOccurred);
  connect(m_run, &RunController::engineReady, this, &ExperimentPanel::engineReady);
  connect(m_run, &RunController::runChanged, this, &ExperimentPanel::followRun);
  connect(m_run, &RunController::stateChanged, this, &ExperimentPanel::followState);
  connect(m_run, &RunController::preparationChanged, this, &ExperimentPanel::followState);
  connect(m_run, &RunController::knobTurned, this, &ExperimentPanel::followKnob);
  connect(m_run, &RunController::progressChanged, this, [this](const Progress& progress) {
    m_transport->setProgress(progress.epoch, progress.epochs, progress.samples_per_second,
                             progress.seconds_left, QString::fromStdString(progress.phase));
  });
  followState();
  m_noted.setSingleShot(true);
  m_noted.setInterval(0);
  connect(&m_noted, &QTimer::timeout, this,
          [this] { emit settingsChanged(std::exchange(m_byPerson, false)); });
}

QWidget* ExperimentPanel::makeSystemGroup() {
  auto* group = new QWidget;
  auto* rows = new QVBoxLayout(group);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(Theme::kTight);
  rows->addWidget(makeHeading(tr("System")));
  m_model = named(new QComboBox, "model", tr("System"), tr("What kind of autoencoder is trained."));
  m_model->setEnabled(false);
  m_modelHelp = makeCaption({});
  m_modelHelp->setObjectName(QStringLiteral("modelHelp"));
  m_paper = makeCaption({});
  named(m_paper, "paper", tr("Paper"), tr("Opens the paper in your browser."));
  m_paper->setOpenExternalLinks(true);
  m_paper->setTextInteractionFlags(Qt::TextBrowserInteraction);
  rows->addWidget(m_model);
  rows->addWidget(m_modelHelp);
  rows->addWidget(m_paper);

  auto* fields = new QWidget;
  QFormLayout* form = makeForm(fields);
  form->setContentsMargins(0, Theme::kTight, 0, 0);
  m_network = named(new QComboBox, "network", tr("Network"),
                    tr("Dense: every pixel is joined to every unit; quick. Convolutional: small "
                       "filters slide over the picture; sharper pictures, slower."));
  m_network->addItem(tr("Dense"), static_cast<int>(NetworkKind::Dense));
  m_network->addItem(tr("Convolutional"), static_cast<int>(NetworkKind::Convolutional));
  m_latentDim = named(new QSpinBox, "latentDim", tr("Latent size"),
                      tr("How many numbers a picture is squeezed into. 2 can be drawn as it is; "
                         "more keep more detail."));
  m_latentDim->setRange(1, 512);
  m_latentDim->setValue(2);
  m_loss = named(new QComboBox, "reconstructionLoss", tr("Pixel loss"),
                 tr("How the rebuilt picture is compared with the original: as chances of ink "
                    "(cross-entropy) or as squared distance."));
  m_loss->addItem(tr("Cross-entropy"), static_cast<int>(ReconstructionLoss::BinaryCrossEntropy));
  m_loss->addItem(tr("Squared error"), static_cast<int>(ReconstructionLoss::SquaredError));
  form->addRow(tr("Network"), m_network);
  form->addRow(tr("Latent size"), m_latentDim);
  form->addRow(tr("Pixel loss"), m_loss);
  m_form = named(new HyperparameterForm, "hyperparameters", tr("Knobs of the system"));
  form->addRow(m_form);
  rows->addWidget(fields);

  connect(m_model, &QComboBox::currentIndexChanged, this, &ExperimentPanel::modelChosen);
  connect(m_network, &QComboBox::currentIndexChanged, this, &ExperimentPanel::updatePending);
  connect(m_loss, &QComboBox::currentIndexChanged, this, &ExperimentPanel::updatePending);
  connect(m_latentDim, &QSpinBox::valueChanged, this, &ExperimentPanel::updatePending);
  connect(m_form, &HyperparameterForm::valueChanged, this, &ExperimentPanel::updatePending);
  connect(m_form, &HyperparameterForm::knobChanged, this, [this](const QString& id, double value) {
    const ModelInfo* running = m_run->model();
    if (running != nullptr && running->id == m_model->currentData().toString().toStdString()) {
      m_run->setKnob(id.toStdString(), value);
    }
  });
  return group;
}

QWidget* ExperimentPanel::makeTrainingGroup() {
  auto* group = new QWidget;
  auto* rows = new QVBoxLayout(group);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(Theme::kTight);
  rows->addWidget(makeHeading(tr("Training")));
  auto* fields = new QWidget;
  QFormLayout* form = makeForm(fields);

  m_learningRate = named(new LearningRateBox, "learningRate", tr("Learning rate"),
                         tr("Length of each step downhill. Too high: the loss jumps. Too low: it "
                            "crawls. Acts at once."));
  m_learningRate->setValue(1e-3);
  m_learningRate->setKeyboardTracking(false);
  m_learningRate->setMinimumWidth(
      m_learningRate->fontMetrics().horizontalAdvance(QStringLiteral("2.441e-07")) + 30);
  auto* halve = named(new QToolButton, "halveLearningRate", tr("Halve the learning rate"),
                      tr("Halve the learning rate ([)"));
  halve->setText(QStringLiteral("÷2"));
  auto* twice = named(new QToolButton, "doubleLearningRate", tr("Double the learning rate"),
                      tr("Double the learning rate (])"));
  twice->setText(QStringLiteral("×2"));
  halve->setProperty("framed", true);
  twice->setProperty("framed", true);
  m_learningRateRow = new QWidget;
  auto* rateLine = new QHBoxLayout(m_learningRateRow);
  rateLine->setContentsMargins(0, 0, 0, 0);
  rateLine->setSpacing(Theme::kTight);
  rateLine->addWidget(m_learningRate, 1);
  rateLine->addWidget(halve);
  rateLine->addWidget(twice);

  m_epochs = named(new QSpinBox, "epochs", tr("Epochs"),
                   tr("How often all training pictures are seen. More may be added at any time, "
                      "also after the end."));
  m_epochs->setRange(1, 100'000);
  m_epochs->setValue(20);
  m_epochs->setKeyboardTracking(false);
  m_batch = named(new QSpinBox, "batch", tr("Batch size"),
                  tr("Pictures per step. Larger is quicker per picture, smaller learns more per "
                     "epoch."));
  m_batch->setRange(2, 16'384);
  m_batch->setValue(128);
  m_seed = named(new QSpinBox, "seed", tr("Seed"),
                 tr("Decides all chance in a run: the same seed gives the same run again."));
  m_seed->setRange(0, 999'999'999);
  m_seed->setValue(1);
  m_seedLock =
      named(new QToolButton, "seedLock", tr("Keep the seed"),
            tr("Kept: a new run has the same seed. Released: each new run draws its own."));
  m_seedLock->setCheckable(true);
  m_seedLock->setChecked(true);
  m_seedLock->setText(tr("Keep"));
  auto* seedRow = new QWidget;
  auto* seedLine = new QHBoxLayout(seedRow);
  seedLine->setContentsMargins(0, 0, 0, 0);
  seedLine->setSpacing(Theme::kTight);
  seedLine->addWidget(m_seed, 1);
  seedLine->addWidget(m_seedLock);

  form->addRow(tr("Learning rate"), m_learningRateRow);
  form->addRow(tr("Epochs"), m_epochs);
  form->addRow(tr("Batch size"), m_batch);
  form->addRow(tr("Seed"), seedRow);
  rows->addWidget(fields);

  connect(m_learningRate, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    if (m_run->hasRun() && !restartPending()) m_run->setKnob("learning_rate", value);
    noteSettings();
  });
  connect(halve, &QToolButton::clicked, this, &ExperimentPanel::halveLearningRate);
  connect(twice, &QToolButton::clicked, this, &ExperimentPanel::doubleLearningRate);
  connect(m_epochs, &QSpinBox::valueChanged, this, [this](int epochs) {
    if (m_run->hasRun() && !restartPending()) m_run->setEpochs(epochs);
    noteSettings();
  });
  connect(m_batch, &QSpinBox::valueChanged, this, &ExperimentPanel::updatePending);
  connect(m_seed, &QSpinBox::valueChanged, this, &ExperimentPanel::updatePending);
  return group;
}

TrainingConfig ExperimentPanel::config() const {
  TrainingConfig config = m_base;
  config.data = m_data->specification().toStdString();
  config.model = (m_model->currentIndex() >= 0 ? m_model->currentData().toString() : m_wantedModel)
                     .toStdString();
  config.network = static_cast<NetworkKind>(m_network->currentData().toInt());
  config.reconstruction_loss = static_cast<ReconstructionLoss>(m_loss->currentData().toInt());
  config.latent_dim = m_latentDim->value();
  config.batch_size = m_batch->value();
  config.epochs = m_epochs->value();
  config.learning_rate = m_learningRate->value();
  config.seed = static_cast<std::uint64_t>(m_seed->value());
  config.hyperparameters =
      m_model->currentIndex() >= 0 ? m_form->values() : m_wantedHyperparameters;
  return config;
}

void ExperimentPanel::setConfig(const TrainingConfig& config) {
  const QScopedValueRollback<bool> byProgram(m_byProgram, true);
  m_base = config;
  m_wantsUsualCodes = config.latent_dim == kUsualCodes;
  m_wantedModel = QString::fromStdString(config.model);
  m_wantedHyperparameters = config.hyperparameters;
  {
    const QSignalBlocker blockers[] = {QSignalBlocker(m_network),      QSignalBlocker(m_loss),
                                       QSignalBlocker(m_latentDim),    QSignalBlocker(m_batch),
                                       QSignalBlocker(m_learningRate), QSignalBlocker(m_epochs),
                                       QSignalBlocker(m_seed)};
    m_network->setCurrentIndex(m_network->findData(static_cast<int>(config.network)));
    m_loss->setCurrentIndex(m_loss->findData(static_cast<int>(config.reconstruction_loss)));
    m_latentDim->setValue(m_wantsUsualCodes ? m_usualCodes : config.latent_dim);
    m_batch->setValue(config.batch_size);
    m_learningRate->setValue(config.learning_rate);
    m_epochs->setValue(config.epochs);
    m_seed->setValue(static_cast<int>(std::min<std::uint64_t>(config.seed, 999'999'999)));
  }
  m_data->choose(QString::fromStdString(config.data));
  if (const int index = m_model->findData(m_wantedModel); index >= 0) {
    m_model->setCurrentIndex(index);
    m_form->setValues(m_wantedHyperparameters);
  }
  m_transport->setSeed(config.seed);
  updatePending();
}

QString ExperimentPanel::modelTitle() const {
  return m_model->currentIndex() >= 0 ? m_model->currentText() : m_wantedModel;
}

void ExperimentPanel::engineReady() {
  const QScopedValueRollback<bool> byProgram(m_byProgram, true);
  fillModels();
  followState();
}

void ExperimentPanel::fillModels() {
  const QString chosen =
      m_model->currentIndex() >= 0 ? m_model->currentData().toString() : m_wantedModel;
  {
    const QSignalBlocker blocker(m_model);
    m_model->clear();
    for (const ModelInfo& info : m_run->engine()->models()) {
      m_model->addItem(QString::fromStdString(info.title), QString::fromStdString(info.id));
      m_model->setItemData(m_model->count() - 1, QString::fromStdString(info.summary),
                           Qt::ToolTipRole);
    }
    m_model->setEnabled(true);
    m_model->setCurrentIndex(std::max(0, m_model->findData(chosen)));
  }
  modelChosen();
  m_form->setValues(m_wantedHyperparameters);
}

void ExperimentPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  // A label keeps the link's colour of the palette under which it was given its text.
  QMetaObject::invokeMethod(
      m_paper,
      [paper = m_paper] {
        const QString text = paper->text();
        paper->clear();
        paper->setText(text);
      },
      Qt::QueuedConnection);
}

void ExperimentPanel::modelChosen() {
  if (m_run->engine() == nullptr || m_model->currentIndex() < 0) return;
  const ModelInfo& info = m_run->engine()->model(m_model->currentData().toString().toStdString());
  m_modelHelp->setText(QString::fromStdString(info.summary));
  m_paper->setText(info.url.empty()
                       ? QString::fromStdString(info.citation).toHtmlEscaped()
                       : QStringLiteral("<a href=\"%1\">%2</a>")
                             .arg(QString::fromStdString(info.url).toHtmlEscaped(),
                                  QString::fromStdString(info.citation).toHtmlEscaped()));
  m_paper->setVisible(!info.citation.empty());
  m_form->setHyperparameters(info.hyperparameters);
  m_form->setVisible(!info.hyperparameters.empty());
  if (m_run->hasRun() && m_run->config().model == info.id) {
    m_form->setRunningValues(m_run->config().hyperparameters);
    m_form->setValues(m_run->config().hyperparameters);
  } else {
    m_form->clearRunningValues();
  }
  const auto allow = [](QComboBox* box, int row, bool allowed, const QString& why) {
    auto* item = qobject_cast<QStandardItemModel*>(box->model())->item(row);
    item->setEnabled(allowed);
    item->setToolTip(allowed ? QString() : why);
    if (!allowed && box->currentIndex() == row) box->setCurrentIndex(0);
  };
  allow(m_network, 1, info.supports_convolution,
        tr("%1 has no convolutional network.").arg(m_model->currentText()));
  allow(m_loss, 1, info.supports_squared_error,
        tr("%1 is defined with cross-entropy only.").arg(m_model->currentText()));
  m_learningRateRow->setEnabled(info.gradient_trained);
  // A size that was set by hand stays.
  if (m_wantsUsualCodes || (!m_byProgram && m_latentDim->value() == m_usualCodes)) {
    m_latentDim->setValue(info.usual_codes);
  }
  m_wantsUsualCodes = false;
  m_usualCodes = info.usual_codes;
  updatePending();
  followState();
}

bool ExperimentPanel::restartPending() const {
  if (!m_run->hasRun()) return false;
  const TrainingConfig wanted = config();
  const TrainingConfig& running = m_run->config();
  if (wanted.data != running.data || wanted.model != running.model ||
      wanted.network != running.network || wanted.latent_dim != running.latent_dim ||
      wanted.batch_size != running.batch_size || wanted.seed != running.seed ||
      wanted.reconstruction_loss != running.reconstruction_loss) {
    return true;
  }
  return !m_form->pending().empty();
}

void ExperimentPanel::updatePending() {
  const bool pending = restartPending();
  m_pending->setVisible(pending);
  m_newRun->setVisible(pending);
  noteSettings();
}

void ExperimentPanel::noteSettings() {
  m_byPerson = m_byPerson || !m_byProgram;
  m_noted.start();
}

TrainingConfig ExperimentPanel::withTurnedKnobs(TrainingConfig config) const {
  if (!m_run->hasRun() || config.model != m_run->config().model) return config;
  const TrainingConfig now = this->config();
  config.learning_rate = now.learning_rate;
  for (const Hyperparameter& knob : m_run->model()->hyperparameters) {
    if (!knob.hot) continue;
    const auto turned = now.hyperparameters.find(knob.id);
    if (now.model == config.model && turned != now.hyperparameters.end()) {
      config.hyperparameters[knob.id] = turned->second;
    } else {
      config.hyperparameters[knob.id] = m_run->knob(knob.id);
    }
  }
  return config;
}

bool ExperimentPanel::areSameSettings(const TrainingConfig& a, const TrainingConfig& b) const {
  return withTurnedKnobs(a) == withTurnedKnobs(b);
}

void ExperimentPanel::setSettings(const TrainingConfig& settings) {
  setConfig(withTurnedKnobs(settings));
  if (m_run->hasRun() && !restartPending() && m_run->config().epochs != settings.epochs) {
    m_run->setEpochs(settings.epochs);
  }
}

void ExperimentPanel::followRun() {
  if (!m_run->hasRun()) return;
  const QScopedValueRollback<bool> byProgram(m_byProgram, true);
  // Knobs that were turned since the run began are shown as they are now.
  TrainingConfig now = m_run->config();
  now.learning_rate = m_run->knob("learning_rate");
  for (const Hyperparameter& knob : m_run->model()->hyperparameters) {
    if (knob.hot) now.hyperparameters[knob.id] = m_run->knob(knob.id);
  }
  setConfig(now);
  m_form->setRunningValues(now.hyperparameters);
  updatePending();
}

/// Turned here, by a key, or taken back.
void ExperimentPanel::followKnob(const QString& id, double value) {
  if (id == QLatin1String("learning_rate")) {
    const QSignalBlocker blocker(m_learningRate);
    m_learningRate->setValue(value);
  } else if (m_model->currentData().toString().toStdString() == m_run->config().model) {
    m_form->setValue(id.toStdString(), value);
  }
}

void ExperimentPanel::followState() {
  m_transport->setEnabled(m_run->hasRun() || canStart());
  m_newRun->setEnabled(canStart());
  m_transport->setState(m_run->hasRun() ? barState(m_run->state()) : TransportBar::State::NoRun);
  if (m_run->hasRun()) m_transport->setSeed(m_run->config().seed);
  emit readinessChanged();
}

bool ExperimentPanel::canStart() const {
  return m_run->engine() != nullptr && m_data->isUsable() && !m_run->isPreparing();
}

void ExperimentPanel::togglePlay() {
  if (m_run->hasRun()) {
    m_run->togglePlay();
  } else if (canStart()) {
    startNewRun();
  }
}

void ExperimentPanel::startNewRun() {
  const QScopedValueRollback<bool> byProgram(m_byProgram, true);
  if (!m_seedLock->isChecked()) {
    m_seed->setValue(static_cast<int>(QRandomGenerator::global()->bounded(1, 1'000'000)));
  }
  m_run->startRun(config(), true);
}

void ExperimentPanel::reset() {
  if (restartPending()) {
    m_run->startRun(config(), false);
  } else {
    m_run->reset();
  }
}

void ExperimentPanel::resetToNewSeed() {
  if (restartPending()) {
    TrainingConfig wanted = config();
    wanted.seed = QRandomGenerator::global()->bounded(1U, 1'000'000U);
    m_run->startRun(wanted, false);
    return;
  }
  m_run->resetToNewSeed();
  const QSignalBlocker blocker(m_seed);
  m_seed->setValue(static_cast<int>(m_run->config().seed));
  followState();
}

void ExperimentPanel::halveLearningRate() {
  turnLearningRate(0.5);
}

void ExperimentPanel::doubleLearningRate() {
  turnLearningRate(2.0);
}

void ExperimentPanel::turnLearningRate(double factor) {
  m_learningRate->setValue(
      std::clamp(m_learningRate->value() * factor, kMinimumLearningRate, kMaximumLearningRate));
}

}  // namespace latent::ui
