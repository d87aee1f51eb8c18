#include "nn/gradient_slots.h"

#include <mutex>
#include <unordered_map>

namespace latent::nn {
namespace {

struct Slots {
  std::mutex mutex;
  std::unordered_map<const c10::TensorImpl*, Tensor> by_parameter;
};

Slots& slots() {
  // Never destroyed: a run may end after the statics do.
  static auto* instance = new Slots;
  return *instance;
}

}  // namespace

void set_gradient_slot(const Tensor& parameter, const Tensor& slot) {
  const std::lock_guard lock{slots().mutex};
  slots().by_parameter[parameter.unsafeGetTensorImpl()] = slot;
}

void forget_gradient_slot(const Tensor& parameter) {
  const std::lock_guard lock{slots().mutex};
  slots().by_parameter.erase(parameter.unsafeGetTensorImpl());
}

GradientTarget gradient_target(const Tensor& parameter) {
  Tensor& gradient = parameter.mutable_grad();
  if (gradient.defined()) {
    TORCH_CHECK(gradient.is_contiguous() && gradient.scalar_type() == torch::kFloat32,
                "expected a contiguous float32 gradient");
    return {gradient.data_ptr<float>(), true};
  }
  {
    const std::lock_guard lock{slots().mutex};
    const auto found = slots().by_parameter.find(parameter.unsafeGetTensorImpl());
    if (found != slots().by_parameter.end()) gradient = found->second;
  }
  if (!gradient.defined()) gradient = torch::empty(parameter.sizes());
  return {gradient.data_ptr<float>(), false};
}

}  // namespace latent::nn
