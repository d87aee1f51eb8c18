#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "nn/kernels/dense.h"
#include "nn/kernels/kernels.h"
#include "support/catch.h"

// A dense network's kernels against plain loops in double precision, on every instruction set that
// this processor has, at sizes with and without left-over rows, columns and samples.

namespace {

namespace kernels = latent::nn::kernels;

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

std::size_t count_of(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

Floats drawn(std::int64_t count, unsigned seed, float low = -1.0F, float high = 1.0F) {
  std::mt19937 generator{seed};
  std::uniform_real_distribution<float> uniform{low, high};
  Floats values(count_of(count));
  for (float& value : values) value = uniform(generator);
  return values;
}

double worst_difference(const Floats& a, const Doubles& b) {
  REQUIRE(a.size() == b.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(a[i] - b[i]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

/// in → hidden with normalisation → out with bias, and a batch.
struct Network {
  std::int64_t n, in, hidden, out;
  Floats x, dy, w1, w2, gamma, beta, running_mean, running_var, bias;

  Network(std::int64_t samples, std::int64_t inputs, std::int64_t width, std::int64_t outputs)
      : n(samples),
        in(inputs),
        hidden(width),
        out(outputs),
        x(drawn(n * in, 1)),
        dy(drawn(n * out, 2)),
        w1(drawn(hidden * in, 3)),
        w2(drawn(out * hidden, 4)),
        gamma(drawn(hidden, 5, 0.5F, 1.5F)),
        beta(drawn(hidden, 6)),
        running_mean(drawn(hidden, 7)),
        running_var(drawn(hidden, 8, 0.5F, 1.5F)),
        bias(drawn(out, 9)) {}
};

struct Results {
  Doubles y, dx, dw1, dw2, dgamma, dbeta, dbias, running_mean, running_var;
};

Results by_plain_loops(const Network& net) {
  const auto n = net.n, in = net.in, hidden = net.hidden, out = net.out;
  const auto samples = static_cast<double>(n);
  Results r{
      Doubles(count_of(n * out)),      Doubles(count_of(n * in)), Doubles(count_of(hidden * in)),
      Doubles(count_of(out * hidden)), Doubles(count_of(hidden)), Doubles(count_of(hidden)),
      Doubles(count_of(out)),          Doubles(count_of(hidden)), Doubles(count_of(hidden))};
  Doubles hat(count_of(n * hidden)), h(count_of(n * hidden)), inv_std(count_of(hidden));
  for (std::int64_t f = 0; f < hidden; ++f) {
    double mean = 0.0;
    double variance = 0.0;
    for (std::int64_t s = 0; s < n; ++s) {
      double& value = hat[count_of(s * hidden + f)];
      for (std::int64_t i = 0; i < in; ++i) {
        value += static_cast<double>(net.w1[count_of(f * in + i)]) * net.x[count_of(s * in + i)];
      }
      mean += value / samples;
    }
    for (std::int64_t s = 0; s < n; ++s) {
      variance += std::pow(hat[count_of(s * hidden + f)] - mean, 2) / samples;
    }
    const std::size_t at = count_of(f);
    inv_std[at] = 1.0 / std::sqrt(variance + 1e-5);
    r.running_mean[at] = 0.9 * net.running_mean[at] + 0.1 * mean;
    r.running_var[at] = 0.9 * net.running_var[at] + 0.1 * variance * samples / (samples - 1.0);
    for (std::int64_t s = 0; s < n; ++s) {
      double& value = hat[count_of(s * hidden + f)];
      value = (value - mean) * inv_std[at];
      h[count_of(s * hidden + f)] = std::max(0.0, net.gamma[at] * value + net.beta[at]);
    }
  }
  Doubles dh(count_of(n * hidden));
  for (std::int64_t s = 0; s < n; ++s) {
    for (std::int64_t o = 0; o < out; ++o) {
      const double g = net.dy[count_of(s * out + o)];
      double& y = r.y[count_of(s * out + o)];
      y = net.bias[count_of(o)];
      r.dbias[count_of(o)] += g;
      for (std::int64_t f = 0; f < hidden; ++f) {
        const double w = net.w2[count_of(o * hidden + f)];
        y += w * h[count_of(s * hidden + f)];
        r.dw2[count_of(o * hidden + f)] += g * h[count_of(s * hidden + f)];
        dh[count_of(s * hidden + f)] += g * w;
      }
    }
  }
  for (std::int64_t f = 0; f < hidden; ++f) {
    const std::size_t at = count_of(f);
    const auto open = [&](std::int64_t s) {
      const std::size_t i = count_of(s * hidden + f);
      return h[i] > 0.0 ? dh[i] : 0.0;
    };
    for (std::int64_t s = 0; s < n; ++s) {
      r.dgamma[at] += open(s) * hat[count_of(s * hidden + f)];
      r.dbeta[at] += open(s);
    }
    for (std::int64_t s = 0; s < n; ++s) {
      const double before = net.gamma[at] * inv_std[at] *
                            (open(s) - r.dbeta[at] / samples -
                             hat[count_of(s * hidden + f)] * r.dgamma[at] / samples);
      for (std::int64_t i = 0; i < in; ++i) {
        r.dw1[count_of(f * in + i)] += before * net.x[count_of(s * in + i)];
        r.dx[count_of(s * in + i)] += before * net.w1[count_of(f * in + i)];
      }
    }
  }
  return r;
}

/// The kernels over a network, with all the room that they need.
struct Pass {
  Network net;
  Floats linear1, output1, mean, inv_std, linear2, input, y, room;
  std::vector<kernels::DenseLayer> layers;

  explicit Pass(const Network& from, bool training = true) : net(from) {
    const std::int64_t stride = kernels::padded(net.n);
    // What is not written is seen: a NaN goes through every sum.
    const auto unset = [](std::int64_t count) {
      return Floats(count_of(count), std::numeric_limits<float>::quiet_NaN());
    };
    linear1 = unset(net.hidden * stride);
    output1 = unset(net.hidden * stride);
    mean = unset(net.hidden);
    inv_std = unset(net.hidden);
    linear2 = unset(net.out * stride);
    input = unset(net.in * stride);
    y = unset(net.n * net.out);
    layers = {{.in = net.in,
               .out = net.hidden,
               .weight = net.w1.data(),
               .bias = nullptr,
               .norm = {net.gamma.data(), net.beta.data(), 1e-5F},
               .running_mean = net.running_mean.data(),
               .running_var = net.running_var.data(),
               .training = training,
               .linear = linear1.data(),
               .output = output1.data(),
               .mean = mean.data(),
               .inv_std = inv_std.data()},
              {.in = net.hidden,
               .out = net.out,
               .weight = net.w2.data(),
               .bias = net.bias.data(),
               .norm = {nullptr, nullptr},
               .running_mean = nullptr,
               .running_var = nullptr,
               .training = training,
               .linear = linear2.data(),
               .output = linear2.data(),
               .mean = nullptr,
               .inv_std = nullptr}};
    room = unset(kernels::dense_backward_room(layers, net.n));
    kernels::dense_forward(layers, net.x.data(), net.n, 0.1F, input.data(), y.data());
  }
  void backward(const std::vector<kernels::DenseGradients>& gradients, std::size_t lowest,
                float* dx) {
    kernels::dense_backward(layers, gradients, lowest, input.data(), net.dy.data(), net.n,
                            room.data(), dx);
  }
};

struct Gradients {
  Floats dw1, dw2, dgamma, dbeta, dbias, dx;

  explicit Gradients(const Network& net)
      : dw1(net.w1.size()),
        dw2(net.w2.size()),
        dgamma(net.gamma.size()),
        dbeta(net.beta.size()),
        dbias(net.bias.size()),
        dx(net.x.size()) {}
  std::vector<kernels::DenseGradients> targets(bool add) {
    return {{.weight = dw1.data(),
             .add_weight = add,
             .norm_weight = dgamma.data(),
             .norm_bias = dbeta.data(),
             .add_norm = add},
            {.weight = dw2.data(), .add_weight = add, .bias = dbias.data(), .add_bias = add}};
  }
};

template <typename Body>
void on_every_instruction_set(Body body) {
  const kernels::InstructionSet best = kernels::instruction_set();
  const int threads = omp_get_max_threads();
  for (const kernels::InstructionSet set : kernels::available_instruction_sets()) {
    for (const int count : {1, 2, 3}) {
      kernels::choose_instruction_set(set);
      omp_set_num_threads(count);
      INFO("instruction set " << kernels::name_of(set) << ", " << count << " threads");
      body();
    }
  }
  kernels::choose_instruction_set(best);
  omp_set_num_threads(threads);
}

const std::vector<Network>& networks() {
  static const std::vector<Network> all = {
      {128, 64, 96, 48}, {37, 83, 29, 7}, {130, 20, 131, 67}, {3, 5, 1, 1}, {300, 17, 40, 65}};
  return all;
}

}  // namespace

TEST_CASE("a dense network and its gradients are those of plain loops", "[nn][kernels]") {
  for (const Network& net : networks()) {
    INFO(net.n << " samples, " << net.in << "-" << net.hidden << "-" << net.out);
    const Results reference = by_plain_loops(net);
    on_every_instruction_set([&] {
      Pass pass{net};
      CHECK(worst_difference(pass.y, reference.y) < 2e-4);
      CHECK(worst_difference(pass.net.running_mean, reference.running_mean) < 1e-5);
      CHECK(worst_difference(pass.net.running_var, reference.running_var) < 1e-4);
      Gradients gradients{net};
      pass.backward(gradients.targets(false), 0, gradients.dx.data());
      // Three samples divide by small deviations.
      CHECK(worst_difference(gradients.dx, reference.dx) < 5e-3);
      CHECK(worst_difference(gradients.dw1, reference.dw1) < 5e-3);
      CHECK(worst_difference(gradients.dw2, reference.dw2) < 5e-4);
      CHECK(worst_difference(gradients.dgamma, reference.dgamma) < 2e-3);
      CHECK(worst_difference(gradients.dbeta, reference.dbeta) < 2e-3);
      CHECK(worst_difference(gradients.dbias, reference.dbias) < 1e-4);

      Gradients twice = gradients;
      pass.backward(twice.targets(true), 0, twice.dx.data());
      for (std::size_t i = 0; i < twice.dw1.size(); ++i) {
        CHECK(twice.dw1[i] == 2.0F * gradients.dw1[i]);
      }
      for (std::size_t i = 0; i < twice.dbias.size(); ++i) {
        CHECK(twice.dbias[i] == 2.0F * gradients.dbias[i]);
      }
      CHECK(twice.dx == gradients.dx);
    });
  }
}

TEST_CASE("a dense network is the same bit for bit each time", "[nn][kernels]") {
  const Network net{130, 83, 131, 67};
  const int threads = omp_get_max_threads();
  for (const int count : {1, 2, 3, 5}) {
    omp_set_num_threads(count);
    Pass first{net};
    Gradients once{net};
    first.backward(once.targets(false), 0, once.dx.data());
    Pass second{net};
    Gradients again{net};
    second.backward(again.targets(false), 0, again.dx.data());
    CHECK(second.y == first.y);
    CHECK(again.dw1 == once.dw1);
    CHECK(again.dgamma == once.dgamma);
    CHECK(again.dx == once.dx);
  }
  omp_set_num_threads(threads);
}

TEST_CASE("a weight that takes its step at once is where Adam brings it", "[nn][kernels]") {
  for (const Network& net : networks()) {
    on_every_instruction_set([&] {
      const kernels::AdamStep step{1e-2, 0.9, 0.999, 1e-8, 3};
      Pass apart{net};
      Gradients gradients{net};
      apart.backward(gradients.targets(false), 0, gradients.dx.data());
      Floats m = drawn(net.hidden * net.in, 11), v = drawn(net.hidden * net.in, 12, 0.0F, 1.0F);
      Floats w = net.w1, m_at_once = m, v_at_once = v;
      kernels::adam(w.data(), gradients.dw1.data(), m.data(), v.data(), net.hidden * net.in, step);

      Pass at_once{net};
      const kernels::AdamTarget target{at_once.net.w1.data(), m_at_once.data(), v_at_once.data(),
                                       step};
      auto targets = gradients.targets(false);
      targets[0].weight = nullptr;
      targets[0].adam = &target;
      Floats dx(net.x.size());
      at_once.backward(targets, 0, dx.data());
      CHECK(at_once.net.w1 == w);
      CHECK(m_at_once == m);
      CHECK(v_at_once == v);
      CHECK(dx == gradients.dx);  // by the weight before its step
    });
  }
}

TEST_CASE("gradients that nobody wants are not computed", "[nn][kernels]") {
  const Network net{40, 30, 20, 10};
  Gradients gradients{net};
  Pass pass{net};
  std::vector<kernels::DenseGradients> targets(2);
  targets[1].weight = gradients.dw2.data();
  pass.backward(targets, 1, nullptr);
  CHECK(worst_difference(gradients.dw2, by_plain_loops(net).dw2) < 5e-4);
  const std::vector<kernels::DenseGradients> none(2);
  pass.backward(none, 0, gradients.dx.data());
  CHECK(worst_difference(gradients.dx, by_plain_loops(net).dx) < 5e-3);
}

TEST_CASE("evaluation normalises by the running statistics and leaves them", "[nn][kernels]") {
  const Network net{19, 6, 45, 3};
  on_every_instruction_set([&] {
    const Pass pass{net, /*training=*/false};
    CHECK(pass.net.running_mean == net.running_mean);
    CHECK(pass.net.running_var == net.running_var);
    Doubles reference(pass.y.size());
    for (std::int64_t s = 0; s < net.n; ++s) {
      for (std::int64_t o = 0; o < net.out; ++o) {
        double& y = reference[count_of(s * net.out + o)];
        y = net.bias[count_of(o)];
        for (std::int64_t f = 0; f < net.hidden; ++f) {
          const std::size_t at = count_of(f);
          double h = 0.0;
          for (std::int64_t i = 0; i < net.in; ++i) {
            h += static_cast<double>(net.w1[count_of(f * net.in + i)]) *
                 net.x[count_of(s * net.in + i)];
          }
          h = (h - net.running_mean[at]) / std::sqrt(net.running_var[at] + 1e-5) * net.gamma[at] +
              net.beta[at];
          y += std::max(h, 0.0) * net.w2[count_of(o * net.hidden + f)];
        }
      }
    }
    CHECK(worst_difference(pass.y, reference) < 1e-4);
  });
}

TEST_CASE("a large mean costs a hidden unit's variance no digits", "[nn][kernels]") {
  Network net{128, 2, 9, 4};
  for (std::int64_t s = 0; s < net.n; ++s) net.x[count_of(2 * s)] += 1000.0F;
  const Results reference = by_plain_loops(net);
  on_every_instruction_set([&] {
    const Pass pass{net};
    CHECK(worst_difference(pass.y, reference.y) < 5e-3);
    CHECK(worst_difference(pass.net.running_var, reference.running_var) < 1e-3);
  });
}

TEST_CASE("a NaN comes through a dense network", "[nn][kernels]") {
  Network net{16, 4, 8, 2};
  net.x[0] = std::numeric_limits<float>::quiet_NaN();
  on_every_instruction_set([&] { CHECK(std::isnan(Pass{net}.y[0])); });
}
