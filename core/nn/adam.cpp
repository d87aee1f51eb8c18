#include "nn/adam.h"

#include "nn/gradient_slots.h"
#include "nn/kernels/kernels.h"

namespace latent::nn {
namespace {

constexpr std::int64_t kAlignment =
    16;  // floats: a cache line, so that no two parameters share one

}  // namespace

Adam::Adam(NamedTensors parameters, AdamOptions options)
    : options_(options), parameters_(std::move(parameters)) {
  const torch::NoGradGuard no_grad;
  std::int64_t length = 0;
  for (const auto& [name, parameter] : parameters_) {
    TORCH_CHECK(parameter.scalar_type() == torch::kFloat32, "expected float32 for parameter ", name,
                ", got ", parameter.scalar_type());
    offsets_.push_back(length);
    count_ += parameter.numel();
    length += (parameter.numel() + kAlignment - 1) / kAlignment * kAlignment;
  }
  values_ = torch::zeros({length});
  gradients_ = torch::zeros({length});
  first_moment_ = torch::zeros({length});
  second_moment_ = torch::zeros({length});
  steps_ = torch::zeros({1}, torch::kInt64);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& parameter = parameters_[i].second;
    const auto view = [&](const Tensor& flat) {
      return flat.narrow(0, offsets_[i], parameter.numel()).view(parameter.sizes());
    };
    const Tensor value = view(values_);
    value.copy_(parameter);
    parameter.set_data(value);
    parameter.mutable_grad() = slots_.emplace_back(view(gradients_));
    set_gradient_slot(parameter, slots_.back());
  }
}

Adam::~Adam() {
  for (const auto& [name, parameter] : parameters_) forget_gradient_slot(parameter);
}

void Adam::zero_grad() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad().reset();
}

void Adam::collect_gradients() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& gradient = parameters_[i].second.grad();
    if (!gradient.defined()) {
      slots_[i].zero_();
    } else if (!gradient.is_alias_of(slots_[i])) {
      slots_[i].copy_(gradient);
    }
  }
}

void Adam::step(double learning_rate) {
  collect_gradients();
  auto& steps = *steps_.data_ptr<std::int64_t>();
  ++steps;
  kernels::adam(values_.data_ptr<float>(), gradients_.data_ptr<float>(),
                first_moment_.data_ptr<float>(), second_moment_.data_ptr<float>(), values_.numel(),
                {.learning_rate = learning_rate,
                 .beta1 = options_.beta1,
                 .beta2 = options_.beta2,
                 .epsilon = options_.epsilon,
                 .t = steps});
}

Adam::NamedTensors Adam::state() const {
  NamedTensors state;
  for (const auto& [prefix, flat] :
       {std::pair<const char*, Tensor>{"first_moment.", first_moment_},
        std::pair<const char*, Tensor>{"second_moment.", second_moment_}}) {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const auto& [name, parameter] = parameters_[i];
      state.emplace_back(prefix + name,
                         flat.narrow(0, offsets_[i], parameter.numel()).view(parameter.sizes()));
    }
  }
  state.emplace_back("steps", steps_);
  return state;
}

}  // namespace latent::nn
