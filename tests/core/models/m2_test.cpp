// The semi-supervised VAE.

#include <cmath>
#include <functional>

#include "nn/network.h"
#include "support/catch.h"
#include "support/small_system.h"

using latent::test::generator;
using latent::test::GivenImages;
using latent::test::RandomImages;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

namespace {

constexpr int kClasses = 3;

GivenImages images_with_labels() {
  const auto all = RandomImages(400, {1, 4, 4}, kClasses).all();
  return {all.x, all.labels.clone(), kClasses};
}

Tensor classifier_logits(SmallSystem& system, const Tensor& x) {
  return std::dynamic_pointer_cast<latent::nn::Encoder>(system.model->named_modules()["classifier"])
      ->forward(x);
}

Tensor filled(std::int64_t n, std::int64_t label) {
  return torch::full({n}, label, torch::kInt64);
}

/// −log p(x|y, z), log q(z|x, y) and log p(z) of one image, by hand.
struct Pair {
  double reconstruction = 0.0;
  double kl = 0.0;
  double log_ratio = 0.0;  // log p(z) − log q(z|x, y)
};

Pair pair_of(SmallSystem& system, const Tensor& x, std::int64_t y, const Tensor& noise) {
  const auto code = system.model->encode(x, filled(1, y));
  Pair pair;
  Tensor z = torch::zeros({1, 2});
  for (int j = 0; j < 2; ++j) {
    const double mean = value(code.mean[0][j]);
    const double log_var = value(code.log_var[0][j]);
    const double e = value(noise[j]);
    const double at = mean + std::exp(0.5 * log_var) * e;
    z[0][j] = at;
    pair.kl += 0.5 * (std::exp(log_var) + mean * mean - 1.0 - log_var);
    pair.log_ratio += -0.5 * at * at + 0.5 * (log_var + e * e);
  }
  const Tensor p = system.model->decode(z, filled(1, y)).sigmoid().flatten().to(torch::kFloat64);
  const Tensor t = x.flatten().to(torch::kFloat64);
  pair.reconstruction = -value((t * p.log() + (1.0 - t) * (1.0 - p).log()).sum());
  return pair;
}

/// All weights after some batches, in order.
std::vector<Tensor> trained(SmallSystem& system, GivenImages& images,
                            const std::function<void(const Tensor& known)>& afterwards) {
  system.training.data = &images;
  system.model->initialize(system.training);
  afterwards(system.buffer("known_rows"));
  for (int step = 0; step < 6; ++step) {
    const Tensor index = torch::arange(step * 60, step * 60 + 60, torch::kInt64);
    system.model->train_step(images.rows(index, {}), system.training);
  }
  return system.model->parameters();
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return x.equal(y); });
}

}  // namespace

TEST_CASE("M2's loss without labels is the sum over the classes, written out by hand") {
  SmallSystem system("m2", 2, {{"alpha", 3.0}});
  system.model->eval();
  const auto batch = system.images.rows(torch::arange(5, torch::kInt64), {});
  const Tensor log_q = classifier_logits(system, batch.x).log_softmax(1);
  const Tensor noise = torch::empty({5, 2}).normal_(0.0, 1.0, generator(9));
  double total = 0.0;
  double reconstruction = 0.0;
  double surprise = 0.0;
  double wrong = 0.0;
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t y = 0; y < kClasses; ++y) {
      const Pair pair = pair_of(system, batch.x.narrow(0, i, 1), y, noise[i]);
      const double log_q_y = value(log_q[i][y]);
      const double q = std::exp(log_q_y);
      reconstruction += q * pair.reconstruction / 5.0;
      total += q * (pair.reconstruction + pair.kl + std::log(3.0) + log_q_y) / 5.0;
    }
    const auto truth = batch.labels[i].item<std::int64_t>();
    surprise -= value(log_q[i][truth]) / 5.0;
    wrong += log_q[i].argmax().item<std::int64_t>() != truth ? 20.0 : 0.0;
  }
  latent::models::PassContext pass;
  pass.generator = generator(9);
  const auto losses = system.model->evaluate_losses(batch, pass);
  CHECK(value(losses.terms[0]) == Approx(reconstruction).epsilon(1e-4));
  CHECK(value(losses.total) == Approx(total + 3.0 * surprise).epsilon(1e-4));
  CHECK(value(losses.terms[3]) == Approx(surprise).epsilon(1e-4));
  CHECK(value(losses.terms[4]) == Approx(wrong).margin(1e-4));
}

TEST_CASE("M2's estimate of p(x) is the mean over the classes") {
  SmallSystem system("m2");
  system.model->eval();
  const auto batch = system.images.rows(torch::arange(4, torch::kInt64), {});
  const Tensor noise = torch::empty({4 * kClasses, 2}).normal_(0.0, 1.0, generator(9));
  const Tensor weights = *system.model->log_importance_weights(batch, generator(9));
  for (std::int64_t i = 0; i < 4; ++i) {
    double sum = 0.0;
    for (std::int64_t y = 0; y < kClasses; ++y) {
      const Pair pair = pair_of(system, batch.x.narrow(0, i, 1), y, noise[i * kClasses + y]);
      sum += std::exp(pair.log_ratio - pair.reconstruction) / kClasses;
    }
    CHECK(value(weights[i]) == Approx(std::log(sum)).epsilon(1e-4));
  }
}

TEST_CASE("an image whose label is known costs L(x, y), the others the sum") {
  SmallSystem system("m2", 2, {{"alpha", 0.0}, {"class_threshold", 0.0}});
  GivenImages images = images_with_labels();
  system.training.data = &images;
  system.model->initialize(system.training);
  const Tensor known = system.buffer("known_rows");
  const Tensor index = known.narrow(0, 0, 4);
  // The system trains while its layers do not: batch statistics stay out of it.
  system.model->eval();
  const auto batch = images.rows(index, {});
  const Tensor noise = torch::empty({4, 2}).normal_(0.0, 1.0, generator(9));
  double expected = 0.0;
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto y = batch.labels[i].item<std::int64_t>();
    const Pair pair = pair_of(system, batch.x.narrow(0, i, 1), y, noise[i]);
    expected += (pair.reconstruction + pair.kl + std::log(3.0)) / 4.0;
  }
  latent::models::PassContext pass;
  pass.generator = generator(9);
  system.model->train();
  for (auto& child : system.model->children()) child->eval();
  const double total = value(system.model->losses(batch, pass).total);
  CHECK(total == Approx(expected).epsilon(1e-4));
}

TEST_CASE("classes that are gone through by lot leave M2's loss right on average") {
  SmallSystem system("m2", 2, {{"alpha", 0.0}, {"class_threshold", 0.0}});
  const auto batch = system.images.rows(torch::arange(8, torch::kInt64), {});
  {
    const torch::NoGradGuard no_grad;  // some classes likely, some not
    system.parameter("classifier.head.weight").mul_(8.0);
  }
  system.model->train();
  for (auto& child : system.model->children()) child->eval();
  const auto mean_of = [&](double threshold) {
    const torch::NoGradGuard no_grad;
    system.model->set_hyperparameter("class_threshold", threshold);
    latent::models::PassContext pass;
    pass.generator = generator(12);
    double reconstruction = 0.0;
    double kl = 0.0;
    for (int i = 0; i < 4000; ++i) {
      const auto losses = system.model->losses(batch, pass);
      reconstruction += value(losses.terms[0]) / 4000.0;
      kl += value(losses.terms[1]) / 4000.0;
    }
    return std::pair{reconstruction, kl};
  };
  const auto exact = mean_of(0.0);
  const auto drawn = mean_of(1.0);
  CHECK(drawn.first == Approx(exact.first).margin(0.01));
  CHECK(drawn.second == Approx(exact.second).margin(0.002));
}

TEST_CASE("M2 knows as many labels of each class, chosen by the seed") {
  GivenImages images = images_with_labels();
  const auto known = [&](std::uint64_t seed) {
    SmallSystem system("m2");
    system.training.data = &images;
    system.training.generator = generator(seed);
    system.model->initialize(system.training);
    return std::pair{system.buffer("known_rows").clone(), system.buffer("known_labels").clone()};
  };
  const auto [rows, labels] = known(1);
  CHECK(labels.bincount().equal(torch::full({kClasses}, 33, torch::kInt64)));
  CHECK(labels.equal(images.labels.index_select(0, rows)));
  CHECK(std::get<0>(at::_unique(rows)).numel() == 99);
  CHECK(rows.equal(known(1).first));
  CHECK_FALSE(rows.equal(known(2).first));
}

TEST_CASE("labels that M2 was not given change nothing, those that it was given do") {
  const auto weights = [](bool hidden_from_the_start,
                          const std::function<void(GivenImages&, const Tensor&)>& change) {
    SmallSystem system("m2");
    GivenImages images = images_with_labels();
    if (hidden_from_the_start) {
      SmallSystem twin("m2");
      twin.training.data = &images;
      twin.model->initialize(twin.training);
      const Tensor rows = twin.buffer("known_rows").clone();
      const Tensor kept = images.labels.index_select(0, rows);
      images.labels.fill_(-1).index_copy_(0, rows, kept);
    }
    return trained(system, images, [&](const Tensor& known) { change(images, known); });
  };
  const auto garbage = [](GivenImages& images, const Tensor& known) {
    const Tensor kept = images.labels.index_select(0, known);
    images.labels.random_(0, kClasses, generator(99)).index_copy_(0, known, kept);
  };
  const auto nothing = [](GivenImages&, const Tensor&) {};
  const auto truth = weights(false, nothing);
  CHECK(same(truth, weights(false, garbage)));
  CHECK(same(truth, weights(true, nothing)));

  SmallSystem misled("m2");
  GivenImages images = images_with_labels();
  const auto other = trained(misled, images, [&](const Tensor&) {
    misled.buffer("known_labels").add_(1).remainder_(kClasses);
  });
  CHECK_FALSE(same(truth, other));
}

TEST_CASE("without a label M2 encodes with its classifier's, and draws each class differently") {
  SmallSystem system("m2");
  system.model->eval();
  const Tensor x = system.images.all().x;
  const Tensor guessed = classifier_logits(system, x).argmax(1);
  CHECK(torch::equal(system.model->encode(x, {}).mean, system.model->encode(x, guessed).mean));
  CHECK(torch::equal(system.model->encode(x, filled(x.size(0), -1)).mean,
                     system.model->encode(x, guessed).mean));
  const Tensor z = torch::zeros({kClasses, 2});
  const Tensor drawn = system.model->decode(z, torch::arange(kClasses, torch::kInt64));
  CHECK_FALSE(torch::allclose(drawn[0], drawn[1]));
}

TEST_CASE("M2 learns the classes from few labels and many pictures") {
  // Blobs of one bright row each, so that the classes are clusters.
  at::Generator random = generator(31);
  Tensor x = torch::empty({600, 1, 4, 4}).uniform_(0.0, 0.3, random);
  const Tensor labels = torch::arange(600, torch::kInt64).remainder(kClasses);
  for (int i = 0; i < 600; ++i) x[i][0][i % kClasses] += 0.6;
  GivenImages images{x, labels, kClasses};
  SmallSystem system("m2");
  system.training.data = &images;
  system.training.learning_rate = 3e-3;
  system.model->initialize(system.training);
  for (int step = 0; step < 60; ++step) {
    const Tensor index = torch::randint(600, {60}, random, torch::kInt64);
    system.model->train_step(images.rows(index, {}), system.training);
  }
  system.model->eval();
  CHECK(value(system.model->evaluate_losses(images.all(), system.training).terms[4]) < 3.0);
}
