#include "ui/map_overlays.h"

#include <algorithm>
#include <limits>

#include "latent/engine.h"
#include "latent/error.h"
#include "latent/thread_priority.h"
#include "ui/exploration.h"
#include "ui/overlays/shortest_path.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"

namespace latent::ui {
namespace {

constexpr int kOverlayNiceness = 5;
constexpr double kOverlayShare = 0.1;  // of one core, while training runs, for each
constexpr qint64 kShortestRest = 250;  // milliseconds

}  // namespace

MapOverlays::MapOverlays(RunController* run, ExplorerService* explorer, Exploration* exploration,
                         LatentMap* map, QObject* parent)
    : QObject(parent), m_run(run), m_explorer(explorer), m_exploration(exploration), m_map(map) {
  for (const auto& overlay : overlays()) {
    Entry entry;
    entry.overlay = overlay.get();
    entry.description = overlay->description();
    m_entries.push_back(std::move(entry));
  }
  m_clock.start();
  m_timer.setSingleShot(true);
  connect(&m_timer, &QTimer::timeout, this, &MapOverlays::refresh);
  connect(m_map, &LatentMap::overlayChosen, this, [this](const QString& id, bool wanted) {
    QStringList ids = shown();
    ids.removeAll(id);
    if (wanted) ids << id;
    setShown(ids);
  });
  connect(m_run, &RunController::runChanged, this, &MapOverlays::followRun);
  connect(m_run, &RunController::stateChanged, this, &MapOverlays::refresh);
  connect(m_run, &RunController::snapshotArrived, this, [this] { take(Overlay::Weights); });
  connect(m_explorer, &ExplorerService::mapReady, this, [this] { take(Overlay::Codes); });
  connect(m_map, &LatentMap::viewChanged, this, [this] { take(Overlay::View); });
  connect(m_map, &LatentMap::appearanceChanged, this, [this] { take(Overlay::Look); });
  connect(m_exploration, &Exploration::labelChanged, this, [this] { take(Overlay::Base); });
  connect(m_exploration, &Exploration::codeChanged, this, [this] {
    // Where the code is a place of the plane, the plane is the same whatever it goes through.
    if (m_exploration->latentDim() > 2) take(Overlay::Base);
  });
  connect(m_exploration, &Exploration::pathChanged, this, &MapOverlays::followPath);
}

MapOverlays::~MapOverlays() {
  *m_stopped = true;
}

/// The way between the ends may change by what was found here: only they ask for another.
void MapOverlays::followPath() {
  std::array<std::vector<float>, 2> ends;
  if (m_exploration->hasPath()) ends = {m_exploration->end(0).code, m_exploration->end(1).code};
  if (ends == m_ends) {
    refresh();  // another kind of path
    return;
  }
  m_ends = std::move(ends);
  take(Overlay::Path);
}

/// Whether somebody looks at it, or walks along it.
bool MapOverlays::isNeeded(const Entry& entry) const {
  return entry.wanted || (m_exploration->way() == Exploration::Way::Shortest &&
                          dynamic_cast<const ShortestPathOverlay*>(entry.overlay) != nullptr);
}

QStringList MapOverlays::shown() const {
  QStringList ids;
  for (const Entry& entry : m_entries) {
    if (entry.wanted) ids << entry.description.id;
  }
  return ids;
}

void MapOverlays::setShown(const QStringList& ids) {
  const QStringList before = shown();
  for (Entry& entry : m_entries) {
    const bool wanted = ids.contains(entry.description.id);
    if (entry.wanted == wanted) continue;
    entry.wanted = wanted;
    entry.asked = entry.delivered = 0;
    entry.notBefore = 0;
    if (!wanted && m_lane) m_lane->cancel(entry.description.id.toStdString());
  }
  if (shown() == before) return;
  refresh();
  emit shownChanged(shown());
}

bool MapOverlays::isUpToDate() const {
  return std::all_of(m_entries.begin(), m_entries.end(), [this](const Entry& entry) {
    return !isNeeded(entry) || !entry.applies || entry.delivered == revision(entry);
  });
}

void MapOverlays::followRun() {
  ++m_generation;
  *m_stopped = true;
  m_stopped = std::make_shared<std::atomic<bool>>(false);
  for (Entry& entry : m_entries) {
    entry.asked = entry.delivered = 0;
    entry.notBefore = 0;
    m_map->setOverlay(entry.description.id, nullptr);
  }
  refresh();
}

void MapOverlays::take(unsigned inputs) {
  for (std::size_t i = 0; i < m_revisions.size(); ++i) {
    if ((inputs & (1U << i)) != 0) ++m_revisions[i];
  }
  refresh();
}

/// Never 0: that is what nothing was asked for.
quint64 MapOverlays::revision(const Entry& entry) const {
  quint64 sum = 1;
  for (std::size_t i = 0; i < m_revisions.size(); ++i) {
    if ((entry.description.inputs & (1U << i)) != 0) sum += m_revisions[i];
  }
  return sum;
}

bool MapOverlays::isTraining() const {
  return m_run->state() == SessionState::Running && m_run->timeMachine()->isLive();
}

std::shared_ptr<const OverlaySubject> MapOverlays::subject() const {
  auto subject = std::make_shared<OverlaySubject>();
  subject->weights = m_run->hasRun() ? m_run->snapshot() : nullptr;
  const int dims = m_exploration->latentDim();
  // While the length of the code changes the map is still that of the one before.
  if (!subject->weights || subject->weights->model->latent_dim() != dims || dims < 1) {
    subject->weights = nullptr;
    return subject;
  }
  if (const auto frame = m_explorer->frame(); frame && frame->latentDim == dims) {
    subject->frame = frame;
    subject->plane = frame->projection;
    subject->laidOut = frame->laidOut;
  } else {
    const ProjectionChoice& choice = m_explorer->projection();
    const int steps = m_exploration->steps();
    const int last = dims / steps - 1;
    subject->plane = over_steps(axis_projection(last + 1, std::min(choice.horizontal, last),
                                                std::min(choice.vertical, last)),
                                steps);
  }
  if (const auto points = m_map->points()) subject->classes = points->classes;
  subject->selection = m_map->selection();
  subject->scale = m_map->scale();
  subject->bright = m_map->brightClasses();
  subject->theme = &Theme::of(m_map);
  subject->view = m_map->view();
  subject->ratio = m_map->devicePixelRatioF();
  subject->size = m_map->frameSize() * subject->ratio;
  if (dims > 2) subject->base = m_exploration->code();
  subject->label = m_exploration->label();
  if (m_exploration->hasPath()) {
    subject->from = m_exploration->end(0).code;
    subject->to = m_exploration->end(1).code;
  }
  return subject;
}

void MapOverlays::refresh() {
  const auto newest = subject();
  QVector<LatentMap::OverlayChoice> choices;
  for (Entry& entry : m_entries) {
    const QString whyNot = entry.overlay->whyNot(*newest);
    entry.applies = whyNot.isEmpty();
    // Once it applies again it is drawn again.
    if (!entry.applies) entry.asked = entry.delivered = 0;
    choices.append({entry.description.id, entry.description.title, entry.description.help,
                    entry.description.key, whyNot, entry.wanted});
  }
  m_map->setOverlayChoices(m_run->hasRun() ? choices : QVector<LatentMap::OverlayChoice>());
  const qint64 now = m_clock.elapsed();
  qint64 soonest = std::numeric_limits<qint64>::max();
  for (Entry& entry : m_entries) {
    if (!isNeeded(entry) || !entry.applies || entry.asked == revision(entry)) continue;
    if (isTraining() && now < entry.notBefore) {
      soonest = std::min(soonest, entry.notBefore);
      continue;
    }
    ask(entry, newest);
  }
  m_map->setOverlaysAwaited(!isUpToDate());
  if (soonest != std::numeric_limits<qint64>::max()) {
    m_timer.start(static_cast<int>(std::max<qint64>(1, soonest - now)));
  }
}

void MapOverlays::ask(Entry& entry, const std::shared_ptr<const OverlaySubject>& subject) {
  if (!m_lane) {
    m_lane = std::make_unique<RequestLane>([engine = m_run->engine()] {
      if (engine != nullptr) engine->set_thread_count(1);
      set_niceness(kOverlayNiceness);
    });
  }
  entry.asked = revision(entry);
  // Until this one is done no other is begun while training runs.
  entry.notBefore = m_clock.elapsed() + kShortestRest;
  const auto index = static_cast<std::size_t>(&entry - m_entries.data());
  m_lane->ask(entry.description.id.toStdString(), static_cast<int>(index),
              [this, index, subject, overlay = entry.overlay, revision = entry.asked,
               generation = m_generation, stopped = m_stopped] {
                const double before = computedSeconds();
                std::shared_ptr<const MapDrawing> drawing;
                QString what;
                try {
                  drawing = overlay->draw(*subject, [&] { return stopped->load(); });
                } catch (const Error& error) {
                  if (error.code() == ErrorCode::Cancelled) return;
                  what = QString::fromUtf8(error.what());
                } catch (const std::exception& error) {
                  what = QString::fromUtf8(error.what());
                }
                const double spent = computedSeconds() - before;
                QMetaObject::invokeMethod(
                    this,
                    [this, index, generation, revision, spent, drawing, what] {
                      if (generation != m_generation) return;
                      if (!what.isEmpty()) emit failed(what);
                      adopt(index, revision, spent, drawing);
                    },
                    Qt::QueuedConnection);
              });
}

void MapOverlays::adopt(std::size_t index, quint64 revision, double seconds,
                        const std::shared_ptr<const MapDrawing>& drawing) {
  Entry& entry = m_entries[index];
  if (!isNeeded(entry) || !entry.applies) return;
  entry.delivered = revision;
  entry.notBefore =
      m_clock.elapsed() +
      std::max(kShortestRest, static_cast<qint64>(1000.0 * seconds * (1.0 / kOverlayShare - 1.0)));
  if (entry.wanted) m_map->setOverlay(entry.description.id, drawing);
  if (const auto* path = dynamic_cast<const ShortestPathDrawing*>(drawing.get())) {
    m_exploration->setShortest(path->codes);
  }
  refresh();
}

}  // namespace latent::ui
