#include "nn/discriminator.h"

#include <array>
#include <string>
#include <utility>

#include "nn/convolution_path.h"

namespace latent::nn {
namespace {

constexpr double kLeak = 0.2;
constexpr std::array<std::int64_t, 3> kJudgeChannels = {32, 64, 128};
constexpr std::int64_t kJudgeKernel = 3;

}  // namespace

Tensor Discriminator::forward(const Tensor& x) {
  const Tensor seen = features(x);
  if (!sees_variety_) return judge(seen);
  constexpr double kSmall = 1e-8;  // the root's slope stays finite where all are alike
  const Tensor variety = (seen.var(0, /*unbiased=*/false) + kSmall).sqrt().mean();
  return judge(torch::cat({seen, variety.expand({seen.size(0), 1})}, 1));
}

DenseDiscriminator::DenseDiscriminator(std::int64_t inputs, const std::vector<int>& widths,
                                       const Build& build, bool sees_variety)
    : Discriminator(sees_variety) {
  std::int64_t in = inputs;
  for (std::size_t i = 0; i <= widths.size(); ++i) {
    const bool last = i == widths.size();
    if (last) in += extra_inputs();
    const std::int64_t out = last ? 1 : widths[i];
    layers_.push_back(
        register_module("layer" + std::to_string(i + 1), std::make_shared<Linear>(in, out, build)));
    in = out;
  }
}

std::vector<Tensor> DenseDiscriminator::hidden(const Tensor& x) {
  std::vector<Tensor> seen;
  Tensor y = x.flatten(1);
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
    y = torch::leaky_relu(layers_[i]->forward(y), kLeak);
    seen.push_back(y);
  }
  if (seen.empty()) seen.push_back(y);  // no hidden layer: it judges the picture itself
  return seen;
}

Tensor DenseDiscriminator::judge(const Tensor& features) {
  return layers_.back()->forward(features);
}

ConvDiscriminator::ConvDiscriminator(const ImageShape& shape, const Build& build, bool sees_variety)
    : Discriminator(sees_variety) {
  std::int64_t in = shape.channels;
  std::int64_t height = shape.height;
  std::int64_t width = shape.width;
  std::vector<fast::MapSize> maps = {{in, height, width}};
  for (std::size_t i = 0; i < kJudgeChannels.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::int64_t fan_in = in * kJudgeKernel * kJudgeKernel;
    weights_.push_back(register_parameter(
        "convolution" + number,
        uniform_by_fan_in(torch::zeros({kJudgeChannels[i], in, kJudgeKernel, kJudgeKernel}), fan_in,
                          build)));
    biases_.push_back(register_parameter(
        "bias" + number, uniform_by_fan_in(torch::zeros({kJudgeChannels[i]}), fan_in, build)));
    in = kJudgeChannels[i];
    height = (height + 1) / 2;
    width = (width + 1) / 2;
    maps.push_back({in, height, width});
  }
  if (build.fast_path) {
    fast_ = std::make_shared<fast::ConvNetwork>(fast::ConvNetwork::Direction::Shrink, maps);
  }
  head_ = register_module("head",
                          std::make_shared<Linear>(in * height * width + extra_inputs(), 1, build));
}

std::vector<Tensor> ConvDiscriminator::hidden(const Tensor& x) {
  std::vector<Tensor> seen;
  Tensor map = x;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    map = torch::leaky_relu(
        torch::conv2d(map, weights_[i], biases_[i], /*stride=*/2, /*padding=*/1), kLeak);
    seen.push_back(map.flatten(1));
  }
  return seen;
}

Tensor ConvDiscriminator::features(const Tensor& x) {
  std::vector<fast::ConvLayer> layers;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    layers.push_back(
        {.weight = weights_[i], .bias = biases_[i], .leak = static_cast<float>(kLeak)});
  }
  if (fast_ && fast_->can_run(layers, x)) return fast_->run(layers, x).flatten(1);
  return hidden(x).back();
}

Tensor ConvDiscriminator::judge(const Tensor& features) {
  return head_->forward(features);
}

std::shared_ptr<Discriminator> make_picture_discriminator(const TrainingConfig& config,
                                                          const ImageShape& shape,
                                                          const Build& build, bool sees_variety) {
  if (config.network == NetworkKind::Convolutional) {
    return std::make_shared<ConvDiscriminator>(shape, build, sees_variety);
  }
  return std::make_shared<DenseDiscriminator>(shape.pixels(),
                                              config.hidden_widths.empty()
                                                  ? shrink_widths(shape.pixels(), config.latent_dim)
                                                  : config.hidden_widths,
                                              build, sees_variety);
}

Tensor loss_as_genuine(const Tensor& logits) {
  return torch::softplus(-logits).mean();
}

Tensor loss_as_made(const Tensor& logits) {
  return torch::softplus(logits).mean();
}

HeldStill::HeldStill(torch::nn::Module& module) {
  for (Tensor& parameter : module.parameters()) {
    if (!parameter.requires_grad()) continue;
    parameter.set_requires_grad(false);
    parameters_.push_back(parameter);
  }
  for (const Tensor& buffer : module.buffers()) buffers_.emplace_back(buffer, buffer.clone());
}

HeldStill::~HeldStill() {
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : parameters_) parameter.set_requires_grad(true);
  for (auto& [buffer, before] : buffers_) buffer.copy_(before);
}

}  // namespace latent::nn
