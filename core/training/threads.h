#pragma once

#include <cstdint>

#include <ATen/core/Generator.h>

namespace latent::training {

/// Number of threads that numeric calls of *this* thread compute with; other threads keep theirs.
void set_thread_count(int threads);
int thread_count();

/// The number that `threads` = 0 stands for: the processors this program may run on.
int automatic_thread_count();

/// A generator of its own, not the library's global one.
at::Generator make_generator(std::uint64_t seed);
/// A seed for one purpose of a run: validation of an epoch, a reader's samples. Streams of
/// different purposes are unrelated.
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t purpose);

}  // namespace latent::training
