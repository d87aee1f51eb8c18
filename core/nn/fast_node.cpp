#include "nn/fast_node.h"

#include <algorithm>

#include "nn/gradient_slots.h"

namespace latent::nn::fast {

bool is_plain_float(const Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32 &&
         tensor.layout() == torch::kStrided;
}

bool wants_gradient(const Tensor& tensor) {
  return tensor.defined() && tensor.requires_grad();
}

kernels::NormParameters norm_parameters(const BatchNorm& norm) {
  return {norm.weight.data_ptr<float>(), norm.bias.data_ptr<float>(),
          static_cast<float>(BatchNorm::kEpsilon)};
}

NormTargets norm_targets(const BatchNorm& norm) {
  GradientTarget weight{nullptr, false};
  GradientTarget bias{nullptr, false};
  if (wants_gradient(norm.weight)) weight = gradient_target(norm.weight);
  if (wants_gradient(norm.bias)) bias = gradient_target(norm.bias);
  if (weight.accumulate != bias.accumulate) {
    // Only one of them holds a gradient already: the other begins at zero.
    const GradientTarget& fresh = weight.accumulate ? bias : weight;
    if (fresh.data != nullptr) std::fill_n(fresh.data, norm.weight.numel(), 0.0F);
  }
  return {weight.data, bias.data, weight.accumulate || bias.accumulate};
}

}  // namespace latent::nn::fast
