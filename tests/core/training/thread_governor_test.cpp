#include "training/thread_governor.h"

#include <algorithm>
#include <cmath>

#include "support/catch.h"

namespace {

using latent::training::ThreadGovernor;

/// A machine whose batches cost what a formula says; counts what was done with which threads.
template <typename Cost>
struct Machine {
  ThreadGovernor& governor;
  Cost cost;  // seconds per batch, by number of threads

  /// Trains for `seconds`; returns the share of the batches that the best number would have done.
  double train(double seconds, double best) {
    double clock = 0.0;
    int batches = 0;
    while (clock < seconds) {
      const double batch = cost(governor.threads());
      clock += batch;
      ++batches;
      governor.record(batch, 128);
    }
    return batches * best / clock;
  }
};
template <typename Cost>
Machine(ThreadGovernor&, Cost) -> Machine<Cost>;

// Measured on 2 cores, batch 128: alone 16 100 samples/s on two threads and 10 500 on one; beside a
// busy loop 3 500 and 13 600.
double alone(int threads) {
  return 128.0 / (threads == 1 ? 10500.0 : 16100.0);
}
double beside_a_busy_loop(int threads) {
  return 128.0 / (threads == 1 ? 13600.0 : 3500.0);
}

}  // namespace

TEST_CASE("a run alone on the machine trains on all its processors", "[training][threads]") {
  ThreadGovernor governor{2};
  CHECK(governor.threads() == 2);
  CHECK(Machine{governor, alone}.train(60.0, alone(2)) > 0.985);
  CHECK(governor.threads() == 2);
}

TEST_CASE("beside a busy processor a run retreats to one thread within half a second",
          "[training][threads]") {
  ThreadGovernor governor{2};
  Machine{governor, alone}.train(20.0, alone(2));
  Machine{governor, beside_a_busy_loop}.train(1.0, beside_a_busy_loop(1));
  CHECK(governor.threads() == 1);
  CHECK(Machine{governor, beside_a_busy_loop}.train(60.0, beside_a_busy_loop(1)) > 0.97);
}

TEST_CASE("when the processor is free again the run takes it back", "[training][threads]") {
  ThreadGovernor governor{2};
  Machine{governor, beside_a_busy_loop}.train(60.0, 1.0);
  REQUIRE(governor.threads() == 1);
  Machine{governor, alone}.train(17.0, 1.0);
  CHECK(governor.threads() == 2);
}

TEST_CASE("noise below five per cent changes nothing", "[training][threads]") {
  ThreadGovernor governor{2};
  unsigned state = 1;
  const auto noisy = [&](int) {
    state = state * 1664525U + 1013904223U;
    return 0.008 * (1.0 + 0.03 * (static_cast<double>(state >> 8U) / (1U << 24U) - 0.5));
  };
  int others = 0;
  for (int i = 0; i < 20000; ++i) {
    if (governor.threads() != 2) ++others;
    governor.record(noisy(governor.threads()), 128);
  }
  CHECK(others < 300);
}

TEST_CASE("one slow batch is not a change of load", "[training][threads]") {
  ThreadGovernor governor{2};
  Machine{governor, alone}.train(60.0, 1.0);
  int others = 0;
  for (int i = 0; i < 100; ++i) {
    governor.record(i == 50 ? 0.2 : alone(governor.threads()), 128);
    if (governor.threads() != 2) ++others;
  }
  CHECK(others == 0);
}

TEST_CASE("the best number is found among many", "[training][threads]") {
  ThreadGovernor governor{16};
  // Five processors are free, each further thread has to share one.
  const auto cost = [](int threads) {
    return threads <= 6 ? 0.02 / threads : 0.02 / 6 * (1.0 + 0.3 * (threads - 6));
  };
  Machine{governor, cost}.train(60.0, 1.0);
  CHECK(governor.threads() == 6);
}

TEST_CASE("one processor leaves nothing to decide", "[training][threads]") {
  ThreadGovernor governor{1};
  for (int i = 0; i < 1000; ++i) {
    governor.record(0.01, 128);
    REQUIRE(governor.threads() == 1);
  }
}

TEST_CASE("a shorter last batch is not taken for a faster machine", "[training][threads]") {
  ThreadGovernor governor{2};
  for (int i = 0; i < 400; ++i) governor.record(alone(governor.threads()), 128);
  int others = 0;
  for (int i = 0; i < 60; ++i) {
    const int samples = i % 4 == 3 ? 32 : 128;
    governor.record(alone(governor.threads()) * samples / 128.0, samples);
    if (governor.threads() != 2) ++others;
  }
  CHECK(others <= 18);
}
