// The bodies of the passes, compiled once for each instruction set by passes_*.cpp, which include
// the Vector of that set first. Nothing here may have a name that the linker sees, or the code of
// one instruction set could be taken for that of another; hence no standard templates either.
namespace {

using latent::nn::kernels::AdamPass;
using latent::nn::kernels::MapNorm;
using latent::nn::kernels::MapTiles;

constexpr std::int64_t kLanes = Vector::kLanes;

/// Calls `f(i, n)` with n = kLanes for whole vectors of [begin, end), then once with what is left.
template <typename F>
inline void for_vectors(std::int64_t begin, std::int64_t end, F f) {
  std::int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) f(i, kLanes);
  if (i < end) f(i, end - i);
}

inline Vector load_some(const float* p, std::int64_t n) {
  return n == kLanes ? load(p) : load(p, n);
}
inline void store_some(float* p, Vector a, std::int64_t n) {
  if (n == kLanes) {
    store(p, a);
  } else {
    store(p, a, n);
  }
}

/// `a` with the lanes from `n` on made zero.
inline Vector keep_first(Vector a, std::int64_t n) {
  constexpr float kFromLast[16] = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  const auto dropped = static_cast<float>(kLanes - n);
  return select(greater(load(kFromLast + 16 - kLanes), set(dropped - 0.5F)), a, set(0.0F));
}

/// e^x, relative error below 2·10⁻⁷ for −87 ≤ x ≤ 88; outside, the value at the nearer end. A NaN
/// stays one. x = n·ln 2 + r with |r| ≤ ½ ln 2, e^r by its minimax polynomial (Cephes).
inline Vector exponential(Vector x) {
  x = maximum(minimum(x, set(88.0F)), set(-87.0F));
  const Vector n = nearest_integer(x * set(1.44269504088896341F));
  Vector r = multiply_add(n, set(-0.693359375F), x);
  r = multiply_add(n, set(2.12194440e-4F), r);
  Vector p = set(1.9875691500e-4F);
  p = multiply_add(p, r, set(1.3981999507e-3F));
  p = multiply_add(p, r, set(8.3334519073e-3F));
  p = multiply_add(p, r, set(4.1665795894e-2F));
  p = multiply_add(p, r, set(1.6666665459e-1F));
  p = multiply_add(p, r, set(5.0000001201e-1F));
  p = multiply_add(p, r * r, r + set(1.0F));
  return p * power_of_two(n);
}

/// log(1 + e) for 0 ≤ e ≤ 1 from s = e / (2 + e): 2·artanh(s) = 2s·(1 + s²/3 + s⁴/5 + …), relative
/// error below 3·10⁻⁷ (s² ≤ 1/9, the first term left out is below 2·10⁻⁹).
inline Vector log_one_plus_from(Vector s) {
  const Vector q = s * s;
  Vector p = set(1.0F / 17.0F);
  p = multiply_add(p, q, set(1.0F / 15.0F));
  p = multiply_add(p, q, set(1.0F / 13.0F));
  p = multiply_add(p, q, set(1.0F / 11.0F));
  p = multiply_add(p, q, set(1.0F / 9.0F));
  p = multiply_add(p, q, set(1.0F / 7.0F));
  p = multiply_add(p, q, set(1.0F / 5.0F));
  p = multiply_add(p, q, set(1.0F / 3.0F));
  p = multiply_add(p, q, set(1.0F));
  return (s + s) * p;
}

/// Calls `f(at, channel, n)` for each strip of at most kLanes neighbouring channels of the samples
/// [begin, end): `at` is the strip's first pixel, the next is tiles.width further.
template <typename F>
inline void for_map_strips(const MapTiles& tiles, std::int64_t begin, std::int64_t end, F f) {
  for (std::int64_t tile = begin * tiles.blocks; tile < end * tiles.blocks; ++tile) {
    const std::int64_t first = tile * tiles.pixels * tiles.width;
    const std::int64_t channel = tile % tiles.blocks * tiles.width;
    for_vectors(0, tiles.width,
                [&](std::int64_t i, std::int64_t n) { f(first + i, channel + i, n); });
  }
}

/// Sums over the pixels of a strip, four side by side to hide the latency of the additions;
/// `add(at, first, second)` adds one pixel to two sums.
template <typename F>
inline void add_pixels(const MapTiles& tiles, std::int64_t at, std::int64_t n, float* first,
                       float* second, F add) {
  constexpr std::int64_t kSideBySide = 4;
  Vector a[kSideBySide] = {set(0.0F), set(0.0F), set(0.0F), set(0.0F)};
  Vector b[kSideBySide] = {set(0.0F), set(0.0F), set(0.0F), set(0.0F)};
  std::int64_t p = 0;
  for (; p + kSideBySide <= tiles.pixels; p += kSideBySide) {
    for (std::int64_t k = 0; k < kSideBySide; ++k) add(at + (p + k) * tiles.width, a[k], b[k]);
  }
  for (; p < tiles.pixels; ++p) add(at + p * tiles.width, a[0], b[0]);
  store_some(first, load_some(first, n) + ((a[0] + a[1]) + (a[2] + a[3])), n);
  store_some(second, load_some(second, n) + ((b[0] + b[1]) + (b[2] + b[3])), n);
}

void map_moments(const float* x, const MapTiles& tiles, const float* origin, float* total,
                 float* squares, std::int64_t begin, std::int64_t end) {
  for_map_strips(tiles, begin, end, [&](std::int64_t at, std::int64_t c, std::int64_t n) {
    const Vector from = load_some(origin + c, n);
    add_pixels(tiles, at, n, total + c, squares + c,
               [&](std::int64_t pixel, Vector& sum_of, Vector& sum_of_squares) {
                 const Vector d = load_some(x + pixel, n) - from;
                 sum_of = sum_of + d;
                 sum_of_squares = multiply_add(d, d, sum_of_squares);
               });
  });
}

void map_gradient_moments(const float* x, const float* dy, const MapTiles& tiles,
                          const MapNorm& norm, float* total, float* weighted, std::int64_t begin,
                          std::int64_t end) {
  for_map_strips(tiles, begin, end, [&](std::int64_t at, std::int64_t c, std::int64_t n) {
    const Vector mean = load_some(norm.mean + c, n);
    const Vector scale = load_some(norm.scale + c, n);
    const Vector shift = load_some(norm.shift + c, n);
    const Vector leak = set(norm.leak);
    add_pixels(tiles, at, n, total + c, weighted + c,
               [&](std::int64_t pixel, Vector& sum_of, Vector& sum_of_weighted) {
                 const Vector value = load_some(x + pixel, n);
                 const Mask open = greater(multiply_add(value, scale, shift), set(0.0F));
                 const Vector above = load_some(dy + pixel, n);
                 const Vector gradient = select(open, above, above * leak);
                 sum_of = sum_of + gradient;
                 sum_of_weighted = multiply_add(gradient, value - mean, sum_of_weighted);
               });
  });
}

void map_norm_forward(const float* x, float* y, const MapTiles& tiles, const MapNorm& norm,
                      std::int64_t begin, std::int64_t end) {
  for_map_strips(tiles, begin, end, [&](std::int64_t at, std::int64_t c, std::int64_t n) {
    const Vector scale = load_some(norm.scale + c, n);
    const Vector shift = load_some(norm.shift + c, n);
    const Vector leak = set(norm.leak);
    for (std::int64_t p = 0; p < tiles.pixels; ++p) {
      const std::int64_t pixel = at + p * tiles.width;
      const Vector value = multiply_add(load_some(x + pixel, n), scale, shift);
      store_some(y + pixel, maximum(value, value * leak), n);
    }
  });
}

void map_norm_backward(const float* x, const float* dy, float* dx, const MapTiles& tiles,
                       const MapNorm& norm, std::int64_t begin, std::int64_t end) {
  for_map_strips(tiles, begin, end, [&](std::int64_t at, std::int64_t c, std::int64_t n) {
    const Vector mean = load_some(norm.mean + c, n);
    const Vector scale = load_some(norm.scale + c, n);
    const Vector shift = load_some(norm.shift + c, n);
    const Vector slope = load_some(norm.slope + c, n);
    const Vector offset = load_some(norm.offset + c, n);
    const Vector leak = set(norm.leak);
    for (std::int64_t p = 0; p < tiles.pixels; ++p) {
      const std::int64_t pixel = at + p * tiles.width;
      const Vector value = load_some(x + pixel, n);
      const Mask open = greater(multiply_add(value, scale, shift), set(0.0F));
      const Vector above = load_some(dy + pixel, n);
      const Vector gradient = select(open, above, above * leak);
      const Vector rest = multiply_add(slope, value - mean, offset);
      store_some(dx + pixel, multiply_add(scale, gradient, rest), n);
    }
  });
}

void scale_shift(const float* x, float* y, std::int64_t columns, const float* scale,
                 const float* shift, bool relu, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* from = x + row * columns;
    float* to = y + row * columns;
    for_vectors(0, columns, [&](std::int64_t i, std::int64_t n) {
      const Vector value =
          multiply_add(load_some(from + i, n), load_some(scale + i, n), load_some(shift + i, n));
      store_some(to + i, relu ? maximum(value, set(0.0F)) : value, n);
    });
  }
}

void cross_entropy(const float* logits, const float* x, std::int64_t columns, float scale,
                   float* gradient, double* row_loss, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* l_row = logits + row * columns;
    const float* x_row = x + row * columns;
    float* g_row = gradient != nullptr ? gradient + row * columns : nullptr;
    Vector total = set(0.0F);
    for_vectors(0, columns, [&](std::int64_t i, std::int64_t n) {
      const Vector l = load_some(l_row + i, n);
      const Vector target = load_some(x_row + i, n);
      // e = exp(−|l|): log(1 + e^l) = max(l, 0) + log(1 + e), σ(|l|) = 1/(1 + e); both quotients
      // from one division.
      const Vector e = exponential(set(0.0F) - absolute(l));
      const Vector one_plus = set(1.0F) + e;
      const Vector two_plus = set(2.0F) + e;
      const Vector inverse = set(1.0F) / (one_plus * two_plus);
      const Vector log_term = log_one_plus_from(e * one_plus * inverse);
      const Vector loss = maximum(l, set(0.0F)) - l * target + log_term;
      total = total + (n == kLanes ? loss : keep_first(loss, n));
      if (g_row != nullptr) {
        const Vector high = two_plus * inverse;
        const Vector sigmoid = select(greater(l, set(0.0F)), high, e * high);
        store_some(g_row + i, (sigmoid - target) * set(scale), n);
      }
    });
    row_loss[row] = static_cast<double>(sum(total));
  }
}

void reparameterize(const float* outputs, const float* noise, std::int64_t latent, float* z,
                    double* row_kl, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* mean_row = outputs + row * 2 * latent;
    const float* log_var_row = mean_row + latent;
    Vector total = set(0.0F);
    for_vectors(0, latent, [&](std::int64_t i, std::int64_t n) {
      const Vector mean = load_some(mean_row + i, n);
      const Vector log_var = load_some(log_var_row + i, n);
      const Vector sigma = exponential(set(0.5F) * log_var);
      if (z != nullptr) {
        store_some(z + row * latent + i,
                   multiply_add(sigma, load_some(noise + row * latent + i, n), mean), n);
      }
      // Lanes that are left over hold mean = 0 and log_var = 0, whose KL is exactly 0.
      total = total + (multiply_add(sigma, sigma, mean * mean) - set(1.0F) - log_var);
    });
    row_kl[row] = 0.5 * static_cast<double>(sum(total));
  }
}

void reparameterize_backward(const float* outputs, const float* noise, const float* dz, float dkl,
                             std::int64_t latent, float* doutputs, std::int64_t begin,
                             std::int64_t end) {
  for (std::int64_t row = begin; row < end; ++row) {
    const float* mean_row = outputs + row * 2 * latent;
    float* dmean_row = doutputs + row * 2 * latent;
    for_vectors(0, latent, [&](std::int64_t i, std::int64_t n) {
      const Vector mean = load_some(mean_row + i, n);
      const Vector sigma = exponential(set(0.5F) * load_some(mean_row + latent + i, n));
      const Vector gradient = dz != nullptr ? load_some(dz + row * latent + i, n) : set(0.0F);
      const Vector epsilon = dz != nullptr ? load_some(noise + row * latent + i, n) : set(0.0F);
      store_some(dmean_row + i, multiply_add(set(dkl), mean, gradient), n);
      // d/dlog_var: z gives ½σε·dz, the KL gives ½(σ² − 1)
      const Vector from_z = gradient * epsilon * sigma;
      const Vector from_kl = set(dkl) * (sigma * sigma - set(1.0F));
      store_some(dmean_row + latent + i, set(0.5F) * (from_z + from_kl), n);
    });
  }
}

/// One step of the values from `i` on, `n` of them, whose gradient is `g`.
inline void adam_vector(const AdamPass& pass, std::int64_t i, std::int64_t n, Vector g) {
  const Vector m =
      multiply_add(set(pass.beta1), load_some(pass.first_moment + i, n), set(pass.rest1) * g);
  const Vector v =
      multiply_add(set(pass.beta2), load_some(pass.second_moment + i, n), set(pass.rest2) * g * g);
  store_some(pass.first_moment + i, m, n);
  store_some(pass.second_moment + i, v, n);
  const Vector denominator =
      multiply_add(square_root(v), set(pass.inv_sqrt_correction), set(pass.epsilon));
  store_some(
      pass.values + i,
      multiply_add(set(0.0F - pass.step_size), m / denominator, load_some(pass.values + i, n)), n);
}

void adam(const AdamPass& pass, const float* gradients, std::int64_t begin, std::int64_t end) {
  for_vectors(begin, end, [&](std::int64_t i, std::int64_t n) {
    adam_vector(pass, i, n, load_some(gradients + i, n));
  });
}

void bytes_to_floats(const std::uint8_t* bytes, float* values, std::int64_t count) {
  // A division, not a product with 1/255, so that 255 becomes exactly 1 and every byte what
  // x / 255 gives elsewhere.
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    store(values + i, load_bytes(bytes + i) / set(255.0F));
  }
  for (; i < count; ++i) values[i] = static_cast<float>(bytes[i]) / 255.0F;
}

void sigmoid(const float* logits, float* values, std::int64_t count) {
  for_vectors(0, count, [&](std::int64_t i, std::int64_t n) {
    const Vector e = exponential(set(0.0F) - load_some(logits + i, n));
    store_some(values + i, set(1.0F) / (set(1.0F) + e), n);
  });
}

void matrix_vector(const float* weight, const float* bias, const float* x, float* y,
                   std::int64_t in, bool relu, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kRows = 4;  // rows side by side hide the latency of the additions
  const auto finish = [&](std::int64_t row, Vector total) {
    float value = sum(total) + (bias != nullptr ? bias[row] : 0.0F);
    if (relu && value < 0.0F) value = 0.0F;
    y[row] = value;
  };
  std::int64_t row = begin;
  for (; row + kRows <= end; row += kRows) {
    const float* w = weight + row * in;
    Vector total[kRows] = {set(0.0F), set(0.0F), set(0.0F), set(0.0F)};
    for_vectors(0, in, [&](std::int64_t i, std::int64_t n) {
      const Vector value = load_some(x + i, n);
      for (std::int64_t r = 0; r < kRows; ++r) {
        total[r] = multiply_add(load_some(w + r * in + i, n), value, total[r]);
      }
    });
    for (std::int64_t r = 0; r < kRows; ++r) finish(row + r, total[r]);
  }
  for (; row < end; ++row) {
    Vector total = set(0.0F);
    for_vectors(0, in, [&](std::int64_t i, std::int64_t n) {
      total = multiply_add(load_some(weight + row * in + i, n), load_some(x + i, n), total);
    });
    finish(row, total);
  }
}

void exponential_of_all(const float* x, float* y, std::int64_t count) {
  for_vectors(0, count, [&](std::int64_t i, std::int64_t n) {
    store_some(y + i, exponential(load_some(x + i, n)), n);
  });
}

void log_one_plus_of_all(const float* x, float* y, std::int64_t count) {
  for_vectors(0, count, [&](std::int64_t i, std::int64_t n) {
    const Vector e = load_some(x + i, n);
    store_some(y + i, log_one_plus_from(e / (set(2.0F) + e)), n);
  });
}

}  // namespace

#include "nn/kernels/tiles.inl"

namespace {

constexpr latent::nn::kernels::Passes passes_named(const char* name) {
  return {name,
          scale_shift,
          cross_entropy,
          reparameterize,
          reparameterize_backward,
          map_moments,
          map_gradient_moments,
          map_norm_forward,
          map_norm_backward,
          adam,
          product_rows,
          weight_rows,
          transpose,
          row_norm_forward,
          row_norm_backward,
          row_add,
          row_bias,
          row_sums,
          bytes_to_floats,
          sigmoid,
          matrix_vector,
          exponential_of_all,
          log_one_plus_of_all};
}

}  // namespace
