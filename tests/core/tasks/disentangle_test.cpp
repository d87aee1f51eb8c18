#include <cmath>
#include <random>

#include "core/tasks/function_model.h"
#include "support/catch.h"
#include "tasks/disentanglement.h"
#include "tasks/factor_forest.h"

using namespace latent;
using namespace latent::test;

namespace {

constexpr std::size_t kFactors = 4;

/// A class of six and three numbers, each drawn evenly and on its own.
Factors some_factors(std::size_t n) {
  std::mt19937 random{3};
  std::uniform_real_distribution<float> between(-1.0F, 1.0F);
  Factors factors;
  factors.names = {"class", "slant", "scale", "shift"};
  for (std::size_t i = 0; i < n; ++i) {
    factors.values.push_back(static_cast<float>(random() % 6));
    for (std::size_t f = 1; f < kFactors; ++f) factors.values.push_back(between(random));
  }
  return factors;
}

/// Each column less its mean, over its deviation.
std::vector<float> standardised(std::vector<float> codes, std::size_t length) {
  const auto n = static_cast<double>(codes.size() / length);
  for (std::size_t j = 0; j < length; ++j) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t at = j; at < codes.size(); at += length) {
      sum += double(codes[at]);
      squares += double(codes[at]) * double(codes[at]);
    }
    const double deviation = std::sqrt(squares / n - sum * sum / n / n);
    for (std::size_t at = j; at < codes.size(); at += length) {
      codes[at] = static_cast<float>((double(codes[at]) - sum / n) / deviation);
    }
  }
  return codes;
}

struct Scores {
  double mig, sap, votes, disentanglement, completeness, informativeness;
};

Scores scores_of(const std::vector<float>& codes, std::size_t length, const Factors& known) {
  const tasks::FactorTable factors(known);
  const tasks::DciScores dci = tasks::dci_scores(codes, length, factors, 1);
  return {tasks::mutual_information_gap(codes, length, factors, 20),
          tasks::separated_predictability(codes, length, factors),
          tasks::factor_vae_score(codes, length, factors, 1),
          dci.disentanglement,
          dci.completeness,
          dci.informativeness};
}

}  // namespace

TEST_CASE("codes that are the factors score near 1 in everything", "[tasks]") {
  const Factors factors = some_factors(4000);
  const Scores scores = scores_of(standardised(factors.values, kFactors), kFactors, factors);
  CHECK(scores.mig > 0.9);
  CHECK(scores.sap > 0.95);
  CHECK(scores.votes > 0.99);
  CHECK(scores.disentanglement > 0.97);
  CHECK(scores.completeness > 0.97);
  CHECK(scores.informativeness > 0.98);
}

TEST_CASE("the same codes turned so that each holds a part of every factor are informative only",
          "[tasks]") {
  const Factors factors = some_factors(4000);
  const std::vector<float> straight = standardised(factors.values, kFactors);
  std::vector<float> turned(straight.size());
  // Hadamard's matrix, halved: an orthogonal map of four numbers in which all weights are equal.
  constexpr float kTurn[4][4] = {{1, 1, 1, 1}, {1, -1, 1, -1}, {1, 1, -1, -1}, {1, -1, -1, 1}};
  for (std::size_t i = 0; i < straight.size(); i += 4) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t k = 0; k < 4; ++k) turned[i + j] += 0.5F * kTurn[j][k] * straight[i + k];
    }
  }
  const Scores scores = scores_of(turned, kFactors, factors);
  CHECK(scores.mig < 0.1);
  CHECK(scores.sap < 0.1);
  CHECK(scores.votes < 0.6);
  CHECK(scores.disentanglement < 0.2);
  CHECK(scores.completeness < 0.2);
  CHECK(scores.informativeness > 0.5);
}

TEST_CASE("noise is worth what chance is worth", "[tasks]") {
  const Factors factors = some_factors(4000);
  std::mt19937 random{8};
  std::normal_distribution<float> normal;
  std::vector<float> codes(4000 * kFactors);
  for (float& value : codes) value = normal(random);
  const Scores scores = scores_of(codes, kFactors, factors);
  CHECK(scores.mig < 0.02);
  CHECK(scores.sap < 0.02);
  CHECK(scores.votes < 0.35);
  CHECK(scores.disentanglement < 0.1);
  CHECK(scores.informativeness < 0.15);
}

TEST_CASE("a number that says nothing neither votes nor counts", "[tasks]") {
  const Factors factors = some_factors(2000);
  const std::vector<float> straight = standardised(factors.values, kFactors);
  std::vector<float> codes;
  std::mt19937 random{9};
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < straight.size(); i += kFactors) {
    const auto begin = straight.begin() + static_cast<std::ptrdiff_t>(i);
    codes.insert(codes.end(), begin, begin + kFactors);
    codes.push_back(0.01F * normal(random));
  }
  const Scores scores = scores_of(codes, kFactors + 1, factors);
  CHECK(scores.votes > 0.99);
  CHECK(scores.disentanglement > 0.95);
}

TEST_CASE("a forest learns steps, and knows which number they came from", "[tasks]") {
  std::mt19937 random{2};
  std::uniform_real_distribution<float> between(0.0F, 1.0F);
  std::vector<float> codes;
  std::vector<float> targets;
  for (int i = 0; i < 3000; ++i) {
    const float a = between(random);
    const float b = between(random);
    codes.insert(codes.end(), {a, b});
    targets.push_back(a < 0.5F ? 1.0F : b < 0.25F ? 3.0F : 2.0F);
  }
  const tasks::FactorForest forest(codes, 2, targets, 1, 7);
  CHECK(forest.predict(std::vector<float>{0.2F, 0.1F})[0] == Approx(1.0).margin(0.02));
  CHECK(forest.predict(std::vector<float>{0.8F, 0.1F})[0] == Approx(3.0).margin(0.02));
  CHECK(forest.predict(std::vector<float>{0.8F, 0.7F})[0] == Approx(2.0).margin(0.02));
  // Of the variance .5·.5·(2.25 − 1)² = .390625 between the halves and, in one half, .25·.75 =
  // .1875 within: the first split takes .390625, the second .5·.1875.
  CHECK(forest.importance()[0] == Approx(0.390625 / (0.390625 + 0.09375)).margin(0.03));
}

TEST_CASE("the task scores the codes that the network gives of pictures with known factors",
          "[tasks]") {
  const Factors factors = some_factors(2000);
  const std::vector<float> straight = standardised(factors.values, kFactors);
  std::vector<std::uint8_t> images;
  for (const float value : straight) {
    images.push_back(static_cast<std::uint8_t>(128.0F + 50.0F * value));
  }
  const ImageShape shape{1, 1, static_cast<int>(kFactors)};
  const auto copies = std::make_shared<FunctionModel>(shape, static_cast<int>(kFactors));
  Dataset data = pictures_of(shape, images);
  CHECK_THAT(find_task("disentangle").why_not(*copies, data), ContainsSubstring("Glyphs"));
  data.factors = factors;
  CHECK(find_task("disentangle").why_not(*copies, data).empty());
  const TaskResult result = measured("disentangle", copies, data, {.parameter = 20, .hidden = {}});
  CHECK(figure_of(result, "mig") > 0.9);
  CHECK(figure_of(result, "factor_vae") > 0.99);
  CHECK(figure_of(result, "dci_disentanglement") > 0.95);
  CHECK_THAT(result.remark, ContainsSubstring("random forests"));
}
