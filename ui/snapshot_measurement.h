#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>

#include "latent/anomaly.h"
#include "ui/background_task.h"

namespace latent::ui {

class RunController;

/// Measures the weights that the window shows for a panel on a thread beside the window, again and
/// again while training changes them: only while the panel is seen, and for no more than a bounded
/// share of a core while training runs.
class SnapshotMeasurement : public QObject {
  Q_OBJECT

 public:
  using Deliver = std::function<void()>;
  /// Runs beside; what it returns runs on the window's thread. The observer's calls end the work
  /// when it is not wanted any more.
  using Work = std::function<Deliver(const FrozenModel&, const WorkObserver&)>;
  /// What is to be measured, asked on the window's thread at each beginning; an empty one: nothing
  /// can be.
  using Prepare = std::function<Work(const Snapshot&)>;

  SnapshotMeasurement(RunController* run, QWidget* panel, Prepare prepare,
                      QObject* parent = nullptr);

  /// Whether newer weights are measured by themselves.
  void setFollowing(bool following);
  bool isFollowing() const { return m_following; }
  /// What is measured has changed, or a person asks: anew, as soon as the panel is seen.
  void renew();
  bool isRunning() const { return m_task.isRunning(); }
  /// Whether there are weights that are newer than what was measured last.
  bool isOutdated() const;

 signals:
  void runningChanged(bool running);
  /// Of work that takes its time.
  void progressed(double share);
  void failed(const QString& sentence);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void forget();
  void schedule();
  void begin();
  void finished(qint64 number);

  RunController* m_run;
  QWidget* m_panel;
  Prepare m_prepare;
  bool m_following = true;
  bool m_wanted = true;
  std::shared_ptr<const Snapshot> m_snapshot;  ///< what the window shows
  qint64 m_measured = -1;                      ///< number of the snapshot
  qint64 m_notBefore = 0;                      ///< milliseconds of m_clock
  qint64 m_begun = 0;
  QElapsedTimer m_clock;
  QTimer m_timer;
  BackgroundTask m_task;
};

}  // namespace latent::ui
