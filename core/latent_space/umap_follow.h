// The inner loop of the layout, included once for each instruction set, inside a namespace of its
// own, under the compiler's pragma for it and with LATENT_WIDTH numbers to a register
// (umap_layout.cpp): hence no guard.

constexpr std::size_t kWidth = LATENT_WIDTH;
static_assert(kLanes % kWidth == 0);

using Floats [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = float;
using Ints [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = std::int32_t;
using Words [[gnu::vector_size(4 * kWidth), gnu::may_alias]] = std::uint32_t;

[[gnu::always_inline]] inline Floats take(const float* others, const Ints& at) {
#if LATENT_WIDTH == 16
  return _mm512_mask_i32gather_ps(_mm512_setzero_ps(), 0xFFFF, reinterpret_cast<__m512i>(at),
                                  others, 8);
#elif LATENT_WIDTH == 8
  return _mm256_i32gather_ps(others, reinterpret_cast<__m256i>(at), 8);
#else
  return Floats{others[2 * at[0]], others[2 * at[1]], others[2 * at[2]], others[2 * at[3]]};
#endif
}

[[gnu::always_inline]] inline Floats least(const Floats& value, float limit) {
  const Floats limits = limit - Floats{};
  return value < limits ? limits : value;
}
[[gnu::always_inline]] inline Floats most(const Floats& value, float limit) {
  const Floats limits = limit - Floats{};
  return value > limits ? limits : value;
}
[[gnu::always_inline]] inline Floats bounded(const Floats& value) {
  return most(least(value, -kLongestStep), kLongestStep);
}

/// base^exponent for base > 0, to about five digits.
[[gnu::always_inline]] inline Floats power(const Floats& base, float exponent) {
  const Ints bits = reinterpret_cast<Ints>(base);
  const Floats whole = __builtin_convertvector((bits >> 23) - 127, Floats);
  const Floats u = reinterpret_cast<Floats>((bits & 0x7fffff) | 0x3f800000) - 1.0F;
  const Floats logarithm =
      whole +
      u * (1.44268325F +
           u * (-0.72044237F +
                u * (0.46930169F + u * (-0.30338967F + u * (0.14643361F + u * -0.03459521F)))));
  const Floats y = most(least(exponent * logarithm, -120.0F), 120.0F);
  const Ints floor = __builtin_convertvector(y + 128.0F, Ints) - 128;  // y + 128 is not below 0
  const Floats f = y - __builtin_convertvector(floor, Floats);
  const Floats mantissa =
      1.0000036F + f * (0.69296955F + f * (0.24162132F + f * (0.05171774F + f * 0.01368398F)));
  return reinterpret_cast<Floats>(reinterpret_cast<Ints>(mantissa) + (floor << 23));
}

/// kWidth of the sixteen points, from `first`, along all their draws. `targets` [draws, 16].
[[gnu::always_inline]] inline void follow(LayoutLanes& lanes, std::size_t first,
                                          const std::int32_t* targets, const Epoch& epoch) {
  Floats& lane_x = *reinterpret_cast<Floats*>(lanes.x + first);
  Floats& lane_y = *reinterpret_cast<Floats*>(lanes.y + first);
  const Ints own = *reinterpret_cast<const Ints*>(lanes.own + first);
  const Ints draws = *reinterpret_cast<const Ints*>(lanes.draws + first);
  Words draw = *reinterpret_cast<const Words*>(lanes.draw + first);
  Floats x = lane_x;
  Floats y = lane_y;
  const float pull_scale = -2.0F * epoch.a * epoch.b;
  const float push_scale = 2.0F * epoch.b;
  const Floats none{};
  const Floats push_step = epoch.step - none;
  const Floats pull_step = epoch.step * epoch.pull - none;
  const Ints last = epoch.last - Ints{};
  std::int32_t longest = 0;
  for (std::size_t l = 0; l < kWidth; ++l) longest = draws[l] > longest ? draws[l] : longest;

  for (std::int32_t s = 0; s < longest; ++s) {
    const Ints is_drawn = s < draws;
    {
      Ints j;
      std::memcpy(&j, targets + static_cast<std::size_t>(s) * kLanes + first, sizeof j);
      const Floats dx = x - take(epoch.others, j);
      const Floats dy = y - take(epoch.others + 1, j);
      const Floats square = least(dx * dx + dy * dy, kTiny);
      const Floats p = power(square, epoch.b);
      const Floats pull = pull_scale * p / (square * (1.0F + epoch.a * p));
      const Floats step = is_drawn ? pull_step : none;
      x += step * bounded(pull * dx);
      y += step * bounded(pull * dy);
    }
    for (int sample = 0; sample < epoch.negative_samples; ++sample) {
      draw ^= draw << 13;  // Marsaglia 2003, xorshift
      draw ^= draw >> 17;
      draw ^= draw << 5;
      Ints j = __builtin_convertvector(
          __builtin_convertvector(reinterpret_cast<Ints>(draw >> 8), Floats) * epoch.count, Ints);
      j = j > last ? last : j;
      const Floats dx = x - take(epoch.others, j);
      const Floats dy = y - take(epoch.others + 1, j);
      const Floats square = least(dx * dx + dy * dy, kTiny);
      const Floats p = power(square, epoch.b);
      const Floats push = push_scale / ((0.001F + square) * (1.0F + epoch.a * p));
      const Floats step = (is_drawn & (j != own)) ? push_step : none;
      x += step * bounded(push * dx);
      y += step * bounded(push * dy);
    }
  }
  lane_x = x;
  lane_y = y;
}

void follow_all(LayoutLanes& lanes, const std::int32_t* targets, const Epoch& epoch) {
  for (std::size_t first = 0; first < kLanes; first += kWidth) {
    follow(lanes, first, targets, epoch);
  }
}
