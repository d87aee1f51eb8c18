#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "support/catch.h"

using namespace latent;

TEST_CASE("a linear path has equal steps and its own ends", "[latent_space]") {
  const std::vector<float> path =
      interpolate(std::vector<float>{0, 1}, std::vector<float>{4, -1}, 5, PathKind::Linear);
  CHECK(path == std::vector<float>{0, 1, 1, 0.5F, 2, 0, 3, -0.5F, 4, -1});
}

TEST_CASE("the middle of a quarter circle lies on the circle", "[latent_space]") {
  std::array<float, 2> middle{};
  interpolate_at(std::vector<float>{2, 0}, std::vector<float>{0, 2}, 0.5F, PathKind::Spherical,
                 middle);
  CHECK(middle[0] == Approx(std::numbers::sqrt2));
  CHECK(middle[1] == Approx(std::numbers::sqrt2));
}

TEST_CASE("a spherical path between codes of one length keeps that length", "[latent_space]") {
  const std::vector<float> from{3, 0, 4};
  const std::vector<float> to{0, 5, 0};
  const std::vector<float> path = interpolate(from, to, 7, PathKind::Spherical);
  for (std::size_t step = 0; step < 7; ++step) {
    const float* code = path.data() + 3 * step;
    CHECK(std::hypot(code[0], code[1], code[2]) == Approx(5));
  }
  CHECK(path[0] == Approx(3));
  CHECK(path[3 * 6 + 1] == Approx(5));
}

TEST_CASE("a spherical path between parallel or zero codes is the linear one", "[latent_space]") {
  const std::vector<float> a{1, 2};
  for (const std::vector<float>& b :
       {std::vector<float>{2, 4}, std::vector<float>{-1, -2}, std::vector<float>{0, 0}}) {
    CHECK(interpolate(a, b, 5, PathKind::Spherical) == interpolate(a, b, 5, PathKind::Linear));
  }
}

TEST_CASE("a path of one step, or between codes of two sizes, is refused", "[latent_space]") {
  const std::vector<float> two{1, 2};
  CHECK_THROWS_AS(interpolate(two, two, 1, PathKind::Linear), Error);
  CHECK_THROWS_AS(interpolate(two, std::vector<float>{1}, 3, PathKind::Linear), Error);
}

TEST_CASE("a traversal moves one entry from end to end", "[latent_space]") {
  CHECK(traverse(std::vector<float>{7, 8, 9}, 1, -2, 2, 3) ==
        std::vector<float>{7, -2, 9, 7, 0, 9, 7, 2, 9});
  CHECK_THROWS_AS(traverse(std::vector<float>{7, 8}, 2, -1, 1, 3), Error);
}
