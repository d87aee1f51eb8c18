#include "bakeoff/probe.h"

#include <cmath>
#include <random>

#include "support/catch.h"

using namespace latent::bakeoff;

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

TEST_CASE("a probe learns two clouds as well as the best line can", "[bakeoff]") {
  // The best line errs with the chance that unit noise exceeds the distance: Φ(−2) = 2.3 %.
  const double accuracy = probe_accuracy(two_clouds(1600, 2.0F, 1), two_clouds(400, 2.0F, 2),
                                         two_clouds(4000, 2.0F, 3), 2, 2, 1);
  CHECK(accuracy == Approx(0.977).margin(0.01));
}

TEST_CASE("a probe on codes that say nothing guesses", "[bakeoff]") {
  const double accuracy = probe_accuracy(two_clouds(600, 0.0F, 1), two_clouds(400, 0.0F, 2),
                                         two_clouds(4000, 0.0F, 3), 2, 2, 1);
  CHECK(accuracy == Approx(0.5).margin(0.04));
}

TEST_CASE("the probe of a wide posterior is worse than that of its mean", "[bakeoff]") {
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

TEST_CASE("the same seed probes the same", "[bakeoff]") {
  const LabelledCodes codes = two_clouds(200, 0.5F, 1);
  CHECK(probe_accuracy(codes, codes, codes, 2, 2, 7) ==
        probe_accuracy(codes, codes, codes, 2, 2, 7));
}
