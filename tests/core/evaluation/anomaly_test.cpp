#include "latent/anomaly.h"

#include <cmath>

#include "core/evaluation/fixed_model.h"
#include "latent/error.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;

namespace {

/// By hand: ½ Σ (μ² + σ² − 1 − ln σ²) with ln σ² = −2.
double kl_by_hand(double x, double y) {
  const double constant = std::exp(-2.0) - 1.0 + 2.0;
  return 0.5 * (x * x + constant + y * y + constant);
}

}  // namespace

TEST_CASE("the KL of a unit Gaussian is zero, that of any other as the formula says",
          "[evaluation]") {
  CHECK(gaussian_kl(std::vector<float>{0, 0}, std::vector<float>{0, 0}) == 0.0);
  CHECK(gaussian_kl(std::vector<float>{3, 4}, std::vector<float>{0, 0}) == Approx(12.5));
  CHECK(gaussian_kl(std::vector<float>{3, 4}, std::vector<float>{-2, -2}) ==
        Approx(kl_by_hand(3, 4)));
}

TEST_CASE("each score of a picture is what it says", "[evaluation]") {
  const FixedModel model{2};
  const auto test = pixel_rows(2, {3, 4, 0, 0, 6, 8}, {0, 1, 0}, 2);
  const auto seen = pixel_rows(2, {0, 0, 6, 8, 6, 9}, {0, 0, 0}, 2);
  const auto scores = [&](AnomalyScore score, int k = 1) {
    return score_images(model, *test, score, *seen, k);
  };
  CHECK(scores(AnomalyScore::ReconstructionError) == std::vector<float>{30, 0, 60});
  const auto kl = scores(AnomalyScore::Kl);
  const auto elbo = scores(AnomalyScore::NegativeElbo);
  CHECK(kl[0] == Approx(kl_by_hand(3, 4)));
  CHECK(elbo[0] == Approx(30.0 + kl_by_hand(3, 4)));
  CHECK(elbo[1] == Approx(kl_by_hand(0, 0)));
  CHECK(scores(AnomalyScore::CodeDistance, 1) == std::vector<float>{5, 0, 0});
  CHECK(scores(AnomalyScore::CodeDistance, 2) == std::vector<float>{5, 10, 1});
  const auto ink = scores(AnomalyScore::AddedInk);  // what is rebuilt is black
  CHECK(ink[0] == Approx(-7.0 / 255.0));
  CHECK(ink[1] == 0.0F);
  CHECK(ink[2] == Approx(-14.0 / 255.0));
}

TEST_CASE("scores of more pictures than fit in one part are those of each alone", "[evaluation]") {
  const FixedModel model{1};
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 1203; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 7 % 256));
  const auto images = pixel_rows(1, pixels, std::vector<std::int32_t>(1203), 1);
  const auto seen = pixel_rows(1, {10, 200}, {0, 0}, 1);
  const auto nats = score_images(model, *images, AnomalyScore::ReconstructionError, *seen, 1);
  const auto far = score_images(model, *images, AnomalyScore::CodeDistance, *seen, 1);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const int value = pixels[i];
    CHECK(nats[i] == 10.0F * static_cast<float>(value));
    CHECK(far[i] == static_cast<float>(std::min(std::abs(value - 10), std::abs(value - 200))));
  }
}

TEST_CASE("a score that a system cannot have is refused with the reason", "[evaluation]") {
  FixedModel model{2};
  const auto images = pixel_rows(2, {0, 0}, {0}, 1);
  CHECK(why_no_score(AnomalyScore::Kl, model.info()).empty());
  model.about().gaussian_posterior = false;
  CHECK_THAT(why_no_score(AnomalyScore::Kl, model.info()), ContainsSubstring("a point"));
  CHECK(why_no_score(AnomalyScore::CodeDistance, model.info()).empty());
  CHECK(error_of([&] {
          score_images(model, *images, AnomalyScore::NegativeElbo, *images, 1);
        }).code() == ErrorCode::InvalidConfig);
  const Error too_few =
      error_of([&] { score_images(model, *images, AnomalyScore::CodeDistance, *images, 2); });
  CHECK(missing_from(too_few.what(), {"from 1 to 1", "found 2"}).empty());
  model.about().has_encoder = false;
  CHECK_THAT(why_no_score(AnomalyScore::CodeDistance, model.info()),
             ContainsSubstring("no encoder"));
}

TEST_CASE("scoring can be ended between its parts", "[evaluation]") {
  const FixedModel model{1};
  const auto images =
      pixel_rows(1, std::vector<std::uint8_t>(2000), std::vector<std::int32_t>(2000), 1);
  int calls = 0;
  const auto stop = [&](double share) {
    CHECK(share >= 0.0);
    CHECK(share <= 1.0);
    if (++calls == 2) throw Error{ErrorCode::Cancelled, "Cancelled."};
  };
  for (const AnomalyScore score : {AnomalyScore::ReconstructionError, AnomalyScore::CodeDistance}) {
    calls = 0;
    CHECK(error_of([&] { score_images(model, *images, score, *images, 1, stop); }).code() ==
          ErrorCode::Cancelled);
    CHECK(calls == 2);
  }
}
