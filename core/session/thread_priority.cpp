#include "latent/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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

}  // namespace

void set_niceness(int niceness) {
  // Linux keeps a niceness per thread. Refused means unchanged: nothing depends on it but latency.
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), niceness);
}

void expect_short_turns() {
  SchedulingAttributes attributes;
  const int thread = static_cast<int>(syscall(SYS_gettid));
  attributes.nice = getpriority(PRIO_PROCESS, static_cast<id_t>(thread));
  attributes.runtime = 100'000;
  syscall(SYS_sched_setattr, thread, &attributes, 0U);
}

}  // namespace latent
