// Shallow, sparse, denoising and stacked autoencoders, and the VQ-VAE's two books.

#include <cmath>
#include <set>

#include "support/catch.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

TEST_CASE("the shallow autoencoder is one ReLU layer and one linear layer") {
  SmallSystem system("shallow-ae", 3);
  const Tensor x = system.images.all().x;
  const Tensor code =
      torch::relu(torch::mm(x.flatten(1), system.parameter("encoder.head.weight").t()) +
                  system.parameter("encoder.head.bias"));
  const Tensor logits = torch::mm(code, system.parameter("decoder.head.weight").t()) +
                        system.parameter("decoder.head.bias");
  CHECK(system.model->named_parameters().size() == 4);
  CHECK(torch::allclose(system.model->encode(x, {}).mean, code, 1e-4, 1e-5));
  CHECK(torch::allclose(system.model->decode(code, {}).flatten(1), logits, 1e-4, 1e-5));
}

TEST_CASE("the sparsity term is Σ KL(p ‖ batch mean of the code), weighted by β") {
  SmallSystem system("sparse-ae", 3, {{"beta", 2.0}, {"sparsity", 0.2}});
  const latent::models::Losses losses = system.evaluate();
  system.model->eval();
  const Tensor code = system.model->encode(system.images.all().x, {}).mean;
  CHECK((code.gt(0).all().item<bool>() && code.lt(1).all().item<bool>()));
  double expected = 0.0;
  for (int j = 0; j < 3; ++j) {
    const double rho = value(code.select(1, j).mean());
    expected += 0.2 * std::log(0.2 / rho) + 0.8 * std::log(0.8 / (1.0 - rho));
  }
  CHECK(value(losses.terms[1]) == Approx(expected).epsilon(1e-4));
  CHECK(value(losses.total) == Approx(value(losses.terms[0]) + 2.0 * expected).epsilon(1e-5));
}

TEST_CASE("sparse units are not called far from their target before they can have come near") {
  SmallSystem system("sparse-ae", 3, {{"sparsity", 0.05}});
  const auto verdict = [&] {
    system.model->eval();
    const std::vector<latent::Diagnostic> all = system.model->diagnostics(system.images.all());
    system.model->train();
    return all.at(0).verdict;
  };
  system.step();
  CHECK(system.buffer("batches").item<std::int64_t>() == 1);
  CHECK(verdict().empty());
  system.buffer("batches").fill_(1500);
  CHECK(verdict().find("3 of 3 units are far from the target") == 0);
  system.evaluate();  // looking does not count
  CHECK(system.buffer("batches").item<std::int64_t>() == 1500);
}

TEST_CASE("a denoising autoencoder sees noise while training and none when evaluated") {
  SmallSystem system("denoising-ae");
  CHECK(value(system.evaluate(1).total) == value(system.evaluate(2).total));
  const double noisy = value(system.losses().total);
  CHECK(noisy != value(system.losses().total));
  system.model->set_hyperparameter("noise", 0.0);
  const double clean = value(system.losses().total);
  CHECK(clean == value(system.losses().total));
}

TEST_CASE("a stacked autoencoder gives each layer pair its share of the epochs") {
  SmallSystem system("stacked-ae");  // widths 12, 8: three pairs; 4 epochs of 4 batches
  std::vector<int> first_step(3, -1);
  for (int step = 0; step < 16; ++step) {
    system.step();
    const int pair = system.model->phase().at(11) - '1';
    if (first_step.at(static_cast<std::size_t>(pair)) < 0) {
      first_step[static_cast<std::size_t>(pair)] = step;
    }
    const int width[] = {12, 8, 2};
    CHECK(system.model->code_dim() == width[pair]);
    const Tensor code = system.model->encode(system.images.all().x, {}).mean;
    CHECK(code.size(1) == width[pair]);
    CHECK(system.model->decode(code, {}).sizes() == system.images.all().x.sizes());
  }
  // 16/3 and 32/3, rounded up to whole batches.
  CHECK(first_step == std::vector<int>{0, 6, 11});
  CHECK(system.model->phase() == "layer pair 3 of 3");
}

TEST_CASE("the finished pairs of a stacked autoencoder do not move by a bit, statistics included") {
  SmallSystem system("stacked-ae");
  const auto state = [&] {
    std::map<std::string, Tensor> copies;
    for (const auto& each : system.model->named_parameters()) {
      copies[each.key()] = each.value().detach().clone();
    }
    for (const auto& each : system.model->named_buffers()) {
      copies[each.key()] = each.value().clone();
    }
    return copies;
  };
  const auto moved = [](const std::map<std::string, Tensor>& a,
                        const std::map<std::string, Tensor>& b) {
    std::set<std::string> names;
    for (const auto& [name, tensor] : a) {
      if (name != "pair" && !torch::equal(tensor, b.at(name))) {
        names.insert(name.substr(0, name.rfind('.')));
      }
    }
    return names;
  };
  for (int i = 0; i < 6; ++i) system.step();
  const auto after_first = state();
  for (int i = 0; i < 5; ++i) system.step();
  const auto after_second = state();
  REQUIRE(system.model->phase() == "layer pair 2 of 3");
  for (int i = 0; i < 5; ++i) system.step();
  const auto after_third = state();
  CHECK(moved(after_first, after_second) ==
        std::set<std::string>{"decoder.hidden.block2.linear", "decoder.hidden.block2.norm",
                              "encoder.hidden.block2.linear", "encoder.hidden.block2.norm"});
  CHECK(moved(after_second, after_third) == std::set<std::string>{"decoder.hidden.block1.linear",
                                                                  "decoder.hidden.block1.norm",
                                                                  "encoder.head"});
}

TEST_CASE("a stacked autoencoder does not take a pair back when the goal moves away") {
  SmallSystem system("stacked-ae");
  for (int i = 0; i < 8; ++i) system.step();
  REQUIRE(system.model->phase() == "layer pair 2 of 3");
  system.training.epochs = 100;
  system.step();
  CHECK(system.model->phase() == "layer pair 2 of 3");
}

TEST_CASE("each entry of a scalar code takes the nearest of its own scalars") {
  SmallSystem system("vq-vae", 3, {{"codes", 5.0}, {"revive", 0.0}});
  system.model->initialize(system.training);
  const latent::models::Code code = system.model->encode(system.images.all().x, {});
  const Tensor book = system.parameter("codebook");
  REQUIRE(book.sizes() == std::vector<std::int64_t>{3, 5});
  for (int n = 0; n < code.mean.size(0); n += 7) {
    for (int j = 0; j < 3; ++j) {
      const double point = value(code.unquantized[n][j]);
      double nearest = 1e30;
      for (int k = 0; k < 5; ++k) {
        const double candidate = value(book[j][k]);
        if (std::abs(candidate - point) < std::abs(nearest - point)) nearest = candidate;
      }
      CHECK(value(code.mean[n][j]) == nearest);
    }
  }
}

TEST_CASE("a scalar book's gradient is 2(e − z)/N of the codes that chose it, and no other") {
  SmallSystem system("vq-vae", 2, {{"codes", 4.0}, {"revive", 0.0}, {"commitment", 3.0}});
  system.model->initialize(system.training);
  const latent::models::Losses losses = system.losses();
  losses.total.backward();
  const latent::models::Code code = system.model->encode(system.images.all().x, {});
  const Tensor book = system.parameter("codebook");
  Tensor expected = torch::zeros_like(book);
  double distance = 0.0;
  const auto images = static_cast<double>(code.mean.size(0));
  for (int n = 0; n < code.mean.size(0); ++n) {
    for (int j = 0; j < 2; ++j) {
      const double difference = value(code.mean[n][j]) - value(code.unquantized[n][j]);
      distance += difference * difference / images;
      for (int k = 0; k < 4; ++k) {
        if (value(book[j][k]) == value(code.mean[n][j])) {
          expected.index_put_({j, k}, expected[j][k] + 2.0 * difference / images);
        }
      }
    }
  }
  CHECK(torch::allclose(book.grad(), expected, 1e-3, 1e-6));
  CHECK(value(losses.terms[1]) == Approx(distance).epsilon(1e-4));
  CHECK(value(losses.terms[2]) == Approx(distance).epsilon(1e-4));
  CHECK(value(losses.total) == Approx(value(losses.terms[0]) + 4.0 * distance).epsilon(1e-4));
}

TEST_CASE("a vector book follows the mean of its codes by moving averages") {
  SmallSystem system("vq-vae", 4,
                     {{"codebook", 1.0}, {"codes", 3.0}, {"vector_size", 2.0}, {"revive", 0.0}});
  system.model->initialize(system.training);
  const Tensor before = system.buffer("codebook").clone();
  REQUIRE(before.sizes() == std::vector<std::int64_t>{3, 2});
  const latent::models::Code code = system.model->encode(system.images.all().x, {});
  const latent::models::Losses losses = system.losses();
  CHECK(value(losses.total) ==
        Approx(value(losses.terms[0]) + value(losses.terms[2])).epsilon(1e-5));

  std::vector<double> count(3, 0.99 * 1.0);
  Tensor sum = 0.99 * before;
  const Tensor points = code.unquantized.detach().reshape({-1, 2});
  for (int n = 0; n < points.size(0); ++n) {
    const auto chosen = (before - points[n]).square().sum(1).argmin().item<std::int64_t>();
    count[static_cast<std::size_t>(chosen)] += 0.01;
    sum[chosen] += 0.01 * points[n];
  }
  for (int k = 0; k < 3; ++k) {
    CHECK(torch::allclose(system.buffer("codebook")[k], sum[k] / count[static_cast<std::size_t>(k)],
                          1e-3, 1e-5));
  }
  // 64 images × 2 vectors were counted once each.
  CHECK(value(system.buffer("cluster_size").sum()) == Approx(0.99 * 3.0 + 0.01 * 128.0));
}

TEST_CASE("gradients pass straight through the quantised code to the encoder") {
  SmallSystem system("vq-vae", 2, {{"codes", 4.0}, {"commitment", 0.0}, {"revive", 0.0}});
  system.model->initialize(system.training);
  system.losses().total.backward();
  CHECK(value(system.parameter("encoder.head.weight").grad().abs().sum()) > 0.0);
}

TEST_CASE("the VQ-VAE draws codes that go together as in training, or uniformly by choice") {
  for (const double kind : {0.0, 1.0}) {
    CAPTURE(kind);
    SmallSystem system("vq-vae", 4, {{"codebook", kind}, {"codes", 16.0}, {"vector_size", 2.0}});
    system.model->initialize(system.training);
    for (int i = 0; i < 30; ++i) system.step();
    const auto covariance = [](const Tensor& codes) {
      const Tensor away = codes - codes.mean(0, true);
      return torch::mm(away.t(), away) / static_cast<double>(codes.size(0));
    };
    system.model->eval();
    const Tensor real = covariance(system.model->encode(system.images.all().x, {}).mean.detach());
    const auto distance = [&](double prior) {
      system.model->set_hyperparameter("prior", prior);
      const torch::NoGradGuard no_grad;
      const Tensor drawn = *system.model->sample_prior(4000, generator(4));
      return value((covariance(drawn) - real).norm() / real.norm());
    };
    CHECK(distance(0.0) == distance(1.0));  // not fitted yet
    system.model->train();
    const Tensor mean = system.buffer("encoder.hidden.block1.norm.running_mean").clone();
    const Tensor before = system.training.generator.get_state();
    system.model->end_epoch(0, system.training);
    CHECK(torch::equal(before, system.training.generator.get_state()));
    CHECK(torch::equal(mean, system.buffer("encoder.hidden.block1.norm.running_mean")));
    CHECK(system.model->is_training());
    system.model->eval();
    CHECK(distance(0.0) < 0.4);
    CHECK(distance(0.0) < 0.5 * distance(1.0));
  }
}

TEST_CASE("dead codes are said to be dead, and revived where images are") {
  for (const double kind : {0.0, 1.0}) {
    SmallSystem system("vq-vae", 2, {{"codebook", kind}, {"codes", 8.0}, {"revive", 0.0}});
    system.model->initialize(system.training);
    Tensor book = kind == 0.0 ? system.parameter("codebook") : system.buffer("codebook");
    {
      const torch::NoGradGuard no_grad;
      (kind == 0.0 ? book.select(1, 3) : book.select(0, 3)).fill_(1000.0);
      if (kind == 1.0) system.buffer("cluster_sum").select(0, 3).fill_(1000.0);
    }
    const auto dead = [&] {
      for (const latent::Diagnostic& each : system.model->diagnostics(system.images.all())) {
        if (each.id == "dead_codes") return each.values.at(0);
      }
      return -1.0F;
    };
    CHECK(dead() == 0.0F);
    {
      const torch::NoGradGuard no_grad;
      for (int i = 0; i < 500; ++i) system.losses();
    }
    CHECK(dead() >= 1.0F);
    CHECK(book.max().item<float>() > 100.0F);
    // In the middle of a training step, whose gradients are still to come.
    system.model->set_hyperparameter("revive", 1.0);
    system.step();
    CHECK(dead() == 0.0F);
    CHECK(book.max().item<float>() < 100.0F);
  }
}

TEST_CASE("a discrete code's levels decode to themselves, and anything else to the nearest") {
  for (const double kind : {0.0, 1.0}) {
    SmallSystem system("vq-vae", 4, {{"codebook", kind}, {"codes", 6.0}, {"vector_size", 2.0}});
    system.model->initialize(system.training);
    system.model->eval();
    const latent::CodeLevels levels = system.model->code_levels();
    CHECK(levels.levels == 6);
    CHECK(levels.positions * levels.size == 4);
    CHECK(levels.values.size() == static_cast<std::size_t>(levels.positions * 6 * levels.size));
    Tensor z = torch::empty({1, 4});
    for (int position = 0; position < levels.positions; ++position) {
      for (int i = 0; i < levels.size; ++i) {
        z[0][position * levels.size + i] =
            levels.values[static_cast<std::size_t>((position * 6 + 2) * levels.size + i)];
      }
    }
    CHECK(torch::equal(system.model->decode(z, {}), system.model->decode(z + 1e-5, {})));
    const Tensor sample = *system.model->sample_prior(5, generator());
    CHECK(torch::equal(system.model->decode(sample, {}), system.model->decode(sample + 1e-6, {})));
  }
}
