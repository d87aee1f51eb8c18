#include "nn/dense_plan.h"

#include <cmath>

#include "nn/kernels/kernels.h"

namespace latent::nn {

DensePlan::DensePlan(const DenseDecoder& decoder) {
  for (const auto& block : decoder.hidden->blocks()) {
    const Tensor& weight = block->linear->weight;
    const auto out = static_cast<std::size_t>(weight.size(0));
    Layer layer{static_cast<std::size_t>(weight.size(1)),
                out,
                weight.data_ptr<float>(),
                std::vector<float>(out),
                std::vector<float>(out),
                true};
    const float* gamma = block->norm->weight.data_ptr<float>();
    const float* beta = block->norm->bias.data_ptr<float>();
    const float* mean = block->norm->running_mean.data_ptr<float>();
    const float* var = block->norm->running_var.data_ptr<float>();
    for (std::size_t i = 0; i < out; ++i) {
      layer.scale[i] = gamma[i] / std::sqrt(var[i] + static_cast<float>(BatchNorm::kEpsilon));
      layer.shift[i] = beta[i] - mean[i] * layer.scale[i];
    }
    layers_.push_back(std::move(layer));
  }
  const Tensor& weight = decoder.head->weight;
  const auto out = static_cast<std::size_t>(weight.size(0));
  const float* bias = decoder.head->bias.data_ptr<float>();
  layers_.push_back({static_cast<std::size_t>(weight.size(1)), out, weight.data_ptr<float>(),
                     std::vector<float>(out, 1.0F), std::vector<float>(bias, bias + out), false});
}

void DensePlan::run(std::span<const float> code, std::span<float> logits) const {
  thread_local std::vector<float> input;
  thread_local std::vector<float> output;
  input.assign(code.begin(), code.end());
  for (const Layer& layer : layers_) {
    const bool last = &layer == &layers_.back();
    output.resize(layer.out);
    float* target = last ? logits.data() : output.data();
    const auto out = static_cast<std::int64_t>(layer.out);
    kernels::matrix_vector(layer.weights, nullptr, input.data(), target,
                           static_cast<std::int64_t>(layer.in), out, /*relu=*/false);
    kernels::scale_shift_row(target, out, layer.scale.data(), layer.shift.data(), layer.rectified);
    std::swap(input, output);
  }
}

}  // namespace latent::nn
