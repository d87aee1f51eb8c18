#include "nn/adam.h"

#include <algorithm>

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

void Adam::collect_gradient(std::size_t parameter) {
  const torch::NoGradGuard no_grad;
  const Tensor& gradient = parameters_[parameter].second.grad();
  if (!gradient.defined()) {
    slots_[parameter].zero_();
  } else if (!gradient.is_alias_of(slots_[parameter])) {
    slots_[parameter].copy_(gradient);
  }
}

kernels::AdamStep Adam::next_step(double learning_rate) const {
  return {.learning_rate = learning_rate,
          .beta1 = options_.beta1,
          .beta2 = options_.beta2,
          .epsilon = options_.epsilon,
          .t = *steps_.data_ptr<std::int64_t>() + 1};
}

void Adam::begin_step(double learning_rate, const std::vector<Tensor>& weights) {
  const kernels::AdamStep step = next_step(learning_rate);
  offers_.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& parameter = parameters_[i].second;
    withdraw_step(parameter);
    if (std::none_of(weights.begin(), weights.end(),
                     [&](const Tensor& weight) { return weight.is_same(parameter); })) {
      continue;
    }
    offers_[i] = {.values = parameter.data_ptr<float>(),
                  .first_moment = first_moment_.data_ptr<float>() + offsets_[i],
                  .second_moment = second_moment_.data_ptr<float>() + offsets_[i],
                  .step = step};
    offer_step(parameter, &offers_[i]);
  }
}

void Adam::step(double learning_rate) {
  const kernels::AdamStep step = next_step(learning_rate);
  // Neighbours in the flat buffer are one pass.
  std::int64_t first = 0;
  const auto step_until = [&](std::int64_t end) {
    if (first == end) return;
    kernels::adam(values_.data_ptr<float>() + first, gradients_.data_ptr<float>() + first,
                  first_moment_.data_ptr<float>() + first, second_moment_.data_ptr<float>() + first,
                  end - first, step);
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor& parameter = parameters_[i].second;
    if (!withdraw_step(parameter)) {
      collect_gradient(i);
      continue;
    }
    TORCH_CHECK(!parameter.grad().defined(), "a second gradient of ", parameters_[i].first,
                ", which has taken its step");
    step_until(offsets_[i]);
    first = i + 1 < parameters_.size() ? offsets_[i + 1] : values_.numel();
  }
  step_until(values_.numel());
  ++*steps_.data_ptr<std::int64_t>();
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
