#include "ui/drawn_digit.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace latent::ui {
namespace {

constexpr int kBox = 20;    // of the digit
constexpr int kField = 28;  // of the picture
constexpr int kInk = 16;    // darker is paper

/// The smallest rectangle around all ink; null when there is none.
QRect inkBounds(const QImage& grey) {
  QRect bounds;
  for (int y = 0; y < grey.height(); ++y) {
    const uchar* row = grey.constScanLine(y);
    for (int x = 0; x < grey.width(); ++x) {
      if (row[x] >= kInk) bounds |= QRect(x, y, 1, 1);
    }
  }
  return bounds;
}

/// Scaled by the mean over the pixels that fall together, without borrowing from beside the edge.
QImage shrunk(const QImage& grey, const QSize& size) {
  return grey.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)
      .convertToFormat(QImage::Format_Grayscale8);
}

QSize fitted(const QSize& size, const QSize& room) {
  return size.scaled(room, Qt::KeepAspectRatio).expandedTo(QSize(1, 1));
}

QPointF centreOfMass(const QImage& grey) {
  double mass = 0.0;
  QPointF sum;
  for (int y = 0; y < grey.height(); ++y) {
    const uchar* row = grey.constScanLine(y);
    for (int x = 0; x < grey.width(); ++x) {
      mass += row[x];
      sum += QPointF(x + 0.5, y + 0.5) * row[x];
    }
  }
  return mass > 0.0 ? sum / mass : QPointF(grey.width() / 2.0, grey.height() / 2.0);
}

QImage onBlack(const QSize& size, const QImage& picture, const QPoint& at) {
  QImage field(size, QImage::Format_Grayscale8);
  field.fill(0);
  for (int y = 0; y < picture.height(); ++y) {
    if (y + at.y() < 0 || y + at.y() >= size.height()) continue;
    const uchar* from = picture.constScanLine(y);
    uchar* to = field.scanLine(y + at.y());
    for (int x = 0; x < picture.width(); ++x) {
      if (x + at.x() >= 0 && x + at.x() < size.width()) to[x + at.x()] = from[x];
    }
  }
  return field;
}

}  // namespace

Framing framingFor(const ImageShape& shape) {
  return shape == ImageShape{1, kField, kField} ? Framing::Mnist : Framing::Plain;
}

std::vector<std::uint8_t> frameDrawing(const QImage& drawing, const ImageShape& shape) {
  const QSize size(shape.width, shape.height);
  const QImage grey = drawing.convertToFormat(QImage::Format_Grayscale8);
  const QRect ink = inkBounds(grey);
  QImage field(size, QImage::Format_Grayscale8);
  field.fill(0);
  if (!ink.isNull() && framingFor(shape) == Framing::Mnist) {
    const QImage digit = shrunk(grey.copy(ink), fitted(ink.size(), QSize(kBox, kBox)));
    const QPointF middle = QPointF(kField / 2.0, kField / 2.0) - centreOfMass(digit);
    field = onBlack(size, digit,
                    QPoint(static_cast<int>(std::lround(middle.x())),
                           static_cast<int>(std::lround(middle.y()))));
  } else if (!ink.isNull()) {
    const QImage picture = shrunk(grey, fitted(grey.size(), size));
    field = onBlack(
        size, picture,
        QPoint((size.width() - picture.width()) / 2, (size.height() - picture.height()) / 2));
  }
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(shape.pixels()));
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int y = 0; y < field.height(); ++y) {
      const uchar* row = field.constScanLine(y);
      pixels.insert(pixels.end(), row, row + field.width());
    }
  }
  return pixels;
}

QImage asDrawing(const QImage& picture, int side, bool* inverted) {
  // What is transparent is paper.
  QImage flat(picture.size(), QImage::Format_RGB32);
  flat.fill(picture.hasAlphaChannel() ? Qt::white : Qt::black);
  QPainter painter(&flat);
  painter.drawImage(0, 0, picture);
  painter.end();
  QImage grey = flat.convertToFormat(QImage::Format_Grayscale8);
  double sum = 0.0;
  for (int y = 0; y < grey.height(); ++y) {
    const uchar* row = grey.constScanLine(y);
    for (int x = 0; x < grey.width(); ++x) sum += row[x];
  }
  const bool light = sum > 127.5 * grey.width() * grey.height();
  if (light) grey.invertPixels();
  if (inverted != nullptr) *inverted = light;
  const QImage scaled = shrunk(grey, fitted(grey.size(), QSize(side, side)));
  return onBlack(QSize(side, side), scaled,
                 QPoint((side - scaled.width()) / 2, (side - scaled.height()) / 2));
}

}  // namespace latent::ui
