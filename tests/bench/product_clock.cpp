#include "product_clock.h"

#include <dlfcn.h>
#include <dnnl.h>

#include <chrono>
#include <cstdlib>
#include <mutex>

namespace latent::bench {
namespace {

std::mutex mutex;
ProductClock clock_now;

}  // namespace

ProductClock read_product_clock() {
  const std::lock_guard lock{mutex};
  return clock_now;
}

void reset_product_clock() {
  const std::lock_guard lock{mutex};
  clock_now = {};
}

}  // namespace latent::bench

/// The dynamic linker finds this one, in the program, before the library's.
extern "C" dnnl_status_t dnnl_sgemm(char transpose_a, char transpose_b, dnnl_dim_t m, dnnl_dim_t n,
                                    dnnl_dim_t k, float alpha, const float* a, dnnl_dim_t lda,
                                    const float* b, dnnl_dim_t ldb, float beta, float* c,
                                    dnnl_dim_t ldc) {
  using Function = decltype(&dnnl_sgemm);
  static const auto library = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "dnnl_sgemm"));
  if (library == nullptr) std::abort();
  const auto begin = std::chrono::steady_clock::now();
  const dnnl_status_t status =
      library(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  const std::lock_guard lock{latent::bench::mutex};
  latent::bench::clock_now.seconds += elapsed.count();
  latent::bench::clock_now.operations +=
      2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  ++latent::bench::clock_now.calls;
  return status;
}
