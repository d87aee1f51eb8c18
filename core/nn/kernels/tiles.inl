// Products of small blocks that stay in registers, and what is done to a block while it is still
// there. Part of passes.inl.
namespace {

using latent::nn::kernels::DenseNorm;
using latent::nn::kernels::ProductPass;
using latent::nn::kernels::WeightPass;

using Quad = float __attribute__((vector_size(16)));

/// Rows and vectors of a block: as many sums as leave registers for one row of B.
constexpr std::int64_t kTileRows = 6;
constexpr std::int64_t kTileVectors = kLanes == 16 ? 4 : 2;
static_assert(kTileVectors * kLanes <= latent::nn::kernels::kPanel);
static_assert(latent::nn::kernels::kPanel % (kTileVectors * kLanes) == 0);
/// Columns of B that are worked through together: at depths of up to a thousand they stay in the
/// second-level cache while the rows of A pass by.
constexpr std::int64_t kColumnBlock = 128;

inline std::int64_t least(std::int64_t a, std::int64_t b) {
  return a < b ? a : b;
}

/// sums = A[kRows, depth] · B[depth, kVectors]; `a` and `b` begin at the block.
template <int kRows, int kVectors>
inline void multiply_block(const float* a, std::int64_t a_row, std::int64_t a_step, const float* b,
                           std::int64_t b_row, std::int64_t depth,
                           Vector (&sums)[kRows][kVectors]) {
  constexpr std::int64_t kAhead = 16;  // rows of B
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[r][v] = set(0.0F);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    Vector row[kVectors];
    __builtin_prefetch(a + k * a_step + 16);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) {
      row[v] = load(b + k * b_row + v * kLanes);
      __builtin_prefetch(b + (k + kAhead) * b_row + v * kLanes);
    }
#pragma GCC unroll 6
    for (int r = 0; r < kRows; ++r) {
      const Vector value = set(a[r * a_row + k * a_step]);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[r][v] = multiply_add(value, row[v], sums[r][v]);
    }
  }
}

/// Calls `run.template block<kRows, kVectors>(row, column)` for blocks that cover the rows
/// [begin, end) and `vectors` vectors of columns, from `column` on.
template <int kRows, typename F>
inline void block_of(std::int64_t vectors, std::int64_t row, std::int64_t column, const F& run) {
  if constexpr (kTileVectors > 2) {
    if (vectors == 4) return run.template block<kRows, 4>(row, column);
    if (vectors == 3) return run.template block<kRows, 3>(row, column);
  }
  if (vectors == 2) return run.template block<kRows, 2>(row, column);
  run.template block<kRows, 1>(row, column);
}
template <typename F>
inline void blocks_of(std::int64_t begin, std::int64_t end, std::int64_t column,
                      std::int64_t vectors, const F& run) {
  std::int64_t row = begin;
  for (; row + kTileRows <= end; row += kTileRows) {
    block_of<kTileRows>(vectors, row, column, run);
  }
  for (; row + 2 <= end; row += 2) block_of<2>(vectors, row, column, run);
  if (row < end) block_of<1>(vectors, row, column, run);
}

struct StoredBlock {
  const ProductPass& pass;

  template <int kRows, int kVectors>
  void block(std::int64_t row, std::int64_t column) const {
    Vector sums[kRows][kVectors];
    multiply_block(pass.a + row * pass.a_row, pass.a_row, pass.a_step, pass.b + column, pass.b_row,
                   pass.depth, sums);
    for (int r = 0; r < kRows; ++r) {
      float* c = pass.c + (row + r) * pass.c_row + column;
      for (int v = 0; v < kVectors; ++v) store(c + v * kLanes, sums[r][v]);
    }
  }
};

void product_rows(const ProductPass& pass, std::int64_t begin, std::int64_t end) {
  for (std::int64_t first = 0; first < pass.columns; first += kColumnBlock) {
    const std::int64_t last = least(first + kColumnBlock, pass.columns);
    for (std::int64_t row = begin; row < end; row += kTileRows) {
      for (std::int64_t column = first; column < last; column += kTileVectors * kLanes) {
        blocks_of(row, least(row + kTileRows, end), column,
                  least(kTileVectors, (last - column) / kLanes), StoredBlock{pass});
      }
    }
  }
}

struct WeightBlock {
  const WeightPass& pass;

  template <int kRows, int kVectors>
  void block(std::int64_t row, std::int64_t column) const {
    const std::int64_t panel = column / latent::nn::kernels::kPanel * latent::nn::kernels::kPanel;
    const std::int64_t width = least(latent::nn::kernels::kPanel, pass.padded_in - panel);
    const std::int64_t at = row * pass.in + column;
    // What is written arrives while the sums are made.
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t i = at + r * pass.in + v * kLanes;
        if (pass.adam == nullptr) {
          __builtin_prefetch(pass.dweight + i, 1, 2);
        } else {
          __builtin_prefetch(pass.adam->values + i, 1, 2);
          __builtin_prefetch(pass.adam->first_moment + i, 1, 2);
          __builtin_prefetch(pass.adam->second_moment + i, 1, 2);
        }
      }
    }
    Vector sums[kRows][kVectors];
    multiply_block(pass.dy + row * pass.stride, pass.stride, 1,
                   pass.panels + panel * pass.samples + (column - panel), width, pass.samples,
                   sums);
    for (int r = 0; r < kRows; ++r) {
      for (int v = 0; v < kVectors; ++v) {
        const std::int64_t i = at + r * pass.in + v * kLanes;
        const std::int64_t n = least(kLanes, pass.in - column - v * kLanes);
        if (pass.adam != nullptr) {
          adam_vector(*pass.adam, i, n, sums[r][v]);
        } else {
          const Vector before = pass.accumulate ? load_some(pass.dweight + i, n) : set(0.0F);
          store_some(pass.dweight + i, before + sums[r][v], n);
        }
      }
    }
  }
};

void weight_rows(const WeightPass& pass, std::int64_t begin, std::int64_t end) {
  for (std::int64_t row = begin; row < end; row += kTileRows) {
    for (std::int64_t column = 0; column < pass.padded_in; column += kTileVectors * kLanes) {
      blocks_of(row, least(row + kTileRows, end), column,
                least(kTileVectors, (pass.padded_in - column) / kLanes), WeightBlock{pass});
    }
  }
}

inline void transpose_quad(const float* from, std::int64_t from_row, float* to,
                           std::int64_t to_row) {
  Quad row[4];
  for (int i = 0; i < 4; ++i) __builtin_memcpy(&row[i], from + i * from_row, sizeof(Quad));
  const Quad low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
  const Quad low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
  const Quad high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
  const Quad high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
  const Quad column[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                          __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                          __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                          __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (int i = 0; i < 4; ++i) __builtin_memcpy(to + i * to_row, &column[i], sizeof(Quad));
}

void transpose(const float* from, std::int64_t from_row, float* to, std::int64_t to_row,
               std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kLineRows = 16;  // a whole line is written at a time
  for (std::int64_t first = 0; first < rows; first += kLineRows) {
    const std::int64_t last = least(first + kLineRows, rows);
    std::int64_t c = 0;
    for (; c + 4 <= columns; c += 4) {
      std::int64_t r = first;
      for (; r + 4 <= last; r += 4) {
        transpose_quad(from + r * from_row + c, from_row, to + c * to_row + r, to_row);
      }
      for (; r < last; ++r) {
        for (std::int64_t i = c; i < c + 4; ++i) to[i * to_row + r] = from[r * from_row + i];
      }
    }
    for (; c < columns; ++c) {
      for (std::int64_t r = first; r < last; ++r) to[c * to_row + r] = from[r * from_row + c];
    }
  }
}

/// Calls `f(at, n)` for the vectors of `count` values; whole vectors may be read and written, `n`
/// of the last one count.
template <typename F>
inline void for_row(std::int64_t count, F f) {
  for (std::int64_t i = 0; i < count; i += kLanes) f(i, least(kLanes, count - i));
}
inline Vector counted(Vector a, std::int64_t n) {
  return n == kLanes ? a : keep_first(a, n);
}

void row_norm_forward(const DenseNorm& norm, std::int64_t begin, std::int64_t end) {
  const auto samples = static_cast<float>(norm.samples);
  for (std::int64_t f = begin; f < end; ++f) {
    const float* x = norm.linear + f * norm.stride;
    float* y = norm.output + f * norm.stride;
    float mean = norm.running_mean[f];
    float variance = norm.running_var[f];
    if (norm.training) {
      Vector total = set(0.0F);
      for_row(norm.samples,
              [&](std::int64_t i, std::int64_t n) { total = total + counted(load(x + i), n); });
      mean = sum(total) / samples;
      Vector squares = set(0.0F);
      for_row(norm.samples, [&](std::int64_t i, std::int64_t n) {
        const Vector d = counted(load(x + i) - set(mean), n);
        squares = multiply_add(d, d, squares);
      });
      variance = sum(squares) / samples;
      const float keep = 1.0F - norm.momentum;
      norm.running_mean[f] = keep * norm.running_mean[f] + norm.momentum * mean;
      norm.running_var[f] =
          keep * norm.running_var[f] + norm.momentum * variance * (samples / (samples - 1.0F));
    }
    const float inv_std = 1.0F / __builtin_sqrtf(variance + norm.epsilon);
    norm.mean[f] = mean;
    norm.inv_std[f] = inv_std;
    const float scale = norm.weight[f] * inv_std;
    const Vector slope = set(scale);
    const Vector shift = set(norm.bias[f] - mean * scale);
    for_row(norm.stride, [&](std::int64_t i, std::int64_t) {
      store(y + i, maximum(multiply_add(load(x + i), slope, shift), set(0.0F)));
    });
  }
}

void row_norm_backward(const DenseNorm& norm, std::int64_t begin, std::int64_t end) {
  const float inv_samples = 1.0F / static_cast<float>(norm.samples);
  for (std::int64_t f = begin; f < end; ++f) {
    const float* x = norm.linear + f * norm.stride;
    float* g = norm.gradient + f * norm.stride;
    const Vector mean = set(norm.mean[f]);
    const float inv_std = norm.inv_std[f];
    const float scale = norm.weight[f] * inv_std;
    const Vector slope = set(scale);
    const Vector shift = set(norm.bias[f] - norm.mean[f] * scale);
    Vector total = set(0.0F);
    Vector weighted = set(0.0F);
    for_row(norm.samples, [&](std::int64_t i, std::int64_t n) {
      const Vector value = load(x + i);
      // The same expression as on the way forward, so that exactly the same units are open.
      const Mask open = greater(multiply_add(value, slope, shift), set(0.0F));
      const Vector gradient = counted(select(open, load(g + i), set(0.0F)), n);
      total = total + gradient;
      weighted = multiply_add(gradient, value - mean, weighted);
    });
    const float dbias = sum(total);
    const float dweight = sum(weighted) * inv_std;
    if (norm.dbias != nullptr) norm.dbias[f] = (norm.accumulate ? norm.dbias[f] : 0.0F) + dbias;
    if (norm.dweight != nullptr) {
      norm.dweight[f] = (norm.accumulate ? norm.dweight[f] : 0.0F) + dweight;
    }
    // dx = scale·(g − Σg/N − x̂·Σ(g·x̂)/N)
    const Vector by_deviation = set(-scale * inv_std * dweight * inv_samples);
    const Vector offset = set(-scale * dbias * inv_samples);
    for_row(norm.stride, [&](std::int64_t i, std::int64_t) {
      const Vector value = load(x + i);
      const Mask open = greater(multiply_add(value, slope, shift), set(0.0F));
      const Vector gradient = select(open, load(g + i), set(0.0F));
      const Vector rest = multiply_add(by_deviation, value - mean, offset);
      store(g + i, multiply_add(slope, gradient, rest));
    });
  }
}

void row_add(const float* terms, std::int64_t distance, std::int64_t count, float* sum,
             std::int64_t begin, std::int64_t end) {
  for_vectors(begin, end, [&](std::int64_t i, std::int64_t n) {
    Vector total = load_some(terms + i, n);
    for (std::int64_t t = 1; t < count; ++t) total = total + load_some(terms + t * distance + i, n);
    store_some(sum + i, total, n);
  });
}

void row_bias(float* y, std::int64_t stride, const float* bias, std::int64_t begin,
              std::int64_t end) {
  for (std::int64_t f = begin; f < end; ++f) {
    float* row = y + f * stride;
    const Vector value = set(bias[f]);
    for_row(stride, [&](std::int64_t i, std::int64_t) { store(row + i, load(row + i) + value); });
  }
}

void row_sums(const float* x, std::int64_t stride, std::int64_t samples, float* sums,
              bool accumulate, std::int64_t begin, std::int64_t end) {
  for (std::int64_t f = begin; f < end; ++f) {
    const float* row = x + f * stride;
    Vector total = set(0.0F);
    for_row(samples,
            [&](std::int64_t i, std::int64_t n) { total = total + counted(load(row + i), n); });
    sums[f] = (accumulate ? sums[f] : 0.0F) + sum(total);
  }
}

}  // namespace
