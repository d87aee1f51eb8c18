#include "ui/background_task.h"

#include <QElapsedTimer>

namespace latent::ui {

BackgroundTask::BackgroundTask(QObject* parent) : QObject(parent) {}

BackgroundTask::~BackgroundTask() {
  m_thread.request_stop();
  if (m_thread.joinable()) m_thread.join();
}

void BackgroundTask::start(Work work, std::function<void(const Error&)> failed) {
  if (m_running) cancel();
  const quint64 number = ++m_number;
  m_failed = std::move(failed);
  setRunning(true);
  m_thread.request_stop();
  // The new thread waits for the old one, so that the caller need not.
  m_thread = std::jthread([this, number, work = std::move(work),
                           previous = std::move(m_thread)](const std::stop_token& stop) mutable {
    if (previous.joinable()) previous.join();
    QElapsedTimer sinceReport;
    const ProgressFunction progress = [&](std::int64_t done, std::int64_t total,
                                          const std::string& what) {
      if (sinceReport.isValid() && sinceReport.elapsed() < 50 && done != total) return;
      sinceReport.start();
      QMetaObject::invokeMethod(
          this,
          [this, number, done, total, text = QString::fromStdString(what)] {
            if (number == m_number && m_running) emit progressed(done, total, text);
          },
          Qt::QueuedConnection);
    };
    std::function<void()> deliver;
    try {
      deliver = work(stop, progress);
    } catch (const Error& error) {
      deliver = [this, error] { m_failed(error); };
    } catch (const std::bad_alloc&) {
      deliver = [this] {
        m_failed(Error(ErrorCode::OutOfMemory, "There is not enough memory for this."));
      };
    } catch (const std::exception& error) {
      deliver = [this, what = std::string(error.what())] {
        m_failed(Error(ErrorCode::Internal, "This did not work: " + what, what));
      };
    }
    QMetaObject::invokeMethod(
        this, [this, number, deliver = std::move(deliver)] { finish(number, deliver); },
        Qt::QueuedConnection);
  });
}

void BackgroundTask::cancel() {
  if (!m_running) return;
  m_thread.request_stop();
  ++m_number;
  setRunning(false);
  if (m_failed) m_failed(Error(ErrorCode::Cancelled, "Cancelled."));
}

void BackgroundTask::finish(quint64 number, const std::function<void()>& deliver) {
  if (number != m_number) return;
  setRunning(false);
  deliver();
}

void BackgroundTask::setRunning(bool running) {
  if (m_running == running) return;
  m_running = running;
  emit runningChanged(running);
}

}  // namespace latent::ui
