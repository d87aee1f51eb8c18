#include "nn/convolution_path.h"

#include "nn/libtorch.h"

#include <omp.h>
#include <torch/csrc/autograd/function.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "nn/adam.h"
#include "nn/discriminator.h"
#include "nn/network.h"
#include "support/catch.h"
#include "training/threads.h"

// The convolutional networks' own memory and layouts: whatever the picture, the batch and the mode,
// values and gradients are those of the plain operators.

namespace {

using namespace latent;
using torch::Tensor;

struct ConvCase {
  ImageShape shape;
  std::int64_t samples;
  std::int64_t extra;
};

/// Encoder and decoder from one seed.
struct ConvPair {
  std::shared_ptr<nn::ConvEncoder> encoder;
  std::shared_ptr<nn::ConvDecoder> decoder;

  ConvPair(const ConvCase& of, bool fast_path) {
    const nn::Build build{training::make_generator(5), true, fast_path};
    encoder = std::make_shared<nn::ConvEncoder>(of.shape, 6, of.extra, build);
    decoder = std::make_shared<nn::ConvDecoder>(of.shape, 6, build);
  }

  void train(bool on) const {
    encoder->train(on);
    decoder->train(on);
  }
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> all = encoder->parameters();
    for (const Tensor& parameter : decoder->parameters()) all.push_back(parameter);
    return all;
  }
  std::vector<Tensor> buffers() const {
    std::vector<Tensor> all = encoder->buffers();
    for (const Tensor& buffer : decoder->buffers()) all.push_back(buffer);
    return all;
  }
};

/// Pictures, and what joins them, always the same.
struct ConvInput {
  Tensor x;
  Tensor extra;

  explicit ConvInput(const ConvCase& of, int seed = 4)
      : x(torch::rand({of.samples, of.shape.channels, of.shape.height, of.shape.width},
                      training::make_generator(static_cast<std::uint64_t>(seed)))) {
    if (of.extra > 0) extra = torch::rand({of.samples, of.extra}, training::make_generator(9));
  }
};

double conv_difference(const Tensor& a, const Tensor& b, double floor = 1e-9) {
  return (a - b).norm().item<double>() / std::max(b.norm().item<double>(), floor);
}

void check_same_gradients(const ConvPair& fast, const ConvPair& plain) {
  const std::vector<Tensor> a = fast.parameters();
  const std::vector<Tensor> b = plain.parameters();
  REQUIRE(a.size() == b.size());
  double largest = 0.0;
  for (const Tensor& parameter : b) {
    largest = std::max(largest, parameter.grad().norm().item<double>());
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("parameter " << i);
    REQUIRE(a[i].grad().defined());
    CHECK(conv_difference(a[i].grad(), b[i].grad(), 1e-4 * largest) < 2e-3);
  }
}

Tensor conv_loss(const ConvPair& pair, const ConvInput& input) {
  const Tensor code = pair.encoder->forward(input.x, input.extra);
  return pair.decoder->forward(code).square().sum() + code.square().sum();
}

}  // namespace

TEST_CASE("a convolutional network is the same on both paths, for any picture and batch",
          "[nn][conv_path]") {
  const ConvCase of =
      GENERATE(ConvCase{{1, 28, 28}, 12, 0}, ConvCase{{3, 15, 17}, 5, 3},
               ConvCase{{1, 16, 16}, 1, 0}, ConvCase{{2, 9, 30}, 4, 1}, ConvCase{{4, 33, 20}, 3, 0},
               ConvCase{{1, 5, 3}, 1, 2}, ConvCase{{1, 1, 1}, 6, 0});
  CAPTURE(of.shape.channels, of.shape.height, of.shape.width, of.samples);
  const ConvPair fast{of, true};
  const ConvPair plain{of, false};
  const int threads = omp_get_max_threads();
  for (const int count : {1, 2, 1}) {
    omp_set_num_threads(count);
    for (const ConvPair& pair : {fast, plain}) {
      pair.train(true);
      for (const Tensor& parameter : pair.parameters()) parameter.mutable_grad().reset();
    }
    const ConvInput input{of, 24 + count};
    const Tensor a = conv_loss(fast, input);
    const Tensor b = conv_loss(plain, input);
    CHECK(a.item<double>() == Approx(b.item<double>()).epsilon(1e-4));
    a.backward();
    b.backward();
    check_same_gradients(fast, plain);
    for (std::size_t i = 0; i < fast.buffers().size(); ++i) {
      CHECK(conv_difference(fast.buffers()[i], plain.buffers()[i]) < 1e-3);
    }
    for (const ConvPair& pair : {fast, plain}) pair.train(false);
    const torch::NoGradGuard no_grad;
    const Tensor code = plain.encoder->forward(input.x, input.extra);
    CHECK(torch::allclose(fast.encoder->forward(input.x, input.extra), code, 1e-4, 1e-4));
    CHECK(torch::allclose(fast.decoder->forward(code), plain.decoder->forward(code), 1e-4, 1e-4));
  }
  omp_set_num_threads(threads);
}

TEST_CASE("the fast path is the one that runs", "[nn][conv_path]") {
  const ConvCase of{{1, 28, 28}, 4, 0};
  const ConvPair fast{of, true};
  const Tensor logits = fast.decoder->forward(torch::rand({4, 6}));
  CHECK(logits.grad_fn()->name() == "ConvNetworkBackward");
  // A gradient through running statistics is the plain operators'.
  fast.train(false);
  CHECK(fast.decoder->forward(torch::rand({4, 6})).grad_fn()->name() != "ConvNetworkBackward");
}

TEST_CASE("a convolutional network used twice in one loss gathers both gradients",
          "[nn][conv_path]") {
  const ConvCase of{{3, 15, 17}, 6, 0};
  const ConvPair fast{of, true};
  const ConvPair plain{of, false};
  std::vector<nn::Adam> optimizers;
  for (const ConvPair& pair : {fast, plain}) {
    nn::Adam::NamedTensors named;
    for (const Tensor& parameter : pair.parameters()) {
      named.emplace_back(std::to_string(named.size()), parameter);
    }
    optimizers.emplace_back(named);
    for (int step = 0; step < 2; ++step) {  // nothing of the first step is left in the second
      optimizers.back().zero_grad();
      (conv_loss(pair, ConvInput{of, 1}) + conv_loss(pair, ConvInput{of, 2})).backward();
    }
  }
  check_same_gradients(fast, plain);
}

TEST_CASE("a gradient goes through a convolutional network to its input, as often as asked for",
          "[nn][conv_path]") {
  const ConvCase of{{1, 28, 28}, 6, 0};
  std::vector<Tensor> gradients;
  for (const bool fast_path : {true, false}) {
    const ConvPair pair{of, fast_path};
    for (Tensor& parameter : pair.parameters()) parameter.requires_grad_(false);
    ConvInput input{of};
    input.x.requires_grad_(true);
    const Tensor loss = conv_loss(pair, input);
    loss.backward({}, /*retain_graph=*/true);
    gradients.push_back(input.x.grad().clone());
    input.x.mutable_grad().reset();
    loss.backward();
    CHECK(input.x.grad().equal(gradients.back()));
    for (const Tensor& parameter : pair.parameters()) CHECK_FALSE(parameter.grad().defined());
  }
  CHECK(conv_difference(gradients[0], gradients[1]) < 2e-3);
}

TEST_CASE("a convolutional discriminator is the same on both paths, in both modes",
          "[nn][conv_path]") {
  const ConvCase of = GENERATE(ConvCase{{1, 28, 28}, 12, 0}, ConvCase{{3, 15, 17}, 1, 0});
  const bool training_mode = GENERATE(true, false);
  const bool held_still = GENERATE(true, false);
  std::vector<std::vector<Tensor>> results;
  for (const bool fast_path : {true, false}) {
    const nn::Build build{training::make_generator(5), true, fast_path};
    nn::ConvDiscriminator discriminator{of.shape, build};
    discriminator.train(training_mode);
    for (Tensor& parameter : discriminator.parameters()) parameter.requires_grad_(!held_still);
    ConvInput input{of};
    input.x.requires_grad_(true);
    const Tensor logits = discriminator.forward(input.x);
    (logits.square().sum() + discriminator.features(input.x * 0.5).sum()).backward();
    results.push_back({logits.detach(), input.x.grad()});
    for (const Tensor& parameter : discriminator.parameters()) {
      CHECK(parameter.grad().defined() != held_still);
      if (!held_still) results.back().push_back(parameter.grad());
    }
  }
  for (std::size_t i = 0; i < results[0].size(); ++i) {
    CHECK(conv_difference(results[0][i], results[1][i]) < 1e-3);
  }
}

TEST_CASE("the same step gives the same bits, in fresh memory and in used", "[nn][conv_path]") {
  const ConvCase of{{1, 28, 28}, 20, 0};
  std::vector<std::vector<Tensor>> gradients;
  const ConvPair pair{of, true};
  for (int i = 0; i < 3; ++i) {
    const ConvPair fresh{of, true};
    const ConvPair& used = i == 1 ? fresh : pair;
    for (const Tensor& parameter : used.parameters()) parameter.mutable_grad().reset();
    conv_loss(used, ConvInput{of}).backward();
    gradients.emplace_back();
    for (const Tensor& parameter : used.parameters()) {
      gradients.back().push_back(parameter.grad().clone());
    }
  }
  for (std::size_t i = 0; i < gradients[0].size(); ++i) {
    CHECK(gradients[1][i].equal(gradients[0][i]));
    CHECK(gradients[2][i].equal(gradients[0][i]));
  }
}

TEST_CASE("several threads look through one convolutional network at once", "[nn][conv_path]") {
  const ConvCase of{{1, 28, 28}, 9, 0};
  const ConvPair pair{of, true};
  pair.train(false);
  std::vector<Tensor> expected;
  {
    const torch::NoGradGuard no_grad;
    for (int i = 0; i < 2; ++i) expected.push_back(pair.encoder->forward(ConvInput{of, i}.x));
  }
  std::vector<int> wrong(2, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      const torch::NoGradGuard no_grad;
      training::set_thread_count(1);
      const Tensor x = ConvInput{of, i}.x;
      for (int turn = 0; turn < 50; ++turn) {
        if (!torch::allclose(pair.encoder->forward(x), expected[static_cast<std::size_t>(i)], 1e-4,
                             1e-5)) {
          ++wrong[static_cast<std::size_t>(i)];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>{0, 0});
}
