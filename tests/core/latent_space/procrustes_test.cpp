#include "latent/procrustes.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "latent/error.h"
#include "support/catch.h"

using namespace latent;

namespace {

std::vector<float> cloud(int n, unsigned seed) {
  std::mt19937 random{seed};
  std::normal_distribution<float> normal;
  std::vector<float> points;
  for (int i = 0; i < n; ++i) {
    points.push_back(3.0F * normal(random));
    points.push_back(normal(random));
  }
  return points;
}

std::vector<float> turned(const std::vector<float>& points, const PlaneTurn& turn) {
  std::vector<float> result;
  for (std::size_t i = 0; i < points.size(); i += 2) {
    result.push_back(static_cast<float>(turn[0] * points[i] + turn[1] * points[i + 1]));
    result.push_back(static_cast<float>(turn[2] * points[i] + turn[3] * points[i + 1]));
  }
  return result;
}

double squared_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

PlaneTurn rotation(double angle) {
  return {std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)};
}
PlaneTurn reflection(double angle) {
  return {std::cos(angle), std::sin(angle), std::sin(angle), -std::cos(angle)};
}

}  // namespace

TEST_CASE("a known rotation or reflection is found again", "[procrustes]") {
  const std::vector<float> points = cloud(200, 1);
  for (const double angle : {0.0, 0.3, 1.9, 3.1, -2.2}) {
    for (const PlaneTurn& true_turn : {rotation(angle), reflection(angle)}) {
      const PlaneTurn found = procrustes(points, turned(points, true_turn));
      for (std::size_t i = 0; i < 4; ++i) CHECK(found[i] == Approx(true_turn[i]).margin(1e-6));
    }
  }
}

TEST_CASE("no other turn brings the points nearer", "[procrustes]") {
  const std::vector<float> points = cloud(80, 2);
  const std::vector<float> target = cloud(80, 3);
  const double best = squared_distance(turned(points, procrustes(points, target)), target);
  for (int step = 0; step < 720; ++step) {
    const double angle = step * std::acos(-1.0) / 360.0;
    CHECK(best <= squared_distance(turned(points, rotation(angle)), target) + 1e-3);
    CHECK(best <= squared_distance(turned(points, reflection(angle)), target) + 1e-3);
  }
}

TEST_CASE("a cloud that is only larger is not turned, and never scaled", "[procrustes]") {
  const std::vector<float> points = cloud(50, 4);
  std::vector<float> larger = points;
  for (float& value : larger) value *= 7.0F;
  const PlaneTurn turn = procrustes(points, larger);
  CHECK(turn[0] == Approx(1.0));
  CHECK(turn[1] == Approx(0.0).margin(1e-9));
  CHECK(turn[0] * turn[0] + turn[2] * turn[2] == Approx(1.0));
}

TEST_CASE("points without a place do not count, and without any nothing turns", "[procrustes]") {
  std::vector<float> points = cloud(40, 5);
  std::vector<float> target = turned(points, rotation(0.7));
  points[6] = std::numeric_limits<float>::quiet_NaN();
  target[20] = std::numeric_limits<float>::quiet_NaN();
  CHECK(procrustes(points, target)[0] == Approx(std::cos(0.7)));
  CHECK(procrustes({}, {}) == PlaneTurn{1.0, 0.0, 0.0, 1.0});
  const std::vector<float> two(4);
  const std::vector<float> three(6);
  CHECK_THROWS_AS(procrustes(two, three), Error);
}
