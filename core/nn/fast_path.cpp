#include "nn/fast_path.h"

#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "nn/fast_node.h"
#include "nn/gradient_slots.h"
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

/// What the way back needs of one layer.
struct Passed {
  DenseLayer layer;
  Tensor input;       // [N, in]
  Tensor normalized;  // [N, out], before the normalisation; undefined without
  Tensor statistics;  // [2, out]: mean, then 1/σ; undefined without
};

/// y of one layer; fills `passed` when it is not null.
Tensor run_layer(const DenseLayer& layer, const Tensor& x, Passed* passed) {
  const std::int64_t n = x.size(0);
  const std::int64_t in = layer.weight.size(1);
  const std::int64_t out = layer.weight.size(0);
  Tensor y = torch::empty({n, out});
  auto* y_data = y.data_ptr<float>();
  kernels::multiply_forward(x.data_ptr<float>(), layer.weight.data_ptr<float>(), y_data, n, in,
                            out);
  if (passed != nullptr) {
    passed->layer = layer;
    passed->input = x;
  }
  if (layer.norm == nullptr) {
    if (layer.bias.defined()) kernels::add_bias(y_data, layer.bias.data_ptr<float>(), n, out);
    return y;
  }
  const kernels::NormParameters parameters = norm_parameters(*layer.norm);
  auto* running_mean = layer.norm->running_mean.data_ptr<float>();
  auto* running_var = layer.norm->running_var.data_ptr<float>();
  const Tensor statistics = torch::empty({2, out});
  auto* first = statistics.data_ptr<float>();
  if (!layer.norm->is_training()) {
    kernels::fold_norm(parameters, running_mean, running_var, out, first, first + out);
    kernels::scale_shift(y_data, y_data, n, out, first, first + out, /*relu=*/true);
    return y;
  }
  Tensor activated = passed != nullptr ? torch::empty({n, out}) : y;
  kernels::norm_relu_forward(y_data, activated.data_ptr<float>(), n, out, parameters,
                             static_cast<float>(BatchNorm::kMomentum), running_mean, running_var,
                             first, first + out);
  if (passed != nullptr) {
    passed->normalized = y;
    passed->statistics = statistics;
  }
  return activated;
}

class DenseNetworkBackward final : public Node {
 public:
  std::vector<Passed> layers;
  bool input_wanted = false;

  std::string name() const override { return "DenseNetworkBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(!layers.empty(), "the graph of a dense network was already freed");
    variable_list result(num_outputs());
    if (!gradients[0].defined()) return result;
    Tensor gradient = gradients[0].contiguous();
    bool own = false;  // the incoming gradient may be somebody else's memory
    std::size_t lowest = 0;
    while (!input_wanted && lowest + 1 < layers.size() && !wants_any(layers[lowest].layer)) {
      ++lowest;
    }
    for (std::size_t i = layers.size(); i-- > lowest;) {
      gradient = layer_backward(layers[i], gradient, own, i > lowest || input_wanted);
      own = true;
    }
    if (input_wanted) result[0] = gradient;
    return result;
  }

  void release_variables() override { layers.clear(); }

 private:
  /// Writes the gradients of the layer's parameters; returns that of its input when wanted.
  static Tensor layer_backward(const Passed& passed, Tensor gradient, bool own, bool input) {
    const DenseLayer& layer = passed.layer;
    const std::int64_t n = passed.input.size(0);
    const std::int64_t in = layer.weight.size(1);
    const std::int64_t out = layer.weight.size(0);
    if (layer.norm != nullptr) {
      Tensor before = own ? gradient : torch::empty({n, out});
      norm_backward(passed, gradient.data_ptr<float>(), before.data_ptr<float>(), n, out);
      gradient = before;
    } else if (wants_gradient(layer.bias)) {
      const GradientTarget target = gradient_target(layer.bias);
      kernels::column_sums(gradient.data_ptr<float>(), n, out, target.data, target.accumulate);
    }
    const auto* dy = gradient.data_ptr<float>();
    if (wants_gradient(layer.weight)) {
      const GradientTarget target = gradient_target(layer.weight);
      kernels::multiply_weight_gradient(dy, passed.input.data_ptr<float>(), target.data, n, in, out,
                                        target.accumulate);
    }
    if (!input) return {};
    Tensor dx = torch::empty({n, in});
    kernels::multiply_input_gradient(dy, layer.weight.data_ptr<float>(), dx.data_ptr<float>(), n,
                                     in, out);
    return dx;
  }

  static void norm_backward(const Passed& passed, const float* dy, float* dx, std::int64_t n,
                            std::int64_t out) {
    const BatchNorm& norm = *passed.layer.norm;
    const auto* mean = passed.statistics.data_ptr<float>();
    const NormTargets targets = norm_targets(norm);
    kernels::norm_relu_backward(passed.normalized.data_ptr<float>(), dy, dx, n, out,
                                norm_parameters(norm), mean, mean + out, targets.weight,
                                targets.bias, targets.accumulate);
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
  std::shared_ptr<DenseNetworkBackward> node;
  if (input_wanted || anchor.defined()) {
    node = std::shared_ptr<DenseNetworkBackward>(new DenseNetworkBackward,
                                                 torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, anchor));
    node->layers.resize(layers.size());
    node->input_wanted = input_wanted;
  }
  Tensor y = x;
  {
    const torch::NoGradGuard no_grad;
    y = x.detach().contiguous();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      y = run_layer(layers[i], y, node ? &node->layers[i] : nullptr);
    }
  }
  if (node) torch::autograd::set_history(y, node);
  return y;
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
