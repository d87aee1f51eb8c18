// PCA and ICA.

#include "latent/error.h"
#include "models/linear_system.h"
#include "support/catch.h"
#include "support/small_system.h"

using latent::ReconstructionLoss;
using latent::TrainingConfig;
using latent::test::generator;
using latent::test::GivenImages;
using latent::test::SmallSystem;
using latent::test::value;
using torch::Tensor;

namespace {

/// Images whose covariance has exactly these eigenvalues λ_i and the returned eigenvectors: the
/// points mean ± √(n·λ_i)·u_i, for i < n.
struct KnownCovariance {
  Tensor mean;     // [D]
  Tensor vectors;  // [n, D]
  Tensor values;   // [n], falling
  GivenImages images{{}, {}};

  KnownCovariance(std::int64_t side, std::int64_t count) {
    const std::int64_t pixels = side * side;
    at::Generator random = generator(5);
    mean = torch::empty({pixels}).uniform_(0.3, 0.7, random);
    vectors = std::get<0>(torch::linalg_qr(
                              torch::empty({pixels, count}, torch::kFloat64).normal_(0, 1, random),
                              "reduced"))
                  .t();
    values = 0.02 * torch::pow(0.7, torch::arange(count, torch::kFloat64));
    const Tensor steps =
        (vectors * (values * static_cast<double>(count)).sqrt().unsqueeze(1)).to(torch::kFloat32);
    images.x = torch::cat({mean + steps, mean - steps}).view({-1, 1, static_cast<int>(side), side});
    images.labels = torch::zeros({2 * count}, torch::kInt64);
  }
};

TrainingConfig squared() {
  TrainingConfig config;
  config.reconstruction_loss = ReconstructionLoss::SquaredError;
  return config;
}

double fit(SmallSystem& system, const GivenImages& images) {
  system.training.data = &images;
  return value(system.model->train_step(images.all(), system.training).total);
}

/// 0 when p is a permutation of scaled axes (Amari et al. 1996), about 0.4 for a random matrix.
double amari_index(const Tensor& p) {
  const Tensor a = p.abs();
  const auto n = static_cast<double>(p.size(0));
  const Tensor rows = (a / std::get<0>(a.max(1, true))).sum(1) - 1.0;
  const Tensor columns = (a / std::get<0>(a.max(0, true))).sum(0) - 1.0;
  return (rows.sum() + columns.sum()).item<double>() / (2.0 * n * (n - 1.0));
}

}  // namespace

TEST_CASE("PCA finds the eigenvectors of a known covariance, made whole or only multiplied by") {
  const std::int64_t side = GENERATE(4, 42);  // 16 pixels, and more than the covariance is made for
  CAPTURE(side);
  const KnownCovariance known(side, 12);
  SmallSystem system("pca", 5, {}, squared(), {1, static_cast<int>(side), static_cast<int>(side)});
  const double loss = fit(system, known.images);

  CHECK(torch::allclose(system.parameter("mean"), known.mean, 1e-4, 1e-5));
  const Tensor components = system.parameter("components").to(torch::kFloat64);
  const Tensor overlap = torch::mm(components, known.vectors.t()).abs();
  CHECK(torch::allclose(overlap, torch::eye(5, 12, torch::kFloat64), 0.0, 2e-3));
  // Half the squared error is half the sum of the dropped eigenvalues.
  const double dropped = known.values.narrow(0, 5, 7).sum().item<double>();
  CHECK(loss == Approx(0.5 * dropped).epsilon(1e-3));
  CHECK(value(system.model->losses(known.images.all(), system.training).total) ==
        Approx(loss).epsilon(1e-4));
  const auto shares = system.model->diagnostics(known.images.all()).front().values;
  CHECK(shares.at(1) ==
        Approx((known.values[1] / known.values.sum()).item<double>()).epsilon(1e-3));
}

TEST_CASE("PCA's codes are uncorrelated, and all its dimensions rebuild the image") {
  SmallSystem system("pca", 16, {}, squared());
  system.training.data = &system.images;
  CHECK(value(system.step().total) == Approx(0.0).margin(1e-6));
  const Tensor x = system.images.all().x;
  const Tensor z = system.model->encode(x, {}).mean;
  const Tensor covariance = torch::mm(z.t(), z) / 64.0;
  CHECK(torch::allclose(covariance, covariance.diag().diag(), 0.0, 1e-5));
  CHECK(torch::allclose(system.model->decode(z, {}), x, 0.0, 1e-4));
}

TEST_CASE(
    "a fitted system does not move again, and its cross-entropy is measured on clipped values") {
  for (const char* id : {"pca", "ica"}) {
    CAPTURE(id);
    SmallSystem system(id, 3);
    const double first = value(system.step().total);
    const Tensor mean = system.parameter("mean").clone();
    system.images = latent::test::RandomImages(80, {1, 4, 4});
    system.step();
    CHECK(torch::equal(mean, system.parameter("mean")));
    CHECK(first > 0.0);

    Tensor decoded = torch::full({1, 1, 4, 4}, 0.25);
    decoded[0][0][0][0] = -3.0;
    decoded[0][0][0][1] = 2.0;
    const Tensor x = torch::full({1, 1, 4, 4}, 0.5);
    const double inside = -0.5 * (std::log(0.25) + std::log(0.75));
    const double outside = -0.5 * (std::log(1e-6) + std::log(1.0 - 1e-6));
    CHECK(value(system.model->reconstruction_per_image(decoded, x)[0]) ==
          Approx(14 * inside + 2 * outside).epsilon(1e-2));
    CHECK(value(system.model->to_pixels(decoded).min()) == 0.0);
    CHECK(value(system.model->to_pixels(decoded).max()) == 1.0);
  }
}

TEST_CASE("ICA recovers independent sources from their mixture, in PCA's subspace") {
  at::Generator random = generator(11);
  const std::int64_t n = 6000;
  const Tensor uniform = torch::empty({n, 4}, torch::kFloat64).uniform_(-1.0, 1.0, random);
  Tensor sources = uniform.clone();  // flat
  sources.select(1, 1) = -uniform.select(1, 1).sign() * (1.0 - uniform.select(1, 1).abs()).log();
  sources.select(1, 2) = uniform.select(1, 2).pow(3);                   // peaked
  sources.select(1, 3) = -(0.5 + 0.4999 * uniform.select(1, 3)).log();  // one-sided
  const Tensor mixing = torch::empty({4, 16}, torch::kFloat64).normal_(0.0, 0.1, random);
  const Tensor x = (0.5 + torch::mm(sources, mixing)).to(torch::kFloat32).view({n, 1, 4, 4});
  const GivenImages images{x, torch::zeros({n}, torch::kInt64)};

  SmallSystem ica("ica", 4, {}, squared());
  SmallSystem pca("pca", 4, {}, squared());
  CHECK(fit(ica, images) == Approx(0.0).margin(1e-5));
  fit(pca, images);
  const Tensor unmixed = torch::mm(ica.parameter("filters").to(torch::kFloat64), mixing.t());
  const Tensor rotated = torch::mm(pca.parameter("components").to(torch::kFloat64), mixing.t());
  CHECK(amari_index(unmixed) < 0.03);
  CHECK(amari_index(rotated) > 0.1);  // what whitening alone leaves

  const Tensor z = ica.model->encode(x, {}).mean.to(torch::kFloat64);
  const Tensor covariance = torch::mm(z.t(), z) / static_cast<double>(n);
  CHECK(torch::allclose(covariance, torch::eye(4, torch::kFloat64), 0.0, 1e-3));
  CHECK(torch::allclose(ica.model->decode(ica.model->encode(x, {}).mean, {}),
                        pca.model->decode(pca.model->encode(x, {}).mean, {}), 0.0, 1e-3));
  CHECK(ica.model->diagnostics(images.all()).front().verdict.empty());
}

TEST_CASE("ICA leaves directions without variance out of the code") {
  SmallSystem system("ica", 6, {}, squared());
  Tensor x = torch::zeros({50, 1, 4, 4});
  at::Generator random = generator(3);
  x.select(3, 0).uniform_(0.0, 1.0, random);  // four pixels of sixteen differ
  const GivenImages images{x, torch::zeros({50}, torch::kInt64)};
  CHECK(fit(system, images) == Approx(0.0).margin(1e-6));
  const Tensor z = system.model->encode(x, {}).mean;
  CHECK(torch::isfinite(z).all().item<bool>());
  CHECK(z.abs().amax(0).gt(1e-3).sum().item<std::int64_t>() == 4);
}

TEST_CASE("more linear dimensions than pixels are refused by a sentence") {
  CHECK_THROWS_AS(SmallSystem("pca", 17), latent::Error);
  CHECK_THROWS_AS(SmallSystem("ica", 17), latent::Error);
}
