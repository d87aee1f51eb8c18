#pragma once

#include <cstdint>

/// The element-wise passes over a part of their data, by one thread. One table of them for each
/// instruction set; kernels.h has the whole operations with their meaning, and picks the table.
namespace latent::nn::kernels {

/// Batch normalisation with ReLU over the columns [begin, end) of [rows, columns].
struct NormForward {
  const float* x;
  float* y;
  std::int64_t rows;
  std::int64_t columns;
  const float* weight;
  const float* bias;
  float epsilon;
  float momentum;
  float* running_mean;
  float* running_var;
  float* mean;     ///< [columns], saved for the way back
  float* inv_std;  ///< [columns], likewise
};
struct NormBackward {
  const float* x;
  const float* dy;
  float* dx;
  std::int64_t rows;
  std::int64_t columns;
  const float* weight;
  const float* bias;
  const float* mean;
  const float* inv_std;
  float* dweight;   ///< null: nobody wants it
  float* dbias;     ///< null: nobody wants it
  bool accumulate;  ///< add to dweight and dbias
};
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
  const float* gradients;
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

struct Passes {
  const char* name;
  void (*norm_relu_forward)(const NormForward& pass, std::int64_t begin, std::int64_t end);
  void (*norm_relu_backward)(const NormBackward& pass, std::int64_t begin, std::int64_t end);
  /// y = max(x·scale + shift, 0) (without the maximum when `relu` is false), rows [begin, end).
  void (*scale_shift)(const float* x, float* y, std::int64_t columns, const float* scale,
                      const float* shift, bool relu, std::int64_t begin, std::int64_t end);
  void (*add_bias)(float* y, std::int64_t columns, const float* bias, std::int64_t begin,
                   std::int64_t end);
  /// sums[j] (+)= Σ_i x[i, j] for the columns [begin, end).
  void (*column_sums)(const float* x, std::int64_t rows, std::int64_t columns, float* sums,
                      bool accumulate, std::int64_t begin, std::int64_t end);
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
  void (*adam)(const AdamPass& pass, std::int64_t begin, std::int64_t end);
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
