#pragma once

#include <QLockFile>
#include <algorithm>
#include <cstddef>
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

/// A session tells the losses of a run from its beginning; those of an opened one are known from
/// its file already. They come first and in the same order.
struct RetoldLosses {
  std::size_t known = 0;  ///< losses of the history that are of the file
  std::size_t next = 0;   ///< the one that is expected next

  /// Takes away from `losses`, as the session tells them, what `history` begins with.
  void drop(std::vector<LossPoint>& losses, const std::vector<LossPoint>& history) {
    const auto isKnown = [&](const LossPoint& point) {
      if (next == known) return false;
      if (point.step != history[next].step || point.part != history[next].part) {
        next = known;
        return false;
      }
      ++next;
      return true;
    };
    losses.erase(losses.begin(), std::find_if_not(losses.begin(), losses.end(), isKnown));
  }
};

/// A run with all that belongs to it, while nobody looks at it: it trains on in its own thread, or
/// rests, and what it has told is kept for whoever looks at it next.
struct HeldRun {
  std::shared_ptr<WakeCall> wake;
  TrainingConfig config;  ///< as started
  DataSplit data;
  std::filesystem::path autosavePath;
  std::filesystem::path savedPath;  ///< by the person; empty: only by itself
  std::vector<LossPoint> history;   ///< all losses so far
  RetoldLosses retold;
  std::vector<LossPoint> parentHistory;  ///< of the run that it branched off
  std::optional<int> epochs;             ///< the goal, where it is another than the file's
  std::unique_ptr<QLockFile> mark;       ///< of a run in progress; null before it has begun
  std::unique_ptr<Session> session;

  /// Takes the losses that have come meanwhile.
  void collect() {
    std::vector<LossPoint> losses = session->take_losses();
    retold.drop(losses, history);
    history.insert(history.end(), losses.begin(), losses.end());
  }
};

}  // namespace latent::ui
