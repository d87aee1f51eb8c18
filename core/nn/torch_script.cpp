#include "nn/torch_script.h"

namespace latent::nn {

std::string TorchScript::tensor(const Tensor& tensor) {
  for (const auto& [name, known] : tensors_) {
    if (known.is_same(tensor)) return "self." + name;
  }
  tensors_.emplace_back("tensor" + std::to_string(tensors_.size() + 1), tensor);
  return "self." + tensors_.back().first;
}

std::string TorchScript::let(const std::string& expression) {
  std::string name = "v" + std::to_string(++values_);
  body_ += "  " + name + " = " + expression + "\n";
  return name;
}

std::string TorchScript::call(const std::string& function,
                              std::initializer_list<std::string> arguments) {
  std::string list;
  for (const std::string& argument : arguments) list += (list.empty() ? "" : ", ") + argument;
  return let(function + "(" + list + ")");
}

std::string TorchScript::linear(const std::string& x, const Tensor& weight, const Tensor& bias) {
  return call("torch.linear", {x, tensor(weight), bias.defined() ? tensor(bias) : "None"});
}

std::string TorchScript::pictures(const std::string& rows, const ImageShape& shape) {
  return let("torch.reshape(" + rows + ", [-1, " + std::to_string(shape.channels) + ", " +
             std::to_string(shape.height) + ", " + std::to_string(shape.width) + "])");
}

}  // namespace latent::nn
