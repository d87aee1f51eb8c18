#include "training/threads.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <thread>

namespace latent::training {

void set_thread_count(int threads) {
  // LibTorch sets each thread's OpenMP count when that thread first computes, to a process-wide
  // number (the physical cores unless told otherwise). Once that is over, OpenMP's own setting,
  // which belongs to the calling thread, is what counts.
  at::init_num_threads();
  at::get_num_threads();
  omp_set_dynamic(0);
  omp_set_num_threads(std::max(threads, 1));
}

int thread_count() {
  return at::get_num_threads();
}

int automatic_thread_count() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    return std::max(CPU_COUNT(&allowed), 1);
  }
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

at::Generator make_generator(std::uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t purpose) {
  // SplitMix64 (Steele, Lea & Flood 2014): neighbouring inputs give unrelated outputs.
  std::uint64_t mixed = seed + 0x9E3779B97F4A7C15U * (purpose + 1);
  mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31U);
}

}  // namespace latent::training
