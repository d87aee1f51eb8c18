// The adversarial autoencoder.

#include <cmath>

#include "nn/densities.h"
#include "nn/losses.h"
#include "support/catch.h"
#include "support/players.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

TEST_CASE("an adversarial autoencoder's total is the reconstruction and λ times the deceit") {
  SmallSystem system("aae", 2, {{"adversarial_weight", 4.0}});
  const latent::models::Losses losses = system.evaluate();
  REQUIRE(losses.terms.size() == 3);
  CHECK(value(losses.total) ==
        Approx(value(losses.terms[0]) + 4.0 * value(losses.terms[1])).epsilon(1e-5));
  system.model->eval();
  const Tensor x = system.images.all().x;
  const Tensor decoded = system.model->decode(system.model->encode(x, {}).mean, {});
  CHECK(value(losses.terms[0]) ==
        Approx(value(latent::nn::reconstruction_loss_per_image(
                         decoded, x, latent::ReconstructionLoss::BinaryCrossEntropy)
                         .mean()))
            .epsilon(1e-4));

  latent::test::silence_discriminator(system);
  const latent::models::Losses silent = system.evaluate();
  CHECK(value(silent.terms[1]) == Approx(std::log(2.0)));
  CHECK(value(silent.terms[2]) == Approx(2.0 * std::log(2.0)));
}

TEST_CASE("an adversarial autoencoder's player that is not trained does not change by a bit") {
  latent::test::check_one_player_at_a_time("aae");
}

TEST_CASE("training brings the codes nearer to the prior, and without λ it does not") {
  const auto discrepancy = [](SmallSystem& system) {
    system.model->eval();
    const torch::NoGradGuard no_grad;
    const Tensor z = system.model->encode(system.images.all().x, {}).mean;
    const Tensor prior = torch::empty({512, 2}).normal_(0.0, 1.0, generator(31));
    system.model->train();
    return value(latent::nn::squared_mmd(z, prior));
  };
  SmallSystem system("aae", 2, {{"adversarial_weight", 20.0}});
  SmallSystem without("aae", 2, {{"adversarial_weight", 0.0}});
  {
    // Codes far from the prior to begin with.
    const torch::NoGradGuard no_grad;
    for (SmallSystem* each : {&system, &without}) {
      each->parameter("encoder.head.bias").add_(2.0);
    }
  }
  const double before = discrepancy(system);
  for (int i = 0; i < 400; ++i) {
    system.step();
    without.step();
  }
  CHECK(before > 0.5);
  CHECK(discrepancy(system) < 0.2 * before);
  CHECK(discrepancy(without) > 2.0 * discrepancy(system));
}
