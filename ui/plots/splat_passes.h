#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// The inner loops of PointSplatter, by one thread, over sums that stay in the cache. One table of
/// them for each instruction set; splatPasses() picks the fastest that this processor runs.
///
/// A sum is four floats: red, green and blue (squared, so that mixing is of light), times the
/// coverage, and the coverage.
namespace latent::ui {

constexpr int kSplatPhases = 4;  ///< stamps per pixel and axis

/// What all dots of a frame share.
struct SplatFrame {
  float centreX;  ///< plane; pixels are counted from there, which keeps a deep zoom exact
  float centreY;
  float scaleX;  ///< 1/4 pixels a unit of the plane
  float scaleY;
  const float* stamps;  ///< [phase y, phase x, size, width, 4]: each weight four times
  int size;             ///< pixels a side that a dot touches
  int width;            ///< `size`, rounded up to 2 or to a multiple of 4; weights there are zero
};

/// Where a tile is: its sums, with a margin of `size` pixels around it in which dots that begin
/// before it or end beyond it find room.
struct SplatTile {
  float originX;  ///< of the frame's centre, from the first sum, 1/4 pixels
  float originY;
  float endX;  ///< dots that begin here, or further, or before 1 pixel, do not touch the tile
  float endY;
  int stride;  ///< sums from row to row
  float* sums;
};

/// What coverage looks like. Opacity 1 − keep^coverage; depth towards `deep` nothing for the first
/// few dots on a pixel, then with the logarithm of the coverage.
struct SplatTone {
  float logKeep;   ///< log2(1 − opacity of one dot)
  float logShift;  ///< log2(opacity / 2)
  float deep[3];   ///< squared, 0 … 1
};

struct SplatPasses {
  const char* name;
  /// Adds dots at (x, y) to a tile's sums. `inside`: none of them needs to be asked whether it
  /// touches the tile. `palette` [colours, 4] ends with 1, the coverage.
  void (*splat)(const SplatFrame& frame, const SplatTile& tile, const float* x, const float* y,
                const std::uint16_t* color, std::size_t count, bool inside, const float* palette);
  /// Makes pixels of sums: ARGB, premultiplied. `over`: lays them over what is in `pixels`.
  void (*resolve)(const float* sums, std::size_t count, const SplatTone& tone, bool over,
                  std::uint32_t* pixels);
};

extern const SplatPasses kPlainSplatPasses;
#if defined(__x86_64__)
extern const SplatPasses kAvx2SplatPasses;
extern const SplatPasses kAvx512SplatPasses;
#endif

/// All that this processor runs, the fastest last.
std::vector<const SplatPasses*> splatPassesHere();

}  // namespace latent::ui
