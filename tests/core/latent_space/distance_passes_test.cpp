#include "latent_space/distance_passes.h"

#include <cmath>
#include <random>
#include <vector>

#include "support/catch.h"

using namespace latent;

namespace {

/// Those that this processor has.
std::vector<InstructionSet> instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::Plain};
  if (instruction_set() >= InstructionSet::Avx2) sets.push_back(InstructionSet::Avx2);
  if (instruction_set() >= InstructionSet::Avx512) sets.push_back(InstructionSet::Avx512);
  return sets;
}

std::vector<float> normal_numbers(std::size_t count, unsigned seed) {
  std::mt19937 random{seed};
  std::normal_distribution<float> normal;
  std::vector<float> numbers(count);
  for (float& number : numbers) number = normal(random);
  return numbers;
}

}  // namespace

TEST_CASE("a projection has the same bits with every instruction set, and is right to the last one",
          "[latent_space]") {
  constexpr std::size_t kCount = 37;
  for (const std::size_t dim : {1, 2, 3, 7, 8, 9, 15, 16, 20, 31, 64}) {
    const std::vector<float> codes = normal_numbers(kCount * dim, 1);
    const std::vector<float> origin = normal_numbers(dim, 2);
    const std::vector<float> axes = normal_numbers(2 * dim, 3);
    std::vector<float> plain;
    for (const InstructionSet set : instruction_sets()) {
      std::vector<float> points(2 * kCount);
      passes::project(codes.data(), kCount, dim, origin.data(), axes.data(), points.data(), set);
      if (plain.empty()) plain = points;
      CAPTURE(dim, static_cast<int>(set));
      CHECK(points == plain);
      // One code alone lies where it lies among others.
      std::vector<float> alone(2);
      passes::project(codes.data() + 5 * dim, 1, dim, origin.data(), axes.data(), alone.data(),
                      set);
      CHECK(alone == std::vector<float>{points[10], points[11]});
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      for (std::size_t axis = 0; axis < 2; ++axis) {
        long double sum = 0.0L;
        for (std::size_t l = 0; l < dim; ++l) {
          sum += (static_cast<long double>(codes[i * dim + l]) - origin[l]) * axes[axis * dim + l];
        }
        CHECK(plain[2 * i + axis] == Approx(static_cast<double>(sum)).epsilon(1e-7).margin(1e-12));
      }
    }
  }
}

TEST_CASE("squared distances have the same bits with every instruction set", "[latent_space]") {
  constexpr std::size_t kCount = 64;
  for (const std::size_t dim : {1, 2, 3, 8, 9, 20, 33}) {
    const std::vector<float> numbers = normal_numbers(kCount * dim, 4);
    const std::vector<float> query = normal_numbers(dim, 5);
    std::vector<float> by_columns;
    std::vector<double> by_rows;
    for (const InstructionSet set : instruction_sets()) {
      CAPTURE(dim, static_cast<int>(set));
      std::vector<float> columns(kCount);
      std::vector<double> rows(kCount);
      const bool any = passes::distances_within(numbers.data(), kCount, dim, query.data(), 1e9F,
                                                columns.data(), set);
      CHECK(any);
      CHECK_FALSE(passes::distances_within(numbers.data(), kCount, dim, query.data(), -1.0F,
                                           columns.data(), set));
      passes::squared_distances(numbers.data(), kCount, dim, query.data(), rows.data(), set);
      if (by_rows.empty()) {
        by_columns = columns;
        by_rows = rows;
      }
      CHECK(columns == by_columns);
      CHECK(rows == by_rows);
    }
    for (std::size_t i = 0; i < kCount; ++i) {
      double columns = 0.0;
      double rows = 0.0;
      for (std::size_t l = 0; l < dim; ++l) {
        columns += std::pow(double{numbers[l * kCount + i]} - double{query[l]}, 2);
        rows += std::pow(double{numbers[i * dim + l]} - double{query[l]}, 2);
      }
      CHECK(by_columns[i] == Approx(columns).epsilon(1e-5));
      CHECK(by_rows[i] == Approx(rows).epsilon(1e-12));
    }
  }
}

TEST_CASE("a code that is not finite spoils no other's distance", "[latent_space]") {
  std::vector<float> codes = normal_numbers(3 * 11, 6);
  const std::vector<float> query = normal_numbers(11, 7);
  std::vector<double> before(3);
  passes::squared_distances(codes.data(), 3, 11, query.data(), before.data());
  codes[11 + 4] = INFINITY;  // is read twice: once by eights, once with the last ones
  for (const InstructionSet set : instruction_sets()) {
    std::vector<double> squared(3);
    passes::squared_distances(codes.data(), 3, 11, query.data(), squared.data(), set);
    CHECK(squared[0] == before[0]);
    CHECK(squared[1] == INFINITY);
    CHECK(squared[2] == before[2]);
  }
}

TEST_CASE("distances of pictures have the same bits with every instruction set", "[latent_space]") {
  std::mt19937 random{8};
  for (const std::size_t pixels : {1, 15, 16, 63, 64, 100, 784, 40000}) {
    std::vector<std::uint8_t> a(pixels);
    std::vector<std::uint8_t> b(pixels);
    std::vector<float> wanted(pixels);
    std::int64_t whole = 0;
    double real = 0.0;
    for (std::size_t p = 0; p < pixels; ++p) {
      a[p] = static_cast<std::uint8_t>(random() % 256);
      b[p] = static_cast<std::uint8_t>(random() % 256);
      wanted[p] = static_cast<float>(random() % 25600) / 100.0F;
      whole += (std::int64_t{a[p]} - b[p]) * (std::int64_t{a[p]} - b[p]);
      real += std::pow(double(a[p]) - double{wanted[p]}, 2);
    }
    const float plain =
        passes::squared_picture_distance(a.data(), wanted.data(), pixels, InstructionSet::Plain);
    CHECK(plain == Approx(real).epsilon(1e-5));
    for (const InstructionSet set : instruction_sets()) {
      CAPTURE(pixels, static_cast<int>(set));
      CHECK(passes::squared_picture_distance(a.data(), wanted.data(), pixels, set) == plain);
      CHECK(passes::squared_pixel_distance(a.data(), b.data(), pixels, set) == whole);
    }
  }
}
