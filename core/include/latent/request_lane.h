#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "latent/thread_priority.h"

namespace latent {

/// A second thread that answers questions. Each kind of question has one slot: a newer request
/// replaces one of its kind that has not begun; kinds of lower `priority` number go first. The
/// thread that asks never waits.
class RequestLane {
 public:
  /// `thread_start` runs once on the lane's thread before its first job (number of threads, …).
  explicit RequestLane(std::function<void()> thread_start = {});
  /// Drops what has not begun, waits for what has.
  ~RequestLane();
  RequestLane(const RequestLane&) = delete;
  RequestLane& operator=(const RequestLane&) = delete;

  /// Returns the request's number, which rises by one with each request of any kind. The job runs
  /// on the lane's thread and delivers its own answer; an exception from it ends in `on_error` of
  /// the lane, never further.
  std::uint64_t ask(const std::string& kind, int priority, std::function<void()> job);
  void cancel(const std::string& kind);
  void set_error_handler(std::function<void(const std::string& kind, const std::string& what)> f);
  /// Blocks until nothing is waiting and nothing runs; for tests and for headless use.
  void drain();

 private:
  struct Pending {
    int priority;
    std::uint64_t number;
    std::function<void()> job;
  };
  void run(const std::stop_token& stop, const std::function<void()>& thread_start);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Pending> pending_;
  std::function<void(const std::string&, const std::string&)> on_error_;
  std::uint64_t number_ = 0;
  bool busy_ = false;
  WakePlace place_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace latent
