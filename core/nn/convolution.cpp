// The convolutional encoder and decoder of network.h.

#include <array>
#include <string>

#include "nn/convolution_path.h"
#include "nn/network.h"

namespace latent::nn {
namespace {

constexpr std::array<std::int64_t, 3> kChannels = {32, 64, 128};
constexpr std::int64_t kKernel = 3;

/// A 3×3 convolution of stride 2 with one pixel of padding.
std::int64_t halved(std::int64_t size) {
  return (size + 1) / 2;
}

}  // namespace

ConvEncoder::ConvEncoder(const ImageShape& shape, std::int64_t outputs, std::int64_t extra,
                         const Build& build) {
  std::int64_t in = shape.channels;
  std::int64_t height = shape.height;
  std::int64_t width = shape.width;
  std::vector<fast::MapSize> maps = {{in, height, width}};
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    weights_.push_back(
        register_parameter("convolution" + number,
                           uniform_by_fan_in(torch::zeros({kChannels[i], in, kKernel, kKernel}),
                                             in * kKernel * kKernel, build)));
    norms_.push_back(register_module("norm" + number, std::make_shared<BatchNorm>(kChannels[i])));
    in = kChannels[i];
    height = halved(height);
    width = halved(width);
    maps.push_back({in, height, width});
  }
  if (build.fast_path) {
    fast_ = std::make_shared<fast::ConvNetwork>(fast::ConvNetwork::Direction::Shrink, maps);
  }
  head_ = register_module("head",
                          std::make_shared<Linear>(in * height * width + extra, outputs, build));
}

Tensor ConvEncoder::forward(const Tensor& x, const Tensor& extra) {
  Tensor map = x;
  std::vector<fast::ConvLayer> layers;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    layers.push_back({.weight = weights_[i], .norm = norms_[i].get()});
  }
  if (fast_ && fast_->can_run(layers, x)) {
    map = fast_->run(layers, x);
  } else {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      map = torch::conv2d(map, weights_[i], {}, /*stride=*/2, /*padding=*/1);
      map = torch::relu(norms_[i]->forward(map));
    }
  }
  Tensor features = map.flatten(1);
  if (extra.defined()) features = torch::cat({features, extra}, 1);
  return head_->forward(features);
}

std::string ConvEncoder::script(TorchScript& to, const std::string& x,
                                const std::string& extra) const {
  std::string map = x;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    map = to.call("torch.conv2d", {map, to.tensor(weights_[i]), "None", "[2, 2]", "[1, 1]"});
    map = to.call("torch.relu", {norms_[i]->script(to, map)});
  }
  std::string features = to.call("torch.flatten", {map, "1"});
  if (!extra.empty()) features = to.let("torch.cat([" + features + ", " + extra + "], 1)");
  return head_->script(to, features);
}

ConvDecoder::ConvDecoder(const ImageShape& shape, std::int64_t inputs, const Build& build) {
  sizes_.push_back({shape.height, shape.width});
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    sizes_.insert(sizes_.begin(), {halved(sizes_.front().height), halved(sizes_.front().width)});
  }
  entry_ = register_module(
      "entry", std::make_shared<DenseBlock>(
                   inputs, kChannels.back() * sizes_.front().height * sizes_.front().width, build));
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::int64_t in = kChannels[kChannels.size() - 1 - i];
    const bool last = i + 1 == kChannels.size();
    const std::int64_t out = last ? shape.channels : kChannels[kChannels.size() - 2 - i];
    // PyTorch takes the fan-in of a transposed convolution from its second dimension.
    const std::int64_t fan_in = out * kKernel * kKernel;
    weights_.push_back(register_parameter(
        "convolution" + number,
        uniform_by_fan_in(torch::zeros({in, out, kKernel, kKernel}), fan_in, build)));
    if (last) {
      bias_ = register_parameter("bias", uniform_by_fan_in(torch::zeros({out}), fan_in, build));
    } else {
      norms_.push_back(register_module("norm" + number, std::make_shared<BatchNorm>(out)));
    }
  }
  if (build.fast_path) {
    std::vector<fast::MapSize> maps;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      const bool picture = i == kChannels.size();
      maps.push_back({picture ? shape.channels : kChannels[kChannels.size() - 1 - i],
                      sizes_[i].height, sizes_[i].width});
    }
    fast_ = std::make_shared<fast::ConvNetwork>(fast::ConvNetwork::Direction::Grow, maps);
  }
}

Tensor ConvDecoder::forward(const Tensor& z) {
  Tensor map = entry_->forward(z).view(
      {z.size(0), kChannels.back(), sizes_.front().height, sizes_.front().width});
  std::vector<fast::ConvLayer> layers;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const bool last = i + 1 == weights_.size();
    layers.push_back({.weight = weights_[i],
                      .bias = last ? bias_ : Tensor{},
                      .norm = last ? nullptr : norms_[i].get()});
  }
  if (fast_ && fast_->can_run(layers, map)) return fast_->run(layers, map);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const bool last = i + 1 == weights_.size();
    const Size more = output_padding(i);
    map = torch::conv_transpose2d(map, weights_[i], last ? bias_ : Tensor{}, /*stride=*/2,
                                  /*padding=*/1, {more.height, more.width});
    if (!last) map = torch::relu(norms_[i]->forward(map));
  }
  return map;
}

std::string ConvDecoder::script(TorchScript& to, const std::string& z) const {
  std::string map = to.pictures(entry_->script(to, z), {static_cast<int>(kChannels.back()),
                                                        static_cast<int>(sizes_.front().height),
                                                        static_cast<int>(sizes_.front().width)});
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const bool last = i + 1 == weights_.size();
    const Size more = output_padding(i);
    map =
        to.call("torch.conv_transpose2d",
                {map, to.tensor(weights_[i]), last ? to.tensor(bias_) : "None", "[2, 2]", "[1, 1]",
                 "[" + std::to_string(more.height) + ", " + std::to_string(more.width) + "]"});
    if (!last) map = to.call("torch.relu", {norms_[i]->script(to, map)});
  }
  return map;
}

}  // namespace latent::nn
