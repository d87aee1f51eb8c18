#pragma once

#include <QImage>
#include <cstdint>
#include <span>

namespace latent::ui {

/// Planar `pixels` [C, H, W] in 0 … 1 (clamped) as grey (C = 1) or RGB (C = 3); a null image when
/// the size does not fit.
QImage imageFromFloats(std::span<const float> pixels, int channels, int height, int width);
/// Planar `pixels` [C, H, W] in 0 … 255.
QImage imageFromBytes(std::span<const std::uint8_t> pixels, int channels, int height, int width);

/// How a small picture is enlarged.
enum class Enlargement { Crisp, Smooth };

/// Draws `image` into `target` with its aspect kept, centred, at device resolution.
void drawPicture(class QPainter& painter, const class QRectF& target, const QImage& image,
                 Enlargement enlargement);

}  // namespace latent::ui
