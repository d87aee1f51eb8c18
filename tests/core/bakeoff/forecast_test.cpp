#include "bakeoff/forecast.h"

#include <chrono>
#include <thread>

#include "support/catch.h"

using latent::bakeoff::Forecast;

TEST_CASE("what is under way counts by the share of it that is trained", "[bakeoff]") {
  Forecast forecast{4};
  CHECK(forecast.share() == 0.0);
  forecast.under_way("vae", 0.5);
  forecast.under_way("deep-ae", 0.25);
  CHECK(forecast.share() == Approx(0.75 / 4));
  forecast.under_way("vae", 0.75);
  CHECK(forecast.share() == Approx(1.0 / 4));
  forecast.finished("vae", /*found=*/false);
  CHECK(forecast.share() == Approx(1.25 / 4));
}

TEST_CASE("what was trained before says nothing about the time left", "[bakeoff]") {
  Forecast forecast{4};
  forecast.finished("vae", /*found=*/true);
  CHECK(forecast.share() == Approx(1.0 / 4));
  CHECK(forecast.seconds_left() == 0.0);
  // Taken up where it was cut, and at once as far as then: nothing is known yet.
  forecast.under_way("deep-ae", 0.5);
  CHECK(forecast.seconds_left() == 0.0);
  forecast.finished("deep-ae", /*found=*/false);
  CHECK(forecast.share() == Approx(2.0 / 4));
}

TEST_CASE("the time left is what the rest takes at the speed so far", "[bakeoff]") {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  };
  const auto before = Clock::now();
  Forecast forecast{4};
  const auto after = Clock::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  forecast.under_way("vae", 0.0);
  forecast.under_way("vae", 0.5);
  forecast.under_way("deep-ae", 0.0);
  forecast.under_way("deep-ae", 0.5);
  // One of four has taken the time since the beginning: three times that is left.
  const double least = 3.0 * seconds_since(after);
  const double left = forecast.seconds_left();
  CHECK(left >= least);
  CHECK(left <= 3.0 * seconds_since(before));
}
