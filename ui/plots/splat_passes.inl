// The bodies of the passes, compiled once for each instruction set by splat_passes_*.cpp. Nothing
// here may have a name that the linker sees, or the code of one instruction set could be taken for
// that of another; hence no standard templates either.
#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace {

using latent::ui::SplatFrame;
using latent::ui::SplatPasses;
using latent::ui::SplatTile;
using latent::ui::SplatTone;

/// The sums of one, two and four pixels side by side.
using One = float __attribute__((vector_size(16), aligned(4), may_alias));
using Two = float __attribute__((vector_size(32), aligned(4), may_alias));
using Four = float __attribute__((vector_size(64), aligned(4), may_alias));

/// So many dots are placed before they are drawn.
constexpr std::size_t kChunk = 64;
/// So many pixels are made at once.
constexpr std::size_t kStretch = 16;

struct Placed {
  std::int32_t at[kChunk];     // the first sum of the stamp
  std::int32_t phase[kChunk];  // which stamp
  std::uint16_t color[kChunk];
};

inline std::size_t placeInside(const SplatFrame& frame, const SplatTile& tile, const float* x,
                               const float* y, const std::uint16_t* color, std::size_t count,
                               Placed& placed) {
  for (std::size_t i = 0; i < count; ++i) {
    const int fineX = static_cast<int>((x[i] - frame.centreX) * frame.scaleX + tile.originX);
    const int fineY = static_cast<int>((y[i] - frame.centreY) * frame.scaleY + tile.originY);
    placed.at[i] = (fineY >> 2) * tile.stride + (fineX >> 2);
    placed.phase[i] = ((fineY & 3) << 2) | (fineX & 3);
  }
  for (std::size_t i = 0; i < count; ++i) placed.color[i] = color[i];
  return count;
}

inline float within(float value, float end) {
  const float low = value < 0.0F ? 0.0F : value;
  return low > end ? end : low;
}

inline std::size_t placeTouching(const SplatFrame& frame, const SplatTile& tile, const float* x,
                                 const float* y, const std::uint16_t* color, std::size_t count,
                                 Placed& placed) {
  std::int32_t fineX[kChunk];
  std::int32_t fineY[kChunk];
  for (std::size_t i = 0; i < count; ++i) {
    fineX[i] =
        static_cast<int>(within((x[i] - frame.centreX) * frame.scaleX + tile.originX, tile.endX));
    fineY[i] =
        static_cast<int>(within((y[i] - frame.centreY) * frame.scaleY + tile.originY, tile.endY));
  }
  const auto endX = static_cast<std::int32_t>(tile.endX);
  const auto endY = static_cast<std::int32_t>(tile.endY);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    placed.at[kept] = (fineY[i] >> 2) * tile.stride + (fineX[i] >> 2);
    placed.phase[kept] = ((fineY[i] & 3) << 2) | (fineX[i] & 3);
    placed.color[kept] = color[i];
    kept += static_cast<std::size_t>((fineX[i] >= 4) & (fineX[i] < endX) & (fineY[i] >= 4) &
                                     (fineY[i] < endY));
  }
  return kept;
}

inline Four fourTimes(const float* color) {
#if defined(__AVX512F__)
  return reinterpret_cast<Four>(_mm512_broadcast_f32x4(_mm_loadu_ps(color)));
#else
  const float r = color[0];
  const float g = color[1];
  const float b = color[2];
  const float c = color[3];
  return Four{r, g, b, c, r, g, b, c, r, g, b, c, r, g, b, c};
#endif
}

/// Dots that touch two pixels a side: most of them where there are very many.
inline void addSmall(const Placed& placed, std::size_t count, const float* stamps, int stride,
                     const float* palette, float* sums) {
  for (std::size_t i = 0; i < count; ++i) {
    float* top = sums + std::ptrdiff_t{4} * placed.at[i];
    float* bottom = top + std::ptrdiff_t{4} * stride;
    const float* weights = stamps + std::ptrdiff_t{16} * placed.phase[i];
    const One color = *reinterpret_cast<const One*>(palette + std::ptrdiff_t{4} * placed.color[i]);
    // One by one: a pixel that the dot before has touched is taken from the store that is under
    // way, which two at a time would have to wait for.
    *reinterpret_cast<One*>(top) += color * *reinterpret_cast<const One*>(weights);
    *reinterpret_cast<One*>(top + 4) += color * *reinterpret_cast<const One*>(weights + 4);
    *reinterpret_cast<One*>(bottom) += color * *reinterpret_cast<const One*>(weights + 8);
    *reinterpret_cast<One*>(bottom + 4) += color * *reinterpret_cast<const One*>(weights + 12);
  }
}

/// Dots of any size, four pixels at a time.
inline void addLarge(const Placed& placed, std::size_t count, const SplatFrame& frame, int stride,
                     const float* palette, float* sums) {
  const int fours = frame.width / 4;
  const std::ptrdiff_t stamp = std::ptrdiff_t{4} * frame.size * frame.width;
  for (std::size_t i = 0; i < count; ++i) {
    const float* weights = frame.stamps + stamp * placed.phase[i];
    const Four color = fourTimes(palette + std::ptrdiff_t{4} * placed.color[i]);
    float* row = sums + std::ptrdiff_t{4} * placed.at[i];
    for (int y = 0; y < frame.size; ++y) {
      for (int x = 0; x < fours; ++x) {
        *reinterpret_cast<Four*>(row + 16 * x) +=
            color * *reinterpret_cast<const Four*>(weights + 16 * x);
      }
      weights += 16 * fours;
      row += std::ptrdiff_t{4} * stride;
    }
  }
}

void splat(const SplatFrame& frame, const SplatTile& tile, const float* x, const float* y,
           const std::uint16_t* color, std::size_t count, bool inside, const float* palette) {
  Placed placed;
  for (std::size_t begin = 0; begin < count; begin += kChunk) {
    const std::size_t some = count - begin < kChunk ? count - begin : kChunk;
    const std::size_t kept =
        inside ? placeInside(frame, tile, x + begin, y + begin, color + begin, some, placed)
               : placeTouching(frame, tile, x + begin, y + begin, color + begin, some, placed);
    if (frame.width == 2) {
      addSmall(placed, kept, frame.stamps, tile.stride, palette, tile.sums);
    } else {
      addLarge(placed, kept, frame, tile.stride, palette, tile.sums);
    }
  }
}

inline float bitsToFloat(std::int32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
inline std::int32_t floatToBits(float value) {
  std::int32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Absolute error below 2e-4; x > 0.
inline float log2Of(float x) {
  const std::int32_t bits = floatToBits(x);
  const auto exponent = static_cast<float>((bits >> 23) - 127);
  const float m = bitsToFloat((bits & 0x7fffff) | 0x3f800000);  // 1 … 2
  return exponent +
         (-2.4983531F + m * (4.0292114F + m * (-2.0783352F + m * (0.6260322F - 0.0784407F * m))));
}

/// Relative error below 2e-5; −120 < x ≤ 0.
inline float exp2Of(float x) {
  const auto whole = static_cast<std::int32_t>(x);
  const float rest = x - static_cast<float>(whole);  // −1 … 0
  const float power =
      1.0F +
      rest * (0.6931469F +
              rest * (0.2402147F + rest * (0.0554086F + rest * (0.0093442F + rest * 0.0010036F))));
  return power * bitsToFloat((whole + 127) << 23);
}

inline std::uint32_t mixed(std::uint32_t above, std::uint32_t below, std::uint32_t keep) {
  const std::uint32_t t = below * keep + 127U;
  return above + t / 255U;
}

template <bool kOver>
inline void resolveAs(const float* __restrict sums, std::size_t count, const SplatTone& tone,
                      std::uint32_t* __restrict pixels) {
  const float deepRed = tone.deep[0];
  const float deepGreen = tone.deep[1];
  const float deepBlue = tone.deep[2];
  for (std::size_t i = 0; i < count; ++i) {
    const float coverage = sums[4 * i + 3];
    const float known = coverage > 1e-6F ? coverage : 1e-6F;
    float depth = (log2Of(known) + tone.logShift) * (1.0F / 12.0F);
    depth = depth < 0.0F ? 0.0F : depth;
    depth = depth > 0.62F ? 0.62F : depth;
    const float lowest = known * tone.logKeep;
    const float alpha = (1.0F - exp2Of(lowest < -100.0F ? -100.0F : lowest)) * 255.0F;
    const float light = (1.0F - depth) / known;
    const auto opaque = static_cast<std::int32_t>(alpha + 0.5F);
    auto red = static_cast<std::int32_t>(
        __builtin_sqrtf(sums[4 * i] * light + deepRed * depth) * alpha + 0.5F);
    auto green = static_cast<std::int32_t>(
        __builtin_sqrtf(sums[4 * i + 1] * light + deepGreen * depth) * alpha + 0.5F);
    auto blue = static_cast<std::int32_t>(
        __builtin_sqrtf(sums[4 * i + 2] * light + deepBlue * depth) * alpha + 0.5F);
    red = red > opaque ? opaque : red;
    green = green > opaque ? opaque : green;
    blue = blue > opaque ? opaque : blue;
    // As bits, not as a branch, so that sixteen pixels are made at once.
    const auto any = static_cast<std::uint32_t>(-static_cast<std::int32_t>(coverage > 0.0F));
    if (kOver) {
      const std::uint32_t below = pixels[i];
      const auto keep = static_cast<std::uint32_t>(255 - opaque);
      const std::uint32_t whole =
          (mixed(static_cast<std::uint32_t>(opaque), below >> 24, keep) << 24) |
          (mixed(static_cast<std::uint32_t>(red), (below >> 16) & 255U, keep) << 16) |
          (mixed(static_cast<std::uint32_t>(green), (below >> 8) & 255U, keep) << 8) |
          mixed(static_cast<std::uint32_t>(blue), below & 255U, keep);
      pixels[i] = (whole & any) | (below & ~any);
    } else {
      const std::uint32_t whole =
          (static_cast<std::uint32_t>(opaque) << 24) | (static_cast<std::uint32_t>(red) << 16) |
          (static_cast<std::uint32_t>(green) << 8) | static_cast<std::uint32_t>(blue);
      pixels[i] = whole & any;
    }
  }
}

/// Whether no dot covers these kStretch pixels.
inline bool isEmpty(const float* sums) {
  using Bits = std::int32_t __attribute__((vector_size(64), aligned(4), may_alias));
  const auto* four = reinterpret_cast<const Bits*>(sums);
  const Bits all = four[0] | four[1] | four[2] | four[3];
  std::int32_t any = 0;
  for (int i = 0; i < 16; ++i) any |= all[i];
  return any == 0;
}

/// Most of a map is empty: sixteen pixels without a dot are passed over.
void resolve(const float* sums, std::size_t count, const SplatTone& tone, bool over,
             std::uint32_t* pixels) {
  for (std::size_t first = 0; first < count; first += kStretch) {
    const float* from = sums + 4 * first;
    std::uint32_t* to = pixels + first;
    if (count - first >= kStretch) {
      if (!isEmpty(from)) {
        over ? resolveAs<true>(from, kStretch, tone, to)
             : resolveAs<false>(from, kStretch, tone, to);
      } else if (!over) {
        __builtin_memset(to, 0, kStretch * sizeof *to);
      }
    } else if (over) {
      resolveAs<true>(from, count - first, tone, to);
    } else {
      resolveAs<false>(from, count - first, tone, to);
    }
  }
}

constexpr SplatPasses passesNamed(const char* name) {
  return {name, splat, resolve};
}

}  // namespace
