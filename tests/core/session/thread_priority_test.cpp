#include "latent/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <semaphore>
#include <thread>

#include "support/catch.h"

namespace {

int niceness() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)));
}

}  // namespace

TEST_CASE("a polite thread and what it starts give way, the one that started it does not") {
  const int before = niceness();
  int own = -1;
  int child = -1;
  std::thread polite([&] {
    latent::set_niceness(before + 3);
    own = niceness();
    std::thread([&] { child = niceness(); }).join();
  });
  polite.join();
  CHECK(own == before + 3);
  CHECK(child == before + 3);
  CHECK(niceness() == before);
}

TEST_CASE("asking for short turns changes no niceness") {
  int before = -1;
  int after = -1;
  std::thread([&] {
    latent::set_niceness(2);
    before = niceness();
    latent::expect_short_turns();
    after = niceness();
  }).join();
  CHECK(after == before);
}

TEST_CASE("a thread that is woken for another wakes beside it, and may then go anywhere") {
  // This thread stays where it is, so that "another processor" has a meaning.
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  if (CPU_COUNT(&before) < 2) {
    WARN("not tested: this needs two processors");
    return;
  }
  const int here = sched_getcpu();
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(here), &only);

  latent::WakePlace place;
  std::binary_semaphore entered{0};
  std::binary_semaphore asked{0};
  std::binary_semaphore answered{0};
  int woken = -1;
  bool anywhere = false;
  std::jthread other([&](const std::stop_token& stop) {
    place.enter();
    entered.release();
    for (;;) {
      asked.acquire();
      if (stop.stop_requested()) return;
      woken = sched_getcpu();
      place.awake();
      cpu_set_t allowed;
      sched_getaffinity(0, sizeof allowed, &allowed);
      anywhere = CPU_EQUAL(&allowed, &before) != 0;
      answered.release();
    }
  });
  entered.acquire();
  REQUIRE(sched_setaffinity(0, sizeof only, &only) == 0);
  for (int i = 0; i < 20; ++i) {
    place.keep_from_here();
    asked.release();
    answered.acquire();
    CHECK(woken != here);
    CHECK(anywhere);
  }
  CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
  other.request_stop();
  asked.release();
}

TEST_CASE("a place that nobody has entered is left alone") {
  const latent::WakePlace place;
  cpu_set_t before;
  cpu_set_t after;
  sched_getaffinity(0, sizeof before, &before);
  place.keep_from_here();
  place.awake();
  sched_getaffinity(0, sizeof after, &after);
  CHECK(CPU_EQUAL(&before, &after));
}
