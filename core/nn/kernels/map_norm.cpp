// Batch normalisation over maps: two passes over the samples each way, one to sum and one to write,
// with what is done once for each channel in between. A bias with a leaky ReLU is the same with
// fixed numbers.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "nn/kernels/dispatch.h"
#include "nn/kernels/kernels.h"
#include "nn/kernels/parallel.h"

namespace latent::nn::kernels {
namespace {

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

MapTiles tiles_of(const MapShape& shape) {
  return {shape.channels / shape.block, shape.pixels, shape.block};
}

std::int64_t elements(const MapShape& shape) {
  return shape.samples * shape.channels * shape.pixels;
}

/// Two sums for each channel [2, C], by `pass(first, second, begin, end)` over the samples. Each
/// thread has its own; they are added in the order of the threads.
template <typename Pass>
std::vector<double> channel_sums(const MapShape& shape, const Pass& pass) {
  const std::int64_t length = (2 * shape.channels + kLine - 1) / kLine * kLine;
  const int parts = part_count(shape.samples, 1, elements(shape));
  std::vector<float> partial(index(parts * length), 0.0F);
  in_parts(shape.samples, 1, elements(shape), [&](int part, std::int64_t begin, std::int64_t end) {
    float* first = partial.data() + part * length;
    pass(first, first + shape.channels, begin, end);
  });
  std::vector<double> sums(index(2 * shape.channels), 0.0);
  for (int part = 0; part < parts; ++part) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += partial[index(part * length) + i];
  }
  return sums;
}

/// scale and shift [2, C] of y = x·scale + shift. The same on the way forward and back, so that
/// exactly the same units are open.
std::vector<float> line_of(const NormParameters& parameters, const float* mean,
                           const float* inv_std, std::int64_t channels) {
  std::vector<float> line(index(2 * channels));
  for (std::int64_t c = 0; c < channels; ++c) {
    const float scale = parameters.weight[c] * inv_std[c];
    line[index(c)] = scale;
    line[index(channels + c)] = parameters.bias[c] - mean[c] * scale;
  }
  return line;
}

}  // namespace

void map_scale_shift_relu(const float* x, float* y, const MapShape& shape, const float* scale,
                          const float* shift) {
  const Passes& table = passes();
  const MapTiles tiles = tiles_of(shape);
  const MapNorm norm{.mean = nullptr,
                     .scale = scale,
                     .shift = shift,
                     .slope = nullptr,
                     .offset = nullptr,
                     .leak = 0.0F};
  in_ranges(shape.samples, 1, elements(shape), [&](std::int64_t begin, std::int64_t end) {
    table.map_norm_forward(x, y, tiles, norm, begin, end);
  });
}

void map_norm_relu_forward(const float* x, float* y, const MapShape& shape,
                           const NormParameters& parameters, float momentum, float* running_mean,
                           float* running_var, float* mean, float* inv_std) {
  const Passes& table = passes();
  const MapTiles tiles = tiles_of(shape);
  // Deviations from one pixel, so that a large mean costs no digits of the variance.
  std::vector<float> origin(index(shape.channels));
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    origin[index(c)] = x[c / shape.block * shape.pixels * shape.block + c % shape.block];
  }
  const std::vector<double> sums =
      channel_sums(shape, [&](float* total, float* squares, std::int64_t begin, std::int64_t end) {
        table.map_moments(x, tiles, origin.data(), total, squares, begin, end);
      });
  const auto count = static_cast<double>(shape.samples * shape.pixels);
  for (std::int64_t c = 0; c < shape.channels; ++c) {
    const double offset = sums[index(c)] / count;
    const double average = origin[index(c)] + offset;
    const double variance =
        std::max(sums[index(shape.channels + c)] / count - offset * offset, 0.0);
    mean[c] = static_cast<float>(average);
    inv_std[c] =
        static_cast<float>(1.0 / std::sqrt(variance + static_cast<double>(parameters.epsilon)));
    const double unbiased = variance * count / (count - 1.0);
    running_mean[c] += momentum * (static_cast<float>(average) - running_mean[c]);
    running_var[c] += momentum * (static_cast<float>(unbiased) - running_var[c]);
  }
  const std::vector<float> line = line_of(parameters, mean, inv_std, shape.channels);
  map_scale_shift_relu(x, y, shape, line.data(), line.data() + shape.channels);
}

void map_norm_relu_backward(const float* x, const float* dy, float* dx, const MapShape& shape,
                            const NormParameters& parameters, const float* mean,
                            const float* inv_std, float* dweight, float* dbias, bool accumulate) {
  const Passes& table = passes();
  const MapTiles tiles = tiles_of(shape);
  const std::int64_t channels = shape.channels;
  const std::vector<float> line = line_of(parameters, mean, inv_std, channels);
  std::vector<float> slope(index(channels));
  std::vector<float> offset(index(channels));
  const MapNorm norm{.mean = mean,
                     .scale = line.data(),
                     .shift = line.data() + channels,
                     .slope = slope.data(),
                     .offset = offset.data(),
                     .leak = 0.0F};
  const std::vector<double> sums =
      channel_sums(shape, [&](float* total, float* weighted, std::int64_t begin, std::int64_t end) {
        table.map_gradient_moments(x, dy, tiles, norm, total, weighted, begin, end);
      });
  const double inv_count = 1.0 / static_cast<double>(shape.samples * shape.pixels);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double db = sums[index(c)];
    const double dw = sums[index(channels + c)] * inv_std[c];
    if (dweight != nullptr) {
      dweight[c] = static_cast<float>(dw) + (accumulate ? dweight[c] : 0.0F);
    }
    if (dbias != nullptr) dbias[c] = static_cast<float>(db) + (accumulate ? dbias[c] : 0.0F);
    // dx = scale·(g − Σg/N − x̂·Σ(g·x̂)/N) = scale·g + slope·(x − mean) + offset
    slope[index(c)] = static_cast<float>(-norm.scale[c] * inv_std[c] * dw * inv_count);
    offset[index(c)] = static_cast<float>(-norm.scale[c] * db * inv_count);
  }
  in_ranges(shape.samples, 1, elements(shape), [&](std::int64_t begin, std::int64_t end) {
    table.map_norm_backward(x, dy, dx, tiles, norm, begin, end);
  });
}

void map_bias_leaky_forward(const float* x, float* y, const MapShape& shape, const float* bias,
                            float leak) {
  const Passes& table = passes();
  const MapTiles tiles = tiles_of(shape);
  const std::vector<float> ones(index(shape.channels), 1.0F);
  const MapNorm norm{.mean = nullptr,
                     .scale = ones.data(),
                     .shift = bias,
                     .slope = nullptr,
                     .offset = nullptr,
                     .leak = leak};
  in_ranges(shape.samples, 1, elements(shape), [&](std::int64_t begin, std::int64_t end) {
    table.map_norm_forward(x, y, tiles, norm, begin, end);
  });
}

void map_bias_leaky_backward(const float* x, const float* dy, float* dx, const MapShape& shape,
                             const float* bias, float leak, float* dbias, bool accumulate) {
  const Passes& table = passes();
  const MapTiles tiles = tiles_of(shape);
  const std::vector<float> ones(index(shape.channels), 1.0F);
  const std::vector<float> zeros(index(shape.channels), 0.0F);
  const MapNorm norm{.mean = zeros.data(),
                     .scale = ones.data(),
                     .shift = bias,
                     .slope = zeros.data(),
                     .offset = zeros.data(),
                     .leak = leak};
  if (dbias != nullptr) {
    const std::vector<double> sums = channel_sums(
        shape, [&](float* total, float* weighted, std::int64_t begin, std::int64_t end) {
          table.map_gradient_moments(x, dy, tiles, norm, total, weighted, begin, end);
        });
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      dbias[c] = static_cast<float>(sums[index(c)]) + (accumulate ? dbias[c] : 0.0F);
    }
  }
  in_ranges(shape.samples, 1, elements(shape), [&](std::int64_t begin, std::int64_t end) {
    table.map_norm_backward(x, dy, dx, tiles, norm, begin, end);
  });
}

}  // namespace latent::nn::kernels
