// The sequential VAE.

#include <cmath>
#include <vector>

#include "models/autoencoder.h"
#include "nn/losses.h"
#include "support/catch.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

namespace {

using Vector = std::vector<double>;

constexpr double kOwnRows = 0.0;
constexpr double kGivenRows = 1.0;

/// The equations of Chung et al. 2015 for one picture, number by number.
class ByHand {
 public:
  explicit ByHand(SmallSystem& system) : system_(system) {
    state_ = static_cast<std::size_t>(system.model->hyperparameter("state_width"));
    reads_own_rows_ = system.model->hyperparameter("memory") == kOwnRows;
  }

  struct Bound {
    double reconstruction = 0.0;
    double kl = 0.0;
    double log_weight = 0.0;  // log p(x, z) − log q(z|x)
    Vector codes;
    Vector means;
  };

  /// `noise` [H, L]; empty: z is the mean.
  Bound bound(const std::vector<Vector>& rows, const std::vector<Vector>& noise) {
    Bound result;
    Vector h(state_, 0.0);
    for (std::size_t t = 0; t < rows.size(); ++t) {
      const Vector picture = relu(linear("picture_features", rows[t]));
      Vector hidden = linear("posterior_picture", picture);
      add(hidden, linear("posterior_state", h));
      const Vector q = linear("posterior_head", relu(hidden));
      const Vector p = linear("prior_head", relu(linear("prior_hidden", h)));
      const std::size_t latent = q.size() / 2;
      Vector z(latent);
      for (std::size_t j = 0; j < latent; ++j) {
        const double deviation = std::exp(0.5 * q[latent + j]);
        z[j] = q[j] + (noise.empty() ? 0.0 : deviation * noise[t][j]);
        result.kl += kl(q[j], q[latent + j], p[j], p[latent + j]);
        result.log_weight +=
            log_normal(z[j], p[j], p[latent + j]) - log_normal(z[j], q[j], q[latent + j]);
      }
      result.codes.insert(result.codes.end(), z.begin(), z.end());
      result.means.insert(result.means.end(), q.begin(),
                          q.begin() + static_cast<std::ptrdiff_t>(latent));
      const Vector code = relu(linear("code_features", z));
      const Vector logits = row_logits(code, h);
      for (std::size_t i = 0; i < logits.size(); ++i) {
        const double cost = std::log1p(std::exp(-std::abs(logits[i]))) + std::max(logits[i], 0.0) -
                            rows[t][i] * logits[i];
        result.reconstruction += cost;
        result.log_weight -= cost;
      }
      h = next(reads_own_rows_ ? read(logits) : picture, code, h);
    }
    return result;
  }

  /// What `decode` draws of codes [H·L]: logits [H, C·W].
  std::vector<Vector> draw(const Vector& codes, std::size_t steps) {
    std::vector<Vector> rows;
    const std::size_t latent = codes.size() / steps;
    Vector h(state_, 0.0);
    for (std::size_t t = 0; t < steps; ++t) {
      const auto from = codes.begin() + static_cast<std::ptrdiff_t>(t * latent);
      const Vector code =
          relu(linear("code_features", {from, from + static_cast<std::ptrdiff_t>(latent)}));
      rows.push_back(row_logits(code, h));
      h = next(read(rows.back()), code, h);
    }
    return rows;
  }

 private:
  static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
  static Vector relu(Vector x) {
    for (double& each : x) each = std::max(each, 0.0);
    return x;
  }
  static void add(Vector& a, const Vector& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  }
  static double log_normal(double z, double mean, double log_var) {
    return -0.5 * ((z - mean) * (z - mean) / std::exp(log_var) + log_var +
                   std::log(2.0 * std::acos(-1.0)));
  }
  static double kl(double qm, double qv, double pm, double pv) {
    return std::log(std::exp(0.5 * pv) / std::exp(0.5 * qv)) +
           (std::exp(qv) + (qm - pm) * (qm - pm)) / (2.0 * std::exp(pv)) - 0.5;
  }

  Vector linear(const std::string& name, const Vector& x) {
    const Tensor weight = system_.parameter(name + ".weight").detach();
    const Tensor* bias = system_.model->named_parameters().find(name + ".bias");
    Vector y(static_cast<std::size_t>(weight.size(0)));
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      y[i] = bias != nullptr ? value((*bias)[row]) : 0.0;
      for (std::size_t j = 0; j < x.size(); ++j) {
        y[i] += double{weight.data_ptr<float>()[i * x.size() + j]} * x[j];
      }
    }
    return y;
  }

  /// φ_x of a row that was drawn.
  Vector read(Vector logits) {
    for (double& each : logits) each = sigmoid(each);
    return relu(linear("picture_features", logits));
  }

  Vector row_logits(const Vector& code, const Vector& h) {
    Vector both = code;
    both.insert(both.end(), h.begin(), h.end());
    return linear("row_head", relu(linear("row_hidden", both)));
  }

  Vector next(const Vector& picture, const Vector& code, const Vector& h) {
    Vector in = linear("gates_picture", picture);
    add(in, linear("gates_code", code));
    const Vector memory = linear("gates_state", h);
    Vector result(state_);
    for (std::size_t i = 0; i < state_; ++i) {
      const double reset = sigmoid(in[i] + memory[i]);
      const double update = sigmoid(in[state_ + i] + memory[state_ + i]);
      const double candidate = std::tanh(in[2 * state_ + i] + reset * memory[2 * state_ + i]);
      result[i] = (1.0 - update) * candidate + update * h[i];
    }
    return result;
  }

  SmallSystem& system_;
  std::size_t state_;
  bool reads_own_rows_;
};

/// Colour pictures of 5 rows and 3 columns.
struct SmallVrnn : SmallSystem {
  explicit SmallVrnn(double memory = kOwnRows)
      : SmallSystem("vrnn", 2, {{"state_width", 6.0}, {"memory", memory}}, {}, {2, 5, 3}) {
    for (int i = 0; i < 20; ++i) step();
    model->eval();
  }
};

std::vector<Vector> rows_of(const Tensor& picture) {
  std::vector<Vector> rows;
  for (int y = 0; y < picture.size(1); ++y) {
    Vector row;
    for (int c = 0; c < picture.size(0); ++c) {
      for (int x = 0; x < picture.size(2); ++x) row.push_back(value(picture[c][y][x]));
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("the VRNN's bound is that of a loop over its equations, number by number") {
  SmallVrnn system(GENERATE(kOwnRows, kGivenRows));
  ByHand by_hand(system);
  const torch::NoGradGuard no_grad;
  const Tensor x = system.images.all().x.narrow(0, 3, 1);
  // The same draws: one [1, L] for each step.
  const at::Generator random = generator(17);
  std::vector<Vector> noise;
  for (int t = 0; t < 5; ++t) {
    const Tensor draw = torch::empty({1, 2}).normal_(0.0, 1.0, random);
    noise.push_back({value(draw[0][0]), value(draw[0][1])});
  }
  const ByHand::Bound expected = by_hand.bound(rows_of(x[0]), noise);
  latent::models::PassContext pass;
  pass.generator = generator(17);
  const latent::models::Losses losses = system.model->evaluate_losses({x, {}, {}}, pass);
  CHECK(value(losses.terms[0]) == Approx(expected.reconstruction).epsilon(1e-4));
  CHECK(value(losses.terms[1]) == Approx(expected.kl).epsilon(1e-4).margin(1e-5));
  CHECK(value(losses.total) == Approx(expected.reconstruction + expected.kl).epsilon(1e-4));
  const Tensor weight = *system.model->log_importance_weights({x, {}, {}}, generator(17));
  CHECK(value(weight.sum()) == Approx(expected.log_weight).epsilon(1e-4));
}

TEST_CASE("the VRNN's code is the posterior means of all steps, one step after another") {
  SmallVrnn system(GENERATE(kOwnRows, kGivenRows));
  ByHand by_hand(system);
  const torch::NoGradGuard no_grad;
  const Tensor x = system.images.all().x.narrow(0, 0, 4);
  const Tensor code = system.model->encode(x, {}).mean;
  REQUIRE(code.sizes() == std::vector<std::int64_t>{4, 10});
  CHECK(system.model->code_steps() == 5);
  for (int n = 0; n < 4; ++n) {
    const Vector expected = by_hand.bound(rows_of(x[n]), {}).means;
    for (int i = 0; i < 10; ++i) {
      CHECK(value(code[n][i]) ==
            Approx(expected[static_cast<std::size_t>(i)]).epsilon(1e-3).margin(1e-4));
    }
  }
}

TEST_CASE("the VRNN draws row by row from its codes and from what it has drawn") {
  SmallVrnn system;
  ByHand by_hand(system);
  const torch::NoGradGuard no_grad;
  const Tensor codes = *system.model->sample_prior(3, generator(4));
  REQUIRE(codes.sizes() == std::vector<std::int64_t>{3, 10});
  const Tensor logits = system.model->decode(codes, {});
  REQUIRE(logits.sizes() == std::vector<std::int64_t>{3, 2, 5, 3});
  for (int n = 0; n < 3; ++n) {
    Vector code;
    for (int i = 0; i < 10; ++i) code.push_back(value(codes[n][i]));
    const std::vector<Vector> expected = by_hand.draw(code, 5);
    const std::vector<Vector> rows = rows_of(logits[n]);
    for (std::size_t t = 0; t < 5; ++t) {
      for (std::size_t i = 0; i < 6; ++i) {
        CHECK(rows[t][i] == Approx(expected[t][i]).epsilon(1e-3).margin(1e-4));
      }
    }
  }
  // What is below a step does not change what is above it.
  Tensor changed = codes.clone();
  changed.narrow(1, 6, 2).add_(3.0);
  const Tensor other = system.model->decode(changed, {});
  CHECK(torch::equal(other.narrow(2, 0, 3), logits.narrow(2, 0, 3)));
  CHECK_FALSE(torch::allclose(other.narrow(2, 3, 1), logits.narrow(2, 3, 1)));
}

TEST_CASE("a VRNN that reads its own rows is measured by what its codes draw") {
  SmallVrnn system(kOwnRows);
  const torch::NoGradGuard no_grad;
  const latent::models::Batch batch = system.images.all();
  // A narrow posterior: what is drawn from it is its mean.
  system.parameter("posterior_head.bias").narrow(0, 2, 2).fill_(-30.0);
  const Tensor drawn = system.model->decode(system.model->encode(batch.x, {}).mean, {});
  latent::models::PassContext pass;
  pass.generator = generator(3);
  CHECK(value(system.model->evaluate_losses(batch, pass).terms[0]) ==
        Approx(value(system.model->reconstruction_per_image(drawn, batch.x).mean())).epsilon(1e-3));
}

TEST_CASE("a VRNN pays nothing for its codes at first, and all of it when measured") {
  SmallSystem system("vrnn", 2, {{"state_width", 6.0}}, {}, {2, 5, 3});
  const latent::models::Losses first = system.losses();
  CHECK(value(first.terms[1]) > 0.0);
  CHECK(value(first.total) == value(first.terms[0]));
  const latent::models::Losses measured = system.evaluate();
  CHECK(value(measured.total) ==
        Approx(value(measured.terms[0]) + value(measured.terms[1])).epsilon(1e-5));
}

TEST_CASE("a VRNN's mean log weight is the negative total") {
  SmallVrnn system;
  const torch::NoGradGuard no_grad;
  double totals = 0.0;
  double weights = 0.0;
  const int draws = 400;
  latent::models::PassContext pass;
  pass.generator = generator(21);
  for (int i = 0; i < draws; ++i) {
    totals += value(system.model->evaluate_losses(system.images.all(), pass).total) / draws;
    weights +=
        value(system.model->log_importance_weights(system.images.all(), pass.generator)->mean()) /
        draws;
  }
  CHECK(-weights == Approx(totals).margin(0.05));
}
