#include "ui/widgets/pictures.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace latent::ui {
namespace {

template <typename Pixel, typename ToByte>
QImage makeImage(std::span<const Pixel> pixels, int channels, int height, int width,
                 ToByte toByte) {
  const auto plane = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  if (width <= 0 || height <= 0 || (channels != 1 && channels != 3) ||
      pixels.size() != plane * static_cast<std::size_t>(channels)) {
    return {};
  }
  QImage image(width, height, channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
  for (int y = 0; y < height; ++y) {
    uchar* row = image.scanLine(y);
    const Pixel* source = pixels.data() + static_cast<std::size_t>(y) * width;
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        row[x * channels + c] = toByte(source[static_cast<std::size_t>(c) * plane + x]);
      }
    }
  }
  return image;
}

}  // namespace

QImage imageFromFloats(std::span<const float> pixels, int channels, int height, int width) {
  return makeImage(pixels, channels, height, width, [](float value) {
    // A value that is not a number is drawn black, like 0.
    return static_cast<uchar>(value > 0.0F ? std::lround(std::min(value, 1.0F) * 255.0F) : 0);
  });
}

QImage imageFromBytes(std::span<const std::uint8_t> pixels, int channels, int height, int width) {
  return makeImage(pixels, channels, height, width, [](std::uint8_t value) { return value; });
}

QRectF pictureRect(const QRectF& target, const QSize& picture) {
  const QSizeF size = QSizeF(picture).scaled(target.size(), Qt::KeepAspectRatio);
  return {target.center() - QPointF(size.width() / 2, size.height() / 2), size};
}

void drawPicture(QPainter& painter, const QRectF& target, const QImage& image,
                 Enlargement enlargement) {
  if (image.isNull() || target.isEmpty()) return;
  painter.save();
  const QRectF area = pictureRect(target, image.size());
  const double enlarged = area.width() * painter.device()->devicePixelRatioF() / image.width();
  painter.setRenderHint(QPainter::SmoothPixmapTransform,
                        enlargement == Enlargement::Smooth || enlarged < 1.0);
  painter.drawImage(area, image);
  painter.restore();
}

}  // namespace latent::ui
