#include "latent/probe.h"

#include <cmath>
#include <map>
#include <random>
#include <span>

#include "core/evaluation/fixed_model.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;

namespace {

/// Two classes at ±`distance` on the first axis, with unit noise on both.
LabelledCodes two_clouds(int n, float distance, unsigned seed) {
  std::mt19937 random{seed};
  std::normal_distribution<float> noise;
  LabelledCodes codes;
  for (int i = 0; i < n; ++i) {
    codes.labels.push_back(i % 2);
    codes.mean.push_back((i % 2 == 0 ? -distance : distance) + noise(random));
    codes.mean.push_back(noise(random));
  }
  return codes;
}

}  // namespace

TEST_CASE("a probe learns two clouds as well as the best line can", "[evaluation]") {
  // The best line errs with the chance that unit noise exceeds the distance: Φ(−2) = 2.3 %.
  const double accuracy = probe_accuracy(two_clouds(1600, 2.0F, 1), two_clouds(400, 2.0F, 2),
                                         two_clouds(4000, 2.0F, 3), 2, 2, 1);
  CHECK(accuracy == Approx(0.977).margin(0.01));
}

TEST_CASE("a probe on codes that say nothing guesses", "[evaluation]") {
  const double accuracy = probe_accuracy(two_clouds(600, 0.0F, 1), two_clouds(400, 0.0F, 2),
                                         two_clouds(4000, 0.0F, 3), 2, 2, 1);
  CHECK(accuracy == Approx(0.5).margin(0.04));
}

TEST_CASE("the probe of a wide posterior is worse than that of its mean", "[evaluation]") {
  LabelledCodes train = two_clouds(1600, 2.0F, 1);
  LabelledCodes validation = two_clouds(400, 2.0F, 2);
  LabelledCodes test = two_clouds(4000, 2.0F, 3);
  const double points = probe_accuracy(train, validation, test, 2, 2, 1);
  for (LabelledCodes* codes : {&train, &validation, &test}) {
    codes->log_var.assign(codes->mean.size(), std::log(9.0F));
  }
  const double sampled = probe_accuracy(train, validation, test, 2, 2, 1);
  // Noise of 1 and 3 together: Φ(−2/√10) = 26 % errors.
  CHECK(sampled == Approx(0.737).margin(0.03));
  CHECK(sampled < points);
}

TEST_CASE("the same seed probes the same", "[evaluation]") {
  const LabelledCodes codes = two_clouds(200, 0.5F, 1);
  CHECK(probe_accuracy(codes, codes, codes, 2, 2, 7) ==
        probe_accuracy(codes, codes, codes, 2, 2, 7));
}

TEST_CASE("a thorough probe finds the best line whatever the scale of the codes", "[evaluation]") {
  const auto scaled = [](LabelledCodes codes, float scale) {
    for (float& value : codes.mean) value = 1000.0F + scale * value;
    return codes;
  };
  for (const float scale : {0.01F, 1.0F, 100.0F}) {
    std::mt19937_64 random{1};
    const LabelledCodes test = scaled(two_clouds(4000, 2.0F, 3), scale);
    const LinearProbe probe = train_probe(scaled(two_clouds(1600, 2.0F, 1), scale),
                                          scaled(two_clouds(400, 2.0F, 2), scale), 2, 2,
                                          ProbeTraining::thorough(), random);
    std::vector<std::int32_t> predicted;
    for (std::size_t i = 0; i < test.labels.size(); ++i) {
      predicted.push_back(probe.classify(std::span{test.mean}.subspan(2 * i, 2)));
    }
    CAPTURE(scale);
    CHECK(accuracy_of(test.labels, predicted) == Approx(0.977).margin(0.012));
  }
}

TEST_CASE("the class of a code is the row of the highest score", "[evaluation]") {
  const LinearProbe probe{2, 3, {1, 0, 0, 0, 1, 0, -1, -1, 0.5}};
  const std::vector<float> code = {0.25F, -2.0F};
  CHECK(probe.score(0, code) == 0.25);
  CHECK(probe.score(1, code) == -2.0);
  CHECK(probe.score(2, code) == 2.25);
  CHECK(probe.classify(code) == 2);
  CHECK(probe.classify(std::vector<float>{1.0F, 1.0F}) == 0);  // of equal scores the first
}

TEST_CASE("the labelled images are balanced, nested and chosen by the seed", "[evaluation]") {
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i < 4 ? 2 : (i % 5 == 0 ? -1 : i % 2));
  const auto data = pixel_rows(1, std::vector<std::uint8_t>(100), labels, 3);
  const auto order = balanced_order(*data, 1);
  std::vector<std::int64_t> all = order;
  std::sort(all.begin(), all.end());
  CHECK(all == labelled_rows(*data));
  for (std::size_t n = 1; n <= 12; ++n) {
    std::map<int, int> counts;
    for (std::size_t i = 0; i < n; ++i) ++counts[labels[static_cast<std::size_t>(order[i])]];
    for (const int label : {0, 1, 2}) {
      CAPTURE(n, label);
      CHECK(counts[label] >= static_cast<int>(n / 3));
      CHECK(counts[label] <= static_cast<int>(n / 3 + 1));
    }
  }
  CHECK(balanced_order(*data, 1) == order);
  CHECK(balanced_order(*data, 2) != order);
}

TEST_CASE("a confusion matrix counts each pair once", "[evaluation]") {
  const std::vector<std::int32_t> truth = {0, 0, 1, 2, 2, 2};
  const std::vector<std::int32_t> predicted = {0, 1, 1, 0, 2, 2};
  CHECK(confusion_matrix(truth, predicted, 3) ==
        std::vector<std::int64_t>{1, 1, 0, 0, 1, 0, 1, 0, 2});
  CHECK(accuracy_of(truth, predicted) == Approx(4.0 / 6.0));
}

TEST_CASE("codes that name their class are probed without an error, with few labels too",
          "[evaluation]") {
  // Class c has the c-th pixel alight: a line for each class parts them perfectly.
  const FixedModel model{3};
  const auto part = [](int n) {
    std::vector<std::uint8_t> pixels;
    std::vector<std::int32_t> labels;
    for (int i = 0; i < n; ++i) {
      labels.push_back(i % 3);
      for (int c = 0; c < 3; ++c) pixels.push_back(c == i % 3 ? 200 : 10);
    }
    return pixel_rows(3, pixels, labels, 3);
  };
  DataSplit data;
  data.train = part(300);
  data.validation = part(30);
  auto test = part(31);
  test->labels.back() = -1;
  data.test = test;
  ProbeQuestion question;
  question.labels = {1000, 3, 300, 30};
  const ProbeReport report = probe_codes(model, data, question);
  REQUIRE(report.results.size() == 3);  // 1000 are no more than all 300
  CHECK(report.rows.size() == 30);      // one has no label
  const std::vector<std::int64_t> counts = {3, 30, 300};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(report.results[i].labels == counts[i]);
    CHECK(report.results[i].accuracy == 1.0);
    CHECK(report.results[i].predicted == report.truth);
  }
  question.labels = {0};
  CHECK(error_of([&] { probe_codes(model, data, question); }).code() == ErrorCode::InvalidConfig);
}

TEST_CASE("what cannot be probed says why", "[evaluation]") {
  FixedModel model{1};
  DataSplit data;
  data.title = "Dots";
  data.train = pixel_rows(1, {0, 0}, {0, 0}, 1);
  CHECK_THAT(why_no_probe(model.info(), data),
             ContainsSubstring("Dots") && ContainsSubstring("fewer than two classes"));
  data.train = pixel_rows(1, {0, 0}, {0, 1}, 2);
  CHECK(why_no_probe(model.info(), data).empty());
  model.about().has_encoder = false;
  CHECK_THAT(why_no_probe(model.info(), data), ContainsSubstring("no encoder"));
}
