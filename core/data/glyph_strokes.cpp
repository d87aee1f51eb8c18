#include "data/glyph_strokes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace latent {
namespace {

constexpr int kPiecesPerCurve = 10;

std::array<StrokePoint, 3> line(StrokePoint from, StrokePoint to) {
  return {StrokePoint{from.x + (to.x - from.x) / 3, from.y + (to.y - from.y) / 3},
          StrokePoint{from.x + 2 * (to.x - from.x) / 3, from.y + 2 * (to.y - from.y) / 3}, to};
}

StrokePoint on_curve(StrokePoint a, const std::array<StrokePoint, 3>& curve, float t) {
  const float s = 1 - t;
  const float wa = s * s * s, wb = 3 * s * s * t, wc = 3 * s * t * t, wd = t * t * t;
  return {wa * a.x + wb * curve[0].x + wc * curve[1].x + wd * curve[2].x,
          wa * a.y + wb * curve[0].y + wc * curve[1].y + wd * curve[2].y};
}

/// The strokes as lists of points close enough together to be taken for the curves.
using Polylines = std::vector<std::vector<StrokePoint>>;

Polylines flatten(const std::vector<PenStroke>& strokes) {
  Polylines lines;
  for (const PenStroke& stroke : strokes) {
    std::vector<StrokePoint> points = {stroke.start};
    for (const auto& curve : stroke.curves) {
      const StrokePoint from = points.back();
      for (int piece = 1; piece <= kPiecesPerCurve; ++piece) {
        points.push_back(on_curve(from, curve, static_cast<float>(piece) / kPiecesPerCurve));
      }
    }
    lines.push_back(std::move(points));
  }
  return lines;
}

/// Lowers `squared` [size, size] to the squared distance to the piece a-b, where that is less than
/// `reach`.
void approach(StrokePoint a, StrokePoint b, float reach, int size, std::vector<float>& squared) {
  const int left = std::max(0, static_cast<int>(std::floor(std::min(a.x, b.x) - reach)));
  const int right = std::min(size - 1, static_cast<int>(std::ceil(std::max(a.x, b.x) + reach)));
  const int top = std::max(0, static_cast<int>(std::floor(std::min(a.y, b.y) - reach)));
  const int bottom = std::min(size - 1, static_cast<int>(std::ceil(std::max(a.y, b.y) + reach)));
  const float dx = b.x - a.x, dy = b.y - a.y;
  const float length_squared = std::max(dx * dx + dy * dy, 1e-12F);
  for (int y = top; y <= bottom; ++y) {
    float* row = squared.data() + static_cast<std::ptrdiff_t>(y) * size;
    for (int x = left; x <= right; ++x) {
      const float px = static_cast<float>(x) + 0.5F - a.x;
      const float py = static_cast<float>(y) + 0.5F - a.y;
      const float along = std::clamp((px * dx + py * dy) / length_squared, 0.0F, 1.0F);
      const float away_x = px - along * dx, away_y = py - along * dy;
      row[x] = std::min(row[x], away_x * away_x + away_y * away_y);
    }
  }
}

}  // namespace

const std::array<std::vector<PenStroke>, 10>& digit_strokes() {
  using P = StrokePoint;
  static const std::array<std::vector<PenStroke>, 10> digits = {{
      // 0: one turn, begun at the upper right
      {{{0.18F, -0.86F},
        {{P{-0.22F, -0.98F}, P{-0.56F, -0.52F}, P{-0.56F, 0.04F}},
         {P{-0.56F, 0.56F}, P{-0.34F, 0.9F}, P{-0.02F, 0.9F}},
         {P{0.36F, 0.9F}, P{0.56F, 0.46F}, P{0.56F, -0.08F}},
         {P{0.56F, -0.56F}, P{0.4F, -0.8F}, P{0.18F, -0.86F}}}}},
      // 1: a short upstroke, then the stem
      {{{-0.26F, -0.52F},
        {{P{-0.1F, -0.6F}, P{0.04F, -0.74F}, P{0.1F, -0.9F}}, line({0.1F, -0.9F}, {0.06F, 0.9F})}}},
      // 2
      {{{-0.5F, -0.5F},
        {{P{-0.44F, -0.8F}, P{-0.2F, -0.92F}, P{0.04F, -0.9F}},
         {P{0.36F, -0.88F}, P{0.54F, -0.62F}, P{0.46F, -0.34F}},
         {P{0.36F, 0.04F}, P{-0.24F, 0.46F}, P{-0.52F, 0.86F}},
         {P{-0.2F, 0.76F}, P{0.2F, 0.9F}, P{0.58F, 0.78F}}}}},
      // 3: two bows that meet left of the middle
      {{{-0.44F, -0.7F},
        {{P{-0.28F, -0.88F}, P{-0.1F, -0.92F}, P{0.06F, -0.9F}},
         {P{0.38F, -0.86F}, P{0.54F, -0.58F}, P{0.4F, -0.32F}},
         {P{0.32F, -0.16F}, P{0.1F, -0.06F}, P{-0.14F, -0.06F}},
         {P{0.26F, -0.08F}, P{0.56F, 0.12F}, P{0.54F, 0.44F}},
         {P{0.52F, 0.76F}, P{0.2F, 0.92F}, P{-0.06F, 0.9F}},
         {P{-0.26F, 0.88F}, P{-0.42F, 0.8F}, P{-0.52F, 0.64F}}}}},
      // 4: an open top, then the stem
      {{{-0.3F, -0.84F},
        {{P{-0.4F, -0.5F}, P{-0.5F, -0.2F}, P{-0.54F, 0.1F}},
         {P{-0.2F, 0.16F}, P{0.24F, 0.1F}, P{0.62F, 0.04F}}}},
       {{0.34F, -0.9F}, {{P{0.3F, -0.3F}, P{0.24F, 0.3F}, P{0.22F, 0.9F}}}}},
      // 5: down and round, then the bar
      {{{-0.34F, -0.82F},
        {{P{-0.38F, -0.54F}, P{-0.42F, -0.34F}, P{-0.44F, -0.12F}},
         {P{-0.16F, -0.3F}, P{0.3F, -0.26F}, P{0.48F, 0.08F}},
         {P{0.64F, 0.44F}, P{0.4F, 0.84F}, P{0.0F, 0.9F}},
         {P{-0.22F, 0.92F}, P{-0.4F, 0.84F}, P{-0.52F, 0.68F}}}},
       {{-0.34F, -0.82F}, {{P{-0.06F, -0.84F}, P{0.24F, -0.84F}, P{0.54F, -0.88F}}}}},
      // 6: a long downstroke that closes a loop
      {{{0.3F, -0.9F},
        {{P{-0.1F, -0.74F}, P{-0.5F, -0.2F}, P{-0.52F, 0.32F}},
         {P{-0.52F, 0.68F}, P{-0.3F, 0.9F}, P{0.0F, 0.9F}},
         {P{0.34F, 0.9F}, P{0.54F, 0.66F}, P{0.52F, 0.4F}},
         {P{0.5F, 0.12F}, P{0.26F, -0.02F}, P{0.0F, 0.02F}},
         {P{-0.26F, 0.06F}, P{-0.46F, 0.22F}, P{-0.52F, 0.4F}}}}},
      // 7: the bar, then the downstroke
      {{{-0.52F, -0.76F},
        {{P{-0.2F, -0.86F}, P{0.2F, -0.86F}, P{0.54F, -0.84F}},
         {P{0.4F, -0.4F}, P{0.04F, 0.2F}, P{-0.12F, 0.9F}}}}},
      // 8: an S, closed from below
      {{{0.4F, -0.66F},
        {{P{0.28F, -0.86F}, P{0.12F, -0.9F}, P{-0.04F, -0.9F}},
         {P{-0.36F, -0.9F}, P{-0.54F, -0.6F}, P{-0.38F, -0.36F}},
         {P{-0.2F, -0.1F}, P{0.48F, 0.06F}, P{0.48F, 0.48F}},
         {P{0.48F, 0.76F}, P{0.24F, 0.9F}, P{-0.02F, 0.9F}},
         {P{-0.3F, 0.9F}, P{-0.5F, 0.74F}, P{-0.5F, 0.48F}},
         {P{-0.48F, 0.08F}, P{0.42F, -0.2F}, P{0.44F, -0.54F}}}}},
      // 9: a loop, then the stem
      {{{0.42F, -0.52F},
        {{P{0.38F, -0.78F}, P{0.18F, -0.92F}, P{-0.06F, -0.9F}},
         {P{-0.36F, -0.86F}, P{-0.52F, -0.6F}, P{-0.48F, -0.32F}},
         {P{-0.44F, -0.06F}, P{-0.14F, 0.02F}, P{0.1F, -0.08F}},
         {P{0.28F, -0.16F}, P{0.4F, -0.32F}, P{0.42F, -0.52F}},
         {P{0.42F, -0.1F}, P{0.34F, 0.4F}, P{0.22F, 0.9F}}}}},
  }};
  return digits;
}

void draw_glyph(const GlyphForm& form, int size, std::span<std::uint8_t> pixels) {
  static const std::array<Polylines, 10> shapes = [] {
    std::array<Polylines, 10> all;
    for (std::size_t digit = 0; digit < all.size(); ++digit) {
      all[digit] = flatten(digit_strokes()[digit]);
    }
    return all;
  }();
  const float unit = static_cast<float>(size) / 28.0F;
  const float middle = static_cast<float>(size) / 2.0F;
  const float half_height = 10.0F * form.scale * unit;
  const float radius = std::max(0.5F, form.stroke_width * unit / 2);
  // A pixel is lit by how far its centre lies inside the stroke's edge, over one pixel.
  const float reach = radius + 0.5F;
  const auto place = [&](StrokePoint point) {
    return StrokePoint{middle + form.x * unit + (point.x - form.slant * point.y) * half_height,
                       middle + form.y * unit + point.y * half_height};
  };
  thread_local std::vector<float> squared;
  squared.assign(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), reach * reach);
  for (const auto& points : shapes[static_cast<std::size_t>(form.digit)]) {
    for (std::size_t i = 1; i < points.size(); ++i) {
      approach(place(points[i - 1]), place(points[i]), reach, size, squared);
    }
  }
  for (std::size_t i = 0; i < squared.size(); ++i) {
    const float lit = std::clamp(reach - std::sqrt(squared[i]), 0.0F, 1.0F);
    pixels[i] = static_cast<std::uint8_t>(lit * 255.0F + 0.5F);
  }
}

}  // namespace latent
