#include "latent/classifier.h"

#include <algorithm>
#include <vector>

namespace latent {

double accuracy(const Classifier& classifier, const Dataset& data) {
  constexpr std::size_t kImagesAtOnce = 500;
  const auto n = static_cast<std::size_t>(data.size());
  const auto pixels = static_cast<std::size_t>(data.shape.pixels());
  const auto classes = static_cast<std::size_t>(classifier.classes());
  std::vector<float> probabilities(kImagesAtOnce * classes);
  std::size_t labelled = 0;
  std::size_t right = 0;
  for (std::size_t first = 0; first < n; first += kImagesAtOnce) {
    const std::size_t count = std::min(kImagesAtOnce, n - first);
    classifier.classify(std::span{data.images}.subspan(first * pixels, count * pixels),
                        std::span{probabilities}.first(count * classes));
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t label = data.labels[first + i];
      if (label < 0) continue;
      ++labelled;
      const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
      const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row;
      if (best == label) ++right;
    }
  }
  return labelled == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(labelled);
}

}  // namespace latent
