#include "ui/panels/timeline_panel.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QStyle>
#include <QToolButton>
#include <algorithm>
#include <map>

#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/map_film.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/named.h"
#include "ui/widgets/timeline.h"

namespace latent::ui {
namespace {

QString knobText(double value) {
  return QString::number(value, 'g', 4);
}

/// What a person calls the knob.
QString knobTitle(const ModelInfo& model, const std::string& id) {
  if (id == "learning_rate") return TimelinePanel::tr("learning rate");
  if (id == "epochs") return TimelinePanel::tr("epochs");
  const Hyperparameter* knob = find_hyperparameter(model, id);
  return QString::fromStdString(knob != nullptr ? knob->title : id);
}

/// The turns that a person made: the number of threads is the machine's business, and what the run
/// began with is no turn.
QVector<Timeline::Mark> knobMarks(const std::vector<KnobChange>& log, const ModelInfo& model,
                                  const TrainingConfig& config, std::int64_t stepsPerEpoch) {
  std::map<std::string, double> values{{"learning_rate", config.learning_rate}};
  for (const Hyperparameter& each : model.hyperparameters) {
    values[each.id] = config.hyperparameter(model, each.id);
  }
  QVector<Timeline::Mark> marks;
  for (const KnobChange& change : log) {
    if (change.id == "threads") continue;
    const auto before = values.find(change.id);
    const bool isTurn = before != values.end() && before->second != change.value;
    if (isTurn) {
      const double epoch = static_cast<double>(change.step) /
                           static_cast<double>(std::max<std::int64_t>(1, stepsPerEpoch));
      marks.append({epoch, TimelinePanel::tr("%1 %2 → %3 at epoch %4")
                               .arg(knobTitle(model, change.id), knobText(before->second),
                                    knobText(change.value))
                               .arg(epoch, 0, 'f', 1)});
    }
    values[change.id] = change.value;
  }
  return marks;
}

}  // namespace

TimelinePanel::TimelinePanel(RunController* run, ExplorerService* explorer, MapPanel* map,
                             QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer) {
  setObjectName(QStringLiteral("timelinePanel"));
  m_play = named(new QToolButton, "playTimeline", tr("Play the past"),
                 tr("Play the kept epochs, one after another, up to the present"));
  m_play->setIcon(themedIcon(QStringLiteral("play")));
  m_play->setCheckable(true);
  m_speed = named(new QComboBox, "timelineSpeed", tr("Speed of the past"),
                  tr("Epochs a second; slower where the map takes longer."));
  for (const int speed : {1, 2, 4, 8}) m_speed->addItem(tr("%1/s").arg(speed), speed);
  m_speed->setCurrentIndex(1);
  m_timeline = named(new Timeline, "timeline", tr("Timeline of the run"));
  m_state = named(new QLabel, "timelineState", tr("Moment that is shown"));
  m_state->setFont(Theme::numberFont());
  m_state->setMinimumWidth(
      m_state->fontMetrics().horizontalAdvance(tr("epoch %1 of %2").arg(888).arg(888)));
  m_live = named(new QToolButton, "backToLive", tr("Back to live"),
                 tr("Shows the weights that train now (End)"));
  m_live->setText(tr("Back to live"));
  m_live->setProperty("framed", true);
  m_more = named(new QToolButton, "timelineMenu", tr("More of the timeline"),
                 tr("Branch off, align the maps, save the past as a film"));
  m_more->setIcon(themedIcon(QStringLiteral("more")));
  m_more->setPopupMode(QToolButton::InstantPopup);
  auto* menu = new QMenu(m_more);
  menu->setToolTipsVisible(true);
  m_branch = menu->addAction(tr("Branch from here"));
  m_branch->setObjectName(QStringLiteral("branch"));
  m_branch->setToolTip(
      tr("Begins a run of its own with the weights and the optimiser of this epoch and the knobs "
         "as they are turned now. The present run is saved and ended."));
  menu->addSeparator();
  m_aligned = menu->addAction(tr("Aligned"));
  m_aligned->setObjectName(QStringLiteral("aligned"));
  m_aligned->setCheckable(true);
  m_aligned->setToolTip(
      tr("Turns and mirrors each map, without scaling, until its points lie as nearly as they can "
         "where they lay before (Procrustes). The axes turn with it."));
  menu->addSeparator();
  m_gif = menu->addAction(tr("Film of the map as GIF…"), this, [this] { askFilm(false); });
  m_gif->setObjectName(QStringLiteral("filmGif"));
  m_gif->setToolTip(
      tr("The map of each kept epoch in the view that is open, at the speed chosen."));
  m_pictures = menu->addAction(tr("Pictures of the map as PNG…"), this, [this] { askFilm(true); });
  m_pictures->setObjectName(QStringLiteral("filmPng"));
  m_pictures->setToolTip(tr("A picture for each kept epoch: NAME-000003.png."));
  m_more->setMenu(menu);
  m_cancel = named(new QToolButton, "cancelTimeline", tr("Cancel"),
                   tr("Ends the film before it is written, or the training of a dropped epoch."));
  m_cancel->setText(tr("Cancel"));
  m_cancel->setProperty("framed", true);
  m_cancel->hide();

  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(Theme::kSmall, Theme::kTight, Theme::kSmall, Theme::kTight);
  row->setSpacing(Theme::kSmall);
  row->addWidget(m_play);
  row->addWidget(m_speed);
  row->addWidget(m_timeline, 1);
  row->addWidget(m_state);
  row->addWidget(m_live);
  row->addWidget(m_cancel);
  row->addWidget(m_more);

  m_film = new MapFilm(m_run, m_explorer, map, this);
  TimeMachine* machine = m_run->timeMachine();
  connect(m_cancel, &QToolButton::clicked, this, [this, machine] {
    m_film->cancel();
    machine->cancelRecomputing();
  });
  connect(m_film, &MapFilm::saved, this, &TimelinePanel::exported);
  connect(m_film, &MapFilm::errorOccurred, this, &TimelinePanel::errorOccurred);
  connect(m_film, &MapFilm::progressed, this, [this](int done, int total) {
    m_state->setText(tr("film: %1 of %2").arg(done).arg(total));
  });
  connect(m_film, &MapFilm::runningChanged, this, &TimelinePanel::followWork);
  connect(machine, &TimeMachine::recomputingProgressed, this, [this](qint64 done, qint64 total) {
    m_state->setText(tr("training: %1 %").arg(total > 0 ? 100 * done / total : 0));
  });
  connect(machine, &TimeMachine::recomputingChanged, this, &TimelinePanel::followWork);

  m_playTimer = new QTimer(this);
  connect(m_playTimer, &QTimer::timeout, this, &TimelinePanel::advance);
  connect(m_play, &QToolButton::toggled, this, &TimelinePanel::setPlaying);
  connect(m_speed, &QComboBox::currentIndexChanged, this, [this] {
    if (isPlaying()) setPlaying(true);
  });
  const auto byHand = [this] { setPlaying(false); };
  connect(m_timeline, &Timeline::epochChosen, this, byHand);
  connect(m_timeline, &Timeline::presentChosen, this, byHand);
  connect(m_timeline, &Timeline::stepped, this, byHand);
  connect(m_timeline, &Timeline::epochChosen, machine, &TimeMachine::goTo);
  connect(m_timeline, &Timeline::presentChosen, machine, &TimeMachine::goLive);
  connect(m_timeline, &Timeline::epochWanted, machine, &TimeMachine::recompute);
  connect(m_timeline, &Timeline::stepped, machine, &TimeMachine::step);
  connect(m_live, &QToolButton::clicked, machine, &TimeMachine::goLive);
  connect(m_aligned, &QAction::toggled, m_explorer, &ExplorerService::setAligned);
  connect(m_aligned, &QAction::toggled, this, [this](bool aligned) {
    if (m_beside != nullptr) m_beside->explorer()->setAligned(aligned);
  });
  connect(m_branch, &QAction::triggered, this, [this] {
    if (const KeptEpoch* here = keptHere()) m_run->branchFrom(*here);
  });
  connect(machine, &TimeMachine::keptChanged, this, &TimelinePanel::followKept);
  connect(machine, &TimeMachine::epochChanged, this, &TimelinePanel::followPosition);
  connect(machine, &TimeMachine::epochChanged, this, &TimelinePanel::leadBeside);
  connect(m_run, &RunController::runChanged, this, &TimelinePanel::followRun);
  connect(m_run, &RunController::runReset, this, &TimelinePanel::followRun);
  connect(m_run, &RunController::progressChanged, this, [this] {
    followProgress();
    followKnobs();  // a turn is in the log when the training thread has come to it
  });
  hide();
}

void TimelinePanel::setBeside(ExploredRun* beside) {
  m_beside = beside;
  followPosition();
  if (m_beside == nullptr) return;
  m_beside->explorer()->setAligned(m_aligned->isChecked());
  TimeMachine* there = m_beside->run()->timeMachine();
  // What it has kept is known only when its run is there.
  connect(there, &TimeMachine::keptChanged, this, [this, there] {
    if (there->isLive()) leadBeside();
  });
  connect(there, &TimeMachine::epochChanged, this, &TimelinePanel::followPosition);
  leadBeside();
}

void TimelinePanel::leadBeside() {
  if (m_beside == nullptr) return;
  TimeMachine* there = m_beside->run()->timeMachine();
  if (const auto epoch = m_run->timeMachine()->epoch()) {
    there->goTo(*epoch);
  } else {
    there->goLive();
  }
}

void TimelinePanel::followRun() {
  setPlaying(false);
  show();
  followKept();
  followProgress();
  followKnobs();
}

const KeptEpoch* TimelinePanel::keptHere() const {
  const TimeMachine* machine = m_run->timeMachine();
  const auto here =
      std::find_if(machine->kept().begin(), machine->kept().end(),
                   [machine](const KeptEpoch& each) { return machine->epoch() == each.epoch; });
  return here != machine->kept().end() ? &*here : nullptr;
}

bool TimelinePanel::isWorking() const {
  return m_film->isRunning() || m_run->timeMachine()->isRecomputing();
}

void TimelinePanel::followWork() {
  const bool working = isWorking();
  if (working) setPlaying(false);
  m_cancel->setVisible(working);
  m_live->setVisible(!working);
  m_timeline->setEnabled(!working);
  m_more->setEnabled(!working);
  followKept();
}

void TimelinePanel::followKept() {
  std::vector<int> epochs;
  for (const KeptEpoch& each : m_run->timeMachine()->kept()) epochs.push_back(each.epoch);
  m_play->setEnabled(!epochs.empty() && !isWorking());
  // What has no encoder has no map until one is searched for.
  const bool canFilm = !epochs.empty() && !m_explorer->placesOnDemand();
  m_gif->setEnabled(canFilm);
  m_pictures->setEnabled(canFilm);
  m_timeline->setToolTip(
      epochs.empty() ? tr("Each epoch is kept here as it ends.")
                     : tr("%n epoch(s) kept; of a long run some between are dropped to save space.",
                          nullptr, static_cast<int>(epochs.size())));
  m_timeline->setKept(std::move(epochs));
  followPosition();
}

void TimelinePanel::followPosition() {
  const TimeMachine* machine = m_run->timeMachine();
  m_timeline->setPosition(machine->epoch());
  m_live->setEnabled(!machine->isLive());
  m_branch->setEnabled(keptHere() != nullptr);
  m_branch->setText(machine->isLive()
                        ? tr("Branch from here")
                        : tr("Branch from epoch %1").arg(machine->epoch().value_or(0)));
  // The way a person sees that what is shown is not what trains.
  m_state->setProperty("role", machine->isLive() ? "caption" : "link");
  style()->unpolish(m_state);
  style()->polish(m_state);
  followProgress();
}

void TimelinePanel::followProgress() {
  if (!m_run->hasRun()) return;
  const Progress& progress = m_run->progress();
  m_timeline->setPresent(progress.epoch);
  if (isWorking()) return;
  const auto epoch = m_run->timeMachine()->epoch();
  QString text = epoch ? tr("epoch %1 of %2").arg(*epoch).arg(progress.epochs) : tr("live");
  if (m_beside != nullptr && epoch) {
    const auto there = m_beside->run()->timeMachine()->epoch();
    if (there && *there != *epoch) {
      text += tr(" · right: %1, the nearest kept").arg(*there);
    } else if (!there) {
      text += tr(" · right: live, none kept");
    }
  }
  if (m_state->text() != text) m_state->setText(text);
}

void TimelinePanel::followKnobs() {
  if (!m_run->hasRun()) return;
  m_timeline->setMarks(knobMarks(m_run->knobLog(), *m_run->model(), m_run->config(),
                                 m_run->progress().steps_per_epoch));
}

void TimelinePanel::askFilm(bool pictures) {
  const QString ending = pictures ? QStringLiteral(".png") : QStringLiteral(".gif");
  QString path = QFileDialog::getSaveFileName(
      this, pictures ? tr("Save a picture for each epoch") : tr("Save the film"),
      QDir::home().filePath(QStringLiteral("map") + ending),
      pictures ? tr("PNG (*.png)") : tr("GIF (*.gif)"));
  if (path.isEmpty()) return;
  if (!path.endsWith(ending, Qt::CaseInsensitive)) path += ending;
  setPlaying(false);
  m_film->begin(path, pictures ? MapFilm::Format::Png : MapFilm::Format::Gif,
                m_speed->currentData().toInt());
}

void TimelinePanel::setPlaying(bool playing) {
  TimeMachine* machine = m_run->timeMachine();
  playing = playing && !machine->kept().empty();
  {
    const QSignalBlocker blocker(m_play);
    m_play->setChecked(playing);
  }
  m_play->setIcon(themedIcon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
  if (!playing) {
    m_playTimer->stop();
    return;
  }
  if (machine->isLive()) machine->goTo(machine->kept().front().epoch);
  m_playTimer->start(1000 / m_speed->currentData().toInt());
}

void TimelinePanel::advance() {
  TimeMachine* machine = m_run->timeMachine();
  if (machine->isLive()) {
    setPlaying(false);
    return;
  }
  // The next only when this one has been seen. What has no encoder shows no map to wait for.
  const auto seen = [](const ExplorerService& explorer, const TimeMachine& time) {
    const auto frame = explorer.frame();
    return time.isLive() || explorer.placesOnDemand() ||
           (frame && frame->epoch == static_cast<double>(*time.epoch()));
  };
  if (!seen(*m_explorer, *machine)) return;
  if (m_beside != nullptr && !seen(*m_beside->explorer(), *m_beside->run()->timeMachine())) return;
  machine->step(+1);
  if (machine->isLive()) setPlaying(false);
}

}  // namespace latent::ui
