#pragma once

#include <algorithm>
#include <vector>

#include "latent/classifier.h"

namespace latent::test {

/// Gives a picture, surely, to the class whose mean picture is nearest.
class NearestMeanClassifier : public Classifier {
 public:
  explicit NearestMeanClassifier(const Dataset& data)
      : m_shape(data.shape), m_means(data.class_names.size()) {
    const auto pixels = static_cast<std::size_t>(m_shape.pixels());
    std::vector<double> counts(m_means.size());
    for (auto& mean : m_means) mean.resize(pixels);
    for (std::int64_t row = 0; row < data.size(); ++row) {
      const std::int32_t label = data.labels[static_cast<std::size_t>(row)];
      if (label < 0) continue;
      const auto image = data.image(row);
      for (std::size_t p = 0; p < pixels; ++p) m_means[std::size_t(label)][p] += image[p];
      ++counts[std::size_t(label)];
    }
    for (std::size_t y = 0; y < m_means.size(); ++y) {
      for (double& value : m_means[y]) value /= std::max(1.0, counts[y]);
    }
  }

  ImageShape shape() const override { return m_shape; }
  int classes() const override { return static_cast<int>(m_means.size()); }
  void classify(std::span<const std::uint8_t> images,
                std::span<float> probabilities) const override {
    const auto pixels = static_cast<std::size_t>(m_shape.pixels());
    std::fill(probabilities.begin(), probabilities.end(), 0.0F);
    for (std::size_t i = 0; i * pixels < images.size(); ++i) {
      std::vector<double> distances;
      for (const auto& mean : m_means) {
        double square = 0.0;
        for (std::size_t p = 0; p < pixels; ++p) {
          const double difference = images[i * pixels + p] - mean[p];
          square += difference * difference;
        }
        distances.push_back(square);
      }
      const auto nearest = std::min_element(distances.begin(), distances.end());
      probabilities[i * m_means.size() + std::size_t(nearest - distances.begin())] = 1.0F;
    }
  }

 private:
  ImageShape m_shape;
  std::vector<std::vector<double>> m_means;  // [K][D]
};

}  // namespace latent::test
