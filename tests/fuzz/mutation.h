#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "data/random_stream.h"

namespace latent::fuzz {

using Bytes = std::vector<std::uint8_t>;

/// Damages `bytes` in one to eight places the way files get damaged and the way attackers think:
/// bits and bytes changed, sizes made extreme, parts lost, doubled, or taken from `other`.
inline void mutate(Bytes& bytes, const Bytes& other, RandomStream& random) {
  static constexpr std::array<std::uint32_t, 8> kExtreme = {
      0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
  constexpr std::size_t kLongest = 1 << 16;
  for (std::uint64_t left = 1 + random.below(8); left > 0 && !bytes.empty(); --left) {
    // Half of the damage goes to the first bytes: there stand the headers.
    const std::size_t reach =
        random.below(2) == 0 ? std::min<std::size_t>(bytes.size(), 64) : bytes.size();
    const std::size_t at = random.below(reach);
    const std::size_t count = 1 + random.below(std::min<std::size_t>(bytes.size() - at, 32));
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = place + static_cast<std::ptrdiff_t>(count);
    switch (random.below(8)) {
      case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<std::uint8_t>(random.next());
        break;
      case 2: {
        const std::uint32_t value = kExtreme[random.below(kExtreme.size())];
        const bool big_endian = random.below(2) == 0;
        for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i) {
          bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * (big_endian ? 3 - i : i)));
        }
        break;
      }
      case 3:
        bytes.erase(place, end);
        break;
      case 4: {
        if (bytes.size() + count > kLongest) break;
        const Bytes copy(place, end);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(random.below(bytes.size())),
                     copy.begin(), copy.end());
        break;
      }
      case 5:
        bytes.resize(at);
        break;
      case 6: {
        if (other.empty()) break;
        const std::size_t from = random.below(other.size());
        const std::size_t taken = std::min({count, other.size() - from, bytes.size() - at});
        std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), taken, place);
        break;
      }
      default:
        // A digit in a text header: a size, an offset.
        if (bytes[at] >= '0' && bytes[at] <= '9') {
          bytes[at] = static_cast<std::uint8_t>('0' + random.below(10));
        } else {
          bytes[at] = static_cast<std::uint8_t>(bytes[at] + random.below(3) - 1);
        }
    }
  }
}

}  // namespace latent::fuzz
