#pragma once

#include <cstdint>
#include <vector>

namespace latent {

/// SplitMix64 (Steele, Lea & Flood 2014). The standard library's distributions and its shuffle
/// differ between implementations; the same seed must give the same data everywhere.
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// Uniform in 0 … bound - 1, without bias.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t unfair = (0 - bound) % bound;
    std::uint64_t drawn = next();
    while (drawn < unfair) drawn = next();
    return drawn % bound;
  }
  /// Uniform in [low, high), 24 bits.
  float between(float low, float high) {
    return low + (high - low) * (static_cast<float>(next() >> 40) * 0x1p-24F);
  }

 private:
  std::uint64_t state_;
};

/// 0 … count - 1 in the order that `seed` gives (Fisher & Yates).
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed);

}  // namespace latent
