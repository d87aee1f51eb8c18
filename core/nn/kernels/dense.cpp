#include "nn/kernels/dense.h"

#include <vector>

#include "nn/kernels/dispatch.h"
#include "nn/kernels/parallel.h"

namespace latent::nn::kernels {
namespace {

constexpr std::int64_t kRows = 6;  // of a block of a product

/// Products a sample, as elements of a pass.
std::int64_t work_of(std::span<const DenseLayer> layers, std::int64_t n) {
  std::int64_t work = 0;
  for (const DenseLayer& layer : layers) work += layer.in * layer.out;
  return work * n / kLine;
}

/// x [N, F] as rows of features, by its samples.
void to_features(const Passes& table, const Team& team, const float* x, std::int64_t n,
                 std::int64_t features, float* to) {
  const std::int64_t stride = padded(n);
  const auto [begin, end] = team.range(n, kLine);
  if (begin == end) return;
  table.transpose(x + begin * features, features, to + begin, stride, end - begin, features);
  if (end < n) return;
  for (std::int64_t f = 0; f < features; ++f) {
    std::fill(to + f * stride + n, to + (f + 1) * stride, 0.0F);
  }
}

/// And back.
void to_samples(const Passes& table, const Team& team, const float* x, std::int64_t n,
                std::int64_t features, float* to) {
  const std::int64_t stride = padded(n);
  const auto [begin, end] = team.range(n, kLine);
  if (begin == end) return;
  table.transpose(x + begin, stride, to + begin * features, features, features, end - begin);
}

DenseNorm norm_of(const DenseLayer& layer, std::int64_t n) {
  return {.samples = n,
          .stride = padded(n),
          .weight = layer.norm.weight,
          .bias = layer.norm.bias,
          .epsilon = layer.norm.epsilon,
          .momentum = 0.0F,
          .training = layer.training,
          .running_mean = layer.running_mean,
          .running_var = layer.running_var,
          .mean = layer.mean,
          .inv_std = layer.inv_std,
          .linear = layer.linear,
          .output = layer.output,
          .gradient = nullptr,
          .dweight = nullptr,
          .dbias = nullptr,
          .accumulate = false};
}

/// The way back through what follows a layer's product, for the features [begin, end).
void finish_backward(const Passes& table, const DenseLayer& layer, const DenseGradients& targets,
                     float* gradient, std::int64_t n, std::int64_t begin, std::int64_t end) {
  if (layer.norm.weight != nullptr) {
    DenseNorm norm = norm_of(layer, n);
    norm.gradient = gradient;
    norm.dweight = targets.norm_weight;
    norm.dbias = targets.norm_bias;
    norm.accumulate = targets.add_norm;
    table.row_norm_backward(norm, begin, end);
  } else if (targets.bias != nullptr) {
    table.row_sums(gradient, padded(n), n, targets.bias, targets.add_bias, begin, end);
  }
}

/// Where in its room the way back puts what.
struct BackwardRoom {
  struct Layer {
    float* gradient;  // [out, padded(N)] of its product
    float* panels;    // [padded(in), N] of its input
    float*
        part_sums;  // [threads, in, padded(N)] of its input's gradient, by the owners of the rows
  };
  std::vector<Layer> layers;
  float* input_gradient;  // [in, padded(N)] of the first layer
  std::int64_t size = 0;

  BackwardRoom(std::span<const DenseLayer> network, std::int64_t n, float* room) {
    const auto take = [&](std::int64_t rows) {
      float* here = room == nullptr ? nullptr : room + size;
      size += rows * padded(n);
      return here;
    };
    for (const DenseLayer& layer : network) {
      layers.push_back(
          {take(layer.out), take(padded(layer.in)), take(omp_get_max_threads() * layer.in)});
    }
    input_gradient = take(network.front().in);
  }
};

/// A layer's input [in, padded(N)] as panels that the product of its weight's gradient reads.
void make_panels(const Passes& table, const Team& team, const float* input, std::int64_t in,
                 std::int64_t n, float* panels) {
  const auto [begin, end] = team.range(in, kPanel);
  for (std::int64_t first = begin; first < end; first += kPanel) {
    const std::int64_t count = std::min(kPanel, in - first);
    const std::int64_t width = padded(count);
    float* panel = panels + first * n;
    table.transpose(input + first * padded(n), padded(n), panel, width, count, n);
    for (std::int64_t i = 0; i < n && count < width; ++i) {
      std::fill(panel + i * width + count, panel + (i + 1) * width, 0.0F);
    }
  }
}

}  // namespace

std::int64_t padded(std::int64_t n) {
  return (n + kLine - 1) / kLine * kLine;
}

void dense_forward(std::span<const DenseLayer> layers, const float* x, std::int64_t n,
                   float momentum, float* input, float* y) {
  const Passes& table = passes();
  const std::int64_t stride = padded(n);
  as_team(work_of(layers, n), [&](const Team& team) {
    to_features(table, team, x, n, layers.front().in, input);
    team.meet();
    const float* from = input;
    for (const DenseLayer& layer : layers) {
      const auto [begin, end] = team.range(layer.out, kRows);
      table.product_rows({.a = layer.weight,
                          .a_row = layer.in,
                          .a_step = 1,
                          .b = from,
                          .b_row = stride,
                          .c = layer.linear,
                          .c_row = stride,
                          .depth = layer.in,
                          .columns = stride},
                         begin, end);
      if (layer.norm.weight != nullptr) {
        DenseNorm norm = norm_of(layer, n);
        norm.momentum = momentum;
        table.row_norm_forward(norm, begin, end);
      } else if (layer.bias != nullptr) {
        table.row_bias(layer.linear, stride, layer.bias, begin, end);
      }
      from = layer.output;
      team.meet();
    }
    to_samples(table, team, from, n, layers.back().out, y);
  });
}

std::int64_t dense_backward_room(std::span<const DenseLayer> layers, std::int64_t n) {
  return BackwardRoom(layers, n, nullptr).size;
}

void dense_backward(std::span<const DenseLayer> layers, std::span<const DenseGradients> gradients,
                    std::size_t lowest, const float* input, const float* dy, std::int64_t n,
                    float* room, float* dx) {
  const Passes& table = passes();
  const std::int64_t stride = padded(n);
  const BackwardRoom place(layers, n, room);
  as_team(2 * work_of(layers, n), [&](const Team& team) {
    to_features(table, team, dy, n, layers.back().out, place.layers.back().gradient);
    for (std::size_t i = lowest; i < layers.size(); ++i) {
      if (gradients[i].weight == nullptr && gradients[i].adam == nullptr) continue;
      make_panels(table, team, i == 0 ? input : layers[i - 1].output, layers[i].in, n,
                  place.layers[i].panels);
    }
    team.meet();
    const auto top = team.range(layers.back().out, kRows);
    finish_backward(table, layers.back(), gradients.back(), place.layers.back().gradient, n,
                    top.begin, top.end);

    // Down to the lowest gradient that somebody wants. A thread multiplies by the rows of the
    // weight that it owns, and the sums of all threads are added: no weight is read on one core and
    // written on another, which costs more than the sums wherever the cores do not share a cache.
    for (std::size_t i = layers.size(); i-- > lowest;) {
      if (i == lowest && dx == nullptr) break;
      const DenseLayer& layer = layers[i];
      const BackwardRoom::Layer& at = place.layers[i];
      float* below = i > 0 ? place.layers[i - 1].gradient : place.input_gradient;
      const std::int64_t map = layer.in * stride;
      const auto own = team.range(layer.out, kRows);
      table.product_rows({.a = layer.weight + own.begin * layer.in,
                          .a_row = 1,
                          .a_step = layer.in,
                          .b = at.gradient + own.begin * stride,
                          .b_row = stride,
                          .c = team.parts == 1 ? below : at.part_sums + team.part * map,
                          .c_row = stride,
                          .depth = own.end - own.begin,
                          .columns = stride},
                         0, layer.in);
      team.meet();
      const auto [begin, end] = team.range(layer.in, kRows);
      if (team.parts > 1) {
        table.row_add(at.part_sums, map, team.parts, below, begin * stride, end * stride);
      }
      if (i > 0) finish_backward(table, layers[i - 1], gradients[i - 1], below, n, begin, end);
    }
    if (dx != nullptr) team.meet();
    if (dx != nullptr) to_samples(table, team, place.input_gradient, n, layers.front().in, dx);

    // The rows of a weight belong to the thread that read them: each may take its step.
    for (std::size_t i = lowest; i < layers.size(); ++i) {
      const DenseGradients& targets = gradients[i];
      if (targets.weight == nullptr && targets.adam == nullptr) continue;
      AdamPass adam{};
      if (targets.adam != nullptr) {
        adam = adam_pass(targets.adam->values, targets.adam->first_moment,
                         targets.adam->second_moment, targets.adam->step);
      }
      const auto [begin, end] = team.range(layers[i].out, kRows);
      table.weight_rows({.dy = place.layers[i].gradient,
                         .stride = stride,
                         .samples = n,
                         .panels = place.layers[i].panels,
                         .in = layers[i].in,
                         .padded_in = padded(layers[i].in),
                         .dweight = targets.weight,
                         .accumulate = targets.add_weight,
                         .adam = targets.adam != nullptr ? &adam : nullptr},
                        begin, end);
    }
  });
}

}  // namespace latent::nn::kernels
