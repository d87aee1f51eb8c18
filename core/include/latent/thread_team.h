#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "latent/thread_priority.h"

namespace latent {

/// Threads that share out numbered pieces of work. Which thread does a piece is chance: a piece
/// whose result does not depend on that gives the same result with any number of threads.
class ThreadTeam {
 public:
  /// 0: as many as the machine has. The calling thread is one of them. `thread_start` runs once on
  /// each of the others.
  explicit ThreadTeam(int threads = 0, const std::function<void()>& thread_start = {});
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  /// Calls `piece` with 0 … pieces − 1 and returns when all are done. `interrupted` is asked by the
  /// calling thread between its own pieces: true ends the work with Error{Cancelled}. The first
  /// exception of a piece comes out here.
  void run(std::size_t pieces, const std::function<void(std::size_t)>& piece,
           const std::function<bool()>& interrupted = {});

 private:
  void help(std::size_t helper);
  bool take(std::size_t& piece);
  void fail(std::exception_ptr error);

  std::mutex mutex_;
  std::condition_variable started_;
  std::condition_variable ended_;
  const std::function<void(std::size_t)>* piece_ = nullptr;
  std::size_t next_ = 0;
  std::size_t pieces_ = 0;
  std::size_t working_ = 0;
  std::exception_ptr error_;
  bool closing_ = false;
  std::vector<WakePlace> places_;
  std::vector<std::jthread> helpers_;  // last: they use what is above
};

}  // namespace latent
