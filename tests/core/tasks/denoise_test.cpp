#include <algorithm>
#include <cmath>

#include "core/tasks/function_model.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

namespace {

constexpr ImageShape kDenoised{1, 10, 10};

Dataset grey_pictures(int count) {
  return pictures_of(kDenoised,
                     std::vector<std::uint8_t>(static_cast<std::size_t>(count) * 100, 128));
}

}  // namespace

TEST_CASE("noise of σ costs σ² per pixel, and one that knows the picture takes all of it off",
          "[tasks]") {
  const auto knows = std::make_shared<FunctionModel>(kDenoised, 1);
  knows->to_code = [](const std::vector<float>&) { return std::vector<float>{0.0F}; };
  knows->to_picture = [](const std::vector<float>&) {
    return std::vector<float>(100, 128.0F / 255.0F);
  };
  const TaskResult result =
      measured("denoise", knows, grey_pictures(700), {.parameter = 0.05, .hidden = {}});
  CHECK(result.images == 700);
  // Rounding to bytes adds 1/12 of a step squared.
  const double expected = 0.0025 + 1.0 / 12.0 / 255.0 / 255.0;
  CHECK(figure_of(result, "noisy_mse") == Approx(expected).epsilon(0.02));
  CHECK(figure_of(result, "denoised_mse") == Approx(0.0).margin(1e-12));
  CHECK(figure_of(result, "noisy_psnr") == Approx(-10.0 * std::log10(expected)).margin(0.1));
  REQUIRE(result.curves.size() == 1);
  const TaskCurve::Line& noisy = result.curves[0].lines.at(0);
  CHECK(noisy.x.front() == 0.0);
  CHECK(noisy.y.front() == 0.0);
  CHECK(noisy.x.back() == 1.0);
  CHECK(std::is_sorted(noisy.y.begin(), noisy.y.end()));
}

TEST_CASE("what copies every pixel takes no noise off", "[tasks]") {
  const auto copies = std::make_shared<FunctionModel>(kDenoised, 100);
  const TaskResult result =
      measured("denoise", copies, grey_pictures(20), {.parameter = 0.4, .hidden = {}});
  CHECK(figure_of(result, "denoised_mse") == Approx(figure_of(result, "noisy_mse")));
}

TEST_CASE("salt and pepper spoil the share that is asked for", "[tasks]") {
  const auto copies = std::make_shared<FunctionModel>(kDenoised, 100);
  const TaskResult result =
      measured("denoise-salt-pepper", copies, grey_pictures(400), {.parameter = 0.3, .hidden = {}});
  // A pixel of 128/255 becomes 0 or 1, half of the time each.
  const double grey = 128.0 / 255.0;
  const double each = 0.5 * (grey * grey + (1.0 - grey) * (1.0 - grey));
  CHECK(figure_of(result, "noisy_mse") == Approx(0.3 * each).epsilon(0.03));
}

TEST_CASE("the pictures shown are the clean, the noisy and the denoised, the same for a seed",
          "[tasks]") {
  const auto copies = std::make_shared<FunctionModel>(kDenoised, 100);
  const Dataset data = grey_pictures(5);
  const std::vector<std::int64_t> rows{4, 1};
  const TaskSettings settings{.parameter = 0.2, .hidden = {}};
  const TaskPictures pictures = find_task("denoise").show({copies, {}}, data, rows, settings);
  REQUIRE(pictures.rows.size() == 3);
  for (const auto& row : pictures.rows) CHECK(row.pixels.size() == 200);
  CHECK(pictures.rows[0].pixels[0] == Approx(128.0 / 255.0));
  CHECK(pictures.rows[1].pixels != pictures.rows[0].pixels);
  CHECK(pictures.rows[2].pixels == pictures.rows[1].pixels);
  CHECK(find_task("denoise").show({copies, {}}, data, rows, settings).rows[1].pixels ==
        pictures.rows[1].pixels);
}
