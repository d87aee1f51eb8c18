#include "bakeoff/roc.h"

#include <random>

#include "support/catch.h"

using latent::bakeoff::Roc;
using latent::bakeoff::roc;

TEST_CASE("the area under the ROC is the share of pairs in the right order", "[bakeoff]") {
  std::mt19937 random{3};
  std::uniform_int_distribution<int> score{0, 20};  // with many ties
  std::vector<float> scores;
  std::vector<bool> anomalous;
  for (int i = 0; i < 300; ++i) {
    anomalous.push_back(i % 4 == 0);
    scores.push_back(static_cast<float>(score(random) + (anomalous.back() ? 4 : 0)));
  }
  double right = 0.0;
  double pairs = 0.0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (!anomalous[i] || anomalous[j]) continue;
      pairs += 1.0;
      right += scores[i] > scores[j] ? 1.0 : (scores[i] == scores[j] ? 0.5 : 0.0);
    }
  }
  CHECK(roc(scores, anomalous).area == Approx(right / pairs));
}

TEST_CASE("perfect, reversed and missing anomalies", "[bakeoff]") {
  CHECK(roc(std::vector<float>{1, 2, 3, 4}, {false, false, true, true}).area == 1.0);
  CHECK(roc(std::vector<float>{1, 2, 3, 4}, {true, true, false, false}).area == 0.0);
  CHECK(roc(std::vector<float>{1, 2}, {false, false}).area == 0.5);
  CHECK(roc(std::vector<float>{1, 2}, {false, false}).points.empty());
}

TEST_CASE("the drawn curve runs from corner to corner and never back", "[bakeoff]") {
  std::vector<float> scores;
  std::vector<bool> anomalous;
  for (int i = 0; i < 5000; ++i) {
    scores.push_back(static_cast<float>(i * 7919 % 5000));
    anomalous.push_back(i % 9 == 0);
  }
  const Roc curve = roc(scores, anomalous, 100);
  REQUIRE(curve.points.size() == 200);
  CHECK(curve.points[0] == 0.0);
  CHECK(curve.points[1] == 0.0);
  CHECK(curve.points[198] == 1.0);
  CHECK(curve.points[199] == 1.0);
  for (std::size_t i = 2; i < curve.points.size(); ++i) {
    CHECK(curve.points[i] >= curve.points[i - 2]);
  }
}
