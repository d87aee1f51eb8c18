#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace latent::nn::kernels {

/// Floats in a cache line: no two threads write to one, and every share begins at a whole vector.
constexpr std::int64_t kLine = 16;
/// Fewer elements than this are not worth waking a second thread for (about 2 µs).
constexpr std::int64_t kWorthThreads = 16384;

/// Into how many parts `in_parts` splits at most.
inline int part_count(std::int64_t count, std::int64_t grain, std::int64_t work) {
  const std::int64_t grains = (count + grain - 1) / grain;
  const int threads = static_cast<int>(std::min<std::int64_t>(omp_get_max_threads(), grains));
  return threads <= 1 || work < kWorthThreads || omp_in_parallel() != 0 ? 1 : threads;
}

/// Splits [0, count) into one range for each thread, at multiples of `grain`, and calls
/// `run(part, begin, end)`. The ranges depend on the number of threads alone. `work` is the number
/// of elements touched.
template <typename F>
void in_parts(std::int64_t count, std::int64_t grain, std::int64_t work, const F& run) {
  const int threads = part_count(count, grain, work);
  if (threads == 1) {
    run(0, std::int64_t{0}, count);
    return;
  }
  const std::int64_t grains = (count + grain - 1) / grain;
#pragma omp parallel num_threads(threads)
  {
    const std::int64_t parts = omp_get_num_threads();
    const std::int64_t part = omp_get_thread_num();
    const std::int64_t begin = grains * part / parts * grain;
    const std::int64_t end = std::min(grains * (part + 1) / parts * grain, count);
    if (begin < end) run(static_cast<int>(part), begin, end);
  }
}

template <typename F>
void in_ranges(std::int64_t count, std::int64_t grain, std::int64_t work, const F& run) {
  in_parts(count, grain, work, [&](int, std::int64_t begin, std::int64_t end) { run(begin, end); });
}

/// A thread's place among those that work on something together.
struct Team {
  struct Range {
    std::int64_t begin;
    std::int64_t end;
  };
  std::int64_t part = 0;
  std::int64_t parts = 1;

  /// Its share of [0, count), at multiples of `grain`; may be empty.
  Range range(std::int64_t count, std::int64_t grain) const {
    const std::int64_t grains = (count + grain - 1) / grain;
    return {std::min(grains * part / parts * grain, count),
            std::min(grains * (part + 1) / parts * grain, count)};
  }
  /// Waits for the others: what they wrote before can be read after.
  void meet() const {
    if (parts == 1) return;
#pragma omp barrier
  }
};

/// Calls `run(team)` on each of as many threads as the setting says, or on this one alone where
/// `work`, the number of elements touched, is not worth more.
template <typename F>
void as_team(std::int64_t work, const F& run) {
  const int threads = part_count(work, 1, work);
  if (threads == 1) {
    run(Team{});
    return;
  }
#pragma omp parallel num_threads(threads)
  run(Team{omp_get_thread_num(), omp_get_num_threads()});
}

}  // namespace latent::nn::kernels
