#pragma once

#include "nn/libtorch.h"

#include <cstdint>
#include <memory>
#include <string>

#include "nn/adam.h"
#include "nn/network.h"

namespace latent::nn {

/// The moving average of a decoder's weights and batch statistics over its last thousand steps, as
/// a decoder in evaluation mode that takes no gradients. Beside the playing decoder of adversarial
/// training, it leaves out the grain that each of the last steps has put on the pictures (Karras et
/// al. 2017, section 5, https://arxiv.org/abs/1710.10196; Yazıcı et al. 2018,
/// https://arxiv.org/abs/1806.04498).
class WeightAverage {
 public:
  /// `average`: a network like `live`. It begins as a copy of it.
  WeightAverage(std::shared_ptr<Decoder> live, std::shared_ptr<Decoder> average);

  /// After the batch number `step`, counted from 0. The average begins short: early steps count
  /// little.
  void follow(std::int64_t step);
  Decoder& decoder() const { return *average_; }
  /// All of it by name, as views, for a run's file.
  Adam::NamedTensors state() const;

 private:
  void move(double share);

  std::shared_ptr<Decoder> live_;
  std::shared_ptr<Decoder> average_;
};

}  // namespace latent::nn
