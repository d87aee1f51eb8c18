#include "ui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QMenuBar>
#include <QScreen>
#include <QSettings>
#include <QVBoxLayout>

#include "latent/thread_priority.h"
#include "ui/edit_history.h"
#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/map_coloring.h"
#include "ui/map_overlays.h"
#include "ui/panels/anomaly_panel.h"
#include "ui/panels/bakeoff_panel.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/data_chooser.h"
#include "ui/panels/decoded_panel.h"
#include "ui/panels/drawing_panel.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/health_panel.h"
#include "ui/panels/interpolation_panel.h"
#include "ui/panels/losses_panel.h"
#include "ui/panels/map_panel.h"
#include "ui/panels/probe_panel.h"
#include "ui/panels/reconstructions_panel.h"
#include "ui/panels/runs_panel.h"
#include "ui/panels/selection_panel.h"
#include "ui/panels/tasks_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/projects.h"
#include "ui/run_controller.h"
#include "ui/run_export.h"
#include "ui/run_list.h"
#include "ui/selection.h"
#include "ui/status_line.h"
#include "ui/theme.h"
#include "ui/widgets/panel_dock.h"
#include "ui/widgets/save_menu.h"

namespace latent::ui {
namespace {

Theme::Scheme schemeOf(Settings::ThemeChoice choice) {
  return choice == Settings::ThemeChoice::Dark    ? Theme::Scheme::Dark
         : choice == Settings::ThemeChoice::Light ? Theme::Scheme::Light
                                                  : Theme::preferredScheme();
}

}  // namespace

MainWindow::MainWindow(Options options) : m_options(std::move(options)) {
  expect_short_turns();
  setObjectName(QStringLiteral("mainWindow"));
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  setAnimated(false);
  const Settings::ThemeChoice theme = m_options.theme.value_or(Settings::theme());
  Theme::prepare(schemeOf(theme));
  setFont(QFont());  // the program's, which is younger than this widget

  m_current = new ExploredRun(
      m_options.backend,
      m_options.runDirectory.empty() ? RunStore::standardDirectory() : m_options.runDirectory,
      this);
  m_run = m_current->run();
  m_explorer = m_current->explorer();
  m_exploration = m_current->exploration();
  m_selection = new Selection(this);
  makePanels();
  m_export = new RunExport(m_run, m_explorer, m_mapPanel->map(), this);
  m_history = new EditHistory(m_runs->undoStack(), m_run, m_selection, m_mapPanel->map(),
                              m_experiment, this);
  makeMenus();
  connectRun();
  connectMap();
  connect(SaveMenu::notifier(), &SaveMenu::errorOccurred, this, &MainWindow::showError);
  connectBakeoff();
  connectComparison();
  connectTimeline();
  connectProjects();

  std::optional<TrainingConfig> last;
  if (m_options.remembers) last = Settings::experiment();
  m_experiment->setConfig(last.value_or(TrainingConfig{}));
  updateTitle();
  updateActions();
  updateWelcome();
  applyTheme(theme);
  const QSize room = screen() != nullptr ? screen()->availableSize() : QSize(1366, 768);
  constexpr QSize kComfortable(1600, 1000);
  resize(m_options.size.value_or(room.boundedTo(kComfortable)));
  if (m_options.size) return;
  const QByteArray geometry = m_options.remembers ? Settings::geometry() : QByteArray();
  if (!geometry.isEmpty()) {
    restoreGeometry(geometry);
  } else if (room.width() < kComfortable.width() || room.height() < kComfortable.height()) {
    // As large as the screen without its frame: only the window system knows how large that is.
    setWindowState(windowState() | Qt::WindowMaximized);
  }
}

MainWindow::~MainWindow() {
  // Their threads call back into each other: first who asks, then who answers.
  delete m_experiment;
  delete m_comparison;
  delete m_runs;
  delete m_current;
}

void MainWindow::makePanels() {
  m_experiment = new ExperimentPanel(m_run);
  m_mapPanel = new MapPanel(m_run, m_explorer, m_exploration);
  m_timeline = new TimelinePanel(m_run, m_explorer, m_mapPanel);
  m_decoded = new DecodedPanel(m_run, m_explorer, m_exploration, m_selection);
  m_interpolation = new InterpolationPanel(m_run, m_explorer, m_exploration);
  m_reconstructions = new ReconstructionsPanel(m_run, m_explorer, m_exploration);
  m_selectionPanel = new SelectionPanel(m_run, m_explorer, m_exploration, m_selection);
  m_drawing = new DrawingPanel(m_run, m_explorer, m_exploration, m_mapPanel->map());
  m_losses = new LossesPanel(m_run);
  m_health = new HealthPanel(m_run);
  m_bakeoff = new BakeoffPanel(m_run, this);
  m_messages = new MessageBar;
  m_messages->setObjectName(QStringLiteral("messages"));
  m_status = new StatusLine(this);
  setStatusBar(m_status);

  auto* centre = new QWidget;
  auto* layout = new QVBoxLayout(centre);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_messages);
  m_comparison = new ComparisonPanel(m_current, m_mapPanel, m_selection);
  m_runs = new RunList(m_current, m_comparison, this);
  layout->addWidget(m_comparison, 1);
  layout->addWidget(m_timeline);
  setCentralWidget(centre);

  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
  addPanel("experimentDock", tr("Experiment"), m_experiment, Qt::LeftDockWidgetArea);
  QDockWidget* decoded = addPanel("decodedDock", tr("Decoded"), m_decoded, Qt::RightDockWidgetArea);
  QDockWidget* losses = addPanel("lossesDock", tr("Losses"), m_losses, Qt::BottomDockWidgetArea);
  QDockWidget* health = addPanel("healthDock", tr("Health"), m_health, Qt::BottomDockWidgetArea);
  QDockWidget* reconstructions = addPanel("reconstructionsDock", tr("Reconstructions"),
                                          m_reconstructions, Qt::BottomDockWidgetArea);
  QDockWidget* interpolation =
      addPanel("interpolationDock", tr("Interpolation"), m_interpolation, Qt::BottomDockWidgetArea);
  QDockWidget* selection =
      addPanel("selectionDock", tr("Selection"), m_selectionPanel, Qt::RightDockWidgetArea);
  QDockWidget* drawing = addPanel("drawingDock", tr("Draw"), m_drawing, Qt::RightDockWidgetArea);
  QDockWidget* runs =
      addPanel("runsDock", tr("Runs"), new RunsPanel(m_runs), Qt::BottomDockWidgetArea);
  tabifyDockWidget(decoded, selection);
  tabifyDockWidget(selection, drawing);
  auto* panel = new TasksPanel(m_run);
  connect(panel, &TasksPanel::errorOccurred, this, &MainWindow::showError);
  tabifyDockWidget(drawing, addPanel("tasksDock", tr("Tasks"), panel, Qt::RightDockWidgetArea));
  decoded->raise();
  splitDockWidget(losses, reconstructions, Qt::Horizontal);
  tabifyDockWidget(losses, health);
  tabifyDockWidget(health, runs);
  tabifyDockWidget(reconstructions, interpolation);
  QDockWidget* anomaly = addPanel("anomalyDock", tr("Anomaly"),
                                  new AnomalyPanel(m_run, m_exploration), Qt::BottomDockWidgetArea);
  QDockWidget* probe = addPanel("probeDock", tr("Probe"),
                                new ProbePanel(m_run, m_explorer, m_exploration, m_mapPanel->map()),
                                Qt::BottomDockWidgetArea);
  tabifyDockWidget(interpolation, anomaly);
  tabifyDockWidget(anomaly, probe);
  losses->raise();
  reconstructions->raise();
}

QDockWidget* MainWindow::addPanel(const char* name, const QString& title, QWidget* panel,
                                  Qt::DockWidgetArea area) {
  auto* dock = new PanelDock(title);
  dock->setObjectName(QLatin1String(name));
  dock->setAccessibleName(title);
  // One shade for all that a dock holds, scrolled or not.
  panel->setAutoFillBackground(true);
  dock->setWidget(panel);
  addDockWidget(area, dock);
  m_docks.append(dock);
  return dock;
}

void MainWindow::connectRun() {
  const auto show = [this](const QString& sentence, const QString& detail) {
    showError(sentence, detail);
  };
  connect(m_run, &RunController::engineReady, this, &MainWindow::engineReady);
  connect(m_run, &RunController::engineMissing, this, [this](const QString& sentence) {
    m_engineProblem = sentence;
    updateWelcome();
    say(MessageBar::Kind::Error, sentence, tr("Try again"), [this] {
      m_engineProblem.clear();
      updateWelcome();
      m_run->loadEngine();
    });
    emit errorShown(sentence);
  });
  connect(m_run, &RunController::runChanged, this, &MainWindow::runChanged);
  connect(m_run, &RunController::runReset, this, [this] {
    m_status->setAccuracy(-1.0);
    updateActions();
  });
  connect(m_run, &RunController::stateChanged, this, [this] {
    updateActions();
    m_status->setActivity(activityText());
  });
  connect(m_run, &RunController::progressChanged, this, [this](const Progress& progress) {
    m_status->setProgress(progress);
    m_status->setActivity(activityText());
  });
  connect(m_run, &RunController::preparationChanged, this, [this](bool busy) {
    m_status->setPreparing(busy);
    m_status->setActivity(activityText());
    updateWelcome();
  });
  connect(m_run, &RunController::preparationProgressed, this,
          [this](qint64 done, qint64 total, const QString& what) {
            m_status->setPreparation(done, total, what);
            if (!m_run->hasRun()) m_mapPanel->setBusy(what);
          });
  connect(m_status, &StatusLine::cancelRequested, m_run, &RunController::cancelPreparation);
  connect(m_run, &RunController::runSaved, this, [this](const QString& path) {
    Settings::addRecentRun(path);
    if (path.toStdString() == m_run->savedPath().string()) {
      m_status->setActivity(tr("Saved %1").arg(QFileInfo(path).fileName()));
      updateTitle();
    }
  });
  connect(m_run, &RunController::runFailed, this,
          [this](const QString& sentence, const QString& detail) {
            say(
                MessageBar::Kind::Error, sentence, tr("Halve the learning rate and go on"),
                [this] {
                  m_experiment->halveLearningRate();
                  m_run->play();
                },
                detail);
            emit errorShown(sentence);
          });
  connect(m_run, &RunController::errorOccurred, this, show);
  connect(m_run, &RunController::dataWarned, this, [this](const QStringList& sentences) {
    QString sentence = sentences.front();
    if (sentences.size() > 1) sentence += tr(" (%n more)", nullptr, int(sentences.size()) - 1);
    say(MessageBar::Kind::Warning, sentence, {}, {}, sentences.join(QLatin1Char('\n')));
  });
  connect(m_explorer, &ExplorerService::failed, this,
          [this](const QString& sentence) { showError(sentence); });
  connect(m_explorer, &ExplorerService::accuracyReady, this, [this](double accuracy) {
    m_status->setAccuracy(accuracy);
    if (!m_run->timeMachine()->isLive()) return;  // what is measured is no record of the run
    const QJsonObject record{{"knn_accuracy_2d", accuracy},
                             {"knn_k", 15},
                             {"knn_step", static_cast<qint64>(m_explorer->frame()->step)}};
    m_run->setRecord(QJsonDocument(record).toJson(QJsonDocument::Compact).toStdString());
  });
  connect(m_experiment, &ExperimentPanel::errorOccurred, this, show);
  connect(m_mapPanel, &MapPanel::errorOccurred, this, show);
  connect(m_decoded, &DecodedPanel::errorOccurred, this, show);
  connect(m_losses, &LossesPanel::errorOccurred, this, show);
  connect(m_interpolation, &InterpolationPanel::errorOccurred, this, show);
  connect(m_interpolation, &InterpolationPanel::exported, this,
          [this](const QString& path) { m_status->setActivity(tr("Saved %1").arg(path)); });
  connect(m_experiment->data(), &DataChooser::openRequested, this, &MainWindow::chooseData);
  connect(m_experiment->data(), &DataChooser::fetched, this, [this](const QString& title) {
    say(MessageBar::Kind::Info, tr("%1 is here.").arg(title), tr("Train on it"),
        [this] { m_experiment->startNewRun(); });
  });
  connect(m_experiment->data(), &DataChooser::listed, this, &MainWindow::offerData);
  connect(m_experiment, &ExperimentPanel::readinessChanged, this, [this] {
    updateWelcome();
    updateActions();
    if (m_whenReady && m_experiment->canStart()) std::exchange(m_whenReady, nullptr)();
  });
  connect(m_mapPanel, &MapPanel::startRequested, m_experiment, &ExperimentPanel::togglePlay);
  connect(m_messages, &MessageBar::actionTriggered, this, [this] {
    const auto act = std::exchange(m_messageAction, nullptr);
    m_messages->dismiss();
    if (act) act();
  });
}

void MainWindow::connectMap() {
  connect(m_export, &RunExport::saved, this,
          [this](const QString& path) { m_status->setActivity(tr("Saved %1").arg(path)); });
  connect(m_export, &RunExport::errorOccurred, this, &MainWindow::showError);
  LatentMap* map = m_mapPanel->map();
  m_coloring = new MapColoring(m_run, m_explorer, m_exploration, map, this);
  m_overlays = new MapOverlays(m_run, m_explorer, m_exploration, map, this);
  m_overlays->setShown(
      m_options.overlays.value_or(m_options.remembers ? Settings::mapOverlays() : QStringList()));
  connect(m_overlays, &MapOverlays::shownChanged, this, [this](const QStringList& ids) {
    if (m_options.remembers) Settings::setMapOverlays(ids);
  });
  m_comparison->setOverlays(m_overlays);
  m_comparison->setColoring(m_coloring);
  connect(m_overlays, &MapOverlays::failed, this,
          [this](const QString& sentence) { showError(sentence, {}); });
  connect(map, &LatentMap::selectionRequested, m_selection, &Selection::apply);
  connect(m_selection, &Selection::changed, map,
          [this, map] { map->setSelection(m_selection->marks()); });
  connect(map, &LatentMap::pointChosen, m_exploration, &Exploration::goToDigit);
  connect(m_selectionPanel, &SelectionPanel::errorOccurred, this,
          [this](const QString& sentence, const QString& detail) { showError(sentence, detail); });
  connect(m_drawing, &DrawingPanel::errorOccurred, this,
          [this](const QString& sentence, const QString& detail) { showError(sentence, detail); });
  connect(m_selectionPanel, &SelectionPanel::exported, this,
          [this](const QString& path) { m_status->setActivity(tr("Saved %1").arg(path)); });
}

void MainWindow::connectBakeoff() {
  connect(m_bakeoff, &BakeoffPanel::runChosen, this, [this](const QString& path) {
    openRun(path);
    raise();
    activateWindow();
  });
  connect(m_bakeoff, &BakeoffPanel::errorOccurred, this,
          [this](const QString& sentence, const QString& detail) { showError(sentence, detail); });
}

void MainWindow::connectComparison() {
  connect(m_comparison, &ComparisonPanel::errorOccurred, this,
          [this](const QString& sentence, const QString& detail) { showError(sentence, detail); });
  connect(m_comparison, &ComparisonPanel::swapRequested, m_runs, &RunList::swapSides);
  connect(m_runs, &RunList::errorOccurred, this,
          [this](const QString& sentence, const QString& detail) { showError(sentence, detail); });
  connect(m_comparison, &ComparisonPanel::openChanged, this, &MainWindow::makeRoomForComparison);
  connect(m_comparison, &ComparisonPanel::openChanged, this,
          [this] { m_timeline->setBeside(m_comparison->beside()); });
  connect(m_comparison, &ComparisonPanel::openChanged, this, [this](bool open) {
    m_losses->setBeside(open ? m_comparison->beside()->run() : nullptr);
    m_drawing->setBeside(m_comparison->beside(), open ? m_comparison->besideMap()->map() : nullptr);
  });
  connect(m_mapPanel, &MapPanel::compareRequested, this, &MainWindow::compareAutoencoderWithVae);
}

/// Two maps need the width and the height: only the settings stay beside them, and below these the
/// curves, which are compared too. Any panel can be shown again.
void MainWindow::makeRoomForComparison(bool open) {
  if (open && m_arrangementBefore.isEmpty()) {
    m_arrangementBefore = saveState();
    QDockWidget* settings = nullptr;
    QDockWidget* curves = nullptr;
    for (QDockWidget* dock : m_docks) {
      if (dock->widget() == m_experiment) settings = dock;
      if (dock->widget() == m_losses) curves = dock;
      dock->setVisible(dock == settings || dock == curves);
    }
    splitDockWidget(settings, curves, Qt::Vertical);
    resizeDocks({settings, curves}, {3, 2}, Qt::Vertical);
  } else if (!open && !m_closing) {
    restoreState(std::exchange(m_arrangementBefore, {}));
  }
}

void MainWindow::compare(const TrainingConfig& left, const TrainingConfig& right) {
  m_experiment->setConfig(left);
  m_comparison->startBesideNext(right);
  m_run->startRun(left, true);
}

void MainWindow::compareWhenReady(const TrainingConfig& left, const TrainingConfig& right) {
  m_experiment->setConfig(left);
  m_whenEngine = [this, left, right] { compare(left, right); };
}

void MainWindow::compareAutoencoderWithVae() {
  TrainingConfig left;
  left.data = m_experiment->config().data;
  left.epochs = m_experiment->config().epochs;
  TrainingConfig right = left;
  left.model = "deep-ae";
  right.model = "vae";
  compare(left, right);
}

void MainWindow::startBeside() {
  m_comparison->startBeside(m_experiment->config());
}

void MainWindow::connectTimeline() {
  connect(m_timeline, &TimelinePanel::errorOccurred, this,
          [this](const QString& sentence, const QString& detail) { showError(sentence, detail); });
  connect(m_timeline, &TimelinePanel::exported, this,
          [this](const QString& path) { m_status->setActivity(tr("Saved %1").arg(path)); });
}

void MainWindow::start() {
  m_status->setActivity(activityText());
  m_run->loadEngine();
  m_experiment->data()->refresh();
}

void MainWindow::trainWhenReady(const TrainingConfig& config, bool exactly) {
  m_experiment->setConfig(config);
  if (exactly) {
    m_whenEngine = [this, config] {
      TrainingConfig asked = config;
      asked.latent_dim =
          m_experiment->config().latent_dim;  // the system's, where it was left to it
      m_run->startRun(asked, true);
    };
  } else {
    m_whenReady = [this] { m_experiment->startNewRun(); };
  }
}

void MainWindow::openWhenReady(const std::filesystem::path& path, bool play) {
  const QString file = QString::fromStdString(path.string());
  if (file.endsWith(QLatin1String(kProjectEnding))) {
    m_whenEngine = [this, file] { openProject(file); };
  } else {
    m_whenEngine = [this, path, play] { m_run->openRun(path, play); };
  }
}

void MainWindow::engineReady() {
  m_status->setActivity(activityText());
  updateWelcome();
  updateActions();
  if (m_options.offersRecovery) offerRecovery();
  if (m_whenEngine) std::exchange(m_whenEngine, nullptr)();
}

void MainWindow::offerData() {
  if (m_run->hasRun() || !m_messages->isHidden()) return;
  const auto& sources = m_experiment->data()->sources();
  if (sources.empty()) return;
  const DataSourceInfo& first = sources.front();
  const std::string chosen = m_experiment->config().data;
  if (first.available || !first.fetchable || first.id == chosen || !m_options.remembers ||
      QSettings().value("hints/fetchOffered").toBool()) {
    return;
  }
  QSettings().setValue("hints/fetchOffered", true);
  say(MessageBar::Kind::Info,
      tr("%1 is not on this machine yet; %2 is used until it is.")
          .arg(QString::fromStdString(first.title), m_experiment->data()->title()),
      tr("Fetch %1").arg(QString::fromStdString(first.title)),
      [this, id = first.id] { m_experiment->data()->fetch(id); });
}

void MainWindow::runChanged() {
  const DataSplit& data = m_run->data();
  // Another run on the same pictures keeps what is selected of them.
  if (data.test != m_selectedOf) m_selection->reset(data.test ? data.test->size() : 0);
  m_selectedOf = data.test;
  m_status->setAccuracy(-1.0);
  m_status->setData(tr("%1: %2 / %3 / %4")
                        .arg(QString::fromStdString(data.title),
                             QLocale().toString(static_cast<qlonglong>(data.train->size())),
                             QLocale().toString(static_cast<qlonglong>(data.validation->size())),
                             QLocale().toString(static_cast<qlonglong>(data.test->size()))));
  if (!m_run->savedPath().empty()) {
    Settings::addRecentRun(QString::fromStdString(m_run->savedPath().string()));
  }
  m_messages->dismiss();
  updateTitle();
  updateActions();
}

QString MainWindow::activityText() const {
  if (m_closing) return tr("Saving the run…");
  if (m_run->isPreparing()) return tr("Getting ready…");
  if (!m_run->hasRun()) {
    if (!m_engineProblem.isEmpty()) return tr("The engine is missing");
    return m_run->engine() == nullptr ? tr("Loading the engine…") : tr("Ready");
  }
  const Progress& progress = m_run->progress();
  const QString model = QString::fromStdString(m_run->model()->title);
  const QString epoch =
      tr("epoch %1 of %2").arg(QLocale().toString(progress.epoch, 'f', 1)).arg(progress.epochs);
  switch (progress.state) {
    case SessionState::Running:
      return tr("Training %1, %2").arg(model, epoch);
    case SessionState::Finished:
      return tr("Finished %1, %2. More epochs continue it.").arg(model, epoch);
    case SessionState::Failed:
      return tr("Stopped by an error, %1. The last good weights are kept.").arg(epoch);
    default:
      return progress.step == 0 ? tr("%1, not trained yet").arg(model)
                                : tr("Paused %1, %2").arg(model, epoch);
  }
}

void MainWindow::updateTitle() {
  QString title = tr("Latent Studio");
  if (m_run->hasRun()) {
    const auto& path = m_run->savedPath().empty() ? m_run->autosavePath() : m_run->savedPath();
    title = QStringLiteral("%1 · %2 — %3")
                .arg(QString::fromStdString(m_run->model()->title),
                     QString::fromStdString(path.stem().string()), title);
  }
  setWindowTitle(title);
}

void MainWindow::updateWelcome() {
  if (m_run->hasRun()) return;
  const QString action =
      tr("Train %1 on %2").arg(m_experiment->modelTitle(), m_experiment->data()->title());
  if (!m_engineProblem.isEmpty()) {
    m_mapPanel->setWelcome(m_engineProblem, action, false);
  } else if (m_run->engine() == nullptr) {
    m_mapPanel->setWelcome(tr("Loading the engine…"), tr("Train"), false);
  } else if (m_run->isPreparing()) {
    m_mapPanel->setWelcome(tr("Getting ready…"), action, false);
  } else {
    m_mapPanel->setWelcome(tr("Or change anything at the left first. Space plays and pauses."),
                           action, m_experiment->canStart());
  }
}

void MainWindow::updateActions() {
  const bool hasRun = m_run->hasRun();
  for (QAction* action : m_needRun) action->setEnabled(hasRun);
  m_exportEncoder->setEnabled(hasRun && m_run->model()->has_encoder);
  m_open->setEnabled(m_run->engine() != nullptr);
  m_openProject->setEnabled(m_run->engine() != nullptr);
  m_newRun->setEnabled(m_experiment->canStart());
  m_compare->setEnabled(m_experiment->canStart());
  m_play->setEnabled(hasRun || m_experiment->canStart());
  m_play->setText(hasRun && m_run->state() == SessionState::Running ? tr("Pause") : tr("Play"));
}

void MainWindow::showError(const QString& sentence, const QString& detail) {
  say(MessageBar::Kind::Error, sentence, {}, {}, detail);
  emit errorShown(sentence);
}

void MainWindow::say(MessageBar::Kind kind, const QString& sentence, const QString& action,
                     std::function<void()> act, const QString& detail) {
  m_messageAction = std::move(act);
  m_messages->showMessage(kind, sentence, action, detail);
}

void MainWindow::applyTheme(Settings::ThemeChoice choice) {
  Theme::apply(*qApp, schemeOf(choice));
}

void MainWindow::arrange() {
  resizeDocks({m_docks[0], m_docks[1]},
              {std::clamp(width() / 5, 264, 340), std::clamp(width() / 4, 300, 460)},
              Qt::Horizontal);
  const int below = width() - m_docks[0]->width();
  resizeDocks({m_docks[2], m_docks[4]}, {below * 2 / 5, below * 3 / 5}, Qt::Horizontal);
  resizeDocks({m_docks[2]}, {std::clamp(height() * 28 / 100, 200, 320)}, Qt::Vertical);
  m_defaultArrangement = saveState();
}

void MainWindow::showEvent(QShowEvent* event) {
  QMainWindow::showEvent(event);
  if (m_arranged) return;
  // Docks take a size only in a window that has its own.
  m_arranged = true;
  arrange();
  if (!m_options.remembers) return;
  if (const QByteArray arrangement = Settings::arrangement(); !arrangement.isEmpty()) {
    restoreState(arrangement);
  }
}

void MainWindow::resetLayout() {
  m_comparison->closeBeside();
  restoreState(m_defaultArrangement);
  Settings::forgetArrangement();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (m_options.remembers && !m_closing && !m_closed) {
    Settings::setLayout(saveGeometry(),
                        m_arrangementBefore.isEmpty() ? saveState() : m_arrangementBefore);
    Settings::setExperiment(m_experiment->config());
  }
  if (m_closed || !m_run->hasRun()) {
    event->accept();
    return;
  }
  event->ignore();
  if (m_closing) return;
  // The run is saved first, on a thread: the window says so and stays alive meanwhile.
  m_closing = true;
  m_projects->cancel();
  m_explorer->setRun(nullptr);
  setEnabled(false);
  m_status->setActivity(activityText());
  connect(m_run, &RunController::shutDownFinished, this, [this] {
    m_comparison->shutDown([this] {
      m_runs->shutDown([this] {
        m_closed = true;
        close();
      });
    });
  });
  m_run->shutDown();
}

}  // namespace latent::ui
