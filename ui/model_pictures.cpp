#include "ui/model_pictures.h"

#include <algorithm>

#include "ui/widgets/pictures.h"

namespace latent::ui {

std::size_t pixelsOf(const FrozenModel& model) {
  return static_cast<std::size_t>(model.shape().pixels());
}

std::vector<std::int32_t> repeatedLabel(const FrozenModel& model, int label, std::size_t count) {
  if (!model.info().conditional) return {};
  return std::vector<std::int32_t>(count, std::max(0, label));
}

std::vector<float> decodeCodes(const FrozenModel& model, std::span<const float> codes,
                               std::span<const std::int32_t> labels) {
  const std::size_t n = codes.size() / static_cast<std::size_t>(model.latent_dim());
  std::vector<float> pixels(n * pixelsOf(model));
  model.decode(codes, labels, pixels);
  return pixels;
}

QVector<QImage> toImages(const FrozenModel& model, std::span<const float> pixels) {
  const ImageShape shape = model.shape();
  const std::size_t size = pixelsOf(model);
  QVector<QImage> images;
  for (std::size_t at = 0; at + size <= pixels.size(); at += size) {
    images.append(
        imageFromFloats(pixels.subspan(at, size), shape.channels, shape.height, shape.width));
  }
  return images;
}

Rows gather(const Dataset& data, const std::vector<std::int64_t>& indices) {
  Rows rows;
  for (const std::int64_t index : indices) {
    const auto image = data.image(index);
    rows.images.insert(rows.images.end(), image.begin(), image.end());
    rows.labels.push_back(std::max(0, data.labels[static_cast<std::size_t>(index)]));
  }
  return rows;
}

}  // namespace latent::ui
