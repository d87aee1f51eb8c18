#pragma once

#include <QImage>
#include <QPointF>
#include <QRgb>
#include <cstdint>
#include <memory>
#include <vector>

#include "ui/plots/map_points.h"
#include "ui/plots/ordered_points.h"

namespace latent::ui {

struct SplatPasses;

/// pixel = scale · position + offset, per axis, in device pixels of the image.
struct PlaneToPixel {
  double scaleX = 1.0;
  double offsetX = 0.0;
  double scaleY = -1.0;
  double offsetY = 0.0;

  QPointF map(double x, double y) const { return {scaleX * x + offsetX, scaleY * y + offsetY}; }
};

struct SplatStyle {
  double diameter = 4.0;          ///< of a dot, device pixels
  std::vector<QRgb> classColors;  ///< one per class
  QRgb unlabelled = 0xff808080;   ///< label -1 or beyond the colours
  std::vector<QRgb> scaleColors;  ///< [PointScale::kSteps + 1], the last for unknown numbers
  QRgb dimmed = 0xff808080;       ///< what dimmed dots fade towards
  QRgb dense = 0xff000000;        ///< what crowded pixels deepen towards
  float opacity = 0.8F;           ///< of one dot alone
};

/// Draws points as antialiased dots into an image, whatever their number. What a pixel shows does
/// not depend on the order of the points: its colour is the mean of the dots that cover it, its
/// opacity grows with how many they are, and where they are very many the colour deepens.
///
/// The image is drawn in tiles, so that what is being summed stays in the cache; with many points
/// several threads share the tiles.
class PointSplatter {
 public:
  PointSplatter();
  ~PointSplatter();
  PointSplatter(const PointSplatter&) = delete;
  PointSplatter& operator=(const PointSplatter&) = delete;

  /// Overwrites `image` (Format_ARGB32_Premultiplied).
  void draw(const ColoredPoints& points, const PlaneToPixel& transform, const SplatStyle& style,
            QImage& image);
  /// The inner loops to draw with; the fastest that this processor runs when nobody says.
  void setPasses(const SplatPasses& passes) { m_passes = &passes; }

  /// At this many points a second thread helps.
  static constexpr std::size_t kParallelFrom = 20'000;

 private:
  struct Workspace;
  std::unique_ptr<Workspace> m_workspace;
  const SplatPasses* m_passes;
};

}  // namespace latent::ui
