#include <dnnl.h>

#include <stdexcept>

#include "nn/kernels/kernels.h"

namespace latent::nn::kernels {
namespace {

/// C[m, n] = op(A) · op(B) + beta·C, all row-major.
void product(char transpose_a, char transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
             const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
             float* c) {
  const dnnl_status_t status =
      dnnl_sgemm(transpose_a, transpose_b, m, n, k, 1.0F, a, lda, b, ldb, beta, c, n);
  if (status != dnnl_success) {
    throw std::runtime_error("oneDNN refused a matrix product of " + std::to_string(m) + " × " +
                             std::to_string(k) + " with " + std::to_string(k) + " × " +
                             std::to_string(n) + " (status " + std::to_string(status) + ").");
  }
}

}  // namespace

void multiply_forward(const float* x, const float* weight, float* y, std::int64_t n,
                      std::int64_t in, std::int64_t out) {
  product('N', 'T', n, out, in, x, in, weight, in, 0.0F, y);
}

void multiply_input_gradient(const float* dy, const float* weight, float* dx, std::int64_t n,
                             std::int64_t in, std::int64_t out) {
  product('N', 'N', n, in, out, dy, out, weight, in, 0.0F, dx);
}

void multiply_weight_gradient(const float* dy, const float* x, float* dweight, std::int64_t n,
                              std::int64_t in, std::int64_t out, bool accumulate) {
  product('T', 'N', out, in, n, dy, out, x, in, accumulate ? 1.0F : 0.0F, dweight);
}

}  // namespace latent::nn::kernels
