#include "nn/weight_average.h"

#include <algorithm>
#include <utility>

namespace latent::nn {
namespace {

/// The newest weights' share in the long run.
constexpr double kNewest = 1e-3;

/// Parameters and batch statistics.
Adam::NamedTensors tensors_of(const Decoder& network) {
  Adam::NamedTensors all;
  for (const auto& each : network.named_parameters()) all.emplace_back(each.key(), each.value());
  for (const auto& each : network.named_buffers()) all.emplace_back(each.key(), each.value());
  return all;
}

}  // namespace

WeightAverage::WeightAverage(std::shared_ptr<Decoder> live, std::shared_ptr<Decoder> average)
    : live_(std::move(live)), average_(std::move(average)) {
  for (Tensor& parameter : average_->parameters()) parameter.set_requires_grad(false);
  average_->eval();
  move(1.0);
}

void WeightAverage::follow(std::int64_t step) {
  move(std::max(kNewest, 9.0 / (10.0 + static_cast<double>(step))));
}

void WeightAverage::move(double share) {
  const torch::NoGradGuard no_grad;
  const Adam::NamedTensors now = tensors_of(*live_);
  const Adam::NamedTensors mean = tensors_of(*average_);
  for (std::size_t i = 0; i < mean.size(); ++i) {
    Tensor target = mean[i].second;
    target.lerp_(now[i].second, share);
  }
}

Adam::NamedTensors WeightAverage::state() const {
  return tensors_of(*average_);
}

}  // namespace latent::nn
