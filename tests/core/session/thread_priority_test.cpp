#include "latent/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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
