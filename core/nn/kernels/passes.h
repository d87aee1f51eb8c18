#pragma once

#include <cstdint>

/// The element-wise passes over a part of their data, by one thread. One table of them for each
/// instruction set; kernels.h has the whole operations with their meaning, and picks the table.
namespace latent::nn::kernels {

/// Over the samples [begin, end) of maps [samples, blocks, pixels, width]; values of a channel lie
/// at block·width + column.
struct MapTiles {
  std::int64_t blocks;
  std::int64_t pixels;
  std::int64_t width;
};
/// A normalisation as a line with (leaky) ReLU: l = x·scale + shift, y = l where l > 0 and leak·l
/// elsewhere, and the way back through it, dx = scale·g + slope·(x − mean) + offset with g = dy
/// where l > 0 and leak·dy elsewhere.
struct MapNorm {
  const float* mean;
  const float* scale;
  const float* shift;
  const float* slope;
  const float* offset;
  float leak;
};
struct AdamPass {
  float* values;
  float* first_moment;
  float* second_moment;
  float beta1;
  float beta2;
  float rest1;      ///< 1 − β₁, rounded once: 1.0F − 0.999F would be off by 5e-5 of itself
  float rest2;      ///< 1 − β₂
  float step_size;  ///< lr / (1 − β₁ᵗ)
  float inv_sqrt_correction;  ///< 1 / √(1 − β₂ᵗ)
  float epsilon;
};

// What a dense network is made of lies feature-major here: a row of `stride` floats for each
// feature, of which the first `samples` count. `stride` is a multiple of 16, so that the passes
// read and write whole vectors.

/// C[M, columns] = A[M, depth] · B[depth, columns]: A's element (m, k) lies at m·a_row + k·a_step.
struct ProductPass {
  const float* a;
  std::int64_t a_row;
  std::int64_t a_step;
  const float* b;
  std::int64_t b_row;
  float* c;
  std::int64_t c_row;
  std::int64_t depth;
  std::int64_t columns;  ///< a multiple of 16
};
/// Columns of a panel: [in/kPanel, samples, kPanel], the last one as narrow as it can be.
constexpr std::int64_t kPanel = 64;
/// dW[out, in] = dy[out, samples] · x[samples, in], x in panels of `padded_in` columns in all, a
/// multiple of 16; what lies beyond `in` is not written.
struct WeightPass {
  const float* dy;
  std::int64_t stride;
  std::int64_t samples;
  const float* panels;
  std::int64_t in;
  std::int64_t padded_in;
  float* dweight;  ///< written, or added to when `accumulate`; null with `adam`
  bool accumulate;
  const AdamPass* adam;  ///< of the weight: takes its step at once; null: none
};
/// Batch normalisation with ReLU.
struct DenseNorm {
  std::int64_t samples;
  std::int64_t stride;
  const float* weight;  ///< [F], as all below but the maps
  const float* bias;
  float epsilon;
  float momentum;
  bool training;
  float* running_mean;
  float* running_var;
  float* mean;          ///< set on the way forward
  float* inv_std;       ///< likewise
  const float* linear;  ///< before it
  float* output;        ///< may be `linear`; forward alone
  float* gradient;      ///< of the output, then of `linear`; backward alone
  float* dweight;       ///< null: nobody wants it
  float* dbias;         ///< null: nobody wants it
  bool accumulate;      ///< add to dweight and dbias
};

struct Passes {
  const char* name;
  /// y = max(x·scale + shift, 0) (without the maximum when `relu` is false), rows [begin, end).
  void (*scale_shift)(const float* x, float* y, std::int64_t columns, const float* scale,
                      const float* shift, bool relu, std::int64_t begin, std::int64_t end);
  /// Rows [begin, end); gradient may be null.
  void (*cross_entropy)(const float* logits, const float* x, std::int64_t columns, float scale,
                        float* gradient, double* row_loss, std::int64_t begin, std::int64_t end);
  void (*reparameterize)(const float* outputs, const float* noise, std::int64_t latent, float* z,
                         double* row_kl, std::int64_t begin, std::int64_t end);
  void (*reparameterize_backward)(const float* outputs, const float* noise, const float* dz,
                                  float dkl, std::int64_t latent, float* doutputs,
                                  std::int64_t begin, std::int64_t end);
  /// total += Σ (x − origin), squares += Σ (x − origin)², each [blocks·width].
  void (*map_moments)(const float* x, const MapTiles& tiles, const float* origin, float* total,
                      float* squares, std::int64_t begin, std::int64_t end);
  /// total += Σ g, weighted += Σ g·(x − mean).
  void (*map_gradient_moments)(const float* x, const float* dy, const MapTiles& tiles,
                               const MapNorm& norm, float* total, float* weighted,
                               std::int64_t begin, std::int64_t end);
  void (*map_norm_forward)(const float* x, float* y, const MapTiles& tiles, const MapNorm& norm,
                           std::int64_t begin, std::int64_t end);
  void (*map_norm_backward)(const float* x, const float* dy, float* dx, const MapTiles& tiles,
                            const MapNorm& norm, std::int64_t begin, std::int64_t end);
  void (*adam)(const AdamPass& pass, const float* gradients, std::int64_t begin, std::int64_t end);
  void (*product_rows)(const ProductPass& pass, std::int64_t begin, std::int64_t end);
  void (*weight_rows)(const WeightPass& pass, std::int64_t begin, std::int64_t end);
  /// to[c, r] = from[r, c] for r < rows, c < columns.
  void (*transpose)(const float* from, std::int64_t from_row, float* to, std::int64_t to_row,
                    std::int64_t rows, std::int64_t columns);
  /// Over the features [begin, end), as all below.
  void (*row_norm_forward)(const DenseNorm& norm, std::int64_t begin, std::int64_t end);
  void (*row_norm_backward)(const DenseNorm& norm, std::int64_t begin, std::int64_t end);
  /// sum[i] = Σ of `count` terms[i], each `distance` after the one before, for i of [begin, end).
  void (*row_add)(const float* terms, std::int64_t distance, std::int64_t count, float* sum,
                  std::int64_t begin, std::int64_t end);
  void (*row_bias)(float* y, std::int64_t stride, const float* bias, std::int64_t begin,
                   std::int64_t end);
  void (*row_sums)(const float* x, std::int64_t stride, std::int64_t samples, float* sums,
                   bool accumulate, std::int64_t begin, std::int64_t end);
  void (*bytes_to_floats)(const std::uint8_t* bytes, float* values, std::int64_t count);
  void (*sigmoid)(const float* logits, float* values, std::int64_t count);
  /// y = W·x + b for the rows [begin, end) of W [out, in]; `bias` may be null.
  void (*matrix_vector)(const float* weight, const float* bias, const float* x, float* y,
                        std::int64_t in, bool relu, std::int64_t begin, std::int64_t end);
  /// For the tests of the error bound: e^x and log(1 + x) (0 ≤ x ≤ 1), element by element.
  void (*exponential)(const float* x, float* y, std::int64_t count);
  void (*log_one_plus)(const float* x, float* y, std::int64_t count);
};

extern const Passes kPlainPasses;
#if defined(__x86_64__)
extern const Passes kAvx2Passes;
extern const Passes kAvx512Passes;
#endif

}  // namespace latent::nn::kernels
