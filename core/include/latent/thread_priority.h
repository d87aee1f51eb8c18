#pragma once

#include <sched.h>

#include <atomic>

namespace latent {

/// The calling thread, and those it starts from now on, give way to threads of lower niceness
/// (0 … 19, the greater the politer; 0 is an ordinary thread's). A thread cannot take this back.
void set_niceness(int niceness);

/// The calling thread seldom computes for long, and when it wakes it wants a core at once: a Linux
/// of 6.12 or newer then takes one from whoever computes (without this it lets the other's slice
/// pass first, 5 ms on two cores). Elsewhere nothing happens.
void expect_short_turns();

/// Where a thread wakes that works for another. A Linux that knows of no cache shared by the
/// processors, as in many virtual machines, wakes it on the processor of the thread that asks,
/// where it waits until that one rests, be the others idle or not.
class WakePlace {
 public:
  /// On the thread that is to be woken, before it is woken first.
  void enter();
  /// On the thread that is about to wake it: it wakes on another processor, where it may use one.
  void keep_from_here() const;
  /// On the woken thread: from now on it may be moved anywhere again.
  void awake() const;

 private:
  std::atomic<int> thread_{0};  // 0: not entered yet
  cpu_set_t allowed_{};
};

}  // namespace latent
