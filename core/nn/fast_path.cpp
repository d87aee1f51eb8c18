#include "nn/fast_path.h"

#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "nn/fast_node.h"
#include "nn/gradient_slots.h"
#include "nn/kernels/dense.h"
#include "nn/kernels/kernels.h"

namespace latent::nn::fast {
namespace {

using torch::autograd::Node;
using torch::autograd::variable_list;

bool wants_any(const DenseLayer& layer) {
  return wants_gradient(layer.weight) || wants_gradient(layer.bias) ||
         (layer.norm != nullptr &&
          (wants_gradient(layer.norm->weight) || wants_gradient(layer.norm->bias)));
}

/// Room for floats, in pieces that begin at whole cache lines.
class Room {
 public:
  explicit Room(std::int64_t size) : memory_(torch::empty({size})) {}
  float* take(std::int64_t count) {
    float* here = memory_.data_ptr<float>() + used_;
    used_ += kernels::padded(count);
    return here;
  }

 private:
  Tensor memory_;
  std::int64_t used_ = 0;
};

/// A network for the kernels, with the room for a batch; the tensors must outlive it.
struct Plan {
  std::vector<kernels::DenseLayer> layers;
  float* input;
  Room room;

  /// `backward`: what the way back needs is kept.
  Plan(const std::vector<DenseLayer>& network, std::int64_t n, bool backward)
      : room(size_of(network, n, backward)) {
    const std::int64_t stride = kernels::padded(n);
    input = room.take(network.front().weight.size(1) * stride);
    for (const DenseLayer& layer : network) {
      const std::int64_t out = layer.weight.size(0);
      kernels::DenseLayer& next = layers.emplace_back();
      next.in = layer.weight.size(1);
      next.out = out;
      next.weight = layer.weight.data_ptr<float>();
      next.bias = layer.bias.defined() ? layer.bias.data_ptr<float>() : nullptr;
      next.linear = room.take(out * stride);
      next.output = next.linear;
      if (layer.norm == nullptr) continue;
      next.norm = norm_parameters(*layer.norm);
      next.running_mean = layer.norm->running_mean.data_ptr<float>();
      next.running_var = layer.norm->running_var.data_ptr<float>();
      next.training = layer.norm->is_training();
      next.mean = room.take(out);
      next.inv_std = room.take(out);
      if (backward) next.output = room.take(out * stride);
    }
  }

 private:
  static std::int64_t size_of(const std::vector<DenseLayer>& network, std::int64_t n,
                              bool backward) {
    std::int64_t size = network.front().weight.size(1);
    std::int64_t columns = 0;
    for (const DenseLayer& layer : network) {
      size += layer.weight.size(0) * (backward && layer.norm != nullptr ? 2 : 1);
      if (layer.norm != nullptr) columns += 2 * kernels::padded(layer.weight.size(0));
    }
    return size * kernels::padded(n) + columns;
  }
};

class DenseNetworkBackward final : public Node {
 public:
  std::vector<DenseLayer> layers;
  std::optional<Plan> plan;
  std::int64_t samples = 0;
  bool input_wanted = false;

  std::string name() const override { return "DenseNetworkBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(plan.has_value(), "the graph of a dense network was already freed");
    variable_list result(num_outputs());
    if (!gradients[0].defined()) return result;
    const Tensor dy = gradients[0].contiguous();
    std::size_t lowest = 0;
    while (!input_wanted && lowest + 1 < layers.size() && !wants_any(layers[lowest])) ++lowest;
    std::vector<kernels::DenseGradients> targets;
    for (const DenseLayer& layer : layers) targets.push_back(targets_of(layer));
    const Tensor room = torch::empty({kernels::dense_backward_room(plan->layers, samples)});
    if (input_wanted) result[0] = torch::empty({samples, plan->layers.front().in});
    kernels::dense_backward(plan->layers, targets, lowest, plan->input, dy.data_ptr<float>(),
                            samples, room.data_ptr<float>(),
                            input_wanted ? result[0].data_ptr<float>() : nullptr);
    return result;
  }

  void release_variables() override {
    plan.reset();
    layers.clear();
  }

 private:
  static kernels::DenseGradients targets_of(const DenseLayer& layer) {
    kernels::DenseGradients targets;
    if (wants_gradient(layer.weight)) {
      targets.adam = take_step(layer.weight);
      if (targets.adam == nullptr) {
        const GradientTarget weight = gradient_target(layer.weight);
        targets.weight = weight.data;
        targets.add_weight = weight.accumulate;
      }
    }
    if (layer.norm != nullptr) {
      const NormTargets norm = norm_targets(*layer.norm);
      targets.norm_weight = norm.weight;
      targets.norm_bias = norm.bias;
      targets.add_norm = norm.accumulate;
    } else if (wants_gradient(layer.bias)) {
      const GradientTarget bias = gradient_target(layer.bias);
      targets.bias = bias.data;
      targets.add_bias = bias.accumulate;
    }
    return targets;
  }
};

class CrossEntropyBackward final : public Node {
 public:
  Tensor gradient;  // of the logits, for a loss whose own gradient is one

  std::string name() const override { return "FusedCrossEntropyBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(gradient.defined(), "the graph of a cross-entropy was already freed");
    if (!gradients[0].defined()) return {Tensor{}};
    if (gradients[0].item<float>() == 1.0F) return {gradient};
    return {gradient * gradients[0]};
  }

  void release_variables() override { gradient.reset(); }
};

class CrossEntropyPerImageBackward final : public Node {
 public:
  Tensor gradient;  // of the logits, for a gradient of one for each image

  std::string name() const override { return "FusedCrossEntropyPerImageBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(gradient.defined(), "the graph of a cross-entropy was already freed");
    if (!gradients[0].defined()) return {Tensor{}};
    std::vector<std::int64_t> rows(static_cast<std::size_t>(gradient.dim()), 1);
    rows[0] = -1;
    return {gradient * gradients[0].reshape(rows)};
  }

  void release_variables() override { gradient.reset(); }
};

class GaussianSampleBackward final : public Node {
 public:
  Tensor outputs;
  Tensor noise;

  std::string name() const override { return "GaussianSampleBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(outputs.defined(), "the graph of a Gaussian sample was already freed");
    if (!gradients[0].defined()) return {Tensor{}};
    const Tensor dz = gradients[0].contiguous();
    Tensor result = torch::empty(outputs.sizes());
    kernels::reparameterize_backward(outputs.data_ptr<float>(), noise.data_ptr<float>(),
                                     dz.data_ptr<float>(), 0.0F, outputs.size(0),
                                     outputs.size(1) / 2, result.data_ptr<float>());
    return {result};
  }

  void release_variables() override {
    outputs.reset();
    noise.reset();
  }
};

class GaussianKlBackward final : public Node {
 public:
  Tensor outputs;

  std::string name() const override { return "GaussianKlBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(outputs.defined(), "the graph of a KL divergence was already freed");
    if (!gradients[0].defined()) return {Tensor{}};
    const float scale = gradients[0].item<float>() / static_cast<float>(outputs.size(0));
    Tensor result = torch::empty(outputs.sizes());
    kernels::reparameterize_backward(outputs.data_ptr<float>(), nullptr, nullptr, scale,
                                     outputs.size(0), outputs.size(1) / 2,
                                     result.data_ptr<float>());
    return {result};
  }

  void release_variables() override { outputs.reset(); }
};

/// A node between `input` and what comes of it; null when no gradient is wanted.
template <typename NodeType>
std::shared_ptr<NodeType> node_after(const Tensor& input) {
  if (!torch::GradMode::is_enabled() || !input.requires_grad()) return nullptr;
  auto node = std::shared_ptr<NodeType>(new NodeType, torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(input));
  return node;
}

}  // namespace

bool can_run(const std::vector<DenseLayer>& layers, const Tensor& x) {
  if (layers.empty() || !is_plain_float(x) || x.dim() != 2 || x.size(0) == 0) return false;
  const bool gradients =
      torch::GradMode::is_enabled() &&
      (x.requires_grad() || std::any_of(layers.begin(), layers.end(),
                                        [](const DenseLayer& layer) { return wants_any(layer); }));
  return std::all_of(layers.begin(), layers.end(), [&](const DenseLayer& layer) {
    if (!is_plain_float(layer.weight) || !layer.weight.is_contiguous()) return false;
    if (layer.norm == nullptr) return true;
    return layer.norm->is_training() ? x.size(0) > 1 : !gradients;
  });
}

Tensor dense_network(const std::vector<DenseLayer>& layers, const Tensor& x) {
  Tensor anchor;  // a parameter whose edge makes the node part of the graph
  if (torch::GradMode::is_enabled()) {
    for (const DenseLayer& layer : layers) {
      for (const Tensor& parameter :
           {layer.weight, layer.bias, layer.norm != nullptr ? layer.norm->weight : Tensor{},
            layer.norm != nullptr ? layer.norm->bias : Tensor{}}) {
        if (!anchor.defined() && wants_gradient(parameter)) anchor = parameter;
      }
    }
  }
  const bool input_wanted = torch::GradMode::is_enabled() && x.requires_grad();
  const std::int64_t n = x.size(0);
  Tensor y;
  std::shared_ptr<DenseNetworkBackward> node;
  {
    const torch::NoGradGuard no_grad;
    const Tensor input = x.detach().contiguous();
    Plan plan{layers, n, input_wanted || anchor.defined()};
    y = torch::empty({n, plan.layers.back().out});
    kernels::dense_forward(plan.layers, input.data_ptr<float>(), n,
                           static_cast<float>(BatchNorm::kMomentum), plan.input,
                           y.data_ptr<float>());
    if (input_wanted || anchor.defined()) {
      node = std::shared_ptr<DenseNetworkBackward>(new DenseNetworkBackward,
                                                   torch::autograd::deleteNode);
      node->set_next_edges(torch::autograd::collect_next_edges(x, anchor));
      node->layers = layers;
      node->plan = std::move(plan);
      node->samples = n;
      node->input_wanted = input_wanted;
    }
  }
  if (node) torch::autograd::set_history(y, node);
  return y;
}

std::vector<Tensor> weights_used_once(const Tensor& loss) {
  std::unordered_map<const c10::TensorImpl*, int> uses;
  std::vector<Tensor> weights;
  std::unordered_set<Node*> seen;
  std::vector<Node*> open;
  const auto go_on = [&](const torch::autograd::Edge& edge) {
    if (edge.function && seen.insert(edge.function.get()).second) {
      open.push_back(edge.function.get());
    }
  };
  go_on({loss.grad_fn(), 0});
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (const auto* leaf = dynamic_cast<torch::autograd::AccumulateGrad*>(node)) {
      uses[leaf->variable.unsafeGetTensorImpl()] += 2;  // by another operator
    } else if (const auto* network = dynamic_cast<DenseNetworkBackward*>(node)) {
      for (const DenseLayer& layer : network->layers) {
        if (!wants_gradient(layer.weight)) continue;
        if (++uses[layer.weight.unsafeGetTensorImpl()] == 1) weights.push_back(layer.weight);
      }
      go_on(node->next_edge(0));  // the other one is the anchor's
    } else {
      for (const torch::autograd::Edge& edge : node->next_edges()) go_on(edge);
    }
  }
  weights.erase(
      std::remove_if(weights.begin(), weights.end(),
                     [&](const Tensor& weight) { return uses[weight.unsafeGetTensorImpl()] > 1; }),
      weights.end());
  return weights;
}

bool can_run_cross_entropy(const Tensor& logits, const Tensor& x) {
  return is_plain_float(logits) && is_plain_float(x) && logits.sizes() == x.sizes() &&
         logits.dim() >= 2 && logits.numel() > 0 &&
         !(torch::GradMode::is_enabled() && x.requires_grad());
}

Tensor cross_entropy(const Tensor& logits, const Tensor& x) {
  const auto node = node_after<CrossEntropyBackward>(logits);
  Tensor loss;
  {
    const torch::NoGradGuard no_grad;
    const Tensor l = logits.detach().contiguous();
    const Tensor target = x.detach().contiguous();
    const std::int64_t n = l.size(0);
    const std::int64_t pixels = l.numel() / n;
    if (node) node->gradient = torch::empty(l.sizes());
    const double total = kernels::cross_entropy(l.data_ptr<float>(), target.data_ptr<float>(), n,
                                                pixels, 1.0F / static_cast<float>(n),
                                                node ? node->gradient.data_ptr<float>() : nullptr);
    loss = torch::full({}, total / static_cast<double>(n), torch::kFloat32);
  }
  if (node) torch::autograd::set_history(loss, node);
  return loss;
}

Tensor cross_entropy_per_image(const Tensor& logits, const Tensor& x) {
  const auto node = node_after<CrossEntropyPerImageBackward>(logits);
  Tensor losses;
  {
    const torch::NoGradGuard no_grad;
    const Tensor l = logits.detach().contiguous();
    const Tensor target = x.detach().contiguous();
    const std::int64_t n = l.size(0);
    if (node) node->gradient = torch::empty(l.sizes());
    const Tensor sums = torch::empty({n}, torch::kFloat64);
    kernels::cross_entropy_rows(l.data_ptr<float>(), target.data_ptr<float>(), n, l.numel() / n,
                                1.0F, node ? node->gradient.data_ptr<float>() : nullptr,
                                sums.data_ptr<double>());
    losses = sums.to(torch::kFloat32);
  }
  if (node) torch::autograd::set_history(losses, node);
  return losses;
}

Tensor gaussian_outputs(const Tensor& mean, const Tensor& log_var) {
  if (!mean.is_view() || !log_var.is_view() || mean.dim() != 2) return {};
  const Tensor outputs{mean._base()};
  const std::int64_t latent = mean.size(1);
  const bool halves = outputs.is_same(log_var._base()) && outputs.dim() == 2 &&
                      outputs.size(0) == mean.size(0) && outputs.size(1) == 2 * latent &&
                      mean.sizes() == log_var.sizes() &&
                      mean.storage_offset() == outputs.storage_offset() &&
                      log_var.storage_offset() == outputs.storage_offset() + latent;
  if (!halves || !outputs.is_contiguous() || !is_plain_float(outputs)) return {};
  return outputs;
}

Tensor gaussian_sample(const Tensor& outputs, const Tensor& noise) {
  const auto node = node_after<GaussianSampleBackward>(outputs);
  Tensor z;
  {
    const torch::NoGradGuard no_grad;
    z = torch::empty(noise.sizes());
    kernels::reparameterize(outputs.data_ptr<float>(), noise.data_ptr<float>(), outputs.size(0),
                            outputs.size(1) / 2, z.data_ptr<float>());
    if (node) {
      node->outputs = outputs.detach();
      node->noise = noise;
    }
  }
  if (node) torch::autograd::set_history(z, node);
  return z;
}

Tensor gaussian_kl(const Tensor& outputs) {
  const auto node = node_after<GaussianKlBackward>(outputs);
  Tensor kl;
  {
    const torch::NoGradGuard no_grad;
    const double total = kernels::reparameterize(outputs.data_ptr<float>(), nullptr,
                                                 outputs.size(0), outputs.size(1) / 2, nullptr);
    kl = torch::full({}, total / static_cast<double>(outputs.size(0)), torch::kFloat32);
    if (node) node->outputs = outputs.detach();
  }
  if (node) torch::autograd::set_history(kl, node);
  return kl;
}

}  // namespace latent::nn::fast
