#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "data/random_stream.h"
#include "latent/error.h"
#include "latent/tasks.h"

namespace latent {
namespace {

constexpr std::uint64_t kMaskSeed = 57;

[[noreturn]] void refuse_mask(const std::string& description, const std::string& why = {}) {
  throw Error(ErrorCode::InvalidConfig,
              "A mask is lower-half, left-half, centre, box:X,Y,W,H or random:SHARE" + why +
                  "; found \"" + description + "\".");
}

std::vector<double> mask_numbers(const std::string& description, std::size_t from) {
  std::vector<double> numbers;
  const char* at = description.data() + from;
  const char* end = description.data() + description.size();
  while (true) {
    double number = 0.0;
    const auto [rest, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || !std::isfinite(number)) refuse_mask(description);
    numbers.push_back(number);
    if (rest == end) return numbers;
    if (*rest != ',') refuse_mask(description);
    at = rest + 1;
  }
}

struct MaskBox {
  int x;
  int y;
  int width;
  int height;
};

std::vector<std::uint8_t> mask_of_box(const ImageShape& shape, const MaskBox& box) {
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(shape.height) *
                                 static_cast<std::size_t>(shape.width));
  for (int y = box.y; y < box.y + box.height; ++y) {
    for (int x = box.x; x < box.x + box.width; ++x) {
      mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(shape.width) +
           static_cast<std::size_t>(x)] = 1;
    }
  }
  return mask;
}

}  // namespace

std::vector<std::uint8_t> hidden_pixels(const std::string& description, const ImageShape& shape) {
  const int height = shape.height;
  const int width = shape.width;
  if (description == "lower-half") {
    return mask_of_box(shape, {0, height / 2, width, height - height / 2});
  }
  if (description == "left-half") return mask_of_box(shape, {0, 0, width / 2, height});
  if (description == "centre") {
    return mask_of_box(shape, {width / 4, height / 4, width / 2, height / 2});
  }
  if (description.starts_with("box:")) {
    const std::vector<double> numbers = mask_numbers(description, 4);
    if (numbers.size() != 4) refuse_mask(description);
    for (const double number : numbers) {
      if (number != std::floor(number) || number < 0.0 || number > 1e6) refuse_mask(description);
    }
    const MaskBox box{static_cast<int>(numbers[0]), static_cast<int>(numbers[1]),
                      static_cast<int>(numbers[2]), static_cast<int>(numbers[3])};
    if (box.width < 1 || box.height < 1 || box.x + box.width > width ||
        box.y + box.height > height) {
      refuse_mask(description, ", the box inside the picture of " + std::to_string(width) + " × " +
                                   std::to_string(height) + " pixels");
    }
    return mask_of_box(shape, box);
  }
  if (description.starts_with("random:")) {
    const std::vector<double> numbers = mask_numbers(description, 7);
    if (numbers.size() != 1 || numbers[0] <= 0.0 || numbers[0] > 1.0) {
      refuse_mask(description, ", the share above 0 and up to 1");
    }
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(height) *
                                   static_cast<std::size_t>(width));
    const auto hidden =
        static_cast<std::size_t>(std::lround(numbers[0] * static_cast<double>(mask.size())));
    const auto order = permutation(static_cast<std::int64_t>(mask.size()), kMaskSeed);
    for (std::size_t i = 0; i < hidden; ++i) mask[static_cast<std::size_t>(order[i])] = 1;
    return mask;
  }
  refuse_mask(description);
}

}  // namespace latent
