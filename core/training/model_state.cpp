#include "training/model_state.h"

namespace latent::training {

NamedTensors model_state(models::Autoencoder& model) {
  NamedTensors state;
  for (const auto& parameter : model.named_parameters()) {
    state.emplace_back(parameter.key(), parameter.value());
  }
  for (const auto& buffer : model.named_buffers()) {
    state.emplace_back(buffer.key(), buffer.value());
  }
  for (auto& [name, tensor] : model.extra_state()) state.emplace_back("extra." + name, tensor);
  return state;
}

void copy_state(const NamedTensors& target, const NamedTensors& source) {
  const torch::NoGradGuard no_grad;
  TORCH_CHECK(target.size() == source.size(), "expected ", target.size(), " tensors, got ",
              source.size());
  for (std::size_t i = 0; i < target.size(); ++i) {
    TORCH_CHECK(target[i].first == source[i].first, "expected tensor ", target[i].first, ", got ",
                source[i].first);
    torch::Tensor destination = target[i].second;
    destination.copy_(source[i].second);
  }
}

NamedTensors cloned(const NamedTensors& state) {
  const torch::NoGradGuard no_grad;
  NamedTensors copy;
  for (const auto& [name, tensor] : state) {
    copy.emplace_back(name, tensor.detach().clone(at::MemoryFormat::Contiguous));
  }
  return copy;
}

}  // namespace latent::training
