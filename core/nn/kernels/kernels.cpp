#include "nn/kernels/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "nn/kernels/dispatch.h"
#include "nn/kernels/parallel.h"

namespace latent::nn::kernels {
namespace {

/// Room for one number per row, kept between calls.
double* row_buffer(std::int64_t n) {
  thread_local std::vector<double> rows;
  if (rows.size() < static_cast<std::size_t>(n)) rows.resize(static_cast<std::size_t>(n));
  return rows.data();
}

}  // namespace

void fold_norm(const NormParameters& parameters, const float* running_mean,
               const float* running_var, std::int64_t features, float* scale, float* shift) {
  for (std::int64_t f = 0; f < features; ++f) {
    scale[f] = parameters.weight[f] / std::sqrt(running_var[f] + parameters.epsilon);
    shift[f] = parameters.bias[f] - running_mean[f] * scale[f];
  }
}

double cross_entropy(const float* logits, const float* x, std::int64_t n, std::int64_t pixels,
                     float scale, float* gradient) {
  double* rows = row_buffer(n);
  cross_entropy_rows(logits, x, n, pixels, scale, gradient, rows);
  return std::accumulate(rows, rows + n, 0.0);
}

void cross_entropy_rows(const float* logits, const float* x, std::int64_t n, std::int64_t pixels,
                        float scale, float* gradient, double* sums) {
  const Passes& table = passes();
  in_ranges(n, 1, n * pixels, [&](std::int64_t begin, std::int64_t end) {
    table.cross_entropy(logits, x, pixels, scale, gradient, sums, begin, end);
  });
}

double reparameterize(const float* outputs, const float* noise, std::int64_t n, std::int64_t latent,
                      float* z) {
  const Passes& table = passes();
  double* rows = row_buffer(n);
  in_ranges(n, 1, n * latent, [&](std::int64_t begin, std::int64_t end) {
    table.reparameterize(outputs, noise, latent, z, rows, begin, end);
  });
  return std::accumulate(rows, rows + n, 0.0);
}

void reparameterize_backward(const float* outputs, const float* noise, const float* dz, float dkl,
                             std::int64_t n, std::int64_t latent, float* doutputs) {
  const Passes& table = passes();
  in_ranges(n, 1, n * latent, [&](std::int64_t begin, std::int64_t end) {
    table.reparameterize_backward(outputs, noise, dz, dkl, latent, doutputs, begin, end);
  });
}

AdamPass adam_pass(float* values, float* first_moment, float* second_moment, const AdamStep& step) {
  const auto t = static_cast<double>(step.t);
  return {.values = values,
          .first_moment = first_moment,
          .second_moment = second_moment,
          .beta1 = static_cast<float>(step.beta1),
          .beta2 = static_cast<float>(step.beta2),
          .rest1 = static_cast<float>(1.0 - step.beta1),
          .rest2 = static_cast<float>(1.0 - step.beta2),
          .step_size = static_cast<float>(step.learning_rate / (1.0 - std::pow(step.beta1, t))),
          .inv_sqrt_correction = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(step.beta2, t))),
          .epsilon = static_cast<float>(step.epsilon)};
}

void adam(float* values, const float* gradients, float* first_moment, float* second_moment,
          std::int64_t count, const AdamStep& step) {
  const AdamPass pass = adam_pass(values, first_moment, second_moment, step);
  const Passes& table = passes();
  in_ranges(count, kLine, count,
            [&](std::int64_t begin, std::int64_t end) { table.adam(pass, gradients, begin, end); });
}

void gather_images(const std::uint8_t* images, std::span<const std::int64_t> rows,
                   const ImageLayout& layout, float* x) {
  const Passes& table = passes();
  const std::int64_t pixels = layout.channels * layout.height * layout.width;
  const std::int64_t padded_width = layout.width + 2 * layout.padding;
  const std::int64_t padded_height = layout.height + 2 * layout.padding;
  const std::int64_t padded_pixels = layout.channels * padded_height * padded_width;
  const auto n = static_cast<std::int64_t>(rows.size());
  in_ranges(n, 1, n * pixels, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint8_t* from = images + rows[static_cast<std::size_t>(i)] * pixels;
      float* to = x + i * padded_pixels;
      if (layout.padding == 0) {
        table.bytes_to_floats(from, to, pixels);
        continue;
      }
      std::memset(to, 0, static_cast<std::size_t>(padded_pixels) * sizeof(float));
      for (std::int64_t c = 0; c < layout.channels; ++c) {
        for (std::int64_t h = 0; h < layout.height; ++h) {
          float* line = to + (c * padded_height + h + layout.padding) * padded_width;
          table.bytes_to_floats(from + (c * layout.height + h) * layout.width,
                                line + layout.padding, layout.width);
        }
      }
    }
  });
}

void matrix_vector(const float* weight, const float* bias, const float* x, float* y,
                   std::int64_t in, std::int64_t out, bool relu) {
  passes().matrix_vector(weight, bias, x, y, in, relu, 0, out);
}

void scale_shift_row(float* values, std::int64_t features, const float* scale, const float* shift,
                     bool relu) {
  passes().scale_shift(values, values, features, scale, shift, relu, 0, 1);
}

void sigmoid(const float* logits, float* values, std::int64_t count) {
  passes().sigmoid(logits, values, count);
}

}  // namespace latent::nn::kernels
