#pragma once

#include <QImage>
#include <QPointF>
#include <QRgb>
#include <cstdint>
#include <vector>

#include "ui/plots/map_points.h"

namespace latent::ui {

/// pixel = scale · position + offset, per axis, in device pixels of the image.
struct PlaneToPixel {
  double scaleX = 1.0;
  double offsetX = 0.0;
  double scaleY = -1.0;
  double offsetY = 0.0;

  QPointF map(double x, double y) const { return {scaleX * x + offsetX, scaleY * y + offsetY}; }
};

struct SplatStyle {
  double diameter = 4.0;             ///< of a dot, device pixels
  std::vector<QRgb> classColors;     ///< one per class
  QRgb unlabelled = 0xff808080;      ///< label -1 or beyond the colours
  std::vector<std::uint8_t> bright;  ///< per class, 0 = dimmed; empty: all bright
  bool unlabelledBright = true;
  QRgb dimmed = 0xff808080;  ///< what dimmed dots fade towards
  QRgb dense = 0xff000000;   ///< what crowded pixels deepen towards
  float opacity = 0.8F;      ///< of one dot alone

  /// Instead of the class's colour: `scaleColors` at each point's step, the last for unknown ones.
  const std::vector<std::uint8_t>* steps = nullptr;  ///< [n]
  std::vector<QRgb> scaleColors;                     ///< [PointScale::kSteps + 1]
  /// When given, points that are not selected are dimmed.
  const PointSelection* selection = nullptr;
};

/// Draws points as antialiased dots into an image, whatever their number. What a pixel shows does
/// not depend on the order of the points: its colour is the mean of the dots that cover it, its
/// opacity grows with how many they are, and where they are very many the colour deepens.
///
/// Points are sorted into tiles of the image, so that what is being summed stays in the cache; with
/// many points two threads share the tiles.
class PointSplatter {
 public:
  PointSplatter();
  ~PointSplatter();
  PointSplatter(const PointSplatter&) = delete;
  PointSplatter& operator=(const PointSplatter&) = delete;

  /// Overwrites `image` (Format_ARGB32_Premultiplied). Points that are not finite are left out.
  void draw(const MapPoints& points, const PlaneToPixel& transform, const SplatStyle& style,
            QImage& image);

  /// At this many points a second thread helps.
  static constexpr std::size_t kParallelFrom = 40'000;

 private:
  struct Workspace;
  std::unique_ptr<Workspace> m_workspace;
};

}  // namespace latent::ui
