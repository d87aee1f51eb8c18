#include "nn/fast_path.h"

#include "nn/libtorch.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "models/registry.h"
#include "nn/adam.h"
#include "nn/losses.h"
#include "support/catch.h"
#include "training/image_source.h"
#include "training/threads.h"

// The fused kernels are a path, not a second truth: the plain LibTorch operators must give the same
// losses (to 10⁻⁴) and the same gradients (each parameter's to 2·10⁻³ in the Euclidean norm, which
// leaves room for a unit whose sum is zero to rounding to be open on one path only).

namespace {

using namespace latent;
using torch::Tensor;

constexpr double kLossTolerance = 1e-4;
constexpr double kGradientTolerance = 2e-3;

/// Bright discs whose place, size and colour follow the class.
std::shared_ptr<const Dataset> discs(std::int64_t count, const ImageShape& shape) {
  auto data = std::make_shared<Dataset>();
  data->shape = shape;
  for (int label = 0; label < 10; ++label) data->class_names.push_back(std::to_string(label));
  for (std::int64_t i = 0; i < count; ++i) {
    const int label = static_cast<int>(i % 10);
    const double row = 4.0 + label % 4 * 2.5 + 0.1 * static_cast<double>(i % 7);
    const double column = 4.0 + label / 4 * 3.5 + 0.1 * static_cast<double>(i % 11);
    for (int channel = 0; channel < shape.channels; ++channel) {
      const double strength = 255.0 / (1.0 + (label + channel) % 3);
      for (int r = 0; r < shape.height; ++r) {
        for (int c = 0; c < shape.width; ++c) {
          const double distance = std::hypot(r - row, c - column);
          data->images.push_back(
              static_cast<std::uint8_t>(strength / (1.0 + std::exp(2.0 * (distance - 3.0)))));
        }
      }
    }
    data->labels.push_back(label);
  }
  return data;
}

/// What a system is tried with.
struct Trial {
  NetworkKind network = NetworkKind::Dense;
  ImageShape shape = {1, 16, 16};
};

/// A system with its optimisers, made from seed 1.
struct Run {
  TrainingConfig config;
  training::ImageSource images;
  at::Generator generator = training::make_generator(1);
  std::shared_ptr<models::Autoencoder> model;
  std::map<std::string, nn::Adam> optimizers;
  std::int64_t step = 0;

  Run(const std::string& id, bool fast_path, const Trial& trial = {})
      : images(discs(320, trial.shape), 0, Binarization::None) {
    config.model = id;
    config.network = trial.network;
    config.hidden_widths = {96, 48};
    config.latent_dim = 4;
    config.batch_size = 32;
    config.fast_path = fast_path;
    model = models::make_model({.shape = trial.shape,
                                .config = config,
                                .info = models::registered_model(id),
                                .classes = 10,
                                .training_images = images.size(),
                                .generator = generator});
    model->train();
    for (models::ParameterGroup& group : model->optimizer_groups()) {
      optimizers.emplace(group.name, nn::Adam{std::move(group.parameters), group.options});
    }
    model->initialize(context(0.0));
    model->begin_epoch(0, context(0.0));
  }

  models::TrainingContext context(double learning_rate) {
    models::TrainingContext context;
    context.generator = generator;
    context.epochs = 3;
    context.step = step;
    context.steps_per_epoch = 10;
    context.epoch = static_cast<double>(step) / 10.0;
    context.learning_rate = learning_rate;
    context.optimizers = &optimizers;
    context.data = &images;
    return context;
  }

  models::Losses train(double learning_rate) {
    const models::Batch batch = images.range(step % 10 * 32, 32, generator);
    models::Losses losses = model->train_step(batch, context(learning_rate));
    ++step;
    return losses;
  }
};

double relative_difference(const Tensor& a, const Tensor& b, double floor = 1e-6) {
  const double size = b.norm().item<double>();
  return (a - b).norm().item<double>() / std::max({size, floor, 1e-9});
}

}  // namespace

TEST_CASE("every system has the same losses and gradients on the fast path and on the plain one",
          "[nn][fast_path]") {
  const Trial trial = GENERATE(Trial{}, Trial{.network = NetworkKind::Convolutional},
                               Trial{NetworkKind::Convolutional, {3, 15, 17}});
  INFO((trial.network == NetworkKind::Dense ? "dense " : "conv ")
       << trial.shape.channels << "×" << trial.shape.height << "×" << trial.shape.width);
  for (const ModelInfo& info : models::registered_models()) {
    if (!info.gradient_trained) continue;
    if (trial.network == NetworkKind::Convolutional && !info.supports_convolution) continue;
    INFO(info.id);
    Run fast{info.id, true, trial};
    Run plain{info.id, false, trial};
    // A learning rate of zero: the second step's gradients do not depend on the first's.
    for (int step = 0; step < 2; ++step) {
      const double a = fast.train(0.0).total.item<double>();
      const double b = plain.train(0.0).total.item<double>();
      CHECK(std::abs(a - b) <= kLossTolerance * std::max(std::abs(b), 1.0));
    }
    for (auto& [group, optimizer] : fast.optimizers) {
      const auto moments = optimizer.state();
      const auto expected = plain.optimizers.at(group).state();
      REQUIRE(moments.size() == expected.size());
      // A bias before a batch normalisation has no gradient but rounding: what is that small beside
      // the others counts as nothing.
      double largest = 0.0;
      for (const auto& [name, tensor] : expected) {
        if (name.rfind("first_moment.", 0) == 0) {
          largest = std::max(largest, tensor.norm().item<double>());
        }
      }
      for (std::size_t i = 0; i < moments.size(); ++i) {
        if (moments[i].first.rfind("first_moment.", 0) != 0) continue;
        INFO(group << ": " << moments[i].first);
        CHECK(relative_difference(moments[i].second, expected[i].second, 1e-4 * largest) <
              kGradientTolerance);
      }
    }
    for (const auto& buffer : fast.model->named_buffers()) {
      INFO(buffer.key());
      const Tensor expected = plain.model->named_buffers()[buffer.key()];
      if (expected.is_floating_point() && expected.numel() > 0) {
        CHECK(relative_difference(buffer.value(), expected) < kGradientTolerance);
      }
    }
  }
}

TEST_CASE("a VAE trained on the fast path follows the plain path's curve", "[nn][fast_path]") {
  const Trial trial{.network = GENERATE(NetworkKind::Dense, NetworkKind::Convolutional)};
  Run fast{"vae", true, trial};
  Run plain{"vae", false, trial};
  double fast_loss = 0.0;
  double plain_loss = 0.0;
  for (int step = 0; step < 60; ++step) {
    fast_loss = fast.train(1e-3).total.item<double>();
    plain_loss = plain.train(1e-3).total.item<double>();
    if (step == 0) CHECK(std::abs(fast_loss - plain_loss) < 1e-2);
  }
  CHECK(std::abs(fast_loss - plain_loss) < 0.01 * plain_loss);
}

TEST_CASE("evaluation gives the same on both paths", "[nn][fast_path]") {
  const Trial trial{.network = GENERATE(NetworkKind::Dense, NetworkKind::Convolutional)};
  Run fast{"vae", true, trial};
  Run plain{"vae", false, trial};
  for (int step = 0; step < 3; ++step) {  // running statistics that are no longer 0 and 1
    fast.train(0.0);
    plain.train(0.0);
  }
  fast.model->eval();
  plain.model->eval();
  const torch::NoGradGuard no_grad;
  const models::Batch batch = fast.images.range(0, 7, fast.generator);
  const models::Code a = fast.model->encode(batch.x, batch.labels);
  const models::Code b = plain.model->encode(batch.x, batch.labels);
  CHECK(torch::allclose(a.mean, b.mean, 1e-4, 1e-5));
  CHECK(torch::allclose(fast.model->decode(a.mean, batch.labels),
                        plain.model->decode(b.mean, batch.labels), 1e-4, 1e-4));
}

TEST_CASE("a gradient through a frozen network reaches its input and leaves its weights alone",
          "[nn][fast_path]") {
  const nn::Build build{training::make_generator(3), true, true};
  nn::DenseStack stack{12, {20, 8}, build};
  for (Tensor& parameter : stack.parameters()) parameter.requires_grad_(false);
  const Tensor x = torch::rand({16, 12}, training::make_generator(4)).requires_grad_(true);
  for (const bool training_mode : {true, false}) {
    stack.train(training_mode);
    x.mutable_grad().reset();
    stack.forward(x).square().sum().backward();
    REQUIRE(x.grad().defined());
    CHECK(x.grad().norm().item<float>() > 0.0F);
  }
  for (const Tensor& parameter : stack.parameters()) CHECK_FALSE(parameter.grad().defined());
}

TEST_CASE("a network used twice in one loss gathers both gradients", "[nn][fast_path]") {
  std::vector<Tensor> gradients;
  for (const bool fast_path : {true, false}) {
    const nn::Build build{training::make_generator(3), true, fast_path};
    nn::DenseStack stack{12, {20, 8}, build};
    nn::Adam adam{{{"weight", stack.blocks()[0]->linear->weight},
                   {"scale", stack.blocks()[0]->norm->weight}}};
    const Tensor x = torch::rand({16, 12}, training::make_generator(4));
    for (int step = 0; step < 2; ++step) {  // nothing of the first step is left in the second
      adam.zero_grad();
      (stack.forward(x).square().sum() + stack.forward(x * 0.5).sum()).backward();
    }
    adam.step(0.0);
    gradients.push_back(adam.state()[0].second.flatten());
    gradients.push_back(adam.state()[1].second.flatten());
  }
  CHECK(relative_difference(gradients[0], gradients[2]) < kGradientTolerance);
  CHECK(relative_difference(gradients[1], gradients[3]) < kGradientTolerance);
}

TEST_CASE("a parameter that a step did not touch has a gradient of zero", "[nn][fast_path]") {
  Tensor used = torch::ones({5}).requires_grad_(true);
  Tensor unused = torch::ones({5}).requires_grad_(true);
  nn::Adam adam{{{"used", used}, {"unused", unused}}};
  adam.zero_grad();
  (used.sum() + unused.sum()).backward();
  adam.step(0.1);
  const Tensor before = adam.state()[1].second.clone();
  adam.zero_grad();
  used.sum().backward();
  adam.step(0.1);
  // m = β₁·m + (1 − β₁)·0
  CHECK(torch::allclose(adam.state()[1].second, 0.9 * before));
}

TEST_CASE("weights step in the backward pass to where they step after it", "[nn][fast_path]") {
  std::vector<Tensor> ended;
  for (const bool at_once : {true, false}) {
    const nn::Build build{training::make_generator(3), true, true};
    nn::DenseStack stack{12, {20, 8}, build};
    const Tensor& first = stack.blocks()[0]->linear->weight;
    const Tensor& second = stack.blocks()[1]->linear->weight;
    nn::Adam adam{
        {{"first", first}, {"scale", stack.blocks()[0]->norm->weight}, {"second", second}}};
    for (int step = 0; step < 3; ++step) {
      const Tensor x = torch::rand({16, 12}, training::make_generator(4));
      adam.zero_grad();
      const Tensor loss = stack.forward(x).square().sum();
      if (at_once) adam.begin_step(1e-2, nn::fast::weights_used_once(loss));
      loss.backward();
      CHECK(first.grad().defined() != at_once);  // it was written nowhere
      adam.step(1e-2);
    }
    for (const auto& [name, tensor] : adam.state()) ended.push_back(tensor.clone());
    ended.push_back(first.detach().clone());
    ended.push_back(second.detach().clone());
  }
  for (std::size_t i = 0; i < ended.size() / 2; ++i) {
    CHECK(ended[i].equal(ended[ended.size() / 2 + i]));
  }
}

TEST_CASE("only a weight whose gradient is one product steps in the backward pass",
          "[nn][fast_path]") {
  const nn::Build build{training::make_generator(3), true, true};
  nn::DenseStack stack{12, {20, 8}, build};
  const Tensor& first = stack.blocks()[0]->linear->weight;
  const Tensor& second = stack.blocks()[1]->linear->weight;
  const Tensor x = torch::rand({16, 12}, training::make_generator(4));
  const auto holds = [](const std::vector<Tensor>& weights, const Tensor& weight) {
    return std::any_of(weights.begin(), weights.end(),
                       [&](const Tensor& each) { return each.is_same(weight); });
  };
  const auto once = nn::fast::weights_used_once(stack.forward(x).sum());
  CHECK((holds(once, first) && holds(once, second)));
  const auto twice =
      nn::fast::weights_used_once(stack.forward(x).sum() + stack.forward(x * 0.5).sum());
  CHECK(twice.empty());
  const auto penalised =
      nn::fast::weights_used_once(stack.forward(x).sum() + second.square().sum());
  CHECK((holds(penalised, first) && !holds(penalised, second)));
}
