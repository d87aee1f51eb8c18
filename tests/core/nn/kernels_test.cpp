#include "nn/kernels/kernels.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "nn/kernels/dispatch.h"
#include "support/catch.h"

// Every kernel against a plain loop in double precision, on every instruction set this processor
// has, at sizes with and without left-over lanes.

namespace {

namespace kernels = latent::nn::kernels;

std::vector<float> random_floats(std::size_t count, unsigned seed, float low = -2.0F,
                                 float high = 2.0F) {
  std::mt19937 generator{seed};
  std::uniform_real_distribution<float> uniform{low, high};
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

std::size_t size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

/// Runs `body` once for each instruction set, on one thread and on two.
template <typename Body>
void on_every_path(Body body) {
  const kernels::InstructionSet best = kernels::instruction_set();
  const int threads = omp_get_max_threads();
  for (const kernels::InstructionSet set : kernels::available_instruction_sets()) {
    for (const int count : {1, 2}) {
      kernels::choose_instruction_set(set);
      omp_set_num_threads(count);
      INFO("instruction set " << kernels::name_of(set) << ", " << count << " threads");
      body();
    }
  }
  kernels::choose_instruction_set(best);
  omp_set_num_threads(threads);
}

double largest_difference(const std::vector<float>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (!(difference <= worst)) worst = difference;  // a NaN becomes the worst
  }
  return worst;
}

struct NormCase {
  std::int64_t n;
  std::int64_t features;
  std::vector<float> x, dy, weight, bias, running_mean, running_var;

  NormCase(std::int64_t rows, std::int64_t columns, float centre = 0.0F)
      : n(rows),
        features(columns),
        x(random_floats(size(rows * columns), 1, centre - 2.0F, centre + 2.0F)),
        dy(random_floats(size(rows * columns), 2)),
        weight(random_floats(size(columns), 3, 0.5F, 1.5F)),
        bias(random_floats(size(columns), 4)),
        running_mean(random_floats(size(columns), 5)),
        running_var(random_floats(size(columns), 6, 0.5F, 1.5F)) {}

  kernels::NormParameters parameters() const { return {weight.data(), bias.data(), 1e-5F}; }
};

struct NormReference {
  std::vector<double> y, dx, dweight, dbias, running_mean, running_var;

  explicit NormReference(const NormCase& c)
      : y(c.x.size()),
        dx(c.x.size()),
        dweight(size(c.features)),
        dbias(size(c.features)),
        running_mean(size(c.features)),
        running_var(size(c.features)) {
    const auto n = static_cast<double>(c.n);
    for (std::size_t f = 0; f < size(c.features); ++f) {
      const auto at = [&](std::int64_t row) { return size(row * c.features) + f; };
      double mean = 0.0;
      for (std::int64_t row = 0; row < c.n; ++row) mean += c.x[at(row)] / n;
      double variance = 0.0;
      for (std::int64_t row = 0; row < c.n; ++row) {
        variance += (c.x[at(row)] - mean) * (c.x[at(row)] - mean) / n;
      }
      const double inv_std = 1.0 / std::sqrt(variance + 1e-5F);
      running_mean[f] = 0.9 * c.running_mean[f] + 0.1 * mean;
      running_var[f] = 0.9 * c.running_var[f] + 0.1 * variance * n / (n - 1.0);
      for (std::int64_t row = 0; row < c.n; ++row) {
        const double hat = (c.x[at(row)] - mean) * inv_std;
        y[at(row)] = std::max(0.0, c.weight[f] * hat + c.bias[f]);
        const double open = y[at(row)] > 0.0 ? c.dy[at(row)] : 0.0;
        dweight[f] += open * hat;
        dbias[f] += open;
      }
      for (std::int64_t row = 0; row < c.n; ++row) {
        const double hat = (c.x[at(row)] - mean) * inv_std;
        const double open = y[at(row)] > 0.0 ? c.dy[at(row)] : 0.0;
        dx[at(row)] = c.weight[f] * inv_std * (open - dbias[f] / n - hat * dweight[f] / n);
      }
    }
  }
};

}  // namespace

TEST_CASE("the matrix products are those of a plain loop", "[nn][kernels]") {
  const std::int64_t n = 37, in = 83, out = 29;
  const std::vector<float> x = random_floats(size(n * in), 1);
  const std::vector<float> weight = random_floats(size(out * in), 2);
  const std::vector<float> dy = random_floats(size(n * out), 3);
  std::vector<double> y_reference(size(n * out)), dx_reference(size(n * in)),
      dw_reference(size(out * in), 0.5);
  for (std::int64_t row = 0; row < n; ++row) {
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t i = 0; i < in; ++i) {
        const double a = x[size(row * in + i)], w = weight[size(o * in + i)],
                     g = dy[size(row * out + o)];
        y_reference[size(row * out + o)] += a * w;
        dx_reference[size(row * in + i)] += g * w;
        dw_reference[size(o * in + i)] += g * a;
      }
    }
  }
  std::vector<float> y(size(n * out)), dx(size(n * in)), dw(size(out * in), 0.5F);
  kernels::multiply_forward(x.data(), weight.data(), y.data(), n, in, out);
  kernels::multiply_input_gradient(dy.data(), weight.data(), dx.data(), n, in, out);
  kernels::multiply_weight_gradient(dy.data(), x.data(), dw.data(), n, in, out, true);
  CHECK(largest_difference(y, y_reference) < 1e-4);
  CHECK(largest_difference(dx, dx_reference) < 1e-4);
  CHECK(largest_difference(dw, dw_reference) < 1e-4);
  kernels::multiply_weight_gradient(dy.data(), x.data(), dw.data(), n, in, out, false);
  for (double& value : dw_reference) value -= 0.5;
  CHECK(largest_difference(dw, dw_reference) < 1e-4);
}

TEST_CASE("the exponential is exact to 2e-7 of its value", "[nn][kernels]") {
  std::vector<float> x;
  for (double value = -87.0; value <= 88.0; value += 0.00137) {
    x.push_back(static_cast<float>(value));
  }
  on_every_path([&] {
    std::vector<float> y(x.size());
    kernels::passes().exponential(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double exact = std::exp(static_cast<double>(x[i]));
      worst = std::max(worst, std::abs(y[i] - exact) / exact);
    }
    CHECK(worst < 2e-7);
  });
}

TEST_CASE("log(1 + e) is exact to 3e-7 of its value", "[nn][kernels]") {
  std::vector<float> e;
  for (double value = 1e-30; value < 1e-3; value *= 1.01) e.push_back(static_cast<float>(value));
  for (double value = 1e-3; value <= 1.0; value += 1e-5) e.push_back(static_cast<float>(value));
  on_every_path([&] {
    std::vector<float> y(e.size());
    kernels::passes().log_one_plus(e.data(), y.data(), static_cast<std::int64_t>(e.size()));
    double worst = 0.0;
    for (std::size_t i = 0; i < e.size(); ++i) {
      const double exact = std::log1p(static_cast<double>(e[i]));
      worst = std::max(worst, std::abs(y[i] - exact) / exact);
    }
    CHECK(worst < 3e-7);
  });
}

TEST_CASE("a NaN is not hidden by the ReLU, the losses or the optimiser", "[nn][kernels]") {
  on_every_path([] {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const std::vector<float> x = {nan, 1.0F, 2.0F}, one = {1.0F, 1.0F, 1.0F},
                             zero = {0.0F, 0.0F, 0.0F};
    std::vector<float> y(3);
    y = x;
    kernels::scale_shift_row(y.data(), 3, one.data(), zero.data(), true);
    CHECK(std::isnan(y[0]));
    CHECK(y[2] == 2.0F);
    CHECK(std::isnan(kernels::cross_entropy(x.data(), one.data(), 1, 3, 1.0F, y.data())));
    CHECK(std::isnan(y[0]));
    CHECK(std::isfinite(y[1]));
    std::vector<float> m(3), v(3), p = one;
    kernels::adam(p.data(), x.data(), m.data(), v.data(), 3, {1e-3, 0.9, 0.999, 1e-8, 1});
    CHECK(std::isnan(p[0]));
  });
}

TEST_CASE("the cross-entropy of logits and its gradient are exact, also far from zero",
          "[nn][kernels]") {
  for (const std::int64_t pixels : {784, 1024, 49, 3}) {
    const std::int64_t n = 64;
    std::vector<float> logits = random_floats(size(n * pixels), 1, -30.0F, 30.0F);
    logits[0] = 500.0F;
    logits[1] = -500.0F;
    logits[2] = 0.0F;
    const std::vector<float> x = random_floats(size(n * pixels), 2, 0.0F, 1.0F);
    double exact = 0.0;
    std::vector<double> gradient_reference(logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const double l = logits[i];
      exact += std::max(l, 0.0) - l * x[i] + std::log1p(std::exp(-std::abs(l)));
      gradient_reference[i] = 0.25 * (1.0 / (1.0 + std::exp(-l)) - x[i]);
    }
    INFO(pixels << " pixels");
    on_every_path([&] {
      std::vector<float> gradient(logits.size());
      const double loss =
          kernels::cross_entropy(logits.data(), x.data(), n, pixels, 0.25F, gradient.data());
      CHECK(std::abs(loss - exact) < 1e-6 * exact);
      CHECK(largest_difference(gradient, gradient_reference) < 1e-7);
      CHECK(kernels::cross_entropy(logits.data(), x.data(), n, pixels, 1.0F, nullptr) == loss);
    });
  }
}

TEST_CASE("a reparameterised sample, its KL and both gradients are those of the formulas",
          "[nn][kernels]") {
  for (const std::int64_t latent : {1, 2, 20, 64}) {
    const std::int64_t n = 300;
    const std::vector<float> outputs = random_floats(size(n * 2 * latent), 1, -3.0F, 3.0F);
    const std::vector<float> noise = random_floats(size(n * latent), 2);
    const std::vector<float> dz = random_floats(size(n * latent), 3);
    const double dkl = 0.3;
    double kl_reference = 0.0;
    std::vector<double> z_reference(size(n * latent)), d_reference(outputs.size());
    for (std::int64_t row = 0; row < n; ++row) {
      for (std::int64_t i = 0; i < latent; ++i) {
        const std::size_t at_mean = size(row * 2 * latent + i), at = size(row * latent + i);
        const std::size_t at_log_var = at_mean + size(latent);
        const double mean = outputs[at_mean], log_var = outputs[at_log_var];
        const double sigma = std::exp(0.5 * log_var);
        z_reference[at] = mean + sigma * noise[at];
        kl_reference += 0.5 * (sigma * sigma + mean * mean - 1.0 - log_var);
        d_reference[at_mean] = dz[at] + dkl * mean;
        d_reference[at_log_var] =
            0.5 * dz[at] * noise[at] * sigma + 0.5 * dkl * (sigma * sigma - 1.0);
      }
    }
    INFO(latent << " dimensions");
    on_every_path([&] {
      std::vector<float> z(size(n * latent)), d(outputs.size());
      const double kl = kernels::reparameterize(outputs.data(), noise.data(), n, latent, z.data());
      CHECK(std::abs(kl - kl_reference) < 1e-6 * kl_reference);
      CHECK(largest_difference(z, z_reference) < 2e-6);
      kernels::reparameterize_backward(outputs.data(), noise.data(), dz.data(),
                                       static_cast<float>(dkl), n, latent, d.data());
      CHECK(largest_difference(d, d_reference) < 1e-5);
    });
  }
}

TEST_CASE("the KL of a unit Gaussian is exactly zero", "[nn][kernels]") {
  on_every_path([] {
    const std::vector<float> outputs(3 * 2 * 5, 0.0F), noise(3 * 5, 1.0F);
    std::vector<float> z(3 * 5);
    CHECK(kernels::reparameterize(outputs.data(), noise.data(), 3, 5, z.data()) == 0.0);
    CHECK(z == noise);
  });
}

TEST_CASE("Adam takes the steps of its paper", "[nn][kernels]") {
  const std::int64_t count = 40003;
  on_every_path([&] {
    std::vector<float> p = random_floats(size(count), 1), m(size(count)), v(size(count));
    std::vector<double> p_reference(p.begin(), p.end()), m_reference(size(count)),
        v_reference(size(count));
    for (std::int64_t t = 1; t <= 5; ++t) {
      const std::vector<float> g = random_floats(size(count), static_cast<unsigned>(10 + t));
      kernels::adam(p.data(), g.data(), m.data(), v.data(), count, {1e-3, 0.9, 0.999, 1e-8, t});
      for (std::size_t i = 0; i < g.size(); ++i) {
        const double gradient = g[i];
        m_reference[i] = 0.9 * m_reference[i] + 0.1 * gradient;
        v_reference[i] = 0.999 * v_reference[i] + 0.001 * gradient * gradient;
        const double m_hat = m_reference[i] / (1.0 - std::pow(0.9, t));
        const double v_hat = v_reference[i] / (1.0 - std::pow(0.999, t));
        p_reference[i] -= 1e-3 * m_hat / (std::sqrt(v_hat) + 1e-8);
      }
    }
    CHECK(largest_difference(p, p_reference) < 2e-6);
    CHECK(largest_difference(m, m_reference) < 1e-6);
    CHECK(largest_difference(v, v_reference) < 1e-6);
  });
}

TEST_CASE("gathered images are their bytes over 255, in a frame of zeros", "[nn][kernels]") {
  const std::int64_t images = 9, channels = 2, height = 5, width = 19;
  std::vector<std::uint8_t> bytes(size(images * channels * height * width));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + 11);
  const std::vector<std::int64_t> rows = {8, 0, 3, 3};
  on_every_path([&] {
    for (const std::int64_t padding : {0, 2}) {
      const std::int64_t h = height + 2 * padding, w = width + 2 * padding;
      std::vector<float> x(rows.size() * size(channels * h * w), -1.0F);
      kernels::gather_images(bytes.data(), rows, {channels, height, width, padding}, x.data());
      bool same = true;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::int64_t c = 0; c < channels; ++c) {
          for (std::int64_t r = 0; r < h; ++r) {
            for (std::int64_t k = 0; k < w; ++k) {
              const std::int64_t row = r - padding, column = k - padding;
              const bool inside = row >= 0 && row < height && column >= 0 && column < width;
              const float expected =
                  inside ? static_cast<float>(bytes[size(
                               ((rows[i] * channels + c) * height + row) * width + column)]) /
                               255.0F
                         : 0.0F;
              same = same &&
                     x[(i * size(channels) + size(c)) * size(h * w) + size(r * w + k)] == expected;
            }
          }
        }
      }
      CHECK(same);
    }
  });
}

TEST_CASE("one code is decoded as a batch of one", "[nn][kernels]") {
  const std::int64_t in = 75, out = 39;
  const std::vector<float> weight = random_floats(size(out * in), 1);
  const std::vector<float> bias = random_floats(size(out), 2);
  const std::vector<float> x = random_floats(size(in), 3);
  std::vector<double> linear(size(out)), open(size(out)), bright(size(out));
  for (std::int64_t o = 0; o < out; ++o) {
    linear[size(o)] = bias[size(o)];
    for (std::int64_t i = 0; i < in; ++i)
      linear[size(o)] += double{weight[size(o * in + i)]} * x[size(i)];
    open[size(o)] = std::max(linear[size(o)], 0.0);
    bright[size(o)] = 1.0 / (1.0 + std::exp(-linear[size(o)]));
  }
  on_every_path([&] {
    std::vector<float> y(size(out));
    kernels::matrix_vector(weight.data(), bias.data(), x.data(), y.data(), in, out, true);
    CHECK(largest_difference(y, open) < 5e-5);
    kernels::matrix_vector(weight.data(), bias.data(), x.data(), y.data(), in, out, false);
    CHECK(largest_difference(y, linear) < 5e-5);
    kernels::sigmoid(y.data(), y.data(), out);
    CHECK(largest_difference(y, bright) < 1e-5);
  });
}

TEST_CASE("the element-wise kernels give the same bits on one thread and on two", "[nn][kernels]") {
  const std::int64_t n = 128, pixels = 784;
  const std::vector<float> logits = random_floats(size(n * pixels), 1);
  const std::vector<float> x = random_floats(size(n * pixels), 2, 0.0F, 1.0F);
  const int threads = omp_get_max_threads();
  std::vector<std::vector<float>> gradients;
  std::vector<double> losses;
  for (const int count : {1, 2}) {
    omp_set_num_threads(count);
    gradients.emplace_back(logits.size());
    losses.push_back(
        kernels::cross_entropy(logits.data(), x.data(), n, pixels, 1.0F, gradients.back().data()));
  }
  omp_set_num_threads(threads);
  CHECK(losses[0] == losses[1]);
  CHECK(gradients[0] == gradients[1]);
}

TEST_CASE("normalising maps is normalising their channels over all pixels", "[nn][kernels]") {
  struct Size {
    std::int64_t samples, pixels, channels, block;
  };
  const auto size_of =
      GENERATE(Size{3, 1, 32, 16}, Size{5, 49, 32, 8}, Size{7, 30, 48, 48}, Size{64, 23, 32, 16});
  // Far from zero, the variance is what is left of two large numbers unless it is taken with care.
  const float centre = GENERATE(0.0F, 300.0F);
  const std::int64_t rows = size_of.samples * size_of.pixels;
  const NormCase c{rows, size_of.channels, centre};
  const NormReference expected{c};
  const kernels::MapShape shape{size_of.samples, size_of.channels, size_of.pixels, size_of.block};
  /// The place in blocks of the value that lies at `row`, `channel` of [N·H·W, C].
  const auto place = [&](std::int64_t row, std::int64_t channel) {
    const std::int64_t tile =
        row / shape.pixels * (shape.channels / shape.block) + channel / shape.block;
    return size((tile * shape.pixels + row % shape.pixels) * shape.block + channel % shape.block);
  };
  const auto to_blocks = [&](const std::vector<float>& from) {
    std::vector<float> to(from.size());
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t f = 0; f < c.features; ++f)
        to[place(r, f)] = from[size(r * c.features + f)];
    }
    return to;
  };
  const auto from_blocks = [&](const std::vector<float>& from) {
    std::vector<float> to(from.size());
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t f = 0; f < c.features; ++f)
        to[size(r * c.features + f)] = from[place(r, f)];
    }
    return to;
  };
  const double tolerance = centre == 0.0F ? 2e-5 : 2e-3;
  on_every_path([&] {
    const std::vector<float> x = to_blocks(c.x);
    std::vector<float> y(x.size());
    std::vector<float> running_mean = c.running_mean;
    std::vector<float> running_var = c.running_var;
    std::vector<float> mean(size(c.features));
    std::vector<float> inv_std(size(c.features));
    kernels::map_norm_relu_forward(x.data(), y.data(), shape, c.parameters(), 0.1F,
                                   running_mean.data(), running_var.data(), mean.data(),
                                   inv_std.data());
    CHECK(largest_difference(from_blocks(y), expected.y) < tolerance);
    CHECK(largest_difference(running_mean, expected.running_mean) < 1e-4);
    CHECK(largest_difference(running_var, expected.running_var) < 1e-4);

    std::vector<float> dx = to_blocks(c.dy);
    std::vector<float> dweight(size(c.features), 3.0F);
    std::vector<float> dbias(size(c.features), 4.0F);
    kernels::map_norm_relu_backward(x.data(), dx.data(), dx.data(), shape, c.parameters(),
                                    mean.data(), inv_std.data(), dweight.data(), dbias.data(),
                                    /*accumulate=*/false);
    if (centre == 0.0F) {  // elsewhere other units are open than in the reference, by rounding
      CHECK(largest_difference(from_blocks(dx), expected.dx) < tolerance);
      CHECK(largest_difference(dweight, expected.dweight) < 1e-3);
      CHECK(largest_difference(dbias, expected.dbias) < 1e-3);
      std::vector<float> again = to_blocks(c.dy);
      kernels::map_norm_relu_backward(x.data(), again.data(), again.data(), shape, c.parameters(),
                                      mean.data(), inv_std.data(), dweight.data(), nullptr,
                                      /*accumulate=*/true);
      std::vector<double> twice = expected.dweight;
      for (double& value : twice) value *= 2.0;
      CHECK(largest_difference(dweight, twice) < 2e-3);
    }
  });
}
