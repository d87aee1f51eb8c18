#include "latent/thread_team.h"

#include <algorithm>

#include "latent/error.h"

namespace latent {

ThreadTeam::ThreadTeam(int threads, const std::function<void()>& thread_start)
    : places_(static_cast<std::size_t>(
          std::max(threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency()),
                   1) -
          1)) {
  for (std::size_t helper = 0; helper < places_.size(); ++helper) {
    helpers_.emplace_back([this, helper, thread_start] {
      if (thread_start) thread_start();
      help(helper);
    });
  }
}

ThreadTeam::~ThreadTeam() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
  }
  started_.notify_all();
}

bool ThreadTeam::take(std::size_t& piece) {
  const std::lock_guard lock{mutex_};
  if (next_ >= pieces_) return false;
  piece = next_++;
  return true;
}

void ThreadTeam::fail(std::exception_ptr error) {
  const std::lock_guard lock{mutex_};
  if (!error_) error_ = std::move(error);
  next_ = pieces_;  // what has not begun never will
}

void ThreadTeam::help(std::size_t helper) {
  const WakePlace& place = places_[helper];
  places_[helper].enter();
  std::unique_lock lock{mutex_};
  for (;;) {
    started_.wait(lock, [this] { return closing_ || next_ < pieces_; });
    if (closing_) return;
    ++working_;
    place.awake();
    while (next_ < pieces_) {
      const std::size_t mine = next_++;
      const auto* piece = piece_;
      lock.unlock();
      try {
        (*piece)(mine);
      } catch (...) {
        fail(std::current_exception());
      }
      lock.lock();
    }
    if (--working_ == 0) ended_.notify_one();
  }
}

void ThreadTeam::run(std::size_t pieces, const std::function<void(std::size_t)>& piece,
                     const std::function<bool()>& interrupted) {
  {
    const std::lock_guard lock{mutex_};
    piece_ = &piece;
    next_ = 0;
    pieces_ = pieces;
    error_ = nullptr;
  }
  if (pieces > 1 && !helpers_.empty()) {
    for (const WakePlace& place : places_) place.keep_from_here();
    started_.notify_all();
  }
  std::size_t mine = 0;
  for (;;) {
    try {
      if (interrupted && interrupted()) throw Error{ErrorCode::Cancelled, "Cancelled."};
      if (!take(mine)) break;
      piece(mine);
    } catch (...) {
      fail(std::current_exception());
      break;
    }
  }
  std::unique_lock lock{mutex_};
  ended_.wait(lock, [this] { return working_ == 0; });
  pieces_ = 0;
  if (error_) std::rethrow_exception(error_);
}

}  // namespace latent
