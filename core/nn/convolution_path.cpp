#include "nn/convolution_path.h"

#include <omp.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "nn/fast_node.h"
#include "nn/gradient_slots.h"
#include "nn/kernels/convolution.h"
#include "nn/kernels/kernels.h"

namespace latent::nn::fast {
namespace {

using torch::autograd::Node;
using torch::autograd::variable_list;
using Direction = ConvNetwork::Direction;

std::int64_t elements(const MapSize& map, std::int64_t samples) {
  return samples * map.channels * map.height * map.width;
}

}  // namespace

/// What one pass through a network needs for one number of samples and threads: oneDNN's
/// preparations and the maps, which a training step then finds in place.
class ConvPlan {
 public:
  ConvPlan(Direction direction, const std::vector<MapSize>& maps, std::int64_t of_samples)
      : samples(of_samples),
        threads(omp_get_max_threads()),
        direction_(direction),
        maps_(maps),
        blocked_end_(direction == Direction::Shrink ? maps.back() : maps.front()),
        reorder_(samples, blocked_end_.channels, blocked_end_.height, blocked_end_.width),
        before_(maps.size()),
        kept_(maps.size()),
        statistics_(maps.size()),
        gradients_(maps.size()) {
    for (std::size_t i = 0; i + 1 < maps.size(); ++i) {
      const MapSize& large = shrinks() ? maps[i] : maps[i + 1];
      const MapSize& small = shrinks() ? maps[i + 1] : maps[i];
      const bool picture = shrinks() ? i == 0 : i + 2 == maps.size();
      convolutions_.emplace_back(kernels::ConvolutionShape{.samples = samples,
                                                           .large_channels = large.channels,
                                                           .large_height = large.height,
                                                           .large_width = large.width,
                                                           .small_channels = small.channels},
                                 picture);
    }
  }

  const std::int64_t samples;
  const int threads;

  /// The memory of a large batch that was only looked at costs more than making it again.
  bool is_worth_keeping() const { return has_kept_ || samples <= kSmallBatch; }

  /// x contiguous. With `keep` the plan holds afterwards what `backward` needs.
  Tensor forward(const std::vector<ConvLayer>& layers, const Tensor& x, bool keep) {
    has_kept_ = has_kept_ || keep;
    const MapSize& last = maps_.back();
    Tensor y = torch::empty({samples, last.channels, last.height, last.width});
    const float* map = x.data_ptr<float>();
    if (!shrinks()) {
      float* entry = memory(kept_[0], maps_[0]);
      reorder_.to_blocks(map, entry);
      map = entry;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const ConvLayer& layer = layers[i];
      const bool picture = !shrinks() && i + 1 == layers.size();
      float* out = picture ? y.data_ptr<float>() : memory(before_[i + 1], maps_[i + 1]);
      const auto* weight = layer.weight.data_ptr<float>();
      if (shrinks()) {
        convolutions_[i].shrink(map, weight, out);
      } else {
        convolutions_[i].grow(map, weight, out);
      }
      map = picture ? out : activate(layer, i + 1, keep);
    }
    if (shrinks()) {
      reorder_.to_plain(map, y.data_ptr<float>());
    } else if (layers.back().bias.defined()) {
      y.add_(layers.back().bias.view({1, -1, 1, 1}));
    }
    return y;
  }

  /// Writes the gradients of the parameters; returns that of x when wanted. After a `forward` that
  /// kept, with the same x; any number of times.
  Tensor backward(const std::vector<ConvLayer>& layers, const Tensor& x, const Tensor& dy,
                  bool input_wanted) {
    std::size_t lowest = 0;
    while (!input_wanted && lowest + 1 < layers.size() && !wants_any(layers[lowest])) ++lowest;
    Tensor dx;
    if (input_wanted) dx = torch::empty(x.sizes());
    float* own = nullptr;  // the current gradient where it is in our memory, not in dy
    const float* gradient = dy.data_ptr<float>();
    if (shrinks()) {
      own = memory(gradients_.back(), maps_.back());
      reorder_.to_blocks(gradient, own);
    }
    for (std::size_t i = layers.size(); i-- > lowest;) {
      const ConvLayer& layer = layers[i];
      const bool made_picture = !shrinks() && i + 1 == layers.size();
      if (!made_picture) {
        activation_backward(layer, i + 1, own);
      } else if (wants_gradient(layer.bias)) {
        bias_gradient(layer.bias, dy);
      }
      if (own != nullptr) gradient = own;
      if (wants_gradient(layer.weight)) {
        const float* input = shrinks() && i == 0 ? x.data_ptr<float>() : kept_[i].data_ptr<float>();
        const GradientTarget target = gradient_target(layer.weight);
        convolutions_[i].weight_gradient(shrinks() ? input : gradient, shrinks() ? gradient : input,
                                         target.data, target.accumulate);
      }
      if (i == lowest && !input_wanted) break;
      const auto* weight = layer.weight.data_ptr<float>();
      const bool picture = shrinks() && i == 0;
      own = picture ? dx.data_ptr<float>() : memory(gradients_[i], maps_[i]);
      if (shrinks()) {
        convolutions_[i].grow(gradient, weight, own);
      } else {
        convolutions_[i].shrink(gradient, weight, own);
      }
    }
    if (input_wanted && !shrinks()) reorder_.to_plain(own, dx.data_ptr<float>());
    return dx;
  }

  static bool wants_any(const ConvLayer& layer) {
    return wants_gradient(layer.weight) || wants_gradient(layer.bias) ||
           (layer.norm != nullptr &&
            (wants_gradient(layer.norm->weight) || wants_gradient(layer.norm->bias)));
  }

 private:
  bool shrinks() const { return direction_ == Direction::Shrink; }

  kernels::MapShape shape_of(std::size_t map) const {
    const MapSize& size = maps_[map];
    return {samples, size.channels, size.height * size.width,
            kernels::channel_block(size.channels)};
  }

  float* memory(Tensor& tensor, const MapSize& map) const {
    if (!tensor.defined()) tensor = torch::empty({elements(map, samples)});
    return tensor.data_ptr<float>();
  }

  /// What is in `before_[map]`, activated: there, unless both are kept.
  const float* activate(const ConvLayer& layer, std::size_t map, bool keep) {
    if (layer.norm != nullptr) return normalize(*layer.norm, map, keep);
    auto* before = before_[map].data_ptr<float>();
    float* after = keep ? memory(kept_[map], maps_[map]) : before;
    kernels::map_bias_leaky_forward(before, after, shape_of(map), layer.bias.data_ptr<float>(),
                                    layer.leak);
    return after;
  }

  const float* normalize(BatchNorm& norm, std::size_t map, bool keep) {
    const kernels::MapShape shape = shape_of(map);
    if (!statistics_[map].defined()) statistics_[map] = torch::empty({2, shape.channels});
    auto* first = statistics_[map].data_ptr<float>();
    float* second = first + shape.channels;
    auto* before = before_[map].data_ptr<float>();
    auto* running_mean = norm.running_mean.data_ptr<float>();
    auto* running_var = norm.running_var.data_ptr<float>();
    if (!norm.is_training()) {
      kernels::fold_norm(norm_parameters(norm), running_mean, running_var, shape.channels, first,
                         second);
      kernels::map_scale_shift_relu(before, before, shape, first, second);
      return before;
    }
    float* after = keep ? memory(kept_[map], maps_[map]) : before;
    kernels::map_norm_relu_forward(before, after, shape, norm_parameters(norm),
                                   static_cast<float>(BatchNorm::kMomentum), running_mean,
                                   running_var, first, second);
    return after;
  }

  void activation_backward(const ConvLayer& layer, std::size_t map, float* gradient) const {
    if (layer.norm != nullptr) {
      norm_backward(*layer.norm, map, gradient);
      return;
    }
    GradientTarget target{nullptr, false};
    if (wants_gradient(layer.bias)) target = gradient_target(layer.bias);
    kernels::map_bias_leaky_backward(before_[map].data_ptr<float>(), gradient, gradient,
                                     shape_of(map), layer.bias.data_ptr<float>(), layer.leak,
                                     target.data, target.accumulate);
  }

  void norm_backward(const BatchNorm& norm, std::size_t map, float* gradient) const {
    const NormTargets targets = norm_targets(norm);
    const kernels::MapShape shape = shape_of(map);
    const auto* mean = statistics_[map].data_ptr<float>();
    kernels::map_norm_relu_backward(before_[map].data_ptr<float>(), gradient, gradient, shape,
                                    norm_parameters(norm), mean, mean + shape.channels,
                                    targets.weight, targets.bias, targets.accumulate);
  }

  static void bias_gradient(const Tensor& bias, const Tensor& dy) {
    const Tensor sums = dy.sum({0, 2, 3});
    const GradientTarget target = gradient_target(bias);
    const auto* sum = sums.data_ptr<float>();
    for (std::int64_t c = 0; c < sums.numel(); ++c) {
      target.data[c] = sum[c] + (target.accumulate ? target.data[c] : 0.0F);
    }
  }

  static constexpr std::int64_t kSmallBatch = 64;

  Direction direction_;
  std::vector<MapSize> maps_;
  bool has_kept_ = false;
  MapSize blocked_end_;  // the end that is no picture
  std::vector<kernels::Convolution> convolutions_;
  kernels::MapReorder reorder_;
  // One for each map, in blocks, made when first needed.
  std::vector<Tensor> before_;      // the activation
  std::vector<Tensor> kept_;        // what the next layer takes
  std::vector<Tensor> statistics_;  // [2, C]: mean, then 1/σ
  std::vector<Tensor> gradients_;
};

/// The plans of a network that nobody uses just now.
class ConvPlans : public std::enable_shared_from_this<ConvPlans> {
 public:
  /// Comes back by itself when the last owner lets go.
  std::shared_ptr<ConvPlan> lease(Direction direction, const std::vector<MapSize>& maps,
                                  std::int64_t samples) {
    const auto back = [home = shared_from_this()](ConvPlan* plan) {
      home->take_back(std::unique_ptr<ConvPlan>(plan));
    };
    const int threads = omp_get_max_threads();
    {
      const std::lock_guard lock{mutex_};
      // Of another number of threads: it will hardly come back soon.
      idle_.erase(std::remove_if(idle_.begin(), idle_.end(),
                                 [&](const auto& plan) { return plan->threads != threads; }),
                  idle_.end());
      const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                      [&](const auto& plan) { return plan->samples == samples; });
      if (found != idle_.rend()) {
        std::unique_ptr<ConvPlan> plan = std::move(*found);
        idle_.erase(std::next(found).base());
        return {plan.release(), back};
      }
    }
    return {new ConvPlan(direction, maps, samples), back};
  }

 private:
  /// A step may use a network several times, or with several numbers of samples.
  static constexpr std::size_t kMostIdle = 4;

  void take_back(std::unique_ptr<ConvPlan> plan) {
    if (!plan->is_worth_keeping()) return;
    const std::lock_guard lock{mutex_};
    idle_.push_back(std::move(plan));
    if (idle_.size() > kMostIdle) idle_.erase(idle_.begin());
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<ConvPlan>> idle_;  // the longest unused first
};

namespace {

class ConvNetworkBackward final : public Node {
 public:
  std::vector<ConvLayer> layers;
  std::shared_ptr<ConvPlan> plan;
  Tensor input;
  bool input_wanted = false;

  std::string name() const override { return "ConvNetworkBackward"; }

  variable_list apply(variable_list&& gradients) override {
    TORCH_CHECK(plan, "the graph of a convolutional network was already freed");
    variable_list result(num_outputs());
    if (!gradients[0].defined()) return result;
    const torch::NoGradGuard no_grad;
    Tensor dx = plan->backward(layers, input, gradients[0].contiguous(), input_wanted);
    if (input_wanted) result[0] = dx;
    return result;
  }

  void release_variables() override {
    plan.reset();
    input.reset();
    layers.clear();
  }
};

}  // namespace

ConvNetwork::ConvNetwork(Direction direction, std::vector<MapSize> maps)
    : direction_(direction), maps_(std::move(maps)), plans_(std::make_shared<ConvPlans>()) {}

bool ConvNetwork::can_run(const std::vector<ConvLayer>& layers, const Tensor& x) const {
  const MapSize& first = maps_.front();
  if (!is_plain_float(x) || x.dim() != 4 || x.size(0) == 0 || x.size(1) != first.channels ||
      x.size(2) != first.height || x.size(3) != first.width || omp_in_parallel() != 0) {
    return false;
  }
  const bool gradients =
      torch::GradMode::is_enabled() &&
      (x.requires_grad() || std::any_of(layers.begin(), layers.end(), ConvPlan::wants_any));
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const ConvLayer& layer = layers[i];
    if (!is_plain_float(layer.weight) || !layer.weight.is_contiguous()) return false;
    if (layer.norm == nullptr) continue;
    const MapSize& map = maps_[i + 1];
    const bool has_variance = x.size(0) * map.height * map.width > 1;
    if (layer.norm->is_training() ? !has_variance : gradients) return false;
  }
  return true;
}

Tensor ConvNetwork::run(const std::vector<ConvLayer>& layers, const Tensor& x) {
  Tensor anchor;  // a parameter whose edge makes the node part of the graph
  if (torch::GradMode::is_enabled()) {
    for (const ConvLayer& layer : layers) {
      for (const Tensor& parameter :
           {layer.weight, layer.bias, layer.norm != nullptr ? layer.norm->weight : Tensor{},
            layer.norm != nullptr ? layer.norm->bias : Tensor{}}) {
        if (!anchor.defined() && wants_gradient(parameter)) anchor = parameter;
      }
    }
  }
  const bool input_wanted = torch::GradMode::is_enabled() && x.requires_grad();
  std::shared_ptr<ConvNetworkBackward> node;
  if (input_wanted || anchor.defined()) {
    node =
        std::shared_ptr<ConvNetworkBackward>(new ConvNetworkBackward, torch::autograd::deleteNode);
    node->set_next_edges(torch::autograd::collect_next_edges(x, anchor));
    node->input_wanted = input_wanted;
  }
  Tensor y;
  {
    const torch::NoGradGuard no_grad;
    const Tensor input = x.detach().contiguous();
    const std::shared_ptr<ConvPlan> plan = plans_->lease(direction_, maps_, x.size(0));
    y = plan->forward(layers, input, /*keep=*/node != nullptr);
    if (node) {
      node->layers = layers;
      node->plan = plan;
      node->input = input;
    }
  }
  if (node) torch::autograd::set_history(y, node);
  return y;
}

}  // namespace latent::nn::fast
