#include "latent_space/umap_layout.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "latent_space/instruction_set.h"
#ifdef LATENT_X86
#include <immintrin.h>
#endif

namespace latent {
namespace {

constexpr std::size_t kLanes = 16;
constexpr std::size_t kGroups = 16;   // a piece of work
constexpr float kLongestStep = 4.0F;  // of one coordinate and sample, of the authors' program
constexpr float kTiny = 1e-12F;

/// Sixteen points on their way through an epoch.
struct LayoutLanes {
  alignas(64) float x[kLanes];
  alignas(64) float y[kLanes];
  alignas(64) std::int32_t own[kLanes];    ///< index among the others; −1: none
  alignas(64) std::uint32_t draw[kLanes];  ///< state of the generator
  alignas(64) std::int32_t draws[kLanes];  ///< edges drawn in this epoch
};

/// What is the same for all points in an epoch.
struct Epoch {
  const float* others;  ///< [m, 2]
  float count;          ///< m / 2²⁴
  std::int32_t last;    ///< m − 1
  float a;
  float b;
  float pull;
  float step;
  int negative_samples;
};

namespace plain {
#define LATENT_WIDTH 4
#include "latent_space/umap_follow.h"
#undef LATENT_WIDTH
}  // namespace plain
#ifdef LATENT_X86
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#define LATENT_WIDTH 8
#include "latent_space/umap_follow.h"
#undef LATENT_WIDTH
}  // namespace avx2
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
namespace avx512 {
#define LATENT_WIDTH 16
#include "latent_space/umap_follow.h"
#undef LATENT_WIDTH
}  // namespace avx512
#pragma GCC pop_options
#endif

void follow_all(LayoutLanes& lanes, const std::int32_t* targets, const Epoch& epoch) {
  switch (instruction_set()) {
#ifdef LATENT_X86
    case InstructionSet::Avx512:
      return avx512::follow_all(lanes, targets, epoch);
    case InstructionSet::Avx2:
      return avx2::follow_all(lanes, targets, epoch);
#endif
    default:
      return plain::follow_all(lanes, targets, epoch);
  }
}

/// A generator's first state for a point in an epoch (the finaliser of MurmurHash3), never zero.
std::uint32_t first_draw(std::uint64_t seed, std::uint32_t epoch, std::uint32_t point) {
  std::uint64_t mixed = seed ^ (std::uint64_t{epoch} << 32 | point);
  for (int i = 0; i < 2; ++i) {
    mixed ^= mixed >> 33;
    mixed *= 0xff51afd7ed558ccdULL;
    mixed ^= mixed >> 33;
    mixed *= 0xc4ceb9fe1a85ec53ULL;
    mixed ^= mixed >> 33;
    mixed += 0x9e3779b97f4a7c15ULL;
  }
  return static_cast<std::uint32_t>(mixed >> 32) | 1U;
}

}  // namespace

LayoutSchedule::LayoutSchedule(std::span<const std::int64_t> begin,
                               std::span<const std::int32_t> target, std::span<const float> weight,
                               int epochs)
    : count_(begin.size() - 1) {
  const float largest = weight.empty() ? 1.0F : *std::max_element(weight.begin(), weight.end());
  const float least = largest / static_cast<float>(std::max(epochs, 1));
  std::vector<double> draws(count_, 0.0);
  for (std::size_t i = 0; i < count_; ++i) {
    for (auto e = begin[i]; e < begin[i + 1]; ++e) {
      const float edge = weight[static_cast<std::size_t>(e)];
      if (edge >= least) draws[i] += double{edge};
    }
  }
  order_.resize(count_);
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](std::int32_t i, std::int32_t j) {
    return draws[static_cast<std::size_t>(i)] > draws[static_cast<std::size_t>(j)];
  });
  begin_.assign(1, 0);
  begin_.reserve(count_ + 1);
  target_.reserve(target.size());
  rate_.reserve(target.size());
  for (const std::int32_t i : order_) {
    for (auto e = begin[static_cast<std::size_t>(i)]; e < begin[static_cast<std::size_t>(i) + 1];
         ++e) {
      const float edge = weight[static_cast<std::size_t>(e)];
      if (edge < least) continue;
      target_.push_back(target[static_cast<std::size_t>(e)]);
      rate_.push_back(edge / largest);
    }
    begin_.push_back(static_cast<std::int64_t>(target_.size()));
    longest_ = std::max(longest_, static_cast<std::size_t>(begin_.back() - *(begin_.end() - 2)));
  }
}

void LayoutSchedule::advance(int epoch, float step, const LayoutForces& forces,
                             std::span<const float> from, std::span<const float> others,
                             std::span<float> to, ThreadTeam& team) const {
  const auto reference = static_cast<std::int32_t>(others.size() / 2);
  const Epoch shared{.others = others.data(),
                     .count = static_cast<float>(reference) * 0x1p-24F,
                     .last = reference - 1,
                     .a = static_cast<float>(forces.curve.a),
                     .b = static_cast<float>(forces.curve.b),
                     .pull = forces.pull,
                     .step = step,
                     .negative_samples = forces.negative_samples};
  const auto now = static_cast<float>(epoch);
  const auto before = static_cast<float>(epoch - 1);
  const std::size_t groups = (count_ + kLanes - 1) / kLanes;
  team.run((groups + kGroups - 1) / kGroups, [&](std::size_t piece) {
    std::vector<std::int32_t> targets((longest_ + 1) * kLanes, 0);
    LayoutLanes lanes;
    for (std::size_t group = piece * kGroups; group < std::min(groups, (piece + 1) * kGroups);
         ++group) {
      const std::size_t points = std::min(kLanes, count_ - group * kLanes);
      for (std::size_t l = 0; l < kLanes; ++l) {
        lanes.draws[l] = 0;
        if (l >= points) {
          lanes.x[l] = lanes.y[l] = 0.0F;
          lanes.own[l] = -1;
          lanes.draw[l] = 1;
          continue;
        }
        const auto at = static_cast<std::size_t>(order_[group * kLanes + l]);
        lanes.x[l] = from[2 * at];
        lanes.y[l] = from[2 * at + 1];
        lanes.own[l] = forces.among_themselves ? order_[group * kLanes + l] : -1;
        // New points all meet the same negative samples: near codes then come to near places.
        lanes.draw[l] = first_draw(forces.seed, static_cast<std::uint32_t>(epoch),
                                   forces.among_themselves ? static_cast<std::uint32_t>(at) : 0U);
        std::int32_t drawn = 0;
        for (auto e = static_cast<std::size_t>(begin_[group * kLanes + l]);
             e < static_cast<std::size_t>(begin_[group * kLanes + l + 1]); ++e) {
          // Drawn where a whole number is passed; written in any case, kept where it counts.
          targets[static_cast<std::size_t>(drawn) * kLanes + l] = target_[e];
          drawn += static_cast<std::int32_t>(static_cast<std::int32_t>(now * rate_[e]) !=
                                             static_cast<std::int32_t>(before * rate_[e]));
        }
        lanes.draws[l] = drawn;
      }
      follow_all(lanes, targets.data(), shared);
      for (std::size_t l = 0; l < points; ++l) {
        const auto at = static_cast<std::size_t>(order_[group * kLanes + l]);
        to[2 * at] = lanes.x[l];
        to[2 * at + 1] = lanes.y[l];
      }
    }
  });
}

}  // namespace latent
