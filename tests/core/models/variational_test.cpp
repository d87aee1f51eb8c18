// The Gaussian family beyond the VAE, and WAE-MMD.

#include <cmath>

#include "models/schedule.h"
#include "nn/densities.h"
#include "nn/losses.h"
#include "support/catch.h"
#include "support/linear_gaussian.h"
#include "support/small_system.h"

using latent::models::beta_factor;
using latent::models::BetaSchedule;
using latent::test::generator;
using latent::test::LinearGaussian;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

TEST_CASE("β schedules are constant, rise once, or rise in cycles") {
  CHECK(beta_factor(BetaSchedule::Constant, 0.0, 4.0) == 1.0);
  CHECK(beta_factor(BetaSchedule::WarmUp, 0.0, 4.0) == 0.0);
  CHECK(beta_factor(BetaSchedule::WarmUp, 1.0, 4.0) == Approx(0.25));
  CHECK(beta_factor(BetaSchedule::WarmUp, 9.0, 4.0) == 1.0);
  CHECK(beta_factor(BetaSchedule::Cyclic, 1.0, 4.0) == Approx(0.5));
  CHECK(beta_factor(BetaSchedule::Cyclic, 3.0, 4.0) == 1.0);
  CHECK(beta_factor(BetaSchedule::Cyclic, 4.0, 4.0) == 0.0);
  CHECK(beta_factor(BetaSchedule::Cyclic, 5.0, 4.0) == Approx(0.5));
}

TEST_CASE("learning rates stay, fall along a cosine to the goal, or halve in steps") {
  using latent::models::rate_factor;
  using latent::models::RateSchedule;
  CHECK(rate_factor(RateSchedule::Constant, 7.0, 10, 1.0) == 1.0);
  CHECK(rate_factor(RateSchedule::Cosine, 0.0, 10, 1.0) == 1.0);
  CHECK(rate_factor(RateSchedule::Cosine, 5.0, 10, 1.0) == Approx(0.5));
  CHECK(rate_factor(RateSchedule::Cosine, 10.0, 10, 1.0) == Approx(0.0).margin(1e-12));
  CHECK(rate_factor(RateSchedule::Cosine, 12.0, 10, 1.0) == Approx(0.0).margin(1e-12));
  CHECK(rate_factor(RateSchedule::Step, 3.9, 10, 2.0) == 0.5);
  CHECK(rate_factor(RateSchedule::Step, 4.0, 10, 2.0) == 0.25);
}

TEST_CASE("a β-VAE weighs its KL with β as far as the schedule has come, and evaluates with β") {
  SmallSystem system("beta-vae", 2, {{"beta", 3.0}, {"beta_schedule", 1.0}, {"beta_epochs", 4.0}});
  for (const auto& [epoch, weight] :
       std::map<double, double>{{0.0, 0.0}, {1.0, 0.75}, {2.0, 1.5}, {10.0, 3.0}}) {
    system.training.epoch = epoch;
    const latent::models::Losses losses = system.losses();
    CHECK(value(losses.total) ==
          Approx(value(losses.terms[0]) + weight * value(losses.terms[1])).epsilon(1e-5));
  }
  const latent::models::Losses evaluated = system.evaluate();
  CHECK(value(evaluated.total) ==
        Approx(value(evaluated.terms[0]) + 3.0 * value(evaluated.terms[1])).epsilon(1e-5));
  system.model->set_hyperparameter("beta_schedule", 2.0);
  system.training.epoch = 5.0;
  const latent::models::Losses cyclic = system.losses();
  CHECK(value(cyclic.total) ==
        Approx(value(cyclic.terms[0]) + 1.5 * value(cyclic.terms[1])).epsilon(1e-5));
}

TEST_CASE("a conditional VAE decodes the same style differently for another class") {
  SmallSystem system("conditional-vae");
  system.model->eval();
  const Tensor z = torch::zeros({3, 2});
  const Tensor decoded = system.model->decode(z, torch::arange(3, torch::kInt64));
  CHECK_FALSE(torch::allclose(decoded[0], decoded[1]));
  CHECK_FALSE(torch::allclose(decoded[1], decoded[2]));
  // A class that is not known joins as zeros.
  CHECK(torch::equal(system.model->decode(z, {}),
                     system.model->decode(z, torch::full({3}, -1, torch::kInt64))));
}

TEST_CASE("the β-TCVAE's total weighs the total correlation alone") {
  SmallSystem system("beta-tcvae", 2, {{"beta", 5.0}});
  const latent::models::Losses losses = system.evaluate();
  REQUIRE(losses.terms.size() == 4);
  CHECK(value(losses.total) == Approx(value(losses.terms[0]) + value(losses.terms[1]) +
                                      5.0 * value(losses.terms[2]) + value(losses.terms[3]))
                                   .epsilon(1e-5));
}

TEST_CASE("FactorVAE's discriminator is trained by its own loss and the model by the total") {
  SmallSystem system("factor-vae", 2, {{"gamma", 7.0}, {"discriminator_width", 32.0}});
  const latent::models::Losses losses = system.evaluate();
  CHECK(value(losses.total) ==
        Approx(value(losses.terms[0]) + value(losses.terms[1]) + 7.0 * value(losses.terms[2]))
            .epsilon(1e-5));

  // With a model that stands still, the discriminator must get better at telling its codes, which
  // are made to say one thing twice, from shuffled ones.
  {
    const torch::NoGradGuard no_grad;
    Tensor weight = system.parameter("encoder.head.weight");
    Tensor bias = system.parameter("encoder.head.bias");
    weight.mul_(5.0);
    weight[1].copy_(weight[0]);
    bias[1].copy_(bias[0]);
    weight.narrow(0, 2, 2).zero_();
    bias.narrow(0, 2, 2).fill_(-8.0);
  }
  system.training.learning_rate = 0.0;
  system.model->set_hyperparameter("discriminator_rate", 0.005);
  const Tensor before = system.parameter("encoder.head.weight").detach().clone();
  double first = 0.0;
  double last = 0.0;
  for (int i = 0; i < 300; ++i) {
    const latent::models::Losses step = system.step();
    if (i == 0) first = value(step.terms[3]);
    last = value(step.terms[3]);
  }
  CHECK(first == Approx(std::log(2.0)).margin(0.1));
  CHECK(last < 0.55);
  CHECK(torch::equal(before, system.parameter("encoder.head.weight")));
}

TEST_CASE("WAE-MMD's total is the reconstruction and λ times the discrepancy from the prior") {
  SmallSystem system("wae-mmd", 2, {{"mmd_weight", 50.0}});
  const latent::models::Losses losses = system.evaluate(3);
  system.model->eval();
  const Tensor code = system.model->encode(system.images.all().x, {}).mean;
  at::Generator random = generator(3);
  const Tensor prior = torch::empty_like(code).normal_(0.0, 1.0, random);
  CHECK(value(losses.terms[1]) == Approx(value(latent::nn::squared_mmd(code, prior))));
  CHECK(value(losses.total) ==
        Approx(value(losses.terms[0]) + 50.0 * value(losses.terms[1])).epsilon(1e-5));
}

TEST_CASE(
    "the importance-weighted bound falls with k towards −log p(x) of a linear-Gaussian model") {
  LinearGaussian model(0.6, 0.5);
  const double exact = model.exact();
  const double k1 = model.bound(1, 20000);
  const double k5 = model.bound(5, 20000);
  const double k50 = model.bound(50, 20000);
  CHECK(k1 > k5 + 0.05);
  CHECK(k5 > k50 + 0.02);
  CHECK(k50 > exact - 0.01);
  CHECK(k50 == Approx(exact).margin(0.05));

  const latent::models::Batch batch = model.batch(100000);
  at::Generator random = generator(12);
  const Tensor weights = *model.system.model->log_importance_weights(batch, random);
  CHECK(-value(weights.logsumexp(0)) + std::log(100000.0) == Approx(exact).margin(0.02));
}

TEST_CASE("with the exact posterior a single sample gives −log p(x)") {
  LinearGaussian model(1.0, 1.0);
  CHECK(model.bound(1, 1) == Approx(model.exact()).epsilon(1e-4));
  CHECK(model.bound(7, 3) == Approx(model.exact()).epsilon(1e-4));
}

TEST_CASE("the VampPrior's density is the mean of its pseudo-inputs' posteriors") {
  SmallSystem system("vamp-prior-vae", 2, {{"pseudo_inputs", 5.0}});
  system.model->initialize(system.training);
  for (int i = 0; i < 20; ++i) system.step();
  const Tensor pseudo = system.parameter("pseudo_inputs");
  CHECK(pseudo.min().item<float>() >= 0.0F);
  CHECK(pseudo.max().item<float>() <= 1.0F);

  system.model->eval();
  const torch::NoGradGuard no_grad;
  const latent::models::Code code = system.model->encode(pseudo, {});
  const Tensor z = torch::tensor({{0.3F, -0.8F}});
  double sum = 0.0;
  for (int k = 0; k < 5; ++k) {
    double product = 1.0;
    for (int j = 0; j < 2; ++j) {
      const double variance = std::exp(value(code.log_var[k][j]));
      const double difference = value(z[0][j]) - value(code.mean[k][j]);
      product *= std::exp(-0.5 * difference * difference / variance) /
                 std::sqrt(2.0 * std::acos(-1.0) * variance);
    }
    sum += product / 5.0;
  }
  auto* gaussian = dynamic_cast<latent::models::GaussianAutoencoder*>(system.model.get());
  REQUIRE(gaussian != nullptr);
  CHECK(value(gaussian->log_prior(z)) == Approx(std::log(sum)).epsilon(1e-4));
}

TEST_CASE("log weights average to the negative total, by closed-form and by sampled KL alike") {
  for (const std::string id : {"two-level-vae", "vamp-prior-vae", "conditional-vae"}) {
    SmallSystem system(id, 2);
    system.model->initialize(system.training);
    for (int i = 0; i < 30; ++i) system.step();
    const double draws = 600;
    double totals = 0.0;
    double weights = 0.0;
    at::Generator random = generator(21);
    system.model->eval();
    const torch::NoGradGuard no_grad;
    for (int i = 0; i < draws; ++i) {
      latent::models::PassContext pass;
      pass.generator = random;
      totals += value(system.model->evaluate_losses(system.images.all(), pass).total) / draws;
      weights +=
          value(system.model->log_importance_weights(system.images.all(), random)->mean()) / draws;
    }
    INFO(id);
    CHECK(-weights == Approx(totals).margin(0.05));
  }
}

TEST_CASE("either level of the two-level VAE can be the code") {
  SmallSystem system("two-level-vae", 3, {{"upper_dim", 2.0}});
  system.model->eval();
  const Tensor x = system.images.all().x;
  CHECK(system.model->encode(x, {}).mean.size(1) == 3);
  CHECK(system.model->sample_prior(4, generator())->size(1) == 3);
  system.model->set_hyperparameter("level", 1.0);
  CHECK(system.model->code_dim() == 2);
  const Tensor upper = system.model->encode(x, {}).mean;
  CHECK(upper.size(1) == 2);
  CHECK(system.model->decode(upper, {}).sizes() == x.sizes());
  CHECK(system.model->sample_prior(4, generator())->size(1) == 2);
}
