#include "nn/gradient_slots.h"

#include <mutex>
#include <unordered_map>
#include <utility>

namespace latent::nn {
namespace {

struct Slot {
  Tensor gradient;
  const kernels::AdamTarget* offer = nullptr;
  bool taken = false;
};

struct Slots {
  std::mutex mutex;
  std::unordered_map<const c10::TensorImpl*, Slot> by_parameter;

  Slot* find(const Tensor& parameter) {
    const auto found = by_parameter.find(parameter.unsafeGetTensorImpl());
    return found != by_parameter.end() ? &found->second : nullptr;
  }
};

Slots& slots() {
  // Never destroyed: a run may end after the statics do.
  static auto* instance = new Slots;
  return *instance;
}

}  // namespace

void set_gradient_slot(const Tensor& parameter, const Tensor& slot) {
  const std::lock_guard lock{slots().mutex};
  slots().by_parameter[parameter.unsafeGetTensorImpl()] = {.gradient = slot};
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
    if (const Slot* slot = slots().find(parameter)) {
      TORCH_CHECK(!slot->taken, "a second gradient of a parameter that has taken its step");
      gradient = slot->gradient;
    }
  }
  if (!gradient.defined()) gradient = torch::empty(parameter.sizes());
  return {gradient.data_ptr<float>(), false};
}

void offer_step(const Tensor& parameter, const kernels::AdamTarget* step) {
  const std::lock_guard lock{slots().mutex};
  Slot* slot = slots().find(parameter);
  TORCH_CHECK(slot != nullptr, "a step was offered to a parameter without a slot");
  slot->offer = step;
  slot->taken = false;
}

const kernels::AdamTarget* take_step(const Tensor& parameter) {
  const std::lock_guard lock{slots().mutex};
  Slot* slot = slots().find(parameter);
  if (slot == nullptr || slot->offer == nullptr) return nullptr;
  slot->taken = true;
  return std::exchange(slot->offer, nullptr);
}

bool withdraw_step(const Tensor& parameter) {
  const std::lock_guard lock{slots().mutex};
  Slot* slot = slots().find(parameter);
  if (slot == nullptr) return false;
  slot->offer = nullptr;
  return std::exchange(slot->taken, false);
}

}  // namespace latent::nn
