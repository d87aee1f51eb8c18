#pragma once

#include "nn/libtorch.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "latent/dataset.h"

namespace latent::nn {

using torch::Tensor;

/// The body of a TorchScript function while it is written, line by line, and the tensors that it
/// reads. Networks and systems say their evaluation mode with it; values are called by name.
class TorchScript {
 public:
  /// What the source calls `tensor`: a buffer of the module. The same tensor has one name.
  std::string tensor(const Tensor& tensor);

  /// `name = function(arguments)` with a fresh name, which is returned.
  std::string call(const std::string& function, std::initializer_list<std::string> arguments);
  /// `name = expression` with a fresh name, which is returned.
  std::string let(const std::string& expression);
  /// y = x·Wᵀ + b; `bias` may be undefined.
  std::string linear(const std::string& x, const Tensor& weight, const Tensor& bias = {});

  /// Rows [N, C·H·W] as [N, C, H, W].
  std::string pictures(const std::string& rows, const ImageShape& shape);

  const std::string& body() const { return body_; }
  /// Name, without "self.", and value of each tensor.
  const std::vector<std::pair<std::string, Tensor>>& tensors() const { return tensors_; }

 private:
  std::string body_;
  std::vector<std::pair<std::string, Tensor>> tensors_;
  int values_ = 0;
};

}  // namespace latent::nn
