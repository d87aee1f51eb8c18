#include <algorithm>
#include <cmath>

#include "core/tasks/function_model.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

namespace {

/// Each byte as often as any other at both pixels.
Dataset every_byte() {
  std::vector<std::uint8_t> images;
  for (int i = 0; i < 1024; ++i) {
    images.push_back(static_cast<std::uint8_t>(i % 256));
    images.push_back(static_cast<std::uint8_t>((7 * i + i / 256) % 256));
  }
  return pictures_of({1, 1, 2}, std::move(images));
}

}  // namespace

TEST_CASE("b bits of evenly spread numbers cost b bits each and an error of a step's 1/12",
          "[tasks]") {
  const auto copies = std::make_shared<FunctionModel>(ImageShape{1, 1, 2}, 2);
  const Dataset data = every_byte();
  for (const int bits : {1, 3, 5}) {
    const TaskResult result =
        measured("compress", copies, data, {.parameter = double(bits), .hidden = {}});
    INFO(bits);
    CHECK(figure_of(result, "bits") == 2.0 * bits);
    CHECK(figure_of(result, "entropy_bits") == Approx(2.0 * bits).margin(1e-3));
    const double step = 1.0 / (1 << bits);
    // The values are 2^(8-b) points in each step, not a continuum.
    CHECK(figure_of(result, "mse") == Approx(step * step / 12.0).epsilon(0.02));
    CHECK(figure_of(result, "whole_mse") == Approx(0.0).margin(1e-12));
    const TaskCurve::Line& line = result.curves.at(0).lines.at(0);
    CHECK(line.x.size() == 12);
    CHECK(std::is_sorted(line.x.begin(), line.x.end()));
    CHECK(std::is_sorted(line.y.rbegin(), line.y.rend()));
  }
}

TEST_CASE("codes that are mostly the same have less entropy than bits", "[tasks]") {
  const auto copies = std::make_shared<FunctionModel>(ImageShape{1, 1, 1}, 1);
  std::vector<std::uint8_t> images(900, 0);
  images.resize(1000, 255);
  const TaskResult result =
      measured("compress", copies, pictures_of({1, 1, 1}, images), {.parameter = 8, .hidden = {}});
  const double expected = -0.9 * std::log2(0.9) - 0.1 * std::log2(0.1);
  CHECK(figure_of(result, "entropy_bits") == Approx(expected));
}

TEST_CASE("a code book costs log₂ of its size, and by use what its entropy says", "[tasks]") {
  const auto book = std::make_shared<FunctionModel>(ImageShape{1, 1, 2}, 2);
  book->model.discrete_code = true;
  // Two positions of one number; four levels, of which the data take two.
  book->levels = {.positions = 2,
                  .levels = 4,
                  .size = 1,
                  .values = {0.0F, 0.2F, 0.6F, 1.0F, 0.0F, 0.2F, 0.6F, 1.0F}};
  const Dataset data = pictures_of({1, 1, 2}, {0, 255, 255, 255, 0, 255, 255, 255});
  const TaskResult result = measured("compress", book, data, {.parameter = 4, .hidden = {}});
  CHECK(figure_of(result, "bits") == 4.0);
  CHECK(figure_of(result, "entropy_bits") == Approx(1.0));
  CHECK(figure_of(result, "mse") == Approx(0.0).margin(1e-12));
}

TEST_CASE("a Gaussian posterior's rate is its KL in bits", "[tasks]") {
  const auto model = std::make_shared<FunctionModel>(ImageShape{1, 1, 1}, 2);
  model->model.gaussian_posterior = true;
  model->prior = standard_normal(2);
  model->posterior_log_var = -2.0F;
  model->to_code = [](const std::vector<float>&) { return std::vector<float>{1.5F, 0.0F}; };
  model->to_picture = [](const std::vector<float>&) { return std::vector<float>{0.5F}; };
  const TaskResult result =
      measured("compress", model, pictures_of({1, 1, 1}, std::vector<std::uint8_t>(6000, 255)),
               {.parameter = 4, .hidden = {}});
  const double kl = 0.5 * (2.0 * (std::exp(-2.0) - 1.0 + 2.0) + 1.5 * 1.5);
  CHECK(figure_of(result, "kl_bits") == Approx(kl / std::log(2.0)).epsilon(0.02));
  CHECK(figure_of(result, "kl_mse") == Approx(0.25));

  model->prior = nullptr;
  const TaskResult levels = measured("compress", model, pictures_of({1, 1, 1}, {255, 255}),
                                     {.parameter = 4, .hidden = {}});
  CHECK_THROWS(figure_of(levels, "kl_bits"));
  CHECK_THAT(levels.remark, ContainsSubstring("levels"));
}
