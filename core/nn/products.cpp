#include "nn/products.h"

#include "nn/kernels/kernels.h"

namespace latent::nn {
namespace {

bool can_run(const Tensor& a, const Tensor& b, bool fast_path) {
  const bool gradients = torch::GradMode::is_enabled() && (a.requires_grad() || b.requires_grad());
  return fast_path && !gradients && a.scalar_type() == torch::kFloat32 &&
         b.scalar_type() == torch::kFloat32 && a.numel() > 0 && b.numel() > 0;
}

}  // namespace

Tensor product_transposed(const Tensor& a, const Tensor& b, bool fast_path) {
  if (!can_run(a, b, fast_path)) return torch::mm(a, b.t());
  const Tensor left = a.contiguous();
  const Tensor right = b.contiguous();
  Tensor result = torch::empty({left.size(0), right.size(0)});
  kernels::multiply_forward(left.data_ptr<float>(), right.data_ptr<float>(),
                            result.data_ptr<float>(), left.size(0), left.size(1), right.size(0));
  return result;
}

Tensor product(const Tensor& a, const Tensor& b, bool fast_path) {
  if (!can_run(a, b, fast_path)) return torch::mm(a, b);
  const Tensor left = a.contiguous();
  const Tensor right = b.contiguous();
  Tensor result = torch::empty({left.size(0), right.size(1)});
  kernels::multiply_input_gradient(left.data_ptr<float>(), right.data_ptr<float>(),
                                   result.data_ptr<float>(), left.size(0), right.size(1),
                                   left.size(1));
  return result;
}

Tensor transposed_product(const Tensor& a, const Tensor& b, bool fast_path) {
  if (!can_run(a, b, fast_path)) return torch::mm(a.t(), b);
  const Tensor left = a.contiguous();
  const Tensor right = b.contiguous();
  Tensor result = torch::empty({left.size(1), right.size(1)});
  kernels::multiply_weight_gradient(left.data_ptr<float>(), right.data_ptr<float>(),
                                    result.data_ptr<float>(), left.size(0), right.size(1),
                                    left.size(1), /*accumulate=*/false);
  return result;
}

}  // namespace latent::nn
