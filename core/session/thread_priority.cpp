#include "latent/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace latent {
namespace {

/// The kernel's `struct sched_attr`, first version; glibc declares it only lately.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 0;  // SCHED_OTHER
  std::uint64_t flags = 1;   // SCHED_FLAG_RESET_ON_FORK: threads it starts are ordinary ones
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of SCHED_OTHER: the slice, ns
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

int this_thread() {
  return static_cast<int>(syscall(SYS_gettid));
}

}  // namespace

void set_niceness(int niceness) {
  // Linux keeps a niceness per thread. Refused means unchanged: nothing depends on it but latency.
  setpriority(PRIO_PROCESS, static_cast<id_t>(this_thread()), niceness);
}

void WakePlace::enter() {
  if (sched_getaffinity(0, sizeof allowed_, &allowed_) != 0) return;
  thread_.store(this_thread(), std::memory_order_release);
}

void WakePlace::keep_from_here() const {
  const int thread = thread_.load(std::memory_order_acquire);
  const int here = sched_getcpu();
  if (thread == 0 || thread == this_thread() || here < 0 || here >= CPU_SETSIZE) return;
  cpu_set_t others = allowed_;
  CPU_CLR(static_cast<std::size_t>(here), &others);
  if (CPU_COUNT(&others) > 0) sched_setaffinity(thread, sizeof others, &others);
}

void WakePlace::awake() const {
  if (thread_.load(std::memory_order_relaxed) != 0)
    sched_setaffinity(0, sizeof allowed_, &allowed_);
}

void expect_short_turns() {
  SchedulingAttributes attributes;
  const int thread = this_thread();
  attributes.nice = getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
  attributes.runtime = 100'000;
  syscall(SYS_sched_setattr, thread, &attributes, 0U);
}

}  // namespace latent
