#include "ui/plots/point_splatter.h"

#include <QColor>
#include <QThread>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <utility>

#include "latent/thread_priority.h"
#include "latent/thread_team.h"
#include "ui/plots/splat_passes.h"

namespace latent::ui {
namespace {

constexpr int kTileWidth = 128;  // pixels: 128 KiB of sums stay in the second-level cache
constexpr int kTileHeight = 64;
constexpr int kMostThreads = 4;
constexpr double kFar = 1e7;  // pixels; no dot that is seen is further from the middle

/// The discs of one diameter, one for each place within a pixel that they may begin at.
struct Stamps {
  double diameter = -1.0;
  int size = 0;
  int width = 0;
  std::vector<float> weights;  // [phase y, phase x, size, width, 4]
};

/// The share of a pixel that a disc covers, by its distance from the disc's middle.
float covered(double x, double y, double radius) {
  constexpr double kHalfDiagonal = 0.7072;
  const double distance = std::hypot(x, y);
  if (distance >= radius + kHalfDiagonal) return 0.0F;
  if (distance <= radius - kHalfDiagonal) return 1.0F;
  constexpr int kSamples = 5;
  int inside = 0;
  for (int sy = 0; sy < kSamples; ++sy) {
    for (int sx = 0; sx < kSamples; ++sx) {
      const double dx = x + (sx + 0.5) / kSamples - 0.5;
      const double dy = y + (sy + 0.5) / kSamples - 0.5;
      inside += dx * dx + dy * dy <= radius * radius ? 1 : 0;
    }
  }
  return static_cast<float>(inside) / (kSamples * kSamples);
}

Stamps makeStamps(double diameter) {
  Stamps stamps;
  stamps.diameter = diameter;
  const double latest = (kSplatPhases - 0.5) / kSplatPhases;
  stamps.size = std::max(2, static_cast<int>(std::ceil(latest + diameter)));
  stamps.width = stamps.size == 2 ? 2 : (stamps.size + 3) / 4 * 4;
  const double radius = diameter / 2.0;
  for (int phaseY = 0; phaseY < kSplatPhases; ++phaseY) {
    for (int phaseX = 0; phaseX < kSplatPhases; ++phaseX) {
      const double centreX = (phaseX + 0.5) / kSplatPhases + radius;
      const double centreY = (phaseY + 0.5) / kSplatPhases + radius;
      for (int y = 0; y < stamps.size; ++y) {
        for (int x = 0; x < stamps.width; ++x) {
          const float weight =
              x < stamps.size ? covered(x + 0.5 - centreX, y + 0.5 - centreY, radius) : 0.0F;
          stamps.weights.insert(stamps.weights.end(), 4, weight);
        }
      }
    }
  }
  return stamps;
}

/// Red, green, blue (squared, so that mixing is of light) and coverage.
using SquaredColor = std::array<float, 4>;

SquaredColor squaredColor(QRgb color) {
  const auto channel = [](int value) {
    const float share = static_cast<float>(value) / 255.0F;
    return share * share;
  };
  return {channel(qRed(color)), channel(qGreen(color)), channel(qBlue(color)), 1.0F};
}

SplatTone toneOf(float opacity, QRgb deep) {
  const double bounded = std::clamp(double(opacity), 0.001, 0.999);
  const SquaredColor color = squaredColor(deep);
  return {static_cast<float>(std::log2(1.0 - bounded)),
          static_cast<float>(std::log2(bounded / 2.0)),
          {color[0], color[1], color[2]}};
}

}  // namespace

struct PointSplatter::Workspace {
  /// One thread's.
  struct alignas(64) Sums {
    std::vector<float> values;
  };
  /// Pixels of the image at which the dots of a block begin.
  struct Reach {
    float left, right, top, bottom;
  };
  /// The tiles that a block touches.
  struct Tiles {
    std::int16_t left, right, top, bottom;  // the last ones included; none where left > right
  };

  Stamps stamps;
  std::vector<Reach> reaches;         // per block
  std::vector<Tiles> tilesOf;         // per block
  std::vector<std::uint32_t> begins;  // per tile, tiles + 1
  std::vector<std::uint32_t> blocks;  // by tile
  std::vector<std::uint32_t> order;   // of the tiles, those with the most blocks first
  std::array<Sums, kMostThreads> sums;
  std::unique_ptr<ThreadTeam> team;  // from the first frame that has work for more than one
  int tilesX = 0;
  int tilesY = 0;

  void sortBlocks(const OrderedPoints& points, const SplatFrame& frame, float originX,
                  float originY, const QSize& size);
};

/// Finds the blocks that each tile has to draw. `originX`, `originY`: pixels of the frame's centre.
void PointSplatter::Workspace::sortBlocks(const OrderedPoints& points, const SplatFrame& frame,
                                          float originX, float originY, const QSize& size) {
  tilesX = (size.width() + kTileWidth - 1) / kTileWidth;
  tilesY = (size.height() + kTileHeight - 1) / kTileHeight;
  const auto tiles = static_cast<std::size_t>(tilesX * tilesY);
  const auto& all = points.blocks();
  reaches.resize(all.size());
  tilesOf.resize(all.size());
  begins.assign(tiles + 1, 0);
  const auto within = [](float value) {
    return std::clamp(value, static_cast<float>(-kFar), static_cast<float>(kFar));
  };
  const auto tileAt = [](float pixel, int side, int most) {
    return std::clamp(static_cast<int>(std::floor(pixel)) / side, 0, most);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const OrderedPoints::Block& block = all[i];
    const auto place = [](float at, float centre, float scale, float origin) {
      return (at - centre) * (scale / kSplatPhases) + origin;
    };
    const auto [left, right] =
        std::minmax({within(place(block.left, frame.centreX, frame.scaleX, originX)),
                     within(place(block.right, frame.centreX, frame.scaleX, originX))});
    const auto [top, bottom] =
        std::minmax({within(place(block.low, frame.centreY, frame.scaleY, originY)),
                     within(place(block.high, frame.centreY, frame.scaleY, originY))});
    // A pixel more on each side: the passes may round another way.
    reaches[i] = {left - 1.0F, right + 1.0F, top - 1.0F, bottom + 1.0F};
    const Reach& reach = reaches[i];
    const auto stamp = static_cast<float>(frame.size);
    if (!(reach.right + stamp >= 0.0F && reach.left < static_cast<float>(size.width()) &&
          reach.bottom + stamp >= 0.0F && reach.top < static_cast<float>(size.height()))) {
      tilesOf[i] = {1, 0, 1, 0};
      continue;
    }
    const Tiles touched{
        static_cast<std::int16_t>(tileAt(reach.left, kTileWidth, tilesX - 1)),
        static_cast<std::int16_t>(tileAt(reach.right + stamp, kTileWidth, tilesX - 1)),
        static_cast<std::int16_t>(tileAt(reach.top, kTileHeight, tilesY - 1)),
        static_cast<std::int16_t>(tileAt(reach.bottom + stamp, kTileHeight, tilesY - 1))};
    tilesOf[i] = touched;
    for (int y = touched.top; y <= touched.bottom; ++y) {
      for (int x = touched.left; x <= touched.right; ++x) {
        ++begins[static_cast<std::size_t>(y * tilesX + x)];
      }
    }
  }
  std::uint32_t total = 0;
  for (std::uint32_t& each : begins) total += std::exchange(each, total);
  blocks.resize(total);
  std::vector<std::uint32_t> next(begins.begin(), begins.end() - 1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Tiles& touched = tilesOf[i];
    if (touched.left > touched.right) continue;
    for (int y = touched.top; y <= touched.bottom; ++y) {
      for (int x = touched.left; x <= touched.right; ++x) {
        blocks[next[static_cast<std::size_t>(y * tilesX + x)]++] = static_cast<std::uint32_t>(i);
      }
    }
  }
  // The threads end together when what takes long is not begun last.
  order.resize(tiles);
  for (std::size_t tile = 0; tile < tiles; ++tile) order[tile] = static_cast<std::uint32_t>(tile);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::uint32_t blocksA = begins[a + 1] - begins[a];
    const std::uint32_t blocksB = begins[b + 1] - begins[b];
    return blocksA != blocksB ? blocksA > blocksB : a < b;
  });
}

PointSplatter::PointSplatter()
    : m_workspace(std::make_unique<Workspace>()), m_passes(splatPassesHere().back()) {}
PointSplatter::~PointSplatter() = default;

void PointSplatter::draw(const ColoredPoints& points, const PlaneToPixel& transform,
                         const SplatStyle& style, QImage& image) {
  Workspace& work = *m_workspace;
  if (image.isNull()) return;
  const double diameter = std::clamp(std::round(style.diameter * 8.0) / 8.0, 0.75, 96.0);
  if (diameter != work.stamps.diameter) work.stamps = makeStamps(diameter);
  const Stamps& stamps = work.stamps;

  // Both palettes end with the colour of what is not known.
  const std::vector<QRgb>& own = points.isScaled() ? style.scaleColors : style.classColors;
  std::vector<SquaredColor> bright;
  std::vector<SquaredColor> dimmed;
  const SquaredColor faded = squaredColor(style.dimmed);
  for (int i = 0; i < points.colors(); ++i) {
    const bool known =
        static_cast<std::size_t>(i) < own.size() && (points.isScaled() || i < points.colors() - 1);
    bright.push_back(squaredColor(known ? own[static_cast<std::size_t>(i)] : style.unlabelled));
    SquaredColor pale = bright.back();
    for (std::size_t c = 0; c < 3; ++c) pale[c] = pale[c] * 0.3F + faded[c] * 0.7F;
    dimmed.push_back(pale);
  }
  const SplatTone tone = toneOf(style.opacity, style.dense);
  const SplatTone dimTone = toneOf(std::min(style.opacity, 0.35F), style.dimmed);

  SplatFrame frame{};
  const auto centreOf = [](double extent, double scale, double offset) {
    const double centre = scale != 0.0 ? (extent / 2.0 - offset) / scale : 0.0;
    return std::isfinite(centre) ? static_cast<float>(std::clamp(centre, -1e37, 1e37)) : 0.0F;
  };
  frame.centreX = centreOf(image.width(), transform.scaleX, transform.offsetX);
  frame.centreY = centreOf(image.height(), transform.scaleY, transform.offsetY);
  frame.scaleX = static_cast<float>(kSplatPhases * transform.scaleX);
  frame.scaleY = static_cast<float>(kSplatPhases * transform.scaleY);
  frame.stamps = stamps.weights.data();
  frame.size = stamps.size;
  frame.width = stamps.width;
  // Where the stamp of a point in the centre begins.
  const auto originX = static_cast<float>(transform.scaleX * double(frame.centreX) +
                                          transform.offsetX - diameter / 2.0);
  const auto originY = static_cast<float>(transform.scaleY * double(frame.centreY) +
                                          transform.offsetY - diameter / 2.0);
  work.sortBlocks(points.ordered(), frame, originX, originY, image.size());

  const int margin = frame.size;
  const int stride = kTileWidth + 2 * margin + 4;
  const auto sumsOfTile =
      static_cast<std::size_t>(4 * stride) * static_cast<std::size_t>(kTileHeight + 2 * margin);
  image.detach();
  uchar* const bits = image.bits();
  const auto bytesPerLine = image.bytesPerLine();
  const auto& blocks = points.ordered().blocks();
  const float* x = points.x();
  const float* y = points.y();
  const std::uint16_t* color = points.color().data();

  const auto drawTile = [&](std::size_t tile, std::vector<float>& sums) {
    const int left = static_cast<int>(tile) % work.tilesX * kTileWidth;
    const int top = static_cast<int>(tile) / work.tilesX * kTileHeight;
    const int width = std::min(kTileWidth, image.width() - left);
    const int height = std::min(kTileHeight, image.height() - top);
    const std::uint32_t* begin = work.blocks.data() + work.begins[tile];
    const std::uint32_t* end = work.blocks.data() + work.begins[tile + 1];
    const auto row = [&](int line) {
      return reinterpret_cast<std::uint32_t*>(bits + (top + line) * bytesPerLine) + left;
    };
    if (begin == end) {
      for (int line = 0; line < height; ++line) {
        std::memset(row(line), 0, static_cast<std::size_t>(width) * sizeof(std::uint32_t));
      }
      return;
    }
    SplatTile place{};
    place.originX = kSplatPhases * (originX - static_cast<float>(left - margin));
    place.originY = kSplatPhases * (originY - static_cast<float>(top - margin));
    place.endX = static_cast<float>(kSplatPhases * (width + margin));
    place.endY = static_cast<float>(kSplatPhases * (height + margin));
    place.stride = stride;
    place.sums = sums.data();
    const auto drawLayer = [&](bool isBright, bool over) {
      std::memset(sums.data(), 0,
                  sizeof(float) * static_cast<std::size_t>(4 * stride) *
                      static_cast<std::size_t>(height + 2 * margin));
      for (const std::uint32_t* at = begin; at != end; ++at) {
        const std::uint32_t middle = points.brightBegin(*at);
        const std::uint32_t first = isBright ? middle : blocks[*at].begin;
        const std::uint32_t last = isBright ? blocks[*at].end : middle;
        const Workspace::Reach& reach = work.reaches[*at];
        const bool inside = reach.left >= static_cast<float>(left - margin + 1) &&
                            reach.right < static_cast<float>(left + width) &&
                            reach.top >= static_cast<float>(top - margin + 1) &&
                            reach.bottom < static_cast<float>(top + height);
        m_passes->splat(frame, place, x + first, y + first, color + first, last - first, inside,
                        (isBright ? bright : dimmed).front().data());
      }
      for (int line = 0; line < height; ++line) {
        m_passes->resolve(sums.data() + std::ptrdiff_t{4} * ((line + margin) * stride + margin),
                          static_cast<std::size_t>(width), isBright ? tone : dimTone, over,
                          row(line));
      }
    };
    // Dimmed dots are a layer of their own below, however many they are.
    if (points.anyDimmed()) drawLayer(false, false);
    drawLayer(true, points.anyDimmed());
  };

  std::atomic<std::size_t> next{0};
  const auto drawTiles = [&](std::size_t thread) {
    std::vector<float>& sums = work.sums[thread].values;
    if (sums.size() < sumsOfTile) sums.resize(sumsOfTile);
    for (std::size_t at = next++; at < work.order.size(); at = next++) {
      drawTile(work.order[at], sums);
    }
  };
  const int threads = std::clamp(QThread::idealThreadCount(), 1, kMostThreads);
  if (threads == 1 || points.ordered().size() < kParallelFrom) {
    drawTiles(0);
    return;
  }
  if (!work.team) work.team = std::make_unique<ThreadTeam>(threads, [] { expect_short_turns(); });
  work.team->run(static_cast<std::size_t>(threads), drawTiles);
}

}  // namespace latent::ui
