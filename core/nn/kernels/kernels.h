#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// What a training step of a dense autoencoder is made of, over plain row-major float memory:
/// matrix products by oneDNN, everything else as one vectorised pass each. No LibTorch.
///
/// Every call uses as many threads as the calling thread's OpenMP setting says
/// (`omp_set_num_threads`), from libgomp's pool, which oneDNN and LibTorch use too. For a given
/// number of threads results are the same bit for bit; the element-wise passes do not depend on it
/// at all. N rows (batch), F features. 64-byte aligned memory is faster, never required.
namespace latent::nn::kernels {

// --- instruction sets ----------------------------------------------------------------------------
enum class InstructionSet { Plain, Avx2, Avx512 };

/// Those that this processor has, Plain first.
std::vector<InstructionSet> available_instruction_sets();
/// In use: the best, unless one was chosen.
InstructionSet instruction_set();
/// For tests and measurements. One that the processor lacks is ignored. Not to be called while
/// kernels run.
void choose_instruction_set(InstructionSet set);
std::string name_of(InstructionSet set);

// --- matrix products (oneDNN sgemm) --------------------------------------------------------------
/// y[N, out] = x[N, in] · W[out, in]ᵀ
void multiply_forward(const float* x, const float* weight, float* y, std::int64_t n,
                      std::int64_t in, std::int64_t out);
/// dx[N, in] = dy[N, out] · W[out, in]
void multiply_input_gradient(const float* dy, const float* weight, float* dx, std::int64_t n,
                             std::int64_t in, std::int64_t out);
/// dW[out, in] (+)= dy[N, out]ᵀ · x[N, in]
void multiply_weight_gradient(const float* dy, const float* x, float* dweight, std::int64_t n,
                              std::int64_t in, std::int64_t out, bool accumulate);

// --- batch normalisation (Ioffe & Szegedy 2015, algorithm 1) ------------------------------------
struct NormParameters {
  const float* weight;  ///< [F]
  const float* bias;    ///< [F]
  float epsilon = 1e-5F;
};
/// Evaluation: the running statistics as one scale and shift for each feature [F].
void fold_norm(const NormParameters& parameters, const float* running_mean,
               const float* running_var, std::int64_t features, float* scale, float* shift);

// --- batch normalisation with ReLU over maps
// -------------------------------------------------------
/// Maps [N, C, H·W] whose channels lie in blocks, [N, C/block, H·W, block]
/// (nn/kernels/convolution.h says which). `channels` is a multiple of `block`.
struct MapShape {
  std::int64_t samples;
  std::int64_t channels;
  std::int64_t pixels;  ///< H·W
  std::int64_t block;
};
/// Training: y = max(weight·(x − mean)/√(var + ε) + bias, 0) with each channel's own mean and
/// biased variance; the running statistics [C] move by `momentum`, with the unbiased variance, as
/// PyTorch's do. N·H·W ≥ 2. x and y may be the same memory unless the gradient is wanted. `mean`
/// and `inv_std` [C] are kept for the way back.
void map_norm_relu_forward(const float* x, float* y, const MapShape& shape,
                           const NormParameters& parameters, float momentum, float* running_mean,
                           float* running_var, float* mean, float* inv_std);
/// dx from dy; may be the same memory. x is the input of the way forward. `dweight` and `dbias` [C]
/// are set, or added to when `accumulate`; null when not wanted.
void map_norm_relu_backward(const float* x, const float* dy, float* dx, const MapShape& shape,
                            const NormParameters& parameters, const float* mean,
                            const float* inv_std, float* dweight, float* dbias, bool accumulate);
/// y = max(x·scale + shift, 0), scale and shift [C]. x and y may be the same.
void map_scale_shift_relu(const float* x, float* y, const MapShape& shape, const float* scale,
                          const float* shift);
/// y = LeakyReLU(x + bias): what is below zero is multiplied by `leak`, in [0, 1). x and y may be
/// the same unless the gradient is wanted.
void map_bias_leaky_forward(const float* x, float* y, const MapShape& shape, const float* bias,
                            float leak);
/// dx from dy; may be the same memory. x is the input of the way forward. `dbias` [C] is set, or
/// added to when `accumulate`; null when not wanted.
void map_bias_leaky_backward(const float* x, const float* dy, float* dx, const MapShape& shape,
                             const float* bias, float leak, float* dbias, bool accumulate);

// --- losses --------------------------------------------------------------------------------------
/// Σ over all of −x·log σ(l) − (1 − x)·log(1 − σ(l)), nats, logits l and x [N, D]. `gradient`
/// [N, D], unless null: scale·(σ(l) − x). Relative error of a row's sum below 10⁻⁶.
double cross_entropy(const float* logits, const float* x, std::int64_t n, std::int64_t pixels,
                     float scale, float* gradient);
/// The same row by row: sums[n] in place of their total.
void cross_entropy_rows(const float* logits, const float* x, std::int64_t n, std::int64_t pixels,
                        float scale, float* gradient, double* sums);

/// `outputs` [N, 2L] hold μ, then log σ². z [N, L] = μ + σ·ε with ε = `noise` [N, L]
/// (Kingma & Welling 2013, Eq. 4). Returns Σ ½(σ² + μ² − 1 − log σ²) over all (appendix B), nats. z
/// and noise may be null: the sum alone.
double reparameterize(const float* outputs, const float* noise, std::int64_t n, std::int64_t latent,
                      float* z);
/// doutputs [N, 2L] from dz [N, L] and from `dkl`, the gradient of the sum above. dz and noise may
/// be null: the sum's part alone.
void reparameterize_backward(const float* outputs, const float* noise, const float* dz, float dkl,
                             std::int64_t n, std::int64_t latent, float* doutputs);

// --- optimiser -----------------------------------------------------------------------------------
/// One step of Adam (Kingma & Ba 2014, algorithm 1, with PyTorch's place for ε):
/// p −= lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε). `t` counts from 1.
struct AdamStep {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  std::int64_t t;
};
void adam(float* values, const float* gradients, float* first_moment, float* second_moment,
          std::int64_t count, const AdamStep& step);

// --- data ----------------------------------------------------------------------------------------
struct ImageLayout {
  std::int64_t channels;
  std::int64_t height;
  std::int64_t width;
  std::int64_t padding = 0;  ///< zeros on each side
};
/// x[i] = images[rows[i]] / 255 with the padding around it. `images` [M, C, H, W];
/// x [N, C, H + 2·padding, W + 2·padding]; N = rows.size(). Rows must be in [0, M).
void gather_images(const std::uint8_t* images, std::span<const std::int64_t> rows,
                   const ImageLayout& layout, float* x);

// --- one code to one picture ---------------------------------------------------------------------
/// y[out] = W[out, in]·x + b, then ReLU when asked for; `bias` may be null. On the calling thread.
void matrix_vector(const float* weight, const float* bias, const float* x, float* y,
                   std::int64_t in, std::int64_t out, bool relu);
/// values = values·scale + shift, all [F], with ReLU when asked for. On the calling thread.
void scale_shift_row(float* values, std::int64_t features, const float* scale, const float* shift,
                     bool relu);
/// values = σ(logits), may be the same memory. On the calling thread.
void sigmoid(const float* logits, float* values, std::int64_t count);

}  // namespace latent::nn::kernels
