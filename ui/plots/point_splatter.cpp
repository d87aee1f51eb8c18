#include "ui/plots/point_splatter.h"

#include <QColor>
#include <QThreadPool>
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <semaphore>
#include <utility>

namespace latent::ui {
namespace {

constexpr int kTile = 64;      // pixels a side: 64 KiB of sums stay in the second-level cache
constexpr int kPhases = 4;     // stamps per pixel and axis
constexpr int kFraction = 16;  // of a pixel, in a sorted record

/// Red, green, blue (squared, so that mixing is of light) and coverage.
using Sum = float __attribute__((vector_size(16)));

/// A point where it was sorted to: tile-local position in 1/16 pixel, and its colour.
struct Record {
  std::int16_t x;
  std::int16_t y;
  std::uint16_t color;
  std::uint16_t dimmed;
};

/// An antialiased disc at one sub-pixel phase. Row by row, `size` weights each.
struct Stamp {
  int size = 0;
  std::vector<float> weights;
};

Stamp makeStamp(double diameter, double phaseX, double phaseY) {
  Stamp stamp;
  stamp.size = static_cast<int>(std::ceil(diameter + 1.0));
  if (stamp.size < 2) stamp.size = 2;
  stamp.weights.resize(static_cast<std::size_t>(stamp.size * stamp.size));
  const double radius = diameter / 2.0;
  const double centreX = stamp.size / 2.0 - 0.5 + phaseX;
  const double centreY = stamp.size / 2.0 - 0.5 + phaseY;
  constexpr int kSamples = 5;
  for (int y = 0; y < stamp.size; ++y) {
    for (int x = 0; x < stamp.size; ++x) {
      int inside = 0;
      for (int sy = 0; sy < kSamples; ++sy) {
        for (int sx = 0; sx < kSamples; ++sx) {
          const double dx = x + (sx + 0.5) / kSamples - centreX;
          const double dy = y + (sy + 0.5) / kSamples - centreY;
          inside += dx * dx + dy * dy <= radius * radius ? 1 : 0;
        }
      }
      stamp.weights[static_cast<std::size_t>(y * stamp.size + x)] =
          static_cast<float>(inside) / (kSamples * kSamples);
    }
  }
  return stamp;
}

/// Opacity and depth by coverage, on a logarithmic scale: 32 steps per doubling from 2^-8 to 2^24,
/// read with the bits of the float itself.
class ToneTable {
 public:
  explicit ToneTable(float opacity) {
    for (int i = 0; i < kSize; ++i) {
      const double coverage = std::exp2(kLowest + (i + 0.5) / kPerDoubling);
      m_alpha[static_cast<std::size_t>(i)] =
          static_cast<float>(1.0 - std::pow(1.0 - std::min(0.999, double(opacity)), coverage));
      // Nothing for the first few dots on a pixel, half-way to `dense` at about a hundred.
      const double depth = std::log2(std::max(1.0, coverage * opacity / 2.0)) / 12.0;
      m_depth[static_cast<std::size_t>(i)] = static_cast<float>(std::min(0.62, depth));
    }
  }
  std::size_t index(float coverage) const {
    const auto bits = std::bit_cast<std::int32_t>(coverage);
    return static_cast<std::size_t>(
        std::clamp((bits >> 18) - ((127 + kLowest) << 5), 0, kSize - 1));
  }
  float alpha(std::size_t index) const { return m_alpha[index]; }
  float depth(std::size_t index) const { return m_depth[index]; }

 private:
  static constexpr int kLowest = -8;
  static constexpr int kPerDoubling = 32;
  static constexpr int kSize = 32 * kPerDoubling;
  std::array<float, kSize> m_alpha{};
  std::array<float, kSize> m_depth{};
};

Sum squaredColor(QRgb color) {
  const auto channel = [](int value) {
    const float share = static_cast<float>(value) / 255.0F;
    return share * share;
  };
  return Sum{channel(qRed(color)), channel(qGreen(color)), channel(qBlue(color)), 1.0F};
}

/// Runs `work` on this thread and on one more.
template <typename Work>
void onTwoThreads(bool parallel, const Work& work) {
  if (!parallel) {
    work(0);
    return;
  }
  std::binary_semaphore done(0);
  const bool started = QThreadPool::globalInstance()->tryStart([&] {
    work(1);
    done.release();
  });
  work(0);
  if (started) {
    done.acquire();
  } else {
    work(1);
  }
}

}  // namespace

struct PointSplatter::Workspace {
  std::vector<Record> records;
  std::array<std::vector<std::uint32_t>, 2> counts;  // per half of the points and tile
  std::vector<std::uint32_t> begins;                 // per tile, tiles + 1
  std::vector<Stamp> stamps;
  double stampDiameter = -1.0;
  std::array<std::vector<Sum>, 2> sums;  // one tile per thread

  int tilesX = 0;
  int tilesY = 0;
  int size = 0;  // of a stamp

  void prepareStamps(double diameter) {
    if (diameter == stampDiameter) return;
    stampDiameter = diameter;
    stamps.clear();
    for (int py = 0; py < kPhases; ++py) {
      for (int px = 0; px < kPhases; ++px) {
        stamps.push_back(makeStamp(diameter, (px + 0.5) / kPhases, (py + 0.5) / kPhases));
      }
    }
    size = stamps.front().size;
  }

  /// Calls `visit(tile, x, y, point)` for each tile that each point in [first, last) touches; x, y
  /// are the top left pixel of its stamp, relative to the tile, in 1/16 pixel.
  template <typename Visit>
  void forEachTile(const MapPoints& points, const PlaneToPixel& transform, std::size_t first,
                   std::size_t last, const QImage& image, const Visit& visit) const {
    const auto scaleX = static_cast<float>(transform.scaleX);
    const auto scaleY = static_cast<float>(transform.scaleY);
    const float half = static_cast<float>(size) / 2.0F - 0.5F;
    const float offsetX = static_cast<float>(transform.offsetX) - half;
    const float offsetY = static_cast<float>(transform.offsetY) - half;
    const auto lowest = static_cast<float>(-size);
    const auto right = static_cast<float>(image.width());
    const auto bottom = static_cast<float>(image.height());
    const float* position = points.positions.data() + 2 * first;
    for (std::size_t i = first; i < last; ++i, position += 2) {
      const float x = position[0] * scaleX + offsetX;
      const float y = position[1] * scaleY + offsetY;
      // Written so that a NaN fails.
      if (!(x > lowest && x < right && y > lowest && y < bottom)) continue;
      const int fixedX = static_cast<int>((x + 1024.0F) * kFraction) - 1024 * kFraction;
      const int fixedY = static_cast<int>((y + 1024.0F) * kFraction) - 1024 * kFraction;
      const int pixelX = fixedX >> 4;
      const int pixelY = fixedY >> 4;
      const int tileX0 = std::max(0, pixelX >> 6);
      const int tileY0 = std::max(0, pixelY >> 6);
      const int tileX1 = std::min(tilesX - 1, (pixelX + size - 1) >> 6);
      const int tileY1 = std::min(tilesY - 1, (pixelY + size - 1) >> 6);
      for (int tileY = tileY0; tileY <= tileY1; ++tileY) {
        for (int tileX = tileX0; tileX <= tileX1; ++tileX) {
          visit(static_cast<std::size_t>(tileY * tilesX + tileX),
                fixedX - tileX * kTile * kFraction, fixedY - tileY * kTile * kFraction, i);
        }
      }
    }
  }

  void splat(const Record* begin, const Record* end, bool dimmed, const std::vector<Sum>& colors,
             Sum* sum) const {
    for (const Record* record = begin; record != end; ++record) {
      if ((record->dimmed != 0) != dimmed) continue;
      const int x = record->x >> 4;
      const int y = record->y >> 4;
      const auto phase =
          static_cast<std::size_t>(((record->y & 15) >> 2) * kPhases + ((record->x & 15) >> 2));
      const float* weights = stamps[phase].weights.data();
      const Sum color = colors[record->color];
      if (size == 2 && x >= 0 && y >= 0 && x < kTile - 1 && y < kTile - 1) {
        Sum* at = sum + y * kTile + x;
        at[0] += color * weights[0];
        at[1] += color * weights[1];
        at[kTile] += color * weights[2];
        at[kTile + 1] += color * weights[3];
        continue;
      }
      const int x0 = std::max(0, -x);
      const int x1 = std::min(size, kTile - x);
      const int y0 = std::max(0, -y);
      const int y1 = std::min(size, kTile - y);
      for (int row = y0; row < y1; ++row) {
        const float* weight = weights + row * size;
        Sum* at = sum + (y + row) * kTile + x;
        for (int column = x0; column < x1; ++column) at[column] += color * weight[column];
      }
    }
  }
};

PointSplatter::PointSplatter() : m_workspace(std::make_unique<Workspace>()) {}
PointSplatter::~PointSplatter() = default;

namespace {

/// Lays the sums of a tile over what is in the image, and clears them.
void resolveTile(Sum* sums, const ToneTable& tones, QRgb deepColor, QImage& image, int left,
                 int top) {
  const int width = std::min(kTile, image.width() - left);
  const int height = std::min(kTile, image.height() - top);
  const Sum deep = squaredColor(deepColor);
  for (int y = 0; y < height; ++y) {
    Sum* sum = sums + y * kTile;
    auto* out = reinterpret_cast<QRgb*>(image.scanLine(top + y)) + left;
    for (int x = 0; x < width; ++x) {
      const float coverage = sum[x][3];
      if (coverage <= 0.0F) continue;
      const std::size_t tone = tones.index(coverage);
      const float depth = tones.depth(tone);
      const Sum color = sum[x] * ((1.0F - depth) / coverage) + deep * depth;
      const float alpha = tones.alpha(tone) * 255.0F;
      const auto channel = [&](int c) {
        return static_cast<unsigned>(std::sqrt(color[c]) * alpha + 0.5F);
      };
      const auto opaque = static_cast<unsigned>(alpha + 0.5F);
      const QRgb over = (opaque << 24) | (std::min(opaque, channel(0)) << 16) |
                        (std::min(opaque, channel(1)) << 8) | std::min(opaque, channel(2));
      if (out[x] == 0) {
        out[x] = over;
      } else {
        const QRgb below = out[x];
        const unsigned keep = 255 - opaque;
        const auto blend = [&](int shift) {
          return (((over >> shift) & 255U) + (((below >> shift) & 255U) * keep + 127) / 255)
                 << shift;
        };
        out[x] = blend(24) | blend(16) | blend(8) | blend(0);
      }
    }
  }
  // All of it: a tile at the edge of the image holds sums beyond the edge.
  std::memset(static_cast<void*>(sums), 0, sizeof(Sum) * kTile * kTile);
}

}  // namespace

void PointSplatter::draw(const MapPoints& points, const PlaneToPixel& transform,
                         const SplatStyle& style, QImage& image) {
  Workspace& work = *m_workspace;
  if (image.isNull()) return;
  // An image deeper than 16 bits of tile-local fixed point reach is no dot any more.
  work.prepareStamps(std::clamp(std::round(style.diameter * 8.0) / 8.0, 0.75, 96.0));
  work.tilesX = (image.width() + kTile - 1) / kTile;
  work.tilesY = (image.height() + kTile - 1) / kTile;
  const auto tiles = static_cast<std::size_t>(work.tilesX * work.tilesY);
  const std::size_t count = points.size();
  const bool parallel = count >= kParallelFrom;

  const auto classes = static_cast<int>(style.classColors.size());
  std::vector<Sum> colors;
  std::vector<std::uint8_t> dimmed;  // per class
  const auto dim = [&](QRgb color) {
    return squaredColor(color) * 0.3F + squaredColor(style.dimmed) * 0.7F;
  };
  for (int i = 0; i <= classes; ++i) {  // the last is "no label"
    const QRgb color =
        i < classes ? style.classColors[static_cast<std::size_t>(i)] : style.unlabelled;
    const bool bright = i == classes ? style.unlabelledBright
                        : static_cast<std::size_t>(i) < style.bright.size()
                            ? style.bright[static_cast<std::size_t>(i)] != 0
                            : true;
    dimmed.push_back(bright ? 0 : 1);
    colors.push_back(bright ? squaredColor(color) : dim(color));
  }
  // Where points of one colour may differ in brightness each colour is there twice, first bright.
  const bool scaled = style.steps != nullptr && style.steps->size() >= count &&
                      style.scaleColors.size() > PointScale::kUnknown;
  const bool byPoint = scaled || style.selection != nullptr;
  std::size_t dimOffset = 0;
  if (byPoint) {
    std::vector<QRgb> palette = scaled ? style.scaleColors : style.classColors;
    if (!scaled) palette.push_back(style.unlabelled);
    dimOffset = palette.size();
    colors.clear();
    for (const QRgb color : palette) colors.push_back(squaredColor(color));
    for (const QRgb color : palette) colors.push_back(dim(color));
  }
  const bool anyDimmed =
      style.selection != nullptr || std::find(dimmed.begin(), dimmed.end(), 1) != dimmed.end();
  const std::int32_t* labels = points.classes && points.classes->labels.size() >= count
                                   ? points.classes->labels.data()
                                   : nullptr;

  // Sort the points into tiles: count, add up, place. Each half of the points has its own counts.
  const std::array<std::size_t, 3> halves = {0, parallel ? count / 2 : count, count};
  onTwoThreads(parallel, [&](int half) {
    auto& counts = work.counts[static_cast<std::size_t>(half)];
    counts.assign(tiles, 0);
    work.forEachTile(points, transform, halves[static_cast<std::size_t>(half)],
                     halves[static_cast<std::size_t>(half) + 1], image,
                     [&](std::size_t tile, int, int, std::size_t) { ++counts[tile]; });
  });
  if (!parallel) work.counts[1].assign(tiles, 0);
  work.begins.resize(tiles + 1);
  std::uint32_t total = 0;
  for (std::size_t tile = 0; tile < tiles; ++tile) {
    work.begins[tile] = total;
    const std::uint32_t first = work.counts[0][tile];
    const std::uint32_t second = work.counts[1][tile];
    work.counts[0][tile] = total;
    work.counts[1][tile] = total + first;
    total += first + second;
  }
  work.begins[tiles] = total;
  if (work.records.size() < total) work.records.resize(total + total / 8);
  const auto classOf = [&](std::size_t point) {
    const std::int32_t label = labels != nullptr ? labels[point] : -1;
    return static_cast<std::size_t>(label >= 0 && label < classes ? label : classes);
  };
  const auto place = [&](const auto& colorOf) {
    onTwoThreads(parallel, [&](int half) {
      auto& next = work.counts[static_cast<std::size_t>(half)];
      work.forEachTile(points, transform, halves[static_cast<std::size_t>(half)],
                       halves[static_cast<std::size_t>(half) + 1], image,
                       [&](std::size_t tile, int x, int y, std::size_t point) {
                         const auto [color, isDimmed] = colorOf(point);
                         work.records[next[tile]++] =
                             Record{static_cast<std::int16_t>(x), static_cast<std::int16_t>(y),
                                    static_cast<std::uint16_t>(color), isDimmed};
                       });
    });
  };
  if (byPoint) {
    place([&](std::size_t point) {
      const std::size_t own = classOf(point);
      const bool isDimmed =
          dimmed[own] != 0 || (style.selection != nullptr && !style.selection->contains(point));
      const std::size_t color = scaled ? (*style.steps)[point] : own;
      return std::pair{color + (isDimmed ? dimOffset : 0),
                       static_cast<std::uint16_t>(isDimmed ? 1 : 0)};
    });
  } else {
    place([&](std::size_t point) {
      const std::size_t color = classOf(point);
      return std::pair{color, static_cast<std::uint16_t>(dimmed[color])};
    });
  }

  const ToneTable tones(style.opacity);
  const ToneTable dimTones(std::min(style.opacity, 0.35F));
  image.detach();
  std::atomic<std::size_t> nextTile{0};
  onTwoThreads(parallel, [&](int thread) {
    auto& sums = work.sums[static_cast<std::size_t>(thread)];
    if (sums.empty()) sums.assign(kTile * kTile, Sum{});
    while (true) {
      const std::size_t tile = nextTile.fetch_add(1, std::memory_order_relaxed);
      if (tile >= tiles) return;
      const int left = static_cast<int>(tile) % work.tilesX * kTile;
      const int top = static_cast<int>(tile) / work.tilesX * kTile;
      const int width = std::min(kTile, image.width() - left);
      for (int y = top; y < std::min(top + kTile, image.height()); ++y) {
        std::memset(image.scanLine(y) + left * sizeof(QRgb), 0,
                    static_cast<std::size_t>(width) * sizeof(QRgb));
      }
      const Record* begin = work.records.data() + work.begins[tile];
      const Record* end = work.records.data() + work.begins[tile + 1];
      if (begin == end) continue;
      // Dimmed dots are a layer of their own below, however many they are.
      if (anyDimmed) {
        work.splat(begin, end, true, colors, sums.data());
        resolveTile(sums.data(), dimTones, style.dimmed, image, left, top);
      }
      work.splat(begin, end, false, colors, sums.data());
      resolveTile(sums.data(), tones, style.dense, image, left, top);
    }
  });
}

}  // namespace latent::ui
