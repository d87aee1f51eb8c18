#pragma once

#include "nn/libtorch.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace latent::nn {

using torch::Tensor;

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

/// Adam (Kingma & Ba 2014, algorithm 1, with PyTorch's place for ε) over one flat buffer: the
/// parameters, their gradients and both moments are views into four arrays of the same layout, so
/// that a step is one pass over plain memory. Each parameter begins at a multiple of 16 floats; the
/// gaps are zero and stay zero.
class Adam {
 public:
  using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

  /// Moves the parameters' data and gradients into the flat buffers; the tensors themselves stay
  /// the same objects.
  explicit Adam(NamedTensors parameters, AdamOptions options = {});
  ~Adam();
  Adam(Adam&&) = default;
  Adam& operator=(Adam&&) = delete;
  Adam(const Adam&) = delete;
  Adam& operator=(const Adam&) = delete;

  /// Undefines the gradients: the next one overwrites what is in the flat buffer.
  void zero_grad();
  /// An undefined gradient counts as zero.
  void step(double learning_rate);

  /// Everything that a continued run needs, as views: "first_moment.<name>",
  /// "second_moment.<name>", and "steps" [1] int64.
  NamedTensors state() const;

  std::int64_t parameter_count() const { return count_; }

 private:
  /// Brings into the flat buffer what was computed elsewhere.
  void collect_gradients();

  AdamOptions options_;
  NamedTensors parameters_;
  std::vector<std::int64_t> offsets_;
  std::vector<Tensor> slots_;  // views of gradients_, one for each parameter
  std::int64_t count_ = 0;
  Tensor values_;         // flat, float32
  Tensor gradients_;      // flat
  Tensor first_moment_;   // flat
  Tensor second_moment_;  // flat
  Tensor steps_;          // [1] int64
};

}  // namespace latent::nn
