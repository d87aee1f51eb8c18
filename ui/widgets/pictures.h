#pragma once

#include <QImage>
#include <QRectF>
#include <cstdint>
#include <span>

class QPainter;

namespace latent::ui {

/// Planar `pixels` [C, H, W] in 0 … 1 (clamped) as grey (C = 1) or RGB (C = 3); a null image when
/// the size does not fit.
QImage imageFromFloats(std::span<const float> pixels, int channels, int height, int width);
/// Planar `pixels` [C, H, W] in 0 … 255.
QImage imageFromBytes(std::span<const std::uint8_t> pixels, int channels, int height, int width);

/// How a small picture is enlarged.
enum class Enlargement { Crisp, Smooth };

/// Where a picture of that size lies when it fills `target` with its aspect kept, centred.
QRectF pictureRect(const QRectF& target, const QSize& picture);
/// Draws `image` into `target` with its aspect kept, centred, at device resolution.
void drawPicture(QPainter& painter, const QRectF& target, const QImage& image,
                 Enlargement enlargement);

}  // namespace latent::ui
