#include "latent/aggregate_posterior.h"

#include <cmath>
#include <numeric>
#include <random>

#include "fixed_model.h"
#include "latent/error.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

namespace {

/// n rows of dim draws from N(mean, deviation²).
std::vector<float> gaussian_rows(std::size_t n, std::size_t dim, float mean, float deviation,
                                 unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> rows(n * dim);
  for (float& value : rows) value = normal(random);
  return rows;
}

}  // namespace

TEST_CASE("the quantiles of the normal distribution are those of its tables", "[evaluation]") {
  CHECK(normal_quantile(0.5) == Approx(0.0).margin(1e-12));
  CHECK(normal_quantile(0.975) == Approx(1.959963985));
  CHECK(normal_quantile(0.0013498980316) == Approx(-3.0));
}

TEST_CASE("the Wasserstein distance of a shifted sample is the shift", "[evaluation]") {
  const std::vector<float> some = {-1, 0, 0.5F, 4};
  std::vector<float> shifted = some;
  for (float& value : shifted) value += 2.5F;
  CHECK(wasserstein_distance(some, some) == 0.0);
  CHECK(wasserstein_distance(some, shifted) == Approx(2.5));
  CHECK(wasserstein_distance(shifted, some) == Approx(2.5));
  // Of other sizes: half the mass of a point moves by 1, half by 3.
  CHECK(wasserstein_distance(std::vector<float>{0}, std::vector<float>{1, 3}) == Approx(2.0));
  // A third of {0, 0, 3} against halves of {0, 3}: 1/2 − 1/3 of the mass moves by 3.
  CHECK(wasserstein_distance(std::vector<float>{0, 0, 3}, std::vector<float>{0, 3}) == Approx(0.5));
}

TEST_CASE("a sample of the prior matches it in every dimension", "[evaluation]") {
  const auto codes = gaussian_rows(4000, 3, 0, 1, 1);
  for (const auto& prior : {std::vector<float>{}, gaussian_rows(1000, 3, 0, 1, 2)}) {
    const AggregatePosterior match = match_prior(codes, prior, 3);
    CHECK(match.images == 4000);
    CHECK(match.own_prior == !prior.empty());
    REQUIRE(match.dimensions.size() == 3);
    for (const DimensionMatch& each : match.dimensions) {
      CHECK(each.mean == Approx(0.0).margin(0.06));
      CHECK(each.deviation == Approx(1.0).margin(0.05));
      CHECK(each.distance < (prior.empty() ? 0.06 : 0.13));
      CHECK(each.reach == Approx(2.576).margin(0.2));
    }
    CHECK(match.verdict.empty());
  }
}

TEST_CASE("codes that are wider, narrower or elsewhere are at the distance that they are",
          "[evaluation]") {
  // W₁ of N(0, s²) and N(0, 1) is |s − 1|·√(2/π); of N(m, 1) and N(0, 1) it is |m|.
  const double mean_away = std::sqrt(2.0 / std::acos(-1.0));
  const auto match = [](float mean, float deviation) {
    return match_prior(gaussian_rows(20'000, 1, mean, deviation, 3), {}, 1);
  };
  const AggregatePosterior wide = match(0, 4);
  CHECK(wide.dimensions[0].distance == Approx(3.0 * mean_away).margin(0.06));
  CHECK_THAT(wide.verdict, ContainsSubstring("spread over ±10.") &&
                               ContainsSubstring("where N(0, 1) has ±2.6") &&
                               ContainsSubstring("no prior of its own"));
  const AggregatePosterior narrow = match(0, 0.25F);
  CHECK(narrow.dimensions[0].distance == Approx(0.75 * mean_away).margin(0.02));
  CHECK_THAT(narrow.verdict, ContainsSubstring("fall where no image is"));
  const AggregatePosterior shifted = match(0.5F, 1);
  CHECK(shifted.dimensions[0].distance == Approx(0.5).margin(0.03));
  CHECK_THAT(shifted.verdict, ContainsSubstring("lie around 0.5"));
  CHECK(match(0.1F, 1).verdict.empty());
}

TEST_CASE("of several dimensions the verdict names the worst", "[evaluation]") {
  auto codes = gaussian_rows(3000, 3, 0, 1, 4);
  for (std::size_t i = 1; i < codes.size(); i += 3) codes[i] *= 5.0F;
  for (std::size_t i = 2; i < codes.size(); i += 3) codes[i] += 1.0F;
  const AggregatePosterior match = match_prior(codes, gaussian_rows(1000, 3, 0, 1, 5), 3);
  CHECK(match.dimensions[0].relative() < DimensionMatch::kMismatch);
  CHECK(match.dimensions[2].relative() > DimensionMatch::kMismatch);
  CHECK_THAT(match.verdict, ContainsSubstring("2 of 3 dimensions do not match the prior") &&
                                ContainsSubstring("codes of z2 spread over"));
}

TEST_CASE("both densities have an area of one, and the bars hold every code", "[evaluation]") {
  const auto area = [](const CodeHistogram& histogram, const std::vector<float>& heights) {
    return std::accumulate(heights.begin(), heights.end(), 0.0) *
           static_cast<double>(histogram.high - histogram.low) /
           static_cast<double>(heights.size());
  };
  const auto codes = gaussian_rows(500, 1, 0, 1, 6);
  for (const auto& prior : {std::vector<float>{}, gaussian_rows(1000, 1, 0.5F, 2, 7)}) {
    const CodeHistogram histogram = match_prior(codes, prior, 1).dimensions[0].histogram;
    CHECK(area(histogram, histogram.codes) == Approx(1.0).epsilon(1e-4));
    CHECK(area(histogram, histogram.prior) == Approx(1.0).epsilon(0.02));
  }
  // All alike: a spike, and nothing divides by zero.
  const AggregatePosterior spike = match_prior(std::vector<float>(50, 3.0F), {}, 1);
  CHECK(area(spike.dimensions[0].histogram, spike.dimensions[0].histogram.codes) ==
        Approx(1.0).epsilon(1e-4));
  CHECK(spike.dimensions[0].deviation == 0.0);
  CHECK_FALSE(spike.verdict.empty());
}

TEST_CASE("codes are drawn from their posteriors before they are held against the prior",
          "[evaluation]") {
  // All means are 7, all log-variances −2: the aggregate is N(7, e⁻²).
  FixedModel model(2);
  const auto images =
      pixel_rows(2, std::vector<std::uint8_t>(2 * 3000, 7), std::vector<std::int32_t>(3000, 0), 2);
  const AggregatePosterior match = aggregate_posterior(model, *images, 2000, 1);
  CHECK(match.images == 2000);
  CHECK_FALSE(match.own_prior);
  for (const DimensionMatch& each : match.dimensions) {
    CHECK(each.mean == Approx(7.0).margin(0.05));
    CHECK(each.deviation == Approx(std::exp(-1.0)).margin(0.03));
    CHECK(each.distance == Approx(7.0).margin(0.05));
  }
  CHECK(aggregate_posterior(model, *images, 2000, 1).dimensions[1].mean ==
        match.dimensions[1].mean);
  model.about().gaussian_posterior = false;
  CHECK(aggregate_posterior(model, *images, 2000, 1).dimensions[0].deviation == 0.0);
}

TEST_CASE("systems without codes to compare say so in a sentence", "[evaluation]") {
  FixedModel model(2);
  const auto images = pixel_rows(2, {1, 2, 3, 4}, {0, 1}, 2);
  CHECK(why_no_aggregate_posterior(model, *images).empty());
  model.about().has_encoder = false;
  CHECK_THROWS_WITH(aggregate_posterior(model, *images, 10, 1), ContainsSubstring("no encoder"));
  model.about().has_encoder = true;
  model.about().discrete_code = true;
  CHECK_THROWS_WITH(aggregate_posterior(model, *images, 10, 1), ContainsSubstring("symbols"));
}
