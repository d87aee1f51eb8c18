// The GAN's game and the search for a code.

#include <cmath>

#include "models/adversarial.h"
#include "support/catch.h"
#include "support/players.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

namespace {

const std::map<std::string, double> kPlainGame = {
    {"instance_noise", 0.0}, {"gradient_penalty", 0.0}, {"batch_variety", 0.0}};

}  // namespace

TEST_CASE("at a discriminator that says nothing the generator pays log 2 and it pays 2·log 2") {
  SmallSystem system("gan");
  latent::test::silence_discriminator(system);
  for (const latent::models::Losses& losses : {system.losses(), system.evaluate()}) {
    CHECK(value(losses.terms[0]) == Approx(std::log(2.0)));
    CHECK(value(losses.terms[1]) == Approx(2.0 * std::log(2.0)));
    CHECK(value(losses.total) == value(losses.terms[0]));
  }
}

TEST_CASE("what genuine and made samples cost is the cross-entropy of their labels") {
  const Tensor logits = torch::tensor({-3.0F, 0.5F, 40.0F, -40.0F}).unsqueeze(1);
  const auto expected = [&](double label) {
    double sum = 0.0;
    for (int i = 0; i < 4; ++i) {
      const double l = value(logits[i][0]);
      sum += std::log1p(std::exp(-std::abs(l))) + std::max(l, 0.0) - label * l;
    }
    return sum / 4.0;
  };
  CHECK(value(latent::nn::loss_as_genuine(logits)) == Approx(expected(1.0)));
  CHECK(value(latent::nn::loss_as_made(logits)) == Approx(expected(0.0)));
}

TEST_CASE("the generator's gradient is −(1 − D(G(z)))·∇logit, as computed by hand") {
  // One linear layer each: G(z) = σ(a·z + b) of one pixel, D(x) = σ(v·x + c), no noise.
  SmallSystem system("gan", 1, kPlainGame, {.hidden_widths = {1}}, {1, 1, 1});
  system.model->eval();  // batch normalisation by its statistics: mean 0, variance 1
  latent::models::PassContext pass;
  pass.generator = generator(5);
  const latent::models::Losses losses = system.model->losses(system.images.all(), pass);
  losses.total.backward();

  const auto number = [&](const std::string& name) { return value(system.parameter(name).sum()); };
  const double w1 = number("generator.hidden.block1.linear.weight");
  const double w2 = number("generator.head.weight");
  const double b2 = number("generator.head.bias");
  const double u = number("discriminator.layer1.weight");
  const double ub = number("discriminator.layer1.bias");
  const double v = number("discriminator.layer2.weight");
  const double c = number("discriminator.layer2.bias");
  const Tensor z = torch::empty({64, 1}).normal_(0.0, 1.0, generator(5));
  double weight = 0.0;
  double bias = 0.0;
  for (int i = 0; i < 64; ++i) {
    const double hidden = std::max(0.0, w1 * value(z[i][0]) / std::sqrt(1.0 + 1e-5));
    const double x = 1.0 / (1.0 + std::exp(-(w2 * hidden + b2)));
    const double seen = u * x + ub;
    const double leak = seen > 0.0 ? 1.0 : 0.2;
    const double belief = 1.0 / (1.0 + std::exp(-(v * leak * seen + c)));
    const double down = -(1.0 - belief) * v * leak * u * x * (1.0 - x) / 64.0;
    weight += down * hidden;
    bias += down;
  }
  CHECK(value(system.parameter("generator.head.weight").grad().sum()) ==
        Approx(weight).epsilon(1e-3).margin(1e-7));
  CHECK(value(system.parameter("generator.head.bias").grad().sum()) ==
        Approx(bias).epsilon(1e-3).margin(1e-7));
}

TEST_CASE("a step of the game moves the discriminator by its own gradient, and not the other's") {
  // The discriminator's moments after one step are its gradient times 1 − β₁.
  SmallSystem system("gan", 2, kPlainGame);
  const at::Generator drawn = generator(2);
  const Tensor x = system.images.all().x;
  const Tensor z = torch::empty({x.size(0), 2}).normal_(0.0, 1.0, drawn);
  Tensor made;
  {
    const latent::nn::HeldStill still{*system.model};
    made = system.model->to_pixels(system.model->decode(z, {})).detach();
  }
  const auto logits = [&](const Tensor& pictures) {
    Tensor y = pictures.flatten(1);
    for (int i = 1; i <= 3; ++i) {
      const std::string layer = "discriminator.layer" + std::to_string(i);
      y = torch::linear(y, system.parameter(layer + ".weight").detach(),
                        system.parameter(layer + ".bias").detach());
      if (i < 3) y = torch::leaky_relu(y, 0.2);
    }
    return y;
  };
  // ∂/∂bias of the last layer: the mean of D(made) less that of 1 − D(x).
  const double expected =
      value(logits(made).sigmoid().mean()) - value((1.0 - logits(x).sigmoid()).mean());
  system.step();
  for (const auto& [name, moment] : system.optimizers.at("discriminator").state()) {
    if (name == "first_moment.discriminator.layer3.bias") {
      CHECK(value(moment.sum()) == Approx(0.5 * expected).epsilon(1e-3));
    }
  }
}

TEST_CASE("the slope penalty is half the squared gradient of the logit") {
  // One linear layer: the gradient is its weight, everywhere.
  latent::nn::DenseDiscriminator linear(5, {}, {generator(8)});
  const double expected = 0.5 * value(linear.parameters().front().square().sum());
  latent::models::PassContext pass;
  pass.generator = generator(9);
  const Tensor x = torch::zeros({40000, 5});
  const torch::NoGradGuard no_grad;
  CHECK(value(latent::models::half_squared_slope(linear, x, pass)) ==
        Approx(expected).epsilon(0.03));
}

TEST_CASE("a discriminator that is told of variety tells a batch of one thing from a mixed one") {
  latent::nn::DenseDiscriminator judge(3, {4}, {generator(8)}, /*sees_variety=*/true);
  const torch::NoGradGuard no_grad;
  const Tensor mixed = torch::randn({6, 3}, generator(1));
  const Tensor alike = mixed.narrow(0, 0, 1).expand({6, 3}).contiguous();
  const Tensor features = judge.hidden(mixed).back();
  double variety = 0.0;
  for (int j = 0; j < 4; ++j) {
    variety += value(features.select(1, j).std(/*unbiased=*/false)) / 4.0;
  }
  const Tensor head = judge.named_parameters()["layer2.weight"];
  REQUIRE(head.size(1) == 5);
  const double difference = value(judge.forward(mixed)[0][0]) - value(judge.forward(alike)[0][0]);
  CHECK(difference == Approx(value(head[0][4]) * variety).epsilon(0.01).margin(1e-4));
}

TEST_CASE("a GAN's player that is not trained does not change by a bit") {
  latent::test::check_one_player_at_a_time("gan");
}

TEST_CASE("a dense judge of pictures is told of the batch's variety when it is to be") {
  const auto inputs = [](double told) {
    return SmallSystem("gan", 2, {{"batch_variety", told}})
        .parameter("discriminator.layer3.weight")
        .size(1);
  };
  CHECK(inputs(0.0) == 8);
  CHECK(inputs(1.0) == 9);
}

TEST_CASE("the GAN plays with its weights and is looked at through their average") {
  SmallSystem system("gan");
  const Tensor z = torch::empty({5, 2}).normal_(0.0, 1.0, generator(6));
  const auto looked_at = [&] {
    const torch::NoGradGuard no_grad;
    system.model->eval();
    const Tensor pictures = system.model->decode(z, {});
    system.model->train();
    return pictures;
  };
  const auto average = [&] {
    std::map<std::string, Tensor> state;
    for (const auto& [name, tensor] : system.model->extra_state()) state[name] = tensor.clone();
    return state.at("generator_average.head.weight");
  };
  CHECK(torch::equal(average(), system.parameter("generator.head.weight")));
  const Tensor first = looked_at();
  Tensor expected = average();
  for (int step = 0; step < 4; ++step) {
    system.step();
    const double share = 9.0 / (10.0 + step);
    expected = expected + share * (system.parameter("generator.head.weight").detach() - expected);
  }
  CHECK(torch::allclose(average(), expected, 1e-4, 1e-6));
  CHECK_FALSE(torch::equal(average(), system.parameter("generator.head.weight")));
  const Tensor before = looked_at();
  CHECK_FALSE(torch::allclose(before, first));
  {
    const torch::NoGradGuard no_grad;
    system.parameter("generator.head.weight").add_(1.0);
  }
  CHECK(torch::equal(looked_at(), before));
}

TEST_CASE("the search finds a code whose picture is that of the code that was decoded") {
  SmallSystem system("gan", 2, {}, {.hidden_widths = {24, 16}}, {1, 8, 8});
  // Weights that draw pictures worth telling apart.
  {
    const torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : system.model->extra_state()) {
      if (name == "generator_average.head.weight") tensor.mul_(30.0);
    }
  }
  system.model->eval();
  for (auto& [group, optimizer] : system.optimizers) optimizer.zero_grad();
  const Tensor codes = torch::empty({20, 2}).normal_(0.0, 0.8, generator(9));
  Tensor pictures;
  Tensor found;
  {
    const c10::InferenceMode inference;  // as whoever looks at frozen weights
    pictures = system.model->to_pixels(system.model->decode(codes, {}));
    found = system.model->encode(pictures, {}).mean;
  }
  const torch::NoGradGuard no_grad;
  const Tensor again = system.model->to_pixels(system.model->decode(found, {}));
  const Tensor spread = (pictures - pictures.mean(0, true)).square().flatten(1).sum(1).mean();
  CHECK(value((pictures - again).square().flatten(1).sum(1).mean()) < 0.01 * value(spread));
  CHECK(value((codes - found).norm(2, 1).median()) < 0.15);
  // The same picture has the same code, whoever else is searched for.
  const Tensor alone = system.model->encode(pictures.narrow(0, 3, 1).clone(), {}).mean;
  CHECK(torch::allclose(alone, found.narrow(0, 3, 1), 1e-2, 1e-2));
  for (const auto& parameter : system.model->parameters()) CHECK_FALSE(parameter.grad().defined());
}

TEST_CASE("more steps of the search never end further away") {
  SmallSystem system("gan", 2, {}, {.hidden_widths = {24, 16}}, {1, 8, 8});
  system.model->eval();
  const Tensor x = system.images.all().x;
  const auto cost = [&](double steps) {
    system.model->set_hyperparameter("inversion_steps", steps);
    const Tensor z = system.model->encode(x, {}).mean;
    const torch::NoGradGuard no_grad;
    return (x - system.model->to_pixels(system.model->decode(z, {}))).square().flatten(1).sum(1) *
               10.0 +
           0.5 * z.square().sum(1);
  };
  CHECK(value(cost(100).mean()) < value(cost(1).mean()));
}
