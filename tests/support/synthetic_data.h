#pragma once

#include <memory>
#include <random>
#include <string>

#include "latent/dataset.h"

namespace latent::test {

/// Images with something to learn: a bright bar whose place depends on the class, with noise.
inline std::shared_ptr<const Dataset> bars(std::int64_t count, ImageShape shape, unsigned seed) {
  constexpr int kClasses = 4;
  auto data = std::make_shared<Dataset>();
  data->shape = shape;
  for (int i = 0; i < kClasses; ++i) data->class_names.push_back(std::to_string(i));
  std::mt19937 random{seed};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<int>(random() % kClasses);
    data->labels.push_back(label);
    for (int c = 0; c < shape.channels; ++c) {
      for (int y = 0; y < shape.height; ++y) {
        for (int x = 0; x < shape.width; ++x) {
          const bool inside = y * kClasses / shape.height == label && x > 0;
          data->images.push_back(static_cast<std::uint8_t>((inside ? 200U : 5U) + random() % 50U));
        }
      }
    }
  }
  return data;
}

inline DataSplit bars_split(ImageShape shape = {1, 8, 8}, std::int64_t train = 200,
                            const std::string& fingerprint = "bars") {
  return {.id = "bars",
          .title = "Bars",
          .fingerprint = fingerprint,
          .train = bars(train, shape, 1),
          .validation = bars(40, shape, 2),
          .test = bars(40, shape, 3)};
}

}  // namespace latent::test
