#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "latent/dataset.h"
#include "latent/snapshot.h"

namespace latent::test {

/// A system whose numbers can be done by hand: pictures of 1 × 1 × L pixels whose code is the
/// pixels themselves (byte values), all log-variances −2, and a reconstruction error of ten nats
/// for each unit of the first pixel.
class FixedModel final : public FrozenModel {
 public:
  explicit FixedModel(int latent_dim) {
    info_.id = "fixed";
    info_.title = "Fixed";
    info_.gaussian_posterior = true;
    shape_ = {1, 1, latent_dim};
  }

  ModelInfo& about() { return info_; }
  const ModelInfo& info() const override { return info_; }
  ImageShape shape() const override { return shape_; }
  int latent_dim() const override { return shape_.width; }
  void encode(std::span<const std::uint8_t> images, std::span<const std::int32_t> /*labels*/,
              std::span<float> mean, std::span<float> log_var) const override {
    std::transform(images.begin(), images.end(), mean.begin(),
                   [](std::uint8_t value) { return static_cast<float>(value); });
    std::fill(log_var.begin(), log_var.end(), -2.0F);
  }
  void decode(std::span<const float> /*codes*/, std::span<const std::int32_t> /*labels*/,
              std::span<float> pixels) const override {
    std::fill(pixels.begin(), pixels.end(), 0.0F);
  }
  void reconstruction_error(std::span<const std::uint8_t> images,
                            std::span<const std::int32_t> /*labels*/,
                            std::span<float> nats) const override {
    for (std::size_t i = 0; i < nats.size(); ++i) {
      nats[i] = 10.0F * static_cast<float>(images[i * static_cast<std::size_t>(shape_.width)]);
    }
  }
  std::vector<float> sample_prior(std::int64_t /*n*/, std::uint64_t /*seed*/) const override {
    return {};
  }

 private:
  ModelInfo info_;
  ImageShape shape_;
};

/// Pictures of 1 × 1 × width pixels with a label each; `classes` names.
inline std::shared_ptr<Dataset> pixel_rows(int width, std::vector<std::uint8_t> pixels,
                                           std::vector<std::int32_t> labels, int classes) {
  auto data = std::make_shared<Dataset>();
  data->shape = {1, 1, width};
  data->images = std::move(pixels);
  data->labels = std::move(labels);
  for (int c = 0; c < classes; ++c) data->class_names.push_back(std::to_string(c));
  return data;
}

}  // namespace latent::test
