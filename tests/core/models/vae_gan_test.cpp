// The VAE-GAN.

#include <cmath>
#include <string>

#include "nn/losses.h"
#include "support/catch.h"
#include "support/players.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

namespace {

/// The last hidden layer of the discriminator, by plain operators.
Tensor features_of(SmallSystem& system, const Tensor& pictures) {
  Tensor y = pictures.flatten(1);
  for (const std::string layer : {"discriminator.layer1", "discriminator.layer2"}) {
    y = torch::leaky_relu(torch::linear(y, system.parameter(layer + ".weight").detach(),
                                        system.parameter(layer + ".bias").detach()),
                          0.2);
  }
  return y;
}

}  // namespace

TEST_CASE("a VAE-GAN minimises features, KL and deceit; the pixels are only shown") {
  SmallSystem system("vae-gan", 2, {{"adversarial_weight", 3.0}, {"beta", 2.0}});
  const latent::models::Losses losses = system.evaluate();
  REQUIRE(losses.terms.size() == 5);
  CHECK(value(losses.total) ==
        Approx(value(losses.terms[1]) + 2.0 * value(losses.terms[2]) + 3.0 * value(losses.terms[3]))
            .epsilon(1e-5));
  latent::test::silence_discriminator(system);
  const latent::models::Losses silent = system.evaluate();
  CHECK(value(silent.terms[1]) == 0.0);
  CHECK(value(silent.terms[3]) == Approx(std::log(2.0)));
  CHECK(value(silent.terms[4]) == Approx(2.0 * std::log(2.0)));
}

TEST_CASE("the feature term is half the squared distance of what the discriminator sees") {
  SmallSystem system("vae-gan");
  {
    // A posterior without spread: z is its mean.
    const torch::NoGradGuard no_grad;
    system.parameter("encoder.head.weight").narrow(0, 2, 2).zero_();
    system.parameter("encoder.head.bias").narrow(0, 2, 2).fill_(-60.0);
  }
  const latent::models::Losses losses = system.evaluate();
  system.model->eval();
  const torch::NoGradGuard no_grad;
  const Tensor x = system.images.all().x;
  const Tensor rebuilt = system.model->decode(system.model->encode(x, {}).mean, {}).sigmoid();
  const Tensor expected =
      0.5 * (features_of(system, x) - features_of(system, rebuilt)).square().sum(1).mean();
  CHECK(value(losses.terms[1]) == Approx(value(expected)).epsilon(1e-4));
}

TEST_CASE("a VAE-GAN is looked at through the average of its decoder's weights") {
  SmallSystem system("vae-gan");
  for (int i = 0; i < 4; ++i) system.step();
  const Tensor z = torch::empty({5, 2}).normal_(0.0, 1.0, generator(6));
  const torch::NoGradGuard no_grad;
  system.model->eval();
  const Tensor before = system.model->decode(z, {});
  system.parameter("decoder.head.weight").add_(1.0);
  CHECK(torch::equal(system.model->decode(z, {}), before));
  system.model->train();
  CHECK_FALSE(torch::allclose(system.model->decode(z, {}), before));
}

TEST_CASE("the GAN term of a VAE-GAN does not reach the encoder, and the features do") {
  const auto gradient = [](double weight) {
    SmallSystem system("vae-gan", 2, {{"adversarial_weight", weight}, {"instance_noise", 0.0}});
    const latent::models::Losses losses = system.losses();
    losses.total.backward();
    return std::pair{system.parameter("encoder.head.weight").grad().clone(),
                     system.parameter("decoder.head.weight").grad().clone()};
  };
  const auto [encoder, decoder] = gradient(0.0);
  const auto [encoder_too, decoder_too] = gradient(5.0);
  CHECK(value(encoder.abs().max()) > 0.0);
  CHECK(torch::allclose(encoder, encoder_too, 1e-4, 1e-7));
  CHECK_FALSE(torch::allclose(decoder, decoder_too, 1e-2, 1e-5));
}

TEST_CASE("a VAE-GAN's player that is not trained does not change by a bit") {
  latent::test::check_one_player_at_a_time("vae-gan");
}
