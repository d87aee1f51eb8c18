#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace latent {

/// Latest value wins: the writer never waits for a reader, a slow reader skips to the newest.
template <typename T>
class Mailbox {
 public:
  /// Returns true when the reader had taken everything before, so that it wants one wake.
  bool publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock{mutex_};
    const bool was_taken = taken_;
    latest_ = std::move(value);
    taken_ = false;
    return was_taken;
  }

  /// The newest value, again and again; null before the first.
  std::shared_ptr<const T> latest() const {
    const std::lock_guard lock{mutex_};
    taken_ = true;
    return latest_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> latest_;
  mutable bool taken_ = true;
};

/// Nothing is lost: every value pushed comes out of one `take_all`, in order.
template <typename T>
class LosslessQueue {
 public:
  /// Returns true when the queue was empty, so that its reader wants one wake.
  bool push(T value) {
    const std::lock_guard lock{mutex_};
    values_.push_back(std::move(value));
    return values_.size() == 1;
  }

  std::vector<T> take_all() {
    const std::lock_guard lock{mutex_};
    return std::exchange(values_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<T> values_;
};

}  // namespace latent
