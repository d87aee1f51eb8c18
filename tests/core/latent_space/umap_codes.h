#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace latent::test {

/// `n` codes of `dim` numbers between 0 and 1, from a generator that is the same everywhere: the
/// graphs in tests/data were computed from these.
inline std::vector<float> scattered_codes(std::size_t n, std::size_t dim) {
  std::vector<float> codes(n * dim);
  std::uint32_t state = 1;
  for (float& value : codes) {
    state = (state * 1103515245U + 12345U) & 0x7fffffffU;
    value = static_cast<float>(state >> 8 & 0xffffU) / 65536.0F;
  }
  return codes;
}

/// `groups` round clouds of `each` codes, `apart` from each other; a cloud's deviation is 1.
inline std::vector<float> clouds(std::size_t groups, std::size_t each, std::size_t dim,
                                 float apart) {
  std::mt19937_64 generator{7};
  std::normal_distribution<float> normal;
  std::vector<float> codes;
  for (std::size_t i = 0; i < groups * each; ++i) {
    for (std::size_t d = 0; d < dim; ++d) {
      codes.push_back(normal(generator) + (d == i / each % dim ? apart : 0.0F));
    }
  }
  return codes;
}

}  // namespace latent::test
