#include <cmath>
#include <numeric>

#include "core/tasks/function_model.h"
#include "latent/error.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

namespace {

double logistic(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

/// Two pixels that are each light with probability σ(±3z), z ~ N(0, 1); q(z|x) = N(0, 1.5²)
/// whatever is seen.
std::shared_ptr<FunctionModel> bernoulli_pair() {
  const auto model = std::make_shared<FunctionModel>(ImageShape{1, 1, 2}, 1);
  model->model.gaussian_posterior = true;
  model->prior = standard_normal(1);
  model->posterior_log_var = static_cast<float>(2.0 * std::log(1.5));
  model->to_code = [](const std::vector<float>&) { return std::vector<float>{0.0F}; };
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{static_cast<float>(logistic(3.0 * z[0])),
                              static_cast<float>(logistic(-3.0 * z[0]))};
  };
  model->weights = [](std::span<const std::uint8_t> images, int samples, std::uint64_t) {
    return std::vector<float>(images.size() / 2 * static_cast<std::size_t>(samples));
  };
  return model;
}

}  // namespace

TEST_CASE("encoding and decoding again halves the distance where half of the pixels are seen",
          "[tasks]") {
  // Pictures of one grey value; the code is the mean of the pixels, the decoder paints it.
  const ImageShape shape{1, 4, 4};
  const auto model = std::make_shared<FunctionModel>(shape, 1);
  model->to_code = [](const std::vector<float>& x) {
    return std::vector<float>{std::accumulate(x.begin(), x.end(), 0.0F) / 16.0F};
  };
  model->to_picture = [](const std::vector<float>& z) { return std::vector<float>(16, z[0]); };
  std::vector<std::uint8_t> images(16 * 100, 20);
  images.resize(16 * 200, 220);
  const Dataset data = pictures_of(shape, images);
  const TaskResult result = measured(
      "inpaint", model, data, {.parameter = 6, .hidden = hidden_pixels("lower-half", shape)});
  // It starts at the mean picture, 120, 100 steps away, and rounds to bytes.
  const double start = 100.0 / 255.0;
  CHECK(figure_of(result, "mean_picture_mse") == Approx(start * start));
  const auto& y = result.curves.at(0).lines.at(1).y;
  REQUIRE(y.size() == 7);
  for (int step = 0; step <= 6; ++step) {
    const double away = std::sqrt(y[static_cast<std::size_t>(step)]) * 255.0;
    CHECK(away == Approx(100.0 / (1 << step)).margin(1.01));
  }
  CHECK(figure_of(result, "iterated_mse") == Approx(y.back()));
  CHECK_THAT(result.remark, ContainsSubstring("not sampled"));
}

TEST_CASE("what is seen is never touched, what is hidden is", "[tasks]") {
  const ImageShape shape{1, 4, 4};
  const auto model = std::make_shared<FunctionModel>(shape, 1);
  model->to_code = [](const std::vector<float>&) { return std::vector<float>{0.0F}; };
  model->to_picture = [](const std::vector<float>&) { return std::vector<float>(16, 1.0F); };
  const Dataset data = pictures_of(shape, std::vector<std::uint8_t>(16, 51));
  const auto mask = hidden_pixels("box:1,1,2,1", shape);
  const std::vector<std::int64_t> rows{0};
  const TaskPictures pictures =
      find_task("inpaint").show({model, {}}, data, rows, {.parameter = 3, .hidden = mask});
  REQUIRE(pictures.rows.size() == 3);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(pictures.rows[0].pixels[i] == Approx(0.2));
    CHECK(pictures.rows[2].pixels[i] == Approx(mask[i] != 0 ? 1.0 : 0.2));
    CHECK((pictures.rows[1].pixels[i] == pictures.rows[0].pixels[i]) == (mask[i] == 0));
  }
}

TEST_CASE("sampled fills follow p(hidden | seen), although q knows nothing of it", "[tasks]") {
  const auto model = bernoulli_pair();
  constexpr int kPictures = 3000;
  std::vector<std::uint8_t> images;
  for (int i = 0; i < kPictures; ++i) images.insert(images.end(), {255, 0});
  const Dataset data = pictures_of({1, 1, 2}, images);
  std::vector<std::int64_t> rows(kPictures);
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  const TaskPictures pictures =
      find_task("inpaint").show({model, {}}, data, rows, {.parameter = 60, .hidden = {0, 1}});
  // p(x₂ = 1 | x₁ = 1) by a sum over z; the uncorrected chain stays near q's ½.
  double both = 0.0;
  double first = 0.0;
  for (double z = -8.0; z <= 8.0; z += 1e-3) {
    const double density = std::exp(-0.5 * z * z);
    both += density * logistic(3.0 * z) * logistic(-3.0 * z);
    first += density * logistic(3.0 * z);
  }
  int fills = 0;
  for (const auto& row : pictures.rows) {
    if (row.title.find("sampled") == std::string::npos) continue;
    ++fills;
    double mean = 0.0;
    for (std::size_t i = 0; i < kPictures; ++i) {
      CHECK(row.pixels[2 * i] == 1.0F);
      mean += static_cast<double>(row.pixels[2 * i + 1]) / kPictures;
    }
    CHECK(mean == Approx(both / first).margin(0.015));
  }
  CHECK(fills == 3);
}

TEST_CASE("the mean of the sampled fills errs less than one of them", "[tasks]") {
  const auto model = bernoulli_pair();
  std::vector<std::uint8_t> images;
  for (int i = 0; i < 1000; ++i) images.insert(images.end(), {255, 0});
  const TaskResult result = measured("inpaint", model, pictures_of({1, 1, 2}, images),
                                     {.parameter = 40, .hidden = {0, 1}});
  CHECK(figure_of(result, "averaged_mse") < figure_of(result, "sampled_mse"));
  CHECK(figure_of(result, "acceptance") > 0.2);
  CHECK(figure_of(result, "acceptance") < 0.9);
}

TEST_CASE("nothing hidden is nothing to measure", "[tasks]") {
  const auto model = bernoulli_pair();
  const Dataset data = pictures_of({1, 1, 2}, {255, 0});
  CHECK_THROWS_AS(measured("inpaint", model, data, {.parameter = 4, .hidden = {0, 0}}), Error);
}
