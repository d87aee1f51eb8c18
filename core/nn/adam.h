#pragma once

#include "nn/libtorch.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/kernels/dense.h"

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
  /// Before a backward pass: each of `weights` that is a parameter here may take its step in it, as
  /// soon as its gradient is known, which spares writing and reading the gradient. To be followed
  /// by `step` with the same learning rate. Of each of them that pass computes one gradient at
  /// most.
  void begin_step(double learning_rate, const std::vector<Tensor>& weights);
  /// The step of all that has not taken it. An undefined gradient counts as zero.
  void step(double learning_rate);

  /// Everything that a continued run needs, as views: "first_moment.<name>",
  /// "second_moment.<name>", and "steps" [1] int64.
  NamedTensors state() const;

  std::int64_t parameter_count() const { return count_; }

 private:
  /// Brings a gradient into the flat buffer that was computed elsewhere.
  void collect_gradient(std::size_t parameter);
  kernels::AdamStep next_step(double learning_rate) const;

  AdamOptions options_;
  NamedTensors parameters_;
  std::vector<std::int64_t> offsets_;
  std::vector<Tensor> slots_;                // views of gradients_, one for each parameter
  std::vector<kernels::AdamTarget> offers_;  // of a step that has begun, one for each parameter
  std::int64_t count_ = 0;
  Tensor values_;         // flat, float32
  Tensor gradients_;      // flat
  Tensor first_moment_;   // flat
  Tensor second_moment_;  // flat
  Tensor steps_;          // [1] int64
};

}  // namespace latent::nn
