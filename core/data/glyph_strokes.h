#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace latent {

struct StrokePoint {
  float x = 0;
  float y = 0;
};

/// A pen stroke: a start and cubic Bézier curves of three points each. Straight lines have their
/// inner points on the line.
struct PenStroke {
  StrokePoint start;
  std::vector<std::array<StrokePoint, 3>> curves;
};

/// How the digits 0 … 9 are written, in a box of about -0.6 … 0.6 across and -0.9 … 0.9 down.
const std::array<std::vector<PenStroke>, 10>& digit_strokes();

struct GlyphForm {
  int digit = 0;
  float slant = 0;         ///< x moves right by this much per unit of height
  float stroke_width = 2;  ///< at 28 × 28, in pixels
  float scale = 1;         ///< 1 = the box above fills about two thirds of the picture
  float x = 0;             ///< of the centre, from the picture's, in pixels at 28 × 28
  float y = 0;
};

/// Draws light on dark into `size` × `size` bytes, antialiased by the distance to the strokes.
void draw_glyph(const GlyphForm& form, int size, std::span<std::uint8_t> pixels);

}  // namespace latent
