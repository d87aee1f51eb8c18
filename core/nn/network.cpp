#include "nn/network.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "nn/fast_path.h"

namespace latent::nn {
namespace {

fast::DenseLayer as_layer(const Linear& linear) {
  return {.weight = linear.weight, .bias = linear.bias};
}

fast::DenseLayer as_layer(const DenseBlock& block) {
  return {.weight = block.linear->weight, .norm = block.norm.get()};
}

/// The blocks and then `head` (null: none), by the fused kernels where they can.
Tensor run_dense(const std::vector<std::shared_ptr<DenseBlock>>& blocks, Linear* head,
                 const Tensor& x, bool fast_path) {
  if (fast_path) {
    std::vector<fast::DenseLayer> layers;
    layers.reserve(blocks.size() + 1);
    for (const auto& block : blocks) layers.push_back(as_layer(*block));
    if (head != nullptr) layers.push_back(as_layer(*head));
    if (fast::can_run(layers, x)) return fast::dense_network(layers, x);
  }
  Tensor y = x;
  for (const auto& block : blocks) {
    y = torch::relu(block->norm->forward(torch::linear(y, block->linear->weight)));
  }
  return head != nullptr ? torch::linear(y, head->weight, head->bias) : y;
}

}  // namespace

Tensor uniform_by_fan_in(Tensor parameter, std::int64_t fan_in, const Build& build) {
  if (build.initialize && fan_in > 0) {
    const torch::NoGradGuard no_grad;
    const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
    parameter.uniform_(-bound, bound, build.generator);
  }
  return parameter;
}

Linear::Linear(std::int64_t in, std::int64_t out, const Build& build, bool with_bias)
    : weight(register_parameter("weight", uniform_by_fan_in(torch::zeros({out, in}), in, build))),
      fast_path_(build.fast_path) {
  if (with_bias) {
    bias = register_parameter("bias", uniform_by_fan_in(torch::zeros({out}), in, build));
  }
}

Tensor Linear::forward(const Tensor& x) {
  return run_dense({}, this, x, fast_path_);
}

std::string Linear::script(TorchScript& to, const std::string& x) const {
  return to.linear(x, weight, bias);
}

BatchNorm::BatchNorm(std::int64_t features)
    : weight(register_parameter("weight", torch::ones({features}))),
      bias(register_parameter("bias", torch::zeros({features}))),
      running_mean(register_buffer("running_mean", torch::zeros({features}))),
      running_var(register_buffer("running_var", torch::ones({features}))) {}

Tensor BatchNorm::forward(const Tensor& x) {
  // A batch of one vector has no variance: it is normalised by what the run has seen so far.
  const bool has_variance = x.numel() > x.size(1);
  return torch::batch_norm(x, weight, bias, running_mean, running_var,
                           is_training() && has_variance, kMomentum, kEpsilon,
                           /*cudnn_enabled=*/false);
}

std::string BatchNorm::script(TorchScript& to, const std::string& x) const {
  return to.call("torch.batch_norm",
                 {x, to.tensor(weight), to.tensor(bias), to.tensor(running_mean),
                  to.tensor(running_var), "False", std::to_string(kMomentum), "1e-05", "False"});
}

DenseBlock::DenseBlock(std::int64_t in, std::int64_t out, const Build& build)
    : linear(register_module("linear", std::make_shared<Linear>(in, out, build, false))),
      norm(register_module("norm", std::make_shared<BatchNorm>(out))),
      fast_path_(build.fast_path) {}

Tensor DenseBlock::forward(const Tensor& x) {
  if (fast_path_) {
    const std::vector<fast::DenseLayer> layers = {as_layer(*this)};
    if (fast::can_run(layers, x)) return fast::dense_network(layers, x);
  }
  return torch::relu(norm->forward(linear->forward(x)));
}

std::string DenseBlock::script(TorchScript& to, const std::string& x) const {
  return to.call("torch.relu", {norm->script(to, linear->script(to, x))});
}

DenseStack::DenseStack(std::int64_t in, const std::vector<int>& widths, const Build& build)
    : out_(in), fast_path_(build.fast_path) {
  for (const int width : widths) {
    blocks_.push_back(register_module("block" + std::to_string(blocks_.size() + 1),
                                      std::make_shared<DenseBlock>(out_, width, build)));
    out_ = width;
  }
}

Tensor DenseStack::forward(const Tensor& x, Linear* head) {
  return run_dense(blocks_, head, x, fast_path_);
}

DenseEncoder::DenseEncoder(const ImageShape& shape, const std::vector<int>& widths,
                           std::int64_t outputs, std::int64_t extra, const Build& build)
    : hidden(register_module("hidden",
                             std::make_shared<DenseStack>(shape.pixels() + extra, widths, build))),
      head(register_module("head", std::make_shared<Linear>(hidden->out(), outputs, build))) {}

Tensor DenseEncoder::forward(const Tensor& x, const Tensor& extra) {
  Tensor input = x.flatten(1);
  if (extra.defined()) input = torch::cat({input, extra}, 1);
  return hidden->forward(input, head.get());
}

std::string DenseEncoder::script(TorchScript& to, const std::string& x,
                                 const std::string& extra) const {
  std::string y = to.call("torch.flatten", {x, "1"});
  if (!extra.empty()) y = to.let("torch.cat([" + y + ", " + extra + "], 1)");
  for (const auto& block : hidden->blocks()) y = block->script(to, y);
  return head->script(to, y);
}

DenseDecoder::DenseDecoder(const ImageShape& shape, const std::vector<int>& widths,
                           std::int64_t inputs, const Build& build)
    : hidden(register_module("hidden", std::make_shared<DenseStack>(inputs, widths, build))),
      head(register_module("head", std::make_shared<Linear>(hidden->out(), shape.pixels(), build))),
      shape_(shape) {}

Tensor DenseDecoder::forward(const Tensor& z) {
  return hidden->forward(z, head.get())
      .view({z.size(0), shape_.channels, shape_.height, shape_.width});
}

std::string DenseDecoder::script(TorchScript& to, const std::string& z) const {
  std::string y = z;
  for (const auto& block : hidden->blocks()) y = block->script(to, y);
  return to.pictures(head->script(to, y), shape_);
}

std::shared_ptr<Encoder> make_encoder(const TrainingConfig& config, const ImageShape& shape,
                                      std::int64_t outputs, const Build& build,
                                      std::int64_t extra) {
  if (config.network == NetworkKind::Convolutional) {
    return std::make_shared<ConvEncoder>(shape, outputs, extra, build);
  }
  const std::vector<int> widths =
      config.hidden_widths.empty() ? shrink_widths(shape.pixels(), outputs) : config.hidden_widths;
  return std::make_shared<DenseEncoder>(shape, widths, outputs, extra, build);
}

std::shared_ptr<Decoder> make_decoder(const TrainingConfig& config, const ImageShape& shape,
                                      std::int64_t inputs, const Build& build,
                                      std::int64_t narrow_end) {
  if (config.network == NetworkKind::Convolutional) {
    return std::make_shared<ConvDecoder>(shape, inputs, build);
  }
  std::vector<int> widths =
      config.hidden_widths.empty()
          ? shrink_widths(shape.pixels(), narrow_end > 0 ? narrow_end : inputs)
          : config.hidden_widths;
  std::reverse(widths.begin(), widths.end());
  return std::make_shared<DenseDecoder>(shape, widths, inputs, build);
}

std::vector<int> shrink_widths(std::int64_t pixels, std::int64_t narrow_end) {
  // The published code truncates the floating-point root, so that 512^(1/3) gives 7: pow, not cbrt.
  const auto ratio = static_cast<double>(pixels / std::max<std::int64_t>(narrow_end, 1));
  const auto shrink =
      std::max<std::int64_t>(static_cast<std::int64_t>(std::pow(ratio, 1.0 / 3.0)), 1);
  return {static_cast<int>(pixels / shrink), static_cast<int>(pixels / (shrink * shrink))};
}

}  // namespace latent::nn
