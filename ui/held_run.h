#pragma once

#include <QLockFile>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "latent/session.h"

namespace latent::ui {

/// Where a run's training thread leaves word that there is something to take. Who looks at the run
/// changes while it trains; nobody may.
class WakeCall {
 public:
  void setReceiver(std::function<void()> receiver) {
    const std::lock_guard lock{m_mutex};
    m_receiver = std::move(receiver);
  }
  /// From any thread.
  void operator()() {
    const std::lock_guard lock{m_mutex};
    if (m_receiver) m_receiver();
  }

 private:
  std::mutex m_mutex;
  std::function<void()> m_receiver;
};

/// A run with all that belongs to it, while nobody looks at it: it trains on in its own thread, or
/// rests, and what it has told is kept for whoever looks at it next.
struct HeldRun {
  std::shared_ptr<WakeCall> wake;
  TrainingConfig config;  ///< as started
  DataSplit data;
  std::filesystem::path autosavePath;
  std::filesystem::path savedPath;       ///< by the person; empty: only by itself
  std::vector<LossPoint> history;        ///< all losses so far
  std::vector<LossPoint> parentHistory;  ///< of the run that it branched off
  std::optional<int> epochs;             ///< the goal, where it is another than the file's
  std::unique_ptr<QLockFile> mark;       ///< of a run in progress; null before it has begun
  std::unique_ptr<Session> session;

  /// Takes the losses that have come meanwhile.
  void collect() {
    const std::vector<LossPoint> losses = session->take_losses();
    history.insert(history.end(), losses.begin(), losses.end());
  }
};

}  // namespace latent::ui
