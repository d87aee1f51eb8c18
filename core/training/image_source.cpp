#include "training/image_source.h"

#include <algorithm>
#include <array>
#include <utility>

#include "nn/kernels/kernels.h"

namespace latent::training {
namespace {

const std::array<float, 256>& grey_values() {
  static const std::array<float, 256> values = [] {
    std::array<float, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i) / 255.0F;
    return table;
  }();
  return values;
}

/// One picture into the middle of a zeroed padded one.
void place(std::span<const std::uint8_t> image, const ImageShape& shape, int padding,
           float* target) {
  const auto& grey = grey_values();
  if (padding == 0) {
    std::transform(image.begin(), image.end(), target,
                   [&](std::uint8_t value) { return grey[value]; });
    return;
  }
  const ImageShape outer = padded(shape, padding);
  const std::uint8_t* source = image.data();
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int row = 0; row < shape.height; ++row, source += shape.width) {
      const std::int64_t line = std::int64_t{channel} * outer.height + row + padding;
      std::transform(source, source + shape.width, target + line * outer.width + padding,
                     [&](std::uint8_t value) { return grey[value]; });
    }
  }
}

Tensor empty_images(std::int64_t n, const ImageShape& shape, int padding) {
  const ImageShape outer = padded(shape, padding);
  const std::array<std::int64_t, 4> sizes = {n, outer.channels, outer.height, outer.width};
  return padding == 0 ? torch::empty(sizes) : torch::zeros(sizes);
}

}  // namespace

std::int64_t rows_at_once(const ImageShape& shape) {
  constexpr std::int64_t kPixels = 500 * 32 * 32;
  return std::clamp<std::int64_t>(kPixels / shape.pixels(), 1, 500);
}

ImageShape padded(const ImageShape& shape, int padding) {
  return {shape.channels, shape.height + 2 * padding, shape.width + 2 * padding};
}

Tensor to_tensor(std::span<const std::uint8_t> images, const ImageShape& shape, int padding) {
  const auto pixels = static_cast<std::size_t>(shape.pixels());
  const auto n = static_cast<std::int64_t>(images.size() / pixels);
  Tensor x = empty_images(n, shape, padding);
  float* target = x.data_ptr<float>();
  for (std::int64_t i = 0; i < n; ++i, target += padded(shape, padding).pixels()) {
    place(images.subspan(static_cast<std::size_t>(i) * pixels, pixels), shape, padding, target);
  }
  return x;
}

Tensor binarize(const Tensor& x, Binarization binarization, const at::Generator& generator) {
  switch (binarization) {
    case Binarization::Threshold:
      return x.ge(0.5).to(torch::kFloat32);
    case Binarization::ResampledEachEpoch:
      return torch::bernoulli(x, generator);
    case Binarization::None:
      break;
  }
  return x;
}

ImageSource::ImageSource(std::shared_ptr<const Dataset> data, int padding,
                         Binarization binarization)
    : data_(std::move(data)), padding_(padding), binarization_(binarization) {}

models::Batch ImageSource::rows(const Tensor& index, const at::Generator& generator) const {
  const torch::NoGradGuard no_grad;
  const Tensor rows = index.contiguous();
  const std::int64_t n = rows.numel();
  const std::int64_t* row = rows.data_ptr<std::int64_t>();
  const ImageShape outer = padded(data_->shape, padding_);
  const Tensor x = torch::empty({n, outer.channels, outer.height, outer.width});
  const Tensor labels = torch::empty({n}, torch::kInt64);
  auto* label = labels.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    TORCH_CHECK(row[i] >= 0 && row[i] < size(), "expected a row below ", size(), ", got ", row[i]);
    label[i] = data_->labels[static_cast<std::size_t>(row[i])];
  }
  nn::kernels::gather_images(
      data_->images.data(), {row, static_cast<std::size_t>(n)},
      {data_->shape.channels, data_->shape.height, data_->shape.width, padding_},
      x.data_ptr<float>());
  return {binarize(x, binarization_, generator), labels, rows};
}

models::Batch ImageSource::range(std::int64_t first, std::int64_t count,
                                 const at::Generator& generator) const {
  return rows(torch::arange(first, std::min(first + count, size()), torch::kInt64), generator);
}

}  // namespace latent::training
