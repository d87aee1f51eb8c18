#include "nn/adam.h"

#include <ATen/Parallel.h>

#include <cmath>

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
    parameter.mutable_grad() = view(gradients_);
  }
}

void Adam::zero_grad() {
  gradients_.zero_();
}

void Adam::step(double learning_rate) {
  auto& steps = *steps_.data_ptr<std::int64_t>();
  ++steps;
  adam_update(values_.data_ptr<float>(), gradients_.data_ptr<float>(),
              first_moment_.data_ptr<float>(), second_moment_.data_ptr<float>(), values_.numel(),
              steps, learning_rate, options_);
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

void adam_update(float* values, const float* gradients, float* first_moment, float* second_moment,
                 std::int64_t count, std::int64_t t, double learning_rate,
                 const AdamOptions& options) {
  const auto beta1 = static_cast<float>(options.beta1);
  const auto beta2 = static_cast<float>(options.beta2);
  const auto epsilon = static_cast<float>(options.epsilon);
  const auto correction1 = 1.0 - std::pow(options.beta1, static_cast<double>(t));
  const auto correction2 = 1.0 - std::pow(options.beta2, static_cast<double>(t));
  const auto step_size = static_cast<float>(learning_rate / correction1);
  const auto scale2 = static_cast<float>(1.0 / std::sqrt(correction2));
  constexpr std::int64_t kGrain = 1 << 15;
  at::parallel_for(0, count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const float g = gradients[i];
      const float m = beta1 * first_moment[i] + (1.0F - beta1) * g;
      const float v = beta2 * second_moment[i] + (1.0F - beta2) * g * g;
      first_moment[i] = m;
      second_moment[i] = v;
      values[i] -= step_size * m / (std::sqrt(v) * scale2 + epsilon);
    }
  });
}

}  // namespace latent::nn
