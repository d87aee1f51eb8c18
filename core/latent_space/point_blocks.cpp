#include "latent_space/point_blocks.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>

#include "latent_space/instruction_set.h"

namespace latent {
namespace {

#if defined(__GNUC__)
// Sixteen numbers at once; where the processor has no such register, the compiler takes several.
typedef float Lanes
    __attribute__((vector_size(64), aligned(4), may_alias));  // NOLINT(modernize-use-using)

[[gnu::always_inline]] inline void distances(const float* columns, const float* query,
                                             std::size_t dim, float* out) {
  for (std::size_t j = 0; j < PointBlocks::kBlock; j += 64) {
    Lanes a{};
    Lanes b{};
    Lanes c{};
    Lanes d{};
    for (std::size_t l = 0; l < dim; ++l) {
      const Lanes* from = reinterpret_cast<const Lanes*>(columns + l * PointBlocks::kBlock + j);
      const float at = query[l];
      const Lanes da = from[0] - at;
      const Lanes db = from[1] - at;
      const Lanes dc = from[2] - at;
      const Lanes dd = from[3] - at;
      a += da * da;
      b += db * db;
      c += dc * dc;
      d += dd * dd;
    }
    Lanes* to = reinterpret_cast<Lanes*>(out + j);
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
  }
}
#else
inline void distances(const float* columns, const float* query, std::size_t dim, float* out) {
  for (std::size_t j = 0; j < PointBlocks::kBlock; ++j) out[j] = 0.0F;
  for (std::size_t l = 0; l < dim; ++l) {
    for (std::size_t j = 0; j < PointBlocks::kBlock; ++j) {
      const float difference = columns[l * PointBlocks::kBlock + j] - query[l];
      out[j] += difference * difference;
    }
  }
}
#endif

#if defined(__GNUC__)
[[gnu::always_inline]]
#endif
inline int
below(const float* values, float limit) {
  int count = 0;
  for (std::size_t j = 0; j < PointBlocks::kBlock; ++j)
    count += static_cast<int>(values[j] < limit);
  return count;
}

void distances_plain(const float* columns, const float* query, std::size_t dim, float* out) {
  distances(columns, query, dim, out);
}
int below_plain(const float* values, float limit) {
  return below(values, limit);
}
#ifdef LATENT_X86
LATENT_AVX2 void distances_avx2(const float* columns, const float* query, std::size_t dim,
                                float* out) {
  distances(columns, query, dim, out);
}
LATENT_AVX2 int below_avx2(const float* values, float limit) {
  return below(values, limit);
}
LATENT_AVX512 void distances_avx512(const float* columns, const float* query, std::size_t dim,
                                    float* out) {
  distances(columns, query, dim, out);
}
LATENT_AVX512 int below_avx512(const float* values, float limit) {
  return below(values, limit);
}
#endif

}  // namespace

PointBlocks::PointBlocks(std::span<const float> points, std::size_t dim)
    : count_(points.size() / dim), dim_(dim) {
  Line behind;
  std::fill(std::begin(behind.values), std::end(behind.values),
            std::numeric_limits<float>::infinity());
  lines_.assign(blocks() * dim_ * PointBlocks::kBlock / std::size(behind.values), behind);
  for (std::size_t i = 0; i < count_; ++i) {
    float* block = lines_.data()->values + i / PointBlocks::kBlock * dim_ * PointBlocks::kBlock +
                   i % PointBlocks::kBlock;
    for (std::size_t l = 0; l < dim_; ++l) block[l * PointBlocks::kBlock] = points[i * dim_ + l];
  }
}

const float* PointBlocks::block_at(std::size_t block) const {
  return lines_.data()->values + block * dim_ * PointBlocks::kBlock;
}

void PointBlocks::squared_distances(const float* query, std::size_t block, float* out) const {
  const float* columns = block_at(block);
  switch (instruction_set()) {
#ifdef LATENT_X86
    case InstructionSet::Avx512:
      return distances_avx512(columns, query, dim_, out);
    case InstructionSet::Avx2:
      return distances_avx2(columns, query, dim_, out);
#endif
    default:
      return distances_plain(columns, query, dim_, out);
  }
}

std::size_t PointBlocks::count_below(const float* values, float limit) {
  switch (instruction_set()) {
#ifdef LATENT_X86
    case InstructionSet::Avx512:
      return static_cast<std::size_t>(below_avx512(values, limit));
    case InstructionSet::Avx2:
      return static_cast<std::size_t>(below_avx2(values, limit));
#endif
    default:
      return static_cast<std::size_t>(below_plain(values, limit));
  }
}

}  // namespace latent
