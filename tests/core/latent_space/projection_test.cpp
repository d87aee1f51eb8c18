#include <array>
#include <vector>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "support/catch.h"

using namespace latent;

TEST_CASE("an axis projection shows two entries of the code as they are", "[latent_space]") {
  const Projection projection = axis_projection(3, 2, 0);
  const std::vector<float> codes{1, 2, 3, -4, 5, -6};
  std::array<float, 4> points{};
  projection.project(codes, points);
  CHECK(points == std::array<float, 4>{3, 1, -6, -4});
}

TEST_CASE("a code of one number lies on the horizontal axis", "[latent_space]") {
  const Projection projection = axis_projection(1, 0, 0);
  const std::vector<float> codes{-2.5F};
  std::array<float, 2> point{};
  projection.project(codes, point);
  CHECK(point == std::array<float, 2>{-2.5F, 0.0F});
  std::array<float, 1> code{};
  projection.lift(0.75F, 9.0F, {}, code);
  CHECK(code[0] == 0.75F);
}

TEST_CASE("an axis that is not there is refused", "[latent_space]") {
  CHECK_THROWS_AS(axis_projection(3, 0, 3), Error);
  CHECK_THROWS_AS(axis_projection(3, -1, 0), Error);
}

TEST_CASE("lifting moves a code within the plane only", "[latent_space]") {
  Projection projection;
  projection.latent_dim = 3;
  projection.origin = {1, 1, 1};
  projection.axes = {0.6F, 0.8F, 0, 0, 0, 1};
  const std::vector<float> base{1.8F, 0.4F, 2};  // origin + 1·(0.8, −0.6, 0), outside the plane
  std::array<float, 3> code{};
  projection.lift(2, -3, base, code);
  CHECK(code[0] == Approx(1 + 0.8 + 2 * 0.6));
  CHECK(code[1] == Approx(1 - 0.6 + 2 * 0.8));
  CHECK(code[2] == Approx(1 - 3));
  std::array<float, 2> point{};
  projection.project(code, point);
  CHECK(point[0] == Approx(2));
  CHECK(point[1] == Approx(-3));
}

TEST_CASE("the grid's codes lie at its cells' centres, top row first", "[latent_space]") {
  const std::vector<float> codes = manifold_grid(axis_projection(2, 0, 1), {}, 0, 4, -1, 1, 2, 2);
  CHECK(codes == std::vector<float>{1, 0.5F, 3, 0.5F, 1, -0.5F, 3, -0.5F});
  CHECK_THROWS_AS(manifold_grid(axis_projection(2, 0, 1), {}, 0, 1, 0, 1, 0, 5), Error);
}

TEST_CASE("a sequence's codes are seen by their mean over the steps, and moved all alike",
          "[latent_space]") {
  const Projection projection = over_steps(axis_projection(2, 1, 0), 3);
  const std::vector<float> code{1, 10, 2, 20, 6, 60};
  std::array<float, 2> point{};
  projection.project(code, point);
  CHECK(point[0] == Approx(30.0F));
  CHECK(point[1] == Approx(3.0F));
  std::vector<float> moved(6);
  projection.lift(33.0F, 2.0F, code, moved);
  const std::vector<float> expected{0, 13, 1, 23, 5, 63};
  for (std::size_t i = 0; i < 6; ++i) CHECK(moved[i] == Approx(expected[i]).margin(1e-4));
}
