#pragma once

#include "nn/libtorch.h"

namespace latent::nn {

using torch::Tensor;

/// Products of float32 matrices, for systems that are not trained by a gradient. `fast_path` picks
/// oneDNN's product, otherwise LibTorch's; where a gradient is asked for after all, LibTorch's.

/// a [N, K] · b [M, K]ᵀ, [N, M].
Tensor product_transposed(const Tensor& a, const Tensor& b, bool fast_path);
/// a [N, K] · b [K, M], [N, M].
Tensor product(const Tensor& a, const Tensor& b, bool fast_path);
/// a [K, N]ᵀ · b [K, M], [N, M].
Tensor transposed_product(const Tensor& a, const Tensor& b, bool fast_path);

}  // namespace latent::nn
