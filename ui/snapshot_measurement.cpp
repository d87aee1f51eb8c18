#include "ui/snapshot_measurement.h"

#include <QEvent>
#include <QWidget>

#include "latent/thread_priority.h"
#include "ui/run_controller.h"

namespace latent::ui {
namespace {

constexpr double kMeasurementShare = 0.15;  // of one core, while training runs
constexpr int kMeasurementNiceness = 5;     // behind whoever waits for an answer, behind training
constexpr qint64 kMeasurementPause = 200;   // milliseconds at least, for the eye
constexpr qint64 kMeasurementQuick = 700;   // milliseconds
constexpr std::int64_t kMeasurementSteps = 1000;

}  // namespace

SnapshotMeasurement::SnapshotMeasurement(RunController* run, QWidget* panel, Prepare prepare,
                                         QObject* parent)
    : QObject(parent), m_run(run), m_panel(panel), m_prepare(std::move(prepare)) {
  m_clock.start();
  m_timer.setSingleShot(true);
  m_panel->installEventFilter(this);
  connect(&m_timer, &QTimer::timeout, this, &SnapshotMeasurement::schedule);
  connect(&m_task, &BackgroundTask::runningChanged, this, &SnapshotMeasurement::runningChanged);
  connect(&m_task, &BackgroundTask::progressed, this, [this](qint64 done, qint64 total) {
    // What is done at once needs no words.
    if (m_clock.elapsed() - m_begun < kMeasurementQuick) return;
    emit progressed(total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 0.0);
  });
  connect(m_run, &RunController::runChanged, this, [this] {
    m_snapshot = nullptr;
    forget();
  });
  connect(m_run, &RunController::runReset, this, &SnapshotMeasurement::forget);
  connect(m_run, &RunController::snapshotArrived, this,
          [this](const std::shared_ptr<const Snapshot>& snapshot) {
            m_snapshot = snapshot;
            schedule();
          });
  connect(m_run, &RunController::stateChanged, this, [this](SessionState state) {
    if (state != SessionState::Running) m_notBefore = 0;
    schedule();
  });
}

void SnapshotMeasurement::setFollowing(bool following) {
  m_following = following;
  schedule();
}

void SnapshotMeasurement::renew() {
  m_wanted = true;
  m_task.cancel();
  schedule();
}

bool SnapshotMeasurement::isOutdated() const {
  return m_snapshot && m_snapshot->number != m_measured;
}

bool SnapshotMeasurement::eventFilter(QObject* watched, QEvent* event) {
  // A dock that comes from behind its neighbour's tab is not shown, but painted.
  if (watched == m_panel && event->type() == QEvent::Paint && !m_timer.isActive()) m_timer.start(0);
  return QObject::eventFilter(watched, event);
}

void SnapshotMeasurement::forget() {
  m_task.cancel();
  m_measured = -1;
  m_notBefore = 0;
  m_wanted = true;
  schedule();
}

void SnapshotMeasurement::schedule() {
  if (m_task.isRunning() || !m_snapshot || m_panel->visibleRegion().isEmpty()) return;
  if (!m_wanted && !(m_following && isOutdated())) return;
  const qint64 wait = m_notBefore - m_clock.elapsed();
  if (!m_wanted && wait > 0) {
    m_timer.start(static_cast<int>(wait));
    return;
  }
  begin();
}

void SnapshotMeasurement::begin() {
  m_wanted = false;
  const std::shared_ptr<const Snapshot> snapshot = m_snapshot;
  const Work work = m_prepare(*snapshot);
  if (!work) {
    m_measured = snapshot->number;
    return;
  }
  m_begun = m_clock.elapsed();
  m_task.start(
      [this, snapshot, work, engine = m_run->engine()](
          const std::stop_token& stop, const ProgressFunction& tell) -> std::function<void()> {
        set_niceness(kMeasurementNiceness);
        engine->set_thread_count(1);
        Deliver deliver = work(*snapshot->model, [&](double share) {
          if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
          tell(static_cast<std::int64_t>(share * kMeasurementSteps), kMeasurementSteps, {});
        });
        return [this, deliver, number = snapshot->number] {
          if (deliver) deliver();
          finished(number);
        };
      },
      [this, number = snapshot->number](const Error& error) {
        if (error.code() == ErrorCode::Cancelled) return;
        emit failed(QString::fromUtf8(error.what()));
        finished(number);
      });
}

void SnapshotMeasurement::finished(qint64 number) {
  m_measured = number;
  const qint64 now = m_clock.elapsed();
  m_notBefore = 0;
  if (m_run->state() == SessionState::Running) {
    const double rest = static_cast<double>(now - m_begun) * (1.0 / kMeasurementShare - 1.0);
    m_notBefore = now + std::max(kMeasurementPause, static_cast<qint64>(rest));
  }
  schedule();
}

}  // namespace latent::ui
