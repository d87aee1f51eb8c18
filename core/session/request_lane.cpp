#include "latent/request_lane.h"

#include <algorithm>
#include <exception>
#include <stop_token>

namespace latent {

RequestLane::RequestLane(std::function<void()> thread_start)
    : thread_([this, start = std::move(thread_start)](const std::stop_token& stop) {
        run(stop, start);
      }) {}

RequestLane::~RequestLane() {
  {
    const std::lock_guard lock{mutex_};
    pending_.clear();
  }
  thread_.request_stop();
  thread_.join();
}

std::uint64_t RequestLane::ask(const std::string& kind, int priority, std::function<void()> job) {
  Pending request{priority, 0, std::move(job)};
  std::uint64_t number = 0;
  {
    const std::lock_guard lock{mutex_};
    number = request.number = ++number_;
    const auto [waiting, inserted] = pending_.try_emplace(kind);
    std::swap(waiting->second, request);
  }
  place_.keep_from_here();
  changed_.notify_all();
  return number;  // what the replaced request held is released here, outside the lock
}

void RequestLane::cancel(const std::string& kind) {
  decltype(pending_)::node_type dropped;
  {
    const std::lock_guard lock{mutex_};
    dropped = pending_.extract(kind);
  }
  changed_.notify_all();
}

void RequestLane::set_error_handler(
    std::function<void(const std::string& kind, const std::string& what)> f) {
  const std::lock_guard lock{mutex_};
  on_error_ = std::move(f);
}

void RequestLane::drain() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return pending_.empty() && !busy_; });
}

void RequestLane::run(const std::stop_token& stop, const std::function<void()>& thread_start) {
  const auto guarded = [this](const std::string& kind, const std::function<void()>& job) {
    std::string what;
    try {
      job();
      return;
    } catch (const std::exception& error) {
      what = error.what();
    } catch (...) {
      what = "An unknown error ended the request.";
    }
    std::function<void(const std::string&, const std::string&)> handler;
    {
      const std::lock_guard lock{mutex_};
      handler = on_error_;
    }
    if (handler) handler(kind, what);
  };

  place_.enter();
  if (thread_start) {
    {
      const std::lock_guard lock{mutex_};
      busy_ = true;
    }
    guarded("start", thread_start);
    const std::lock_guard lock{mutex_};
    busy_ = false;
    changed_.notify_all();
  }

  std::unique_lock lock{mutex_};
  while (changed_.wait(lock, stop, [this] { return !pending_.empty(); })) {
    if (stop.stop_requested()) return;
    const auto next =
        std::min_element(pending_.begin(), pending_.end(), [](const auto& a, const auto& b) {
          return a.second.priority != b.second.priority ? a.second.priority < b.second.priority
                                                        : a.second.number < b.second.number;
        });
    const std::string kind = next->first;
    std::function<void()> job = std::move(next->second.job);
    pending_.erase(next);
    busy_ = true;
    lock.unlock();
    place_.awake();
    guarded(kind, job);
    job = nullptr;  // what it holds is released before `drain` returns, and outside the lock
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace latent
