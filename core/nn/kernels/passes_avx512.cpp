#if defined(__x86_64__)
#include "nn/kernels/passes.h"
#include "nn/kernels/vector_avx512.h"
// The bodies use the Vector above.
#include "nn/kernels/passes.inl"

const latent::nn::kernels::Passes latent::nn::kernels::kAvx512Passes = passes_named("AVX-512");
#endif
