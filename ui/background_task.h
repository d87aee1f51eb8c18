#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include "latent/data_catalogue.h"
#include "latent/error.h"

namespace latent::ui {

/// One long call at a time on a thread of its own, with progress and cancel. What it brings is
/// handed over on the owner's thread.
class BackgroundTask : public QObject {
  Q_OBJECT

 public:
  /// Runs there; what it returns runs here, unless the task was cancelled or replaced.
  using Work = std::function<std::function<void()>(std::stop_token, const ProgressFunction&)>;

  explicit BackgroundTask(QObject* parent = nullptr);
  /// Asks the work to stop and waits for it.
  ~BackgroundTask() override;

  /// Cancels what runs and starts `work` as soon as that has ended; `failed` gets its error, also
  /// Error{Cancelled}. Nothing of the earlier work arrives any more.
  void start(Work work, std::function<void(const Error&)> failed);
  /// The work's answer will be Error{Cancelled}, at once.
  void cancel();
  bool isRunning() const { return m_running; }

 signals:
  void progressed(qint64 done, qint64 total, const QString& what);
  void runningChanged(bool running);

 private:
  void finish(quint64 number, const std::function<void()>& deliver);
  void setRunning(bool running);

  bool m_running = false;
  quint64 m_number = 0;
  std::function<void(const Error&)> m_failed;
  std::jthread m_thread;
};

}  // namespace latent::ui
