#include "ui/run_controller.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <algorithm>
#include <utility>

namespace latent::ui {
namespace {

// The window goes first; beside other programs training still gets nearly its share.
constexpr int kTrainingNiceness = 1;
constexpr int kPollMilliseconds = 33;
constexpr int kProgressMilliseconds = 250;
constexpr qint64 kCommandMilliseconds = 500;
// In the record of a branch: the file of the run it branched off, in the same folder, and where.
constexpr const char* kParentFile = "branched_from";
constexpr const char* kParentEpoch = "branched_at_epoch";

}  // namespace

RunController::RunController(Backend backend, std::filesystem::path runDirectory, QObject* parent)
    : QObject(parent), m_backend(std::move(backend)), m_store(std::move(runDirectory)) {
  m_pollTimer.setTimerType(Qt::PreciseTimer);
  m_pollTimer.setSingleShot(true);
  connect(&m_pollTimer, &QTimer::timeout, this, &RunController::poll);
  m_progressTimer.setInterval(kProgressMilliseconds);
  connect(&m_progressTimer, &QTimer::timeout, this, &RunController::wake);
  m_timeMachine = new TimeMachine(this);
  connect(m_timeMachine, &TimeMachine::snapshotShown, this, &RunController::snapshotArrived);
  connect(m_timeMachine, &TimeMachine::errorOccurred, this, &RunController::errorOccurred);
  connect(&m_preparation, &BackgroundTask::runningChanged, this,
          &RunController::preparationChanged);
  connect(&m_preparation, &BackgroundTask::progressed, this, &RunController::preparationProgressed);
}

RunController::~RunController() {
  m_session.reset();
  if (m_retiring.joinable()) m_retiring.join();
  m_store.end();
}

void RunController::loadEngine() {
  m_engineTask.start(
      [this](const std::stop_token&, const ProgressFunction&) -> std::function<void()> {
        const Engine* engine = &m_backend.loadEngine();
        return [this, engine] {
          m_engine = engine;
          m_timeMachine->setEngine(engine);
          emit engineReady();
        };
      },
      [this](const Error& error) { emit engineMissing(QString::fromUtf8(error.what())); });
}

void RunController::useEngine(const Engine* engine) {
  m_engine = engine;
  m_timeMachine->setEngine(engine);
  emit engineReady();
}

SessionOptions RunController::sessionOptions(HeldRun& held) {
  held.wake = std::make_shared<WakeCall>();
  SessionOptions options;
  options.niceness = kTrainingNiceness;
  options.autosave_path = held.autosavePath;
  options.keep = kUsualKeepBudget;
  options.wake = [wake = held.wake] { (*wake)(); };
  return options;
}

void RunController::preloadData(const std::string& specification) {
  if (m_data.id == specification && m_data.train) return;
  m_preparation.start(
      [this, specification](const std::stop_token& stop,
                            const ProgressFunction& progress) -> std::function<void()> {
        auto data =
            std::make_shared<DataSplit>(m_backend.loadData(specification, {}, progress, stop));
        return [this, data] {
          if (m_session) return;  // a run's data are not replaced under it
          m_data = std::move(*data);
          emit dataLoaded();
        };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void RunController::useData(const DataSplit& data) {
  if (m_session) return;  // a run's data are not replaced under it
  m_data = data;
  m_warnedOf = data.train;
}

void RunController::warnOfData() {
  if (m_data.train == m_warnedOf) return;
  m_warnedOf = m_data.train;
  QStringList sentences;
  for (const std::string& warning : m_data.warnings) {
    sentences.append(QString::fromStdString(warning));
  }
  if (!sentences.isEmpty()) emit dataWarned(sentences);
}

void RunController::startRun(const TrainingConfig& config, bool play) {
  if (m_engine == nullptr) return;
  const DataSplit loaded = m_data;
  const auto autosavePath = m_store.newRunPath(config);
  m_preparation.start(
      [this, config, loaded, autosavePath, play](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        auto prepared = std::make_shared<HeldRun>();
        // An impossible wish is refused before the data are read for it.
        validate(config, m_engine->model(config.model));
        prepared->data = loaded.train && loaded.id == config.data
                             ? loaded
                             : m_backend.loadData(config.data, {}, progress, stop);
        if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
        progress(0, 0, "Making the network");
        prepared->autosavePath = autosavePath;
        prepared->session =
            m_engine->make_session(config, prepared->data, sessionOptions(*prepared));
        return [this, prepared, play] { adopt(std::move(*prepared), play); };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void RunController::openRun(const std::filesystem::path& path, bool play) {
  if (m_engine == nullptr) return;
  if (m_session && path == m_autosavePath) return;  // it is the one that is open, and newer here
  const DataSplit loaded = m_data;
  m_preparation.start(
      [this, path, loaded, play](const std::stop_token& stop,
                                 const ProgressFunction& progress) -> std::function<void()> {
        auto prepared = load(path, loaded, progress, stop);
        return [this, prepared, play] { adopt(std::move(*prepared), play); };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

void RunController::branchFrom(const KeptEpoch& kept) {
  if (m_engine == nullptr || !m_session) return;
  std::vector<std::pair<std::string, double>> knobs{{"learning_rate", knob("learning_rate")},
                                                    {"threads", knob("threads")}};
  for (const Hyperparameter& each : model()->hyperparameters) {
    if (each.hot) knobs.emplace_back(each.id, knob(each.id));
  }
  m_preparation.start(
      [this, kept, knobs, data = m_data, parent = m_autosavePath, epochs = m_config.epochs,
       autosavePath = m_store.newRunPath(m_config)](
          const std::stop_token&, const ProgressFunction& progress) -> std::function<void()> {
        progress(0, 0, "Opening the epoch");
        auto prepared = std::make_shared<HeldRun>();
        prepared->data = data;
        prepared->autosavePath = autosavePath;
        prepared->history = m_engine->read_run_info(kept.path).history;
        prepared->retold.known = prepared->history.size();
        // What the parent has saved of itself; without it the branch has no curves behind its own.
        std::error_code ignored;
        if (std::filesystem::exists(parent, ignored)) {
          prepared->parentHistory = m_engine->read_run_info(parent).history;
        }
        share_kept_epochs(parent, autosavePath);
        prepared->session = m_engine->open_session(kept.path, data, sessionOptions(*prepared));
        Session& session = *prepared->session;
        for (const auto& [id, value] : knobs) {
          if (session.knob(id) != value) session.set_knob(id, value);
        }
        const QJsonObject record{
            {QLatin1String(kParentFile), QString::fromStdString(parent.filename().string())},
            {QLatin1String(kParentEpoch), kept.epoch}};
        session.set_record(QJsonDocument(record).toJson(QJsonDocument::Compact).toStdString());
        // Last: a run that had reached its goal goes on as soon as that is moved.
        if (epochs > kept.epoch && session.config().epochs != epochs) {
          session.set_epochs(epochs);
          session.pause();
          prepared->epochs = epochs;
        }
        return [this, prepared] { adopt(std::move(*prepared), false); };
      },
      [this](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
      });
}

std::vector<LossPoint> RunController::readParentHistory(const std::string& recordJson) const {
  const QString file = QJsonDocument::fromJson(QByteArray::fromStdString(recordJson))
                           .object()
                           .value(QLatin1String(kParentFile))
                           .toString();
  if (file.isEmpty()) return {};
  const auto path = m_store.directory() / std::filesystem::path(file.toStdString()).filename();
  try {
    return m_engine->read_run_info(path).history;
  } catch (const Error&) {
    return {};  // it has been removed since: a branch needs nothing of it
  }
}

void RunController::followKept() {
  if (m_session) m_timeMachine->setKept(m_session->kept_epochs());
}

std::shared_ptr<HeldRun> RunController::load(const std::filesystem::path& path,
                                             const DataSplit& data,
                                             const ProgressFunction& progress,
                                             const std::stop_token& stop) {
  auto loaded = std::make_shared<HeldRun>();
  const RunFileInfo info = m_engine->read_run_info(path);
  loaded->data = data.train && data.id == info.config.data
                     ? data
                     : m_backend.loadData(info.config.data, {}, progress, stop);
  if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
  progress(0, 0, "Opening the run");
  // A run that the program keeps goes on in its own file; one that the person saved is left as it
  // is until they save again.
  const bool own = path.parent_path() == m_store.directory() && !m_store.isOpenElsewhere(path);
  loaded->autosavePath = own ? path : m_store.newRunPath(info.config);
  if (!own) {
    loaded->savedPath = path;
    share_kept_epochs(path, loaded->autosavePath);
  }
  loaded->history = info.history;
  loaded->retold.known = info.history.size();
  loaded->parentHistory = readParentHistory(info.record_json);
  loaded->config = info.config;
  loaded->session = m_engine->open_session(path, loaded->data, sessionOptions(*loaded));
  return loaded;
}

std::unique_ptr<HeldRun> RunController::release() {
  if (!m_session) return nullptr;
  m_wake->setReceiver(nullptr);
  m_pollTimer.stop();
  m_progressTimer.stop();
  auto held = std::make_unique<HeldRun>();
  held->wake = std::move(m_wake);
  held->config = m_config;
  held->epochs = m_config.epochs;
  held->data = m_data;
  held->autosavePath = m_autosavePath;
  held->savedPath = m_savedPath;
  held->history = std::move(m_history);
  held->retold = m_retold;
  held->parentHistory = std::move(m_parentHistory);
  held->mark = m_store.takeMark();
  held->copies = std::exchange(m_awaited, {});
  held->events = std::exchange(m_untold, {});
  held->session = std::move(m_session);
  m_snapshot = nullptr;
  m_progress = {};
  return held;
}

void RunController::show(std::unique_ptr<HeldRun> held) {
  held->collect();
  adopt(std::move(*held), false);
}

void RunController::adopt(HeldRun held, bool play) {
  if (m_session && m_keeper) {
    m_keeper(release());
  } else {
    retire(std::move(m_session));
  }
  m_session = std::move(held.session);
  m_wake = std::move(held.wake);
  // From the training thread: only a note is left, nothing waits.
  m_wake->setReceiver(
      [this] { QMetaObject::invokeMethod(this, &RunController::wake, Qt::QueuedConnection); });
  // Of one that was looked at before, seed and goal may have changed since it was started.
  m_config = held.mark ? held.config : m_session->config();
  if (held.epochs) m_config.epochs = *held.epochs;
  m_data = std::move(held.data);
  m_autosavePath = std::move(held.autosavePath);
  m_savedPath = std::move(held.savedPath);
  m_history = std::move(held.history);
  m_retold = held.retold;
  m_parentHistory = std::move(held.parentHistory);
  m_awaited = std::move(held.copies);
  m_untold = std::move(held.events);
  m_snapshot = nullptr;
  m_timeMachine->setRun(m_data, m_autosavePath);
  m_resetPending = false;
  m_lastLossStep = m_history.empty() ? 0 : m_history.back().step;
  m_sinceCommand.invalidate();
  m_progress = m_session->progress();
  const bool marked = held.mark != nullptr || m_store.begin(m_autosavePath);
  if (held.mark) m_store.putMark(std::move(held.mark));
  emit dataLoaded();
  emit runChanged();
  followKept();
  warnOfData();
  if (!marked) {
    emit errorOccurred(
        tr("The run could not be marked as in progress in %1: after a crash it would "
           "not be offered again. Save it where there is room.")
            .arg(QString::fromStdString(m_autosavePath.parent_path().string())),
        {});
  }
  emit stateChanged(m_progress.state);
  emit progressChanged(m_progress);
  if (play) m_session->play();
  wake();
}

void RunController::retire(std::unique_ptr<Session> session) {
  if (!session) return;
  // Its end saves and joins, which may take the disk's time: not on this thread.
  m_retiring = std::jthread([old = std::move(session), before = std::move(m_retiring)]() mutable {
    if (before.joinable()) before.join();
    old.reset();
  });
}

void RunController::shutDown() {
  m_preparation.cancel();
  m_pollTimer.stop();
  m_progressTimer.stop();
  retire(std::move(m_session));
  m_snapshot = nullptr;
  m_retiring = std::jthread([this, before = std::move(m_retiring)]() mutable {
    if (before.joinable()) before.join();
    QMetaObject::invokeMethod(
        this,
        [this] {
          m_store.end();
          emit shutDownFinished();
        },
        Qt::QueuedConnection);
  });
}

const ModelInfo* RunController::model() const {
  return m_session ? &m_session->model() : nullptr;
}

std::vector<KnobChange> RunController::knobLog() const {
  return m_session ? m_session->knob_log() : std::vector<KnobChange>{};
}

double RunController::knob(const std::string& id) const {
  return m_session ? m_session->knob(id) : 0.0;
}

template <typename F>
void RunController::withSession(F call) {
  if (!m_session) return;
  try {
    call(*m_session);
  } catch (const Error& error) {
    emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
  } catch (const std::exception& error) {
    emit errorOccurred(QString::fromUtf8(error.what()), {});
  }
  wake();
}

/// Whether training runs, or will as soon as the thread has heard of the last command.
bool RunController::runsSoon() const {
  if (m_sinceCommand.isValid() && m_sinceCommand.elapsed() < kCommandMilliseconds) return m_toRun;
  return m_progress.state == SessionState::Running;
}

void RunController::expect(bool running) {
  m_toRun = running;
  m_sinceCommand.start();
}

void RunController::play() {
  expect(true);
  withSession([](Session& session) { session.play(); });
}

void RunController::pause() {
  expect(false);
  withSession([](Session& session) { session.pause(); });
}

void RunController::togglePlay() {
  if (runsSoon()) {
    pause();
  } else {
    play();
  }
}

void RunController::stepBatch() {
  withSession([](Session& session) { session.step_batch(); });
}

void RunController::stepEpoch() {
  withSession([](Session& session) { session.step_epoch(); });
}

void RunController::stop() {
  expect(false);
  withSession([](Session& session) { session.stop(); });
}

/// The run's own file will be the new beginning's: what was trained goes into one of its own.
void RunController::keepBeforeReset() {
  if (m_progress.step == 0) return;
  saveCopy(m_store.newRunPath(m_config));
}

void RunController::awaitReset() {
  // Nothing trained, nothing on its way: every point that comes belongs to the new beginning.
  m_resetPending = m_progress.step > 0 || m_lastLossStep > 0;
  if (!m_resetPending) beginAgain();
}

void RunController::beginAgain() {
  m_history.clear();
  m_retold = {};
  emit runReset();
}

void RunController::reset() {
  keepBeforeReset();
  expect(false);
  awaitReset();
  withSession([](Session& session) { session.reset(); });
}

void RunController::resetToNewSeed() {
  const std::uint64_t seed = QRandomGenerator::global()->bounded(1U, 1'000'000U);
  keepBeforeReset();
  awaitReset();
  expect(false);
  withSession([this, seed](Session& session) {
    session.reset(seed);
    m_config.seed = seed;
  });
}

void RunController::setEpochs(int epochs) {
  withSession([this, epochs](Session& session) {
    session.set_epochs(epochs);
    m_config.epochs = epochs;
  });
}

void RunController::setKnob(const std::string& id, double value) {
  withSession([this, &id, value](Session& session) {
    session.set_knob(id, value);
    emit knobTurned(QString::fromStdString(id), value);
  });
}

void RunController::save(const std::filesystem::path& path) {
  withSession([&path](Session& session) { session.save(path); });
}

void RunController::saveCopy(const std::filesystem::path& path) {
  m_copies.push_back(path);
  withSession([&path](Session& session) { session.save(path); });
}

void RunController::saveCopy(const std::filesystem::path& path,
                             std::function<void(const Error* failed)> done) {
  m_awaited.push_back({path, std::move(done)});
  withSession([&path](Session& session) { session.save(path); });
}

void RunController::setRecord(const std::string& json) {
  withSession([&json](Session& session) { session.set_record(json); });
}

void RunController::wake() {
  if (!m_session || m_pollTimer.isActive()) return;
  const qint64 elapsed = m_sincePoll.isValid() ? m_sincePoll.elapsed() : kPollMilliseconds;
  m_pollTimer.start(static_cast<int>(std::max<qint64>(0, kPollMilliseconds - elapsed)));
}

void RunController::poll() {
  if (!m_session) return;
  m_sincePoll.start();
  std::vector<SessionEvent> events = std::exchange(m_untold, {});
  for (SessionEvent& event : m_session->take_events()) events.push_back(std::move(event));
  const std::vector<LossPoint> losses = m_session->take_losses();
  const std::shared_ptr<const Snapshot> snapshot = m_session->latest_snapshot();
  m_progress = m_session->progress();

  passOn(losses);
  const bool fresh = snapshot && snapshot != m_snapshot;
  if (fresh) {
    m_snapshot = snapshot;
    m_timeMachine->setLive(snapshot);
  }
  for (const SessionEvent& event : events) {
    handle(event);
    if (!m_session) return;
  }
  emit progressChanged(m_progress);
  if (m_progress.state == SessionState::Running) {
    if (!m_progressTimer.isActive()) m_progressTimer.start();
  } else {
    m_progressTimer.stop();
  }
}

void RunController::passOn(std::vector<LossPoint> losses) {
  m_retold.drop(losses, m_history);
  if (m_resetPending) {
    // Points that were on their way when the reset was asked for belong to the run before.
    const auto first = std::find_if(losses.begin(), losses.end(), [this](const LossPoint& point) {
      return std::exchange(m_lastLossStep, point.step) >= point.step && point.step > 0 &&
             point.part == LossPoint::Part::Train;
    });
    const bool again = first != losses.end();
    losses.erase(losses.begin(), first);
    if (again || m_progress.step == 0) {
      m_resetPending = false;
      m_timeMachine->cancelRecomputing();
      m_timeMachine->goLive();
      followKept();
      beginAgain();
    }
  }
  if (losses.empty()) return;
  m_lastLossStep = losses.back().step;
  m_history.insert(m_history.end(), losses.begin(), losses.end());
  emit lossesArrived(losses);
}

void RunController::handle(const SessionEvent& event) {
  if (answerCopy(m_awaited, event)) return;
  if (const auto* changed = std::get_if<StateChanged>(&event)) {
    emit stateChanged(changed->state);
  } else if (const auto* epoch = std::get_if<EpochFinished>(&event)) {
    followKept();
    emit epochFinished(epoch->epoch);
  } else if (const auto* saved = std::get_if<RunSaved>(&event)) {
    if (saved->path == m_autosavePath) followKept();  // also of the untrained network
    const bool own = std::find(m_copies.begin(), m_copies.end(), saved->path) == m_copies.end();
    if (own && saved->path != m_autosavePath) m_savedPath = saved->path;
    emit runSaved(QString::fromStdString(saved->path.string()));
  } else if (const auto* notSaved = std::get_if<SaveFailed>(&event)) {
    emit errorOccurred(QString::fromUtf8(notSaved->error.what()),
                       QString::fromStdString(notSaved->error.detail()));
  } else if (const auto* failed = std::get_if<RunFailed>(&event)) {
    emit runFailed(QString::fromUtf8(failed->error.what()),
                   QString::fromStdString(failed->error.detail()));
  }
}

}  // namespace latent::ui
