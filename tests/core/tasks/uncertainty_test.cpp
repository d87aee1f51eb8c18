#include <cmath>

#include "core/tasks/function_model.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

TEST_CASE("the spread of decoded draws is the posterior's own", "[tasks]") {
  // Four pixels show the code's one number at gains 1, ½, 0 and −½.
  const auto model = std::make_shared<FunctionModel>(ImageShape{1, 2, 2}, 1);
  model->model.gaussian_posterior = true;
  model->prior = standard_normal(1);
  model->posterior_log_var = static_cast<float>(2.0 * std::log(0.04));
  model->to_code = [](const std::vector<float>& x) { return std::vector<float>{x[0]}; };
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{z[0], 0.5F * z[0], 0.3F, 1.0F - 0.5F * z[0]};
  };
  const Dataset data = pictures_of({1, 2, 2}, std::vector<std::uint8_t>(4 * 300, 128));
  const TaskResult result = measured("uncertainty", model, data, {.parameter = 64, .hidden = {}});
  // The mean over the pixels; a standard deviation of 64 draws is 1/256 too small on average.
  CHECK(figure_of(result, "spread") == Approx(0.04 * 0.5 * (1.0 - 1.0 / 256.0)).epsilon(0.02));

  const std::vector<std::int64_t> rows{0, 1};
  const TaskPictures pictures =
      find_task("uncertainty").show({model, {}}, data, rows, {.parameter = 256, .hidden = {}});
  CHECK(pictures.rows.front().title == "picture");
  // White where the deviation is ½.
  const auto& spread = pictures.rows.back().pixels;
  REQUIRE(spread.size() == 8);
  CHECK(spread[0] == Approx(2.0 * 0.04).epsilon(0.2));
  CHECK(spread[2] == 0.0F);
  CHECK(spread[3] == Approx(0.04).epsilon(0.2));
}

TEST_CASE("spread and error go together where the posterior is wide because it errs", "[tasks]") {
  // The pixel shows |z|'s sign only around ½: dark pictures are certain and right, grey ones are
  // neither.
  const auto model = std::make_shared<FunctionModel>(ImageShape{1, 1, 1}, 1);
  model->model.gaussian_posterior = true;
  model->prior = standard_normal(1);
  model->posterior_log_var = -4.0F;
  model->to_code = [](const std::vector<float>& x) { return std::vector<float>{8.0F * x[0]}; };
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{1.0F / (1.0F + std::exp(6.0F - 2.0F * z[0]))};
  };
  std::vector<std::uint8_t> images;
  for (int i = 0; i < 400; ++i) images.push_back(i % 2 == 0 ? 0 : 80);
  const TaskResult result = measured("uncertainty", model, pictures_of({1, 1, 1}, images),
                                     {.parameter = 32, .hidden = {}});
  CHECK(figure_of(result, "correlation") > 0.9);
  const TaskCurve::Line& tenths = result.curves.at(0).lines.at(0);
  CHECK(tenths.x.size() == 10);
  CHECK(tenths.y.front() < tenths.y.back());
}

TEST_CASE("point codes have no spread, and are told so", "[tasks]") {
  const FunctionModel model({1, 1, 1}, 1);
  CHECK_THAT(find_task("uncertainty").why_not(model, {}), ContainsSubstring("one code"));
}
