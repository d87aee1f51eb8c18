// The restricted Boltzmann machine, against the enumeration of all its states.

#include <cmath>

#include "support/catch.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::GivenImages;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

namespace {

constexpr int kPixels = 4;
constexpr int kUnits = 3;
constexpr std::int64_t kVisible = 1 << kPixels;
constexpr std::int64_t kHidden = 1 << kUnits;

/// Every vector of n bits, [2^n, n] float64.
Tensor all_states(int n) {
  Tensor states = torch::zeros({1 << n, n}, torch::kFloat64);
  for (int i = 0; i < (1 << n); ++i) {
    for (int j = 0; j < n; ++j) states[i][j] = i >> j & 1;
  }
  return states;
}

struct TinyMachine {
  explicit TinyMachine(std::map<std::string, double> knobs)
      : system("rbm", kUnits, std::move(knobs), {}, {1, 2, 2}) {
    at::Generator random = generator(21);
    weight = torch::empty({kUnits, kPixels}, torch::kFloat64).normal_(0.0, 1.5, random);
    visible_bias = torch::empty({kPixels}, torch::kFloat64).normal_(0.0, 0.5, random);
    hidden_bias = torch::empty({kUnits}, torch::kFloat64).normal_(0.0, 0.5, random);
    system.parameter("weight").copy_(weight);
    system.parameter("visible_bias").copy_(visible_bias);
    system.parameter("hidden_bias").copy_(hidden_bias);
    const Tensor v = all_states(kPixels);
    const Tensor h = all_states(kUnits);
    minus_energy = v.mv(visible_bias).unsqueeze(1) + h.mv(hidden_bias).unsqueeze(0) +
                   torch::mm(v, torch::mm(h, weight).t());
    joint = (minus_energy - minus_energy.flatten().logsumexp(0)).exp();
  }

  /// E[hᵀv], E[v], E[h] under weights p [2^D, 2^H] of the states.
  struct Moments {
    Tensor product;
    Tensor v;
    Tensor h;
  };
  static Moments moments(const Tensor& p) {
    const Tensor v = all_states(kPixels);
    const Tensor h = all_states(kUnits);
    return {torch::mm(torch::mm(p, h).t(), v), p.sum(1).matmul(v), p.sum(0).matmul(h)};
  }
  /// p(v)·p(h|v).
  Tensor with_hidden(const Tensor& p_v) const {
    return p_v.unsqueeze(1) * joint / joint.sum(1, /*keepdim=*/true);
  }
  /// One Gibbs step of p(v): Σ_h Σ_v p(v)·p(h|v)·p(v'|h).
  Tensor after_step(const Tensor& p_v) const {
    const Tensor p_h = with_hidden(p_v).sum(0);
    return torch::mv(joint / joint.sum(0, /*keepdim=*/true), p_h);
  }

  /// What one training step at rate 1 adds to the parameters, for data of 40 000 rows.
  Moments step_on(const Tensor& p_data) {
    const Tensor rows = torch::multinomial(p_data, 40000, /*replacement=*/true, generator(4));
    const GivenImages images{
        all_states(kPixels).index_select(0, rows).to(torch::kFloat32).view({-1, 1, 2, 2}),
        torch::zeros({40000}, torch::kInt64)};
    system.training.learning_rate = 1.0;
    system.model->train_step(images.all(), system.training);
    return {system.parameter("weight").to(torch::kFloat64) - weight,
            system.parameter("visible_bias").to(torch::kFloat64) - visible_bias,
            system.parameter("hidden_bias").to(torch::kFloat64) - hidden_bias};
  }

  SmallSystem system;
  Tensor weight;
  Tensor visible_bias;
  Tensor hidden_bias;
  Tensor minus_energy;  // [2^D, 2^H]
  Tensor joint;         // [2^D, 2^H], sums to 1
};

/// Four patterns, unlike what the machine believes.
Tensor data_distribution() {
  Tensor p = torch::zeros({kVisible}, torch::kFloat64);
  p[3] = 0.4;
  p[5] = 0.3;
  p[12] = 0.2;
  p[0] = 0.1;
  return p;
}

std::map<std::string, double> bare(double chain, double steps) {
  return {{"chain", chain},  {"gradient", 0.0},     {"gibbs_steps", steps}, {"step_scale", 1.0},
          {"momentum", 0.0}, {"weight_decay", 0.0}, {"chains", 10000.0}};
}

double largest(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

void check_near(const TinyMachine::Moments& step, const TinyMachine::Moments& data,
                const TinyMachine::Moments& model, double tolerance) {
  CHECK(largest(step.product, data.product - model.product) < tolerance);
  CHECK(largest(step.v, data.v - model.v) < tolerance);
  CHECK(largest(step.h, data.h - model.h) < tolerance);
}

}  // namespace

TEST_CASE("a step of CD-1 is in expectation what the enumeration of all states gives") {
  TinyMachine machine(bare(0.0, 1.0));
  const Tensor p = data_distribution();
  const auto data = TinyMachine::moments(machine.with_hidden(p));
  const auto after = TinyMachine::moments(machine.with_hidden(machine.after_step(p)));
  check_near(machine.step_on(p), data, after, 0.015);
  // One step is not the model yet: the test could tell.
  CHECK(largest(after.product, TinyMachine::moments(machine.joint).product) > 0.03);
}

TEST_CASE("CD with many steps, and persistent chains, follow the likelihood's own gradient") {
  const double chain = GENERATE(0.0, 1.0);
  CAPTURE(chain);
  TinyMachine machine(bare(chain, 200.0));
  const Tensor p = data_distribution();
  check_near(machine.step_on(p), TinyMachine::moments(machine.with_hidden(p)),
             TinyMachine::moments(machine.joint), chain == 0.0 ? 0.015 : 0.03);
}

TEST_CASE("the centred step is that of a machine written with distances from the means") {
  std::map<std::string, double> knobs = bare(0.0, 1.0);
  knobs["gradient"] = 1.0;
  TinyMachine machine(knobs);
  const Tensor p = data_distribution();
  const Tensor p_data = machine.with_hidden(p);
  const Tensor p_dream = machine.with_hidden(machine.after_step(p));
  const auto data = TinyMachine::moments(p_data);
  // E[(h − λ)ᵀ(v − μ)] of both, state by state; then from the centred biases to the plain ones.
  const Tensor v = all_states(kPixels) - data.v;
  const Tensor h = all_states(kUnits) - data.h;
  const Tensor weight = torch::mm(torch::mm(p_data - p_dream, h).t(), v);
  const auto dream = TinyMachine::moments(p_dream);
  const auto step = machine.step_on(p);
  CHECK(largest(step.product, weight) < 0.015);
  CHECK(largest(step.v, data.v - dream.v - weight.t().mv(data.h)) < 0.015);
  CHECK(largest(step.h, data.h - dream.h - weight.mv(data.v)) < 0.015);
  // The plain step goes elsewhere: the test could tell.
  CHECK(largest(weight, data.product - dream.product) > 0.03);
}

TEST_CASE("the free energy is minus the log of the sum over the hidden states") {
  TinyMachine machine(bare(0.0, 1.0));
  const Tensor expected = -machine.minus_energy.logsumexp(1);
  for (const int state : {0, 6, 15}) {
    const GivenImages images{all_states(kPixels)[state].to(torch::kFloat32).view({1, 1, 2, 2}),
                             torch::zeros({1}, torch::kInt64)};
    machine.system.model->eval();
    const auto losses =
        machine.system.model->evaluate_losses(images.all(), machine.system.training);
    CHECK(value(losses.terms[1]) == Approx(value(expected[state])).epsilon(1e-5));
    CHECK(value(losses.total) ==
          Approx(value(losses.terms[1]) - value(losses.terms[2])).margin(1e-4));
  }
}

TEST_CASE("fantasies are drawn from the machine's own distribution") {
  std::map<std::string, double> knobs = bare(1.0, 1.0);
  knobs["chains"] = 50.0;
  knobs["fantasy_steps"] = 200.0;
  TinyMachine machine(knobs);
  machine.system.model->eval();
  const Tensor h = *machine.system.model->sample_prior(20000, generator(5));
  REQUIRE(h.sizes() == torch::IntArrayRef{20000, kUnits});
  CHECK((h.eq(0.0) | h.eq(1.0)).all().item<bool>());
  const auto model = TinyMachine::moments(machine.joint);
  CHECK(largest(h.to(torch::kFloat64).mean(0), model.h) < 0.02);
  // What they decode to is p(v|h): its mean is the visible units' own.
  const Tensor v = machine.system.model->to_pixels(machine.system.model->decode(h, {}));
  CHECK(largest(v.flatten(1).to(torch::kFloat64).mean(0), model.v) < 0.02);
  CHECK(torch::equal(h, *machine.system.model->sample_prior(20000, generator(5))));
}

TEST_CASE("momentum carries a step on and weight decay pulls to zero") {
  std::map<std::string, double> knobs = bare(0.0, 1.0);
  knobs["weight_decay"] = 0.1;
  TinyMachine machine(knobs);
  const Tensor p = data_distribution();
  const auto decayed = machine.step_on(p);
  TinyMachine plain(bare(0.0, 1.0));
  CHECK(largest(decayed.product, plain.step_on(p).product - 0.1 * plain.weight) < 1e-5);

  SmallSystem system("rbm", 3, {{"momentum", 0.9}}, {}, {1, 2, 2});
  system.step();
  system.training.learning_rate = 0.0;
  system.training.epoch = 10.0;
  const Tensor before = system.parameter("weight").clone();
  const Tensor velocity = system.buffer("weight_velocity").clone();
  system.model->train_step(system.images.all(), system.training);
  CHECK(torch::allclose(system.parameter("weight") - before, 0.9 * velocity, 1e-3, 1e-7));
}

TEST_CASE("the visible biases begin at the pixels' log-odds") {
  SmallSystem system("rbm", 3);
  system.model->initialize(system.training);
  const Tensor mean = system.images.all().x.flatten(1).mean(0);
  CHECK(torch::allclose(system.parameter("visible_bias").sigmoid(), mean, 1e-4, 1e-5));
}
