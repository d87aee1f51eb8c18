#include "training/frozen_network.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "support/catch.h"
#include "support/linear_gaussian.h"

using namespace latent::test;
using latent::training::FrozenNetwork;

namespace {

constexpr latent::ImageShape kTwoPixels{1, 1, 2};
constexpr latent::ImageShape kSmallPicture{1, 4, 4};
constexpr std::uint8_t kTwoPictures[] = {230, 20, 90, 240};

/// −log p(x) of the linear-Gaussian model at one of the two pictures, the constant included.
double exact_of_picture(LinearGaussian& model, std::size_t which) {
  model.x = torch::tensor({static_cast<float>(kTwoPictures[2 * which]) / 255.0F,
                           static_cast<float>(kTwoPictures[2 * which + 1]) / 255.0F});
  return model.exact() + std::log(2.0 * std::numbers::pi);
}

}  // namespace

TEST_CASE("with the exact posterior every importance weight is p(x), picture by picture") {
  LinearGaussian model(1.0, 1.0);
  const FrozenNetwork network(model.system.model, kTwoPixels);
  const auto weights = network.log_importance_weights(kTwoPictures, {}, 700, 1);
  REQUIRE(weights.size() == 1400);
  for (std::size_t i = 0; i < 2; ++i) {
    const double exact = exact_of_picture(model, i);
    for (std::size_t k = 0; k < 700; ++k) {
      REQUIRE(-weights[2 * k + i] == Approx(exact).epsilon(1e-4));
    }
  }
}

TEST_CASE("with a wrong posterior the weights' mean is p(x) still") {
  LinearGaussian model(0.6, 1.5);
  const FrozenNetwork network(model.system.model, kTwoPixels);
  constexpr int kSamples = 40'000;
  const auto weights = network.log_importance_weights(kTwoPictures, {}, kSamples, 2);
  for (std::size_t i = 0; i < 2; ++i) {
    double sum = 0.0;
    for (std::size_t k = 0; k < kSamples; ++k) sum += std::exp(double(weights[2 * k + i]));
    CHECK(-std::log(sum / kSamples) == Approx(exact_of_picture(model, i)).margin(0.02));
  }
}

TEST_CASE("each draw of each picture is its own, and the same for a seed") {
  LinearGaussian model(0.6, 1.5);
  const FrozenNetwork network(model.system.model, kTwoPixels);
  const auto weights = network.log_importance_weights(kTwoPictures, {}, 5, 2);
  for (std::size_t i = 1; i < weights.size(); ++i) CHECK(weights[i] != weights[i - 1]);
  CHECK(weights == network.log_importance_weights(kTwoPictures, {}, 5, 2));
  CHECK(weights != network.log_importance_weights(kTwoPictures, {}, 5, 3));
}

TEST_CASE("a run on binarised pictures weighs binarised pictures") {
  SmallSystem system("vae", 2, {},
                     {.hidden_widths = {12, 8}, .binarization = latent::Binarization::Threshold});
  system.model->eval();
  const FrozenNetwork network(system.model, kSmallPicture);
  const std::vector<std::uint8_t> grey(16, 200);
  const std::vector<std::uint8_t> white(16, 255);
  CHECK(network.log_importance_weights(grey, {}, 3, 1) ==
        network.log_importance_weights(white, {}, 3, 1));
}

TEST_CASE("variational systems have a likelihood, all others none") {
  const std::vector<std::uint8_t> picture(16, 120);
  const std::vector<std::int32_t> label{1};
  for (const std::string id : {"vae", "conditional-vae", "iwae", "vamp-prior-vae", "two-level-vae",
                               "m2", "vrnn", "beta-tcvae"}) {
    SmallSystem system(id);
    system.model->eval();
    INFO(id);
    const auto weights =
        FrozenNetwork(system.model, kSmallPicture).log_importance_weights(picture, label, 4, 1);
    REQUIRE(weights.size() == 4);
    CHECK(std::all_of(weights.begin(), weights.end(), [](float w) { return std::isfinite(w); }));
  }
  for (const std::string id : {"deep-ae", "vq-vae", "vae-gan", "aae", "pca"}) {
    SmallSystem system(id);
    system.model->eval();
    INFO(id);
    CHECK(FrozenNetwork(system.model, kSmallPicture)
              .log_importance_weights(picture, label, 4, 1)
              .empty());
  }
}

TEST_CASE("the prior's density is the system's own, where a single Gaussian is the posterior") {
  const std::vector<float> codes{0.0F, 0.0F, 1.0F, -2.0F};
  SmallSystem plain("vae");
  plain.model->eval();
  const auto nats = FrozenNetwork(plain.model, kSmallPicture).log_prior(codes);
  REQUIRE(nats.size() == 2);
  CHECK(nats[0] == Approx(-std::log(2.0 * std::numbers::pi)));
  CHECK(nats[1] == Approx(-std::log(2.0 * std::numbers::pi) - 2.5));

  SmallSystem mixture("vamp-prior-vae", 2, {{"pseudo_inputs", 5.0}});
  mixture.model->initialize(mixture.training);
  mixture.model->eval();
  auto* gaussian = dynamic_cast<latent::models::GaussianAutoencoder*>(mixture.model.get());
  REQUIRE(gaussian != nullptr);
  const torch::NoGradGuard no_grad;
  CHECK(
      FrozenNetwork(mixture.model, kSmallPicture).log_prior(codes) ==
      latent::models::to_vector(gaussian->log_prior(torch::tensor({{0.0F, 0.0F}, {1.0F, -2.0F}}))));

  for (const std::string id : {"two-level-vae", "vrnn", "deep-ae"}) {
    SmallSystem other(id);
    other.model->eval();
    const FrozenNetwork network(other.model, kSmallPicture);
    INFO(id);
    CHECK(network.log_prior(std::vector<float>(static_cast<std::size_t>(network.latent_dim())))
              .empty());
  }
}
