#pragma once

#include <QImage>
#include <cstdint>
#include <vector>

#include "latent/dataset.h"

namespace latent::ui {

/// How a drawing becomes a picture of a data set.
enum class Framing {
  Mnist,  ///< 20×20 box, centre of mass in the middle of 28×28 (LeCun et al. 1998)
  Plain,  ///< the whole drawing scaled to the picture, its aspect kept
};
/// Mnist for grey pictures of 28×28, Plain for all others.
Framing framingFor(const ImageShape& shape);

/// A drawing, white on black, as the network sees it: [C, H, W], 0 … 255, each channel the same.
/// All 0 for an empty drawing.
std::vector<std::uint8_t> frameDrawing(const QImage& drawing, const ImageShape& shape);

/// Any picture as white on black in a square of `side` pixels, its aspect kept; dark strokes on
/// light paper are turned over, which `*inverted` tells.
QImage asDrawing(const QImage& picture, int side, bool* inverted = nullptr);

}  // namespace latent::ui
