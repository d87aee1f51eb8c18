#include <cmath>
#include <limits>
#include <random>

#include "latent/anomaly.h"
#include "support/catch.h"

using latent::Roc;
using latent::roc;

namespace {

/// Scores with many ties, anomalies a little higher.
struct TiedScores {
  std::vector<float> scores;
  std::vector<bool> anomalous;

  TiedScores() {
    std::mt19937 random{3};
    std::uniform_int_distribution<int> score{0, 20};
    for (int i = 0; i < 300; ++i) {
      anomalous.push_back(i % 4 == 0);
      scores.push_back(static_cast<float>(score(random) + (anomalous.back() ? 4 : 0)));
    }
  }
};

}  // namespace

TEST_CASE("the area under the ROC is the share of pairs in the right order", "[evaluation]") {
  const TiedScores tied;
  double right = 0.0;
  double pairs = 0.0;
  for (std::size_t i = 0; i < tied.scores.size(); ++i) {
    for (std::size_t j = 0; j < tied.scores.size(); ++j) {
      if (!tied.anomalous[i] || tied.anomalous[j]) continue;
      pairs += 1.0;
      right += tied.scores[i] > tied.scores[j] ? 1.0 : (tied.scores[i] == tied.scores[j] ? 0.5 : 0);
    }
  }
  CHECK(roc(tied.scores, tied.anomalous).area == Approx(right / pairs));
}

TEST_CASE("perfect, reversed and missing anomalies", "[evaluation]") {
  CHECK(roc(std::vector<float>{1, 2, 3, 4}, {false, false, true, true}).area == 1.0);
  CHECK(roc(std::vector<float>{1, 2, 3, 4}, {true, true, false, false}).area == 0.0);
  CHECK(roc(std::vector<float>{1, 2}, {false, false}).area == 0.5);
  CHECK(roc(std::vector<float>{1, 2}, {false, false}).corners.empty());
  CHECK(roc(std::vector<float>{}, {}).corners.empty());
}

TEST_CASE("a shuffled score has an area of about one half", "[evaluation]") {
  std::mt19937 random{5};
  std::uniform_real_distribution<float> uniform;
  std::vector<float> scores(20'000);
  std::vector<bool> anomalous;
  for (float& score : scores) {
    score = uniform(random);
    anomalous.push_back(random() % 10 == 0);
  }
  // Its deviation is √((m + n + 1) / 12mn) ≈ 0.0068 for m = 2 000 and n = 18 000.
  CHECK(roc(scores, anomalous).area == Approx(0.5).margin(0.03));
}

TEST_CASE("each corner flags what an enumeration at its threshold flags", "[evaluation]") {
  const TiedScores tied;
  const Roc curve = roc(tied.scores, tied.anomalous);
  CHECK(curve.anomalies == 75);
  CHECK(curve.others == 225);
  CHECK(curve.corners.front().hits + curve.corners.front().alarms == 0);
  CHECK(curve.corners.back().hits == 75);
  CHECK(curve.corners.back().alarms == 225);
  for (float threshold = -1.5F; threshold < 27.0F; threshold += 0.5F) {
    std::int64_t hits = 0;
    std::int64_t alarms = 0;
    for (std::size_t i = 0; i < tied.scores.size(); ++i) {
      if (tied.scores[i] >= threshold) ++(tied.anomalous[i] ? hits : alarms);
    }
    const std::size_t at = curve.corner_at(threshold);
    CAPTURE(threshold, at);
    CHECK(curve.corners[at].hits == hits);
    CHECK(curve.corners[at].alarms == alarms);
    CHECK(curve.true_positive_rate(at) == Approx(static_cast<double>(hits) / 75.0));
    CHECK(curve.false_positive_rate(at) == Approx(static_cast<double>(alarms) / 225.0));
  }
  for (std::size_t i = 0; i < curve.corners.size(); ++i) {
    CHECK(curve.corner_at(curve.corners[i].threshold) == i);
  }
}

TEST_CASE("the best corner has the largest gap between hits and alarms", "[evaluation]") {
  const TiedScores tied;
  const Roc curve = roc(tied.scores, tied.anomalous);
  const std::size_t best = curve.best_corner();
  const auto gap = [&](std::size_t i) {
    return curve.true_positive_rate(i) - curve.false_positive_rate(i);
  };
  for (std::size_t i = 0; i < curve.corners.size(); ++i) {
    CHECK(gap(i) <= gap(best));
    if (i < best) CHECK(gap(i) < gap(best));
  }
  CHECK(roc(std::vector<float>{1, 2, 3, 4}, {false, false, true, true}).best_corner() == 2);
}

TEST_CASE("a score that is not a number is flagged first", "[evaluation]") {
  const float broken = std::numeric_limits<float>::quiet_NaN();
  const Roc curve = roc(std::vector<float>{1, broken, 2, 3}, {false, true, false, false});
  CHECK(curve.area == 1.0);
  CHECK(std::isinf(curve.corners[1].threshold));
  CHECK(curve.corners[1].hits == 1);
  CHECK(curve.corners[1].alarms == 0);
}

TEST_CASE("the drawn curve runs from corner to corner and never back", "[evaluation]") {
  std::vector<float> scores;
  std::vector<bool> anomalous;
  for (int i = 0; i < 5000; ++i) {
    scores.push_back(static_cast<float>(i * 7919 % 5000));
    anomalous.push_back(i % 9 == 0);
  }
  const std::vector<double> points = roc(scores, anomalous).points(100);
  REQUIRE(points.size() == 200);
  CHECK(points[0] == 0.0);
  CHECK(points[1] == 0.0);
  CHECK(points[198] == 1.0);
  CHECK(points[199] == 1.0);
  for (std::size_t i = 2; i < points.size(); ++i) CHECK(points[i] >= points[i - 2]);
}
