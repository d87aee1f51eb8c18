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

  /// Takes away from `losses`, as the session tells them, what `history` begins with. It may know
  /// more than the session does: a project keeps the losses of every batch.
  void drop(std::vector<LossPoint>& losses, const std::vector<LossPoint>& history) {
    const auto isKnown = [&](const LossPoint& point) {
      while (next < known &&
             (point.step != history[next].step || point.part != history[next].part)) {
        ++next;
      }
      if (next == known) return false;
      ++next;
      return true;
    };
    losses.erase(losses.begin(), std::find_if_not(losses.begin(), losses.end(), isKnown));
  }
};

/// A copy of a run that somebody waits for: null where it is written.
struct AwaitedCopy {
  std::filesystem::path path;
  std::function<void(const Error* failed)> done;
};

/// Answers whoever waits for the file that `event` tells of; false where nobody does.
inline bool answerCopy(std::vector<AwaitedCopy>& copies, const SessionEvent& event) {
  const auto* saved = std::get_if<RunSaved>(&event);
  const auto* failed = std::get_if<SaveFailed>(&event);
  if (saved == nullptr && failed == nullptr) return false;
  const auto found = std::find_if(copies.begin(), copies.end(), [&](const AwaitedCopy& copy) {
    return copy.path == (saved != nullptr ? saved->path : failed->path);
  });
  if (found == copies.end()) return false;
  const auto done = std::move(found->done);
  copies.erase(found);
  done(failed != nullptr ? &failed->error : nullptr);
  return true;
}

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
  std::vector<AwaitedCopy> copies;
  std::vector<SessionEvent> events;  ///< taken, but told to nobody yet
  std::unique_ptr<Session> session;

  /// Writes the run as it is into a file that is not its own; `done` is called by answerCopies, or
  /// by whoever looks at the run next.
  void saveCopy(const std::filesystem::path& path, std::function<void(const Error* failed)> done) {
    copies.push_back({path, std::move(done)});
    session->save(path);
  }
  void answerCopies() {
    if (copies.empty()) return;
    std::vector<SessionEvent> told = session->take_events();
    collect();  // whoever is answered finds the losses up to there
    for (SessionEvent& event : told) {
      if (!answerCopy(copies, event)) events.push_back(std::move(event));
    }
  }

  /// Takes the losses that have come meanwhile.
  void collect() {
    std::vector<LossPoint> losses = session->take_losses();
    retold.drop(losses, history);
    history.insert(history.end(), losses.begin(), losses.end());
  }
};

}  // namespace latent::ui
