#include "nn/kernels/passes.h"
#include "nn/kernels/vector_plain.h"
// The bodies use the Vector above.
#include "nn/kernels/passes.inl"

const latent::nn::kernels::Passes latent::nn::kernels::kPlainPasses = passes_named("plain");
