#pragma once

#include <QImage>
#include <QVector>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "latent/dataset.h"
#include "latent/snapshot.h"

/// What goes into frozen weights and comes out of them, in blocks of many pictures.
namespace latent::ui {

std::size_t pixelsOf(const FrozenModel& model);
/// `count` times `label` (the first class where it is none) for a system that is told the class;
/// empty for all others.
std::vector<std::int32_t> repeatedLabel(const FrozenModel& model, int label, std::size_t count);
/// Pixels of codes [n, L], 0 … 1, one picture after another.
std::vector<float> decodeCodes(const FrozenModel& model, std::span<const float> codes,
                               std::span<const std::int32_t> labels);
QVector<QImage> toImages(const FrozenModel& model, std::span<const float> pixels);

/// The named rows of a data set, as one block.
struct Rows {
  std::vector<std::uint8_t> images;
  std::vector<std::int32_t> labels;
};

Rows gather(const Dataset& data, const std::vector<std::int64_t>& indices);

}  // namespace latent::ui
