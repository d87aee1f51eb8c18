#include "ui/panels/comparison_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSignalBlocker>
#include <QThread>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "ui/comparison.h"
#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/map_coloring.h"
#include "ui/map_overlays.h"
#include "ui/panels/caption.h"
#include "ui/panels/compared_run_view.h"
#include "ui/panels/map_panel.h"
#include "ui/run_controller.h"
#include "ui/selection.h"
#include "ui/theme.h"
#include "ui/widgets/named.h"

namespace latent::ui {

ComparisonPanel::ComparisonPanel(ExploredRun* current, MapPanel* map, Selection* selection,
                                 QWidget* parent)
    : QWidget(parent), m_current(current), m_map(map), m_selection(selection) {
  setObjectName(QStringLiteral("comparisonPanel"));
  m_bar = new QWidget;
  m_bar->setObjectName(QStringLiteral("comparisonBar"));
  m_bar->setAutoFillBackground(true);
  m_play = named(new QToolButton, "comparisonPlay", tr("Play or pause both runs"),
                 tr("Plays both runs, or pauses both"));
  m_play->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  auto* others = named(new QToolButton, "comparisonDigits", tr("Other two digits"),
                       tr("Two other test pictures, of different classes, for the path A–B"));
  others->setText(tr("Other digits"));
  others->setIcon(themedIcon(QStringLiteral("random")));
  others->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  auto* gap = named(new QToolButton, "comparisonGap", tr("Widest gap"),
                    tr("Of many pairs of test pictures drawn by chance, the one whose path goes "
                       "farthest from all codes at the left compared with the right: a gap that "
                       "the right has filled"));
  gap->setText(tr("Widest gap"));
  gap->setIcon(themedIcon(QStringLiteral("zoom")));
  gap->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  auto* swap = named(new QToolButton, "comparisonSwap", tr("Swap the sides"),
                     tr("The run at the right goes to the left, where the settings and all panels "
                        "follow it"));
  swap->setText(tr("Swap"));
  swap->setIcon(themedIcon(QStringLiteral("swap")));
  swap->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  auto* end = named(new QToolButton, "comparisonClose", tr("End the comparison"),
                    tr("The run at the right is paused and stays in the list of runs; the one at "
                       "the left goes on"));
  end->setIcon(themedIcon(QStringLiteral("close")));
  QLabel* hint = makeCaption(
      tr("One hover, one selection, one path: Shift+click a digit for A, another for B, in either "
         "map."));
  hint->setWordWrap(false);
  hint->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* bar = new QHBoxLayout(m_bar);
  bar->setContentsMargins(Theme::kMedium, Theme::kTight, Theme::kMedium, Theme::kTight);
  bar->setSpacing(Theme::kSmall);
  bar->addWidget(makeHeading(tr("Side by side")));
  bar->addWidget(hint, 1);
  bar->addWidget(m_play);
  bar->addWidget(others);
  bar->addWidget(gap);
  bar->addWidget(swap);
  bar->addWidget(end);
  m_bar->hide();

  m_currentView = new ComparedRunView(m_current, m_map, ComparedRunView::Neighbour::Right);
  m_currentView->setObjectName(QStringLiteral("comparedCurrent"));
  m_sides = new QHBoxLayout;
  m_sides->setContentsMargins(0, 0, 0, 0);
  m_sides->setSpacing(1);  // a line is painted there
  m_sides->addWidget(m_currentView, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_bar);
  layout->addLayout(m_sides, 1);

  connect(m_play, &QToolButton::clicked, this, &ComparisonPanel::togglePlay);
  connect(others, &QToolButton::clicked, this, [this] {
    if (m_comparison != nullptr) m_comparison->chooseOtherDigits();
  });
  connect(gap, &QToolButton::clicked, this, [this] {
    if (m_comparison != nullptr) m_comparison->chooseWidestGap();
  });
  connect(swap, &QToolButton::clicked, this, &ComparisonPanel::swapRequested);
  connect(end, &QToolButton::clicked, this, &ComparisonPanel::closeBeside);
  connect(m_current->run(), &RunController::stateChanged, this, &ComparisonPanel::followState);
  connect(m_current->run(), &RunController::runChanged, this, [this] {
    if (!m_next) return;
    startBeside(*std::exchange(m_next, std::nullopt));
  });
  connect(m_current->run(), &RunController::runChanged, this, &ComparisonPanel::checkData,
          Qt::QueuedConnection);
  connect(m_current->run(), &RunController::errorOccurred, this, [this] { m_next.reset(); });
  connect(m_currentView, &ComparedRunView::digitChosen, this, [this](qint64 index) {
    m_current->exploration()->goToDigit(index);
    if (m_beside != nullptr) m_beside->exploration()->goToDigit(index);
  });
}

ComparisonPanel::~ComparisonPanel() {
  delete m_besideColoring;  // while there are both maps
  delete m_comparison;
  delete m_besideView;
  delete m_beside;
}

void ComparisonPanel::open() {
  closeBeside();
  const RunController& shown = *m_current->run();
  m_beside = new ExploredRun(shown.backend(), m_current->run()->store().directory(), this);
  RunController* run = m_beside->run();
  run->useData(shown.data());
  m_besideMap = new MapPanel(run, m_beside->explorer(), m_beside->exploration());
  m_besideMap->setObjectName(QStringLiteral("besideMapPanel"));
  m_besideMap->map()->setObjectName(QStringLiteral("besideMap"));
  m_besideMap->setWelcome(tr("Getting ready…"), {}, false);
  m_besideView = new ComparedRunView(m_beside, m_besideMap, ComparedRunView::Neighbour::Left);
  m_besideView->setObjectName(QStringLiteral("comparedBeside"));
  m_besideColoring =
      new MapColoring(run, m_beside->explorer(), m_beside->exploration(), m_besideMap->map(), this);
  if (m_currentColoring != nullptr) m_besideColoring->shareWith(m_currentColoring);
  m_besideOverlays =
      new MapOverlays(run, m_beside->explorer(), m_beside->exploration(), m_besideMap->map(), this);
  if (m_currentOverlays != nullptr) {
    m_besideOverlays->setShown(m_currentOverlays->shown());
    connect(m_besideOverlays, &MapOverlays::shownChanged, m_currentOverlays,
            &MapOverlays::setShown);
    connect(m_currentOverlays, &MapOverlays::shownChanged, m_besideOverlays,
            &MapOverlays::setShown);
  }
  connect(m_besideOverlays, &MapOverlays::failed, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
  m_sides->addWidget(m_besideView, 1);
  m_comparison = new Comparison({m_current, m_map}, {m_beside, m_besideMap}, m_selection, this);
  m_currentView->setCompared(true);
  m_besideView->setCompared(true);
  m_bar->show();

  connect(run, &RunController::runChanged, this, &ComparisonPanel::besideChanged);
  connect(run, &RunController::stateChanged, this, &ComparisonPanel::followState);
  connect(run, &RunController::runChanged, this, &ComparisonPanel::checkData, Qt::QueuedConnection);
  connect(run, &RunController::errorOccurred, this,
          [this, run](const QString& sentence, const QString& detail) {
            emit errorOccurred(sentence, detail);
            // It never began.
            if (!run->hasRun()) closeBeside();
          });
  connect(run, &RunController::runFailed, this, &ComparisonPanel::errorOccurred);
  connect(m_beside->explorer(), &ExplorerService::failed, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
  connect(m_besideMap, &MapPanel::errorOccurred, this, &ComparisonPanel::errorOccurred);
  connect(m_besideView, &ComparedRunView::digitChosen, m_currentView,
          &ComparedRunView::digitChosen);
  if (m_keeper) run->setKeeper(m_keeper);
  run->useEngine(shown.engine());
  followState();
  emit openChanged(true);
}

void ComparisonPanel::paintEvent(QPaintEvent*) {
  if (m_beside == nullptr) return;
  QPainter painter(this);
  const QRect left = m_currentView->geometry();
  painter.fillRect(left.right() + 1, left.top(), 1, left.height(), Theme::of(this).line);
}

void ComparisonPanel::startBesideNext(const TrainingConfig& config) {
  m_next = config;
}

void ComparisonPanel::startBeside(const TrainingConfig& config) {
  open();
  TrainingConfig wanted = config;
  wanted.data = m_current->run()->config().data;
  m_beside->run()->startRun(wanted, true);
}

void ComparisonPanel::openBeside(const std::filesystem::path& path) {
  open();
  m_beside->run()->openRun(path, false);
}

void ComparisonPanel::showBeside(std::unique_ptr<HeldRun> held) {
  if (m_beside == nullptr) open();
  m_beside->run()->show(std::move(held));
}

void ComparisonPanel::setKeeper(std::function<void(std::unique_ptr<HeldRun>)> keeper) {
  m_keeper = std::move(keeper);
}

void ComparisonPanel::closeBeside() {
  if (m_beside == nullptr) return;
  ExploredRun* ended = std::exchange(m_beside, nullptr);
  ended->explorer()->setRun(nullptr);
  ended->explorer()->setChore(nullptr);
  delete std::exchange(m_besideOverlays, nullptr);
  delete std::exchange(m_besideColoring, nullptr);
  delete std::exchange(m_comparison, nullptr);
  delete std::exchange(m_besideView, nullptr);  // and the map in it
  m_besideMap = nullptr;
  m_map->map()->setEchoed(-1);
  m_currentView->setCompared(false);
  m_bar->hide();
  if (m_keeper && ended->run()->hasRun()) m_keeper(ended->run()->release());
  ++m_ending;
  connect(ended->run(), &RunController::shutDownFinished, this, [this, ended] {
    ended->deleteLater();
    if (--m_ending == 0 && m_whenEnded) std::exchange(m_whenEnded, nullptr)();
  });
  ended->run()->shutDown();
  shareThreads();
  emit openChanged(false);
}

void ComparisonPanel::shutDown(std::function<void()> done) {
  m_whenEnded = std::move(done);
  closeBeside();
  if (m_ending == 0 && m_whenEnded) std::exchange(m_whenEnded, nullptr)();
}

void ComparisonPanel::togglePlay() {
  if (m_beside == nullptr) return;
  RunController* runs[] = {m_current->run(), m_beside->run()};
  const bool any = std::any_of(std::begin(runs), std::end(runs), [](const RunController* run) {
    return run->state() == SessionState::Running;
  });
  for (RunController* run : runs) any ? run->pause() : run->play();
}

void ComparisonPanel::followState() {
  if (m_beside == nullptr) return;
  const bool any = m_current->run()->state() == SessionState::Running ||
                   m_beside->run()->state() == SessionState::Running;
  m_play->setText(any ? tr("Pause both") : tr("Play both"));
  m_play->setIcon(themedIcon(any ? QStringLiteral("pause") : QStringLiteral("play")));
  shareThreads();
}

void ComparisonPanel::checkData() {
  if (m_beside == nullptr || !m_current->run()->hasRun() || !m_beside->run()->hasRun() ||
      m_comparison->sameData()) {
    return;
  }
  const auto title = [](const ExploredRun* run) {
    return QString::fromStdString(run->run()->data().title);
  };
  emit errorOccurred(tr("Runs on the same data can be compared; these are on %1 and %2.")
                         .arg(title(m_current), title(m_beside)),
                     {});
  closeBeside();
}

void ComparisonPanel::shareThreads() {
  constexpr int kByMeasurement = 0;
  RunController* first = m_current->run();
  RunController* second = m_beside != nullptr ? m_beside->run() : nullptr;
  const bool both = second != nullptr && first->state() == SessionState::Running &&
                    second->state() == SessionState::Running;
  const int each = both ? std::max(1, QThread::idealThreadCount() / 2) : kByMeasurement;
  for (RunController* run : {first, second}) {
    if (run == nullptr || !run->hasRun() || run->state() != SessionState::Running) continue;
    // What a person has set stays.
    if (run->config().threads != kByMeasurement) continue;
    if (static_cast<int>(run->knob("threads")) != each) run->setKnob("threads", each);
  }
}

}  // namespace latent::ui
