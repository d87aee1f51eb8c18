#pragma once

#include <memory>

#include "latent/dataset.h"
#include "latent/training_config.h"
#include "models/autoencoder.h"

namespace latent::training {

using torch::Tensor;

/// One part of a data set as batches: the images stay bytes, a batch is gathered, padded and
/// binarised as the configuration says.
class ImageSource final : public models::TrainingData {
 public:
  ImageSource(std::shared_ptr<const Dataset> data, int padding, Binarization binarization);

  std::int64_t size() const override { return data_->size(); }
  int classes() const override { return static_cast<int>(data_->class_names.size()); }
  models::Batch rows(const Tensor& index, const at::Generator& generator) const override;
  /// Rows first … first + count − 1, fewer at the end.
  models::Batch range(std::int64_t first, std::int64_t count, const at::Generator& generator) const;

 private:
  std::shared_ptr<const Dataset> data_;
  int padding_;
  Binarization binarization_;
};

/// How many pictures of `shape` go through a network at once when they are only looked at: 500 up
/// to 32×32, fewer of larger ones, so that memory and the wait for a command stay bounded.
std::int64_t rows_at_once(const ImageShape& shape);

/// The shape with `padding` zeros on each side.
ImageShape padded(const ImageShape& shape, int padding);

/// `images` [n, C, H, W] bytes to [n, C, H + 2p, W + 2p] float32 in [0, 1].
Tensor to_tensor(std::span<const std::uint8_t> images, const ImageShape& shape, int padding);

/// Threshold: 1 from 0.5 on. ResampledEachEpoch: Bernoulli with the grey value as probability.
Tensor binarize(const Tensor& x, Binarization binarization, const at::Generator& generator);

}  // namespace latent::training
