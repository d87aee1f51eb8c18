#include "nn/losses.h"

#include <cmath>

#include "nn/adam.h"
#include "nn/network.h"
#include "support/catch.h"
#include "training/threads.h"

using namespace latent;
using torch::Tensor;

TEST_CASE("the KL of a unit Gaussian is zero", "[nn]") {
  CHECK(nn::kl_divergence(torch::zeros({3, 2}), torch::zeros({3, 2})).abs().sum().item<float>() ==
        0.0F);
}

TEST_CASE("the KL is half of σ² + μ² − 1 − log σ² for each dimension", "[nn]") {
  const Tensor mean = torch::tensor({{1.0F, -2.0F}});
  const Tensor log_var = torch::tensor({{0.0F, std::log(4.0F)}});
  const Tensor kl = nn::kl_divergence(mean, log_var);
  CHECK(kl[0][0].item<float>() == Approx(0.5));
  CHECK(kl[0][1].item<float>() == Approx(0.5 * (4 + 4 - 1 - std::log(4.0))));
}

TEST_CASE("the KL is the mean log-ratio of the densities", "[nn]") {
  const at::Generator generator = training::make_generator(1);
  const Tensor mean = torch::full({200000, 1}, 0.7F);
  const Tensor log_var = torch::full({200000, 1}, -0.5F);
  const Tensor z = nn::reparameterize(mean, log_var, generator);
  const Tensor log_q = -0.5 * ((z - mean).square() / log_var.exp() + log_var);
  const Tensor log_p = -0.5 * z.square();
  CHECK((log_q - log_p).mean().item<float>() ==
        Approx(nn::kl_divergence(mean, log_var)[0][0].item<float>()).epsilon(0.02));
}

TEST_CASE("cross-entropy is summed over the pixels and averaged over the images", "[nn]") {
  const bool fast_path = GENERATE(true, false);
  const Tensor logits = torch::tensor({0.0F, 2.0F, -1.0F, 3.0F}).view({2, 1, 1, 2});
  const Tensor x = torch::tensor({0.5F, 1.0F, 0.0F, 0.25F}).view({2, 1, 1, 2});
  const auto bce = [](double l, double t) {
    const double p = 1.0 / (1.0 + std::exp(-l));
    return -t * std::log(p) - (1 - t) * std::log(1 - p);
  };
  const double first = bce(0, 0.5) + bce(2, 1);
  const double second = bce(-1, 0) + bce(3, 0.25);
  const Tensor each = nn::reconstruction_loss_per_image(
      logits, x, ReconstructionLoss::BinaryCrossEntropy, fast_path);
  CHECK(each[0].item<float>() == Approx(first));
  CHECK(each[1].item<float>() == Approx(second));
  CHECK(nn::reconstruction_loss(logits, x, ReconstructionLoss::BinaryCrossEntropy, fast_path)
            .item<float>() == Approx((first + second) / 2));
  CHECK(nn::reconstruction_loss(logits, x, ReconstructionLoss::SquaredError, fast_path)
            .item<float>() == Approx(0.5 * (0.25 + 1 + 1 + 2.75 * 2.75) / 2));
}

TEST_CASE("each image's cross-entropy has the same gradient by the fused kernel", "[nn]") {
  const at::Generator generator = training::make_generator(5);
  const Tensor start = torch::empty({7, 1, 5, 9}).normal_(0, 4, generator);
  const Tensor x = torch::empty({7, 1, 5, 9}).uniform_(0, 1, generator);
  const Tensor weights = torch::empty({7}).normal_(0, 1, generator);
  const auto run = [&](bool fast_path) {
    Tensor logits = start.clone().set_requires_grad(true);
    const Tensor each = nn::reconstruction_loss_per_image(
        logits, x, ReconstructionLoss::BinaryCrossEntropy, fast_path);
    (each * weights).sum().backward();
    return std::pair{each.detach(), logits.grad().clone()};
  };
  const auto [fused, fused_gradient] = run(true);
  const auto [plain, plain_gradient] = run(false);
  CHECK(fused.sizes() == plain.sizes());
  CHECK(torch::allclose(fused, plain, 1e-5, 1e-5));
  CHECK(torch::allclose(fused_gradient, plain_gradient, 1e-5, 1e-6));
}

TEST_CASE("a label that is not there is a row of zeros", "[nn]") {
  const Tensor rows = nn::one_hot(torch::tensor({1, -1}, torch::kInt64), 3);
  CHECK(rows.equal(torch::tensor({{0.0F, 1.0F, 0.0F}, {0.0F, 0.0F, 0.0F}})));
}

TEST_CASE("the shrink-factor rule gives the published widths", "[nn]") {
  CHECK(nn::shrink_widths(1024, 20) == std::vector<int>{341, 113});
  CHECK(nn::shrink_widths(1024, 40) == std::vector<int>{512, 256});
  CHECK(nn::shrink_widths(1024, 2) == std::vector<int>{146, 20});
  CHECK(nn::shrink_widths(4, 100) == std::vector<int>{4, 4});
}

TEST_CASE("Adam goes PyTorch's way", "[nn]") {
  const at::Generator generator = training::make_generator(3);
  const Tensor start = torch::empty({5, 3}).normal_(0, 1, generator);
  Tensor ours = start.clone().set_requires_grad(true);
  Tensor theirs = start.clone().set_requires_grad(true);
  nn::Adam adam{nn::Adam::NamedTensors{{"w", ours}}};
  torch::optim::Adam reference{std::vector<Tensor>{theirs}, torch::optim::AdamOptions{1e-2}};
  for (int i = 0; i < 50; ++i) {
    for (Tensor& w : {std::ref(ours), std::ref(theirs)}) {
      if (&w == &ours) {
        adam.zero_grad();
      } else {
        reference.zero_grad();
      }
      (w.square() * torch::arange(15).view({5, 3})).sum().backward();
    }
    adam.step(1e-2);
    reference.step();
  }
  CHECK((ours - theirs).abs().max().item<float>() < 1e-6F);
  CHECK_FALSE(ours.equal(start));
}

TEST_CASE("initial weights come from the run's generator alone", "[nn]") {
  torch::manual_seed(1);
  const nn::Linear first{64, 32, {training::make_generator(5)}};
  torch::manual_seed(2);
  const nn::Linear second{64, 32, {training::make_generator(5)}};
  CHECK(first.weight.equal(second.weight));
  // U(−1/√64, 1/√64): variance (1/8)²/3.
  CHECK(first.weight.abs().max().item<float>() <= 0.125F);
  CHECK(first.weight.var().item<float>() == Approx(0.125 * 0.125 / 3).epsilon(0.1));
}
