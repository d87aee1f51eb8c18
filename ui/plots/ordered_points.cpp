#include "ui/plots/ordered_points.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace latent::ui {
namespace {

constexpr std::uint32_t kBlock = 192;  // points, at most
constexpr int kLevels = 11;            // of the quadtree: 2048 cells a side
constexpr std::uint32_t kCells = 1U << kLevels;
constexpr std::uint32_t kStreams = 8;  // neighbours lie so many places apart
constexpr std::size_t kSampled = 2048;
constexpr int kMostClasses = 32000;

struct Range {
  float low = 0.0F;
  float scale = 0.0F;  // cells a unit

  std::uint32_t cell(float value) const {
    if (scale == 0.0F) return 0;
    return static_cast<std::uint32_t>(
        std::clamp((value - low) * scale, 0.0F, static_cast<float>(kCells - 1)));
  }
};

/// The cells lie where the points are: strays, however far, go to the cells at the edge.
Range rangeOf(std::vector<float>& sample) {
  Range range;
  if (sample.empty()) return range;
  std::sort(sample.begin(), sample.end());
  const auto at = [&](double share) {
    return sample[static_cast<std::size_t>(share * double(sample.size() - 1))];
  };
  const float inner = at(0.98) - at(0.02);
  const float low = std::max(sample.front(), at(0.02) - inner);
  const float high = std::min(sample.back(), at(0.98) + inner);
  range.low = low;
  const float extent = high - low;
  if (extent > 0.0F && std::isfinite(extent)) range.scale = static_cast<float>(kCells) / extent;
  return range;
}

/// Every bit of an 11-bit number moved to an even place.
std::uint32_t apart(std::uint32_t bits) {
  bits = (bits | (bits << 8)) & 0x00ff00ffU;
  bits = (bits | (bits << 4)) & 0x0f0f0f0fU;
  bits = (bits | (bits << 2)) & 0x33333333U;
  return (bits | (bits << 1)) & 0x55555555U;
}

struct Keyed {
  std::uint32_t key;
  std::uint32_t index;
};

/// Sorts by the 11 bits from `shift` on; what is equal stays in order.
void sortByDigit(const std::vector<Keyed>& from, std::vector<Keyed>& to, int shift) {
  constexpr std::uint32_t kDigit = 0x7ffU;
  std::array<std::uint32_t, kDigit + 1> next{};
  for (const Keyed& each : from) ++next[(each.key >> shift) & kDigit];
  std::uint32_t total = 0;
  for (std::uint32_t& each : next) total += std::exchange(each, total);
  for (const Keyed& each : from) to[next[(each.key >> shift) & kDigit]++] = each;
}

}  // namespace

OrderedPoints::OrderedPoints(std::shared_ptr<const MapPoints> points)
    : m_points(std::move(points)) {
  if (!m_points) return;
  const float* position = m_points->positions.data();
  const std::size_t count = m_points->size();
  const auto isFinite = [&](std::size_t i) {
    return std::isfinite(position[2 * i]) && std::isfinite(position[2 * i + 1]);
  };
  std::vector<float> sampleX;
  std::vector<float> sampleY;
  const std::size_t step = std::max<std::size_t>(1, count / kSampled);
  for (std::size_t i = 0; i < count; i += step) {
    if (!isFinite(i)) continue;
    sampleX.push_back(position[2 * i]);
    sampleY.push_back(position[2 * i + 1]);
  }
  const Range across = rangeOf(sampleX);
  const Range upwards = rangeOf(sampleY);
  std::vector<Keyed> keyed;
  keyed.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!isFinite(i)) continue;
    keyed.push_back(
        {apart(across.cell(position[2 * i])) | (apart(upwards.cell(position[2 * i + 1])) << 1),
         static_cast<std::uint32_t>(i)});
  }
  std::vector<Keyed> sorted(keyed.size());
  sortByDigit(keyed, sorted, 0);
  sortByDigit(sorted, keyed, kLevels);

  const std::size_t finite = keyed.size();
  m_x.resize(finite);
  m_y.resize(finite);
  m_index.resize(finite);
  const auto addBlock = [&](std::uint32_t begin, std::uint32_t end) {
    constexpr float kMost = std::numeric_limits<float>::max();
    Block block{begin, end, kMost, -kMost, kMost, -kMost};
    // Dots that lie on one another would wait for one another's sums: neighbours are dealt out over
    // the block.
    const std::uint32_t stride = (end - begin + kStreams - 1) / kStreams;
    std::uint32_t next = begin;
    for (std::uint32_t first = begin; first < begin + stride; ++first) {
      for (std::uint32_t i = first; i < end; i += stride) {
        const std::uint32_t index = keyed[i].index;
        const float x = position[2 * std::size_t{index}];
        const float y = position[2 * std::size_t{index} + 1];
        m_x[next] = x;
        m_y[next] = y;
        m_index[next++] = index;
        block.left = std::min(block.left, x);
        block.right = std::max(block.right, x);
        block.low = std::min(block.low, y);
        block.high = std::max(block.high, y);
      }
    }
    m_blocks.push_back(block);
  };
  // Cells of the quadtree that hold few enough are blocks.
  const auto split = [&](const auto& self, std::uint32_t begin, std::uint32_t end,
                         int level) -> void {
    if (begin == end) return;
    if (end - begin <= kBlock) return addBlock(begin, end);
    if (level == 0) {
      for (std::uint32_t i = begin; i < end; i += kBlock) addBlock(i, std::min(end, i + kBlock));
      return;
    }
    std::uint32_t from = begin;
    for (std::uint32_t quarter = 0; quarter < 4; ++quarter) {
      const auto to = static_cast<std::uint32_t>(
          std::partition_point(keyed.begin() + from, keyed.begin() + end,
                               [&](const Keyed& each) {
                                 return ((each.key >> (2 * (level - 1))) & 3U) <= quarter;
                               }) -
          keyed.begin());
      self(self, from, to, level - 1);
      from = to;
    }
  };
  split(split, 0, static_cast<std::uint32_t>(finite), kLevels);
}

ColoredPoints::ColoredPoints(std::shared_ptr<const OrderedPoints> ordered,
                             PointAppearance appearance)
    : m_ordered(std::move(ordered)), m_appearance(std::move(appearance)) {
  if (!m_ordered->points()) return;
  const MapPoints& points = *m_ordered->points();
  const std::size_t count = points.size();
  const std::vector<std::uint32_t>& index = m_ordered->index();
  m_color.resize(index.size());
  m_scaled = m_appearance.scale && m_appearance.scale->steps.size() >= count;
  const std::int32_t* labels = points.classes && points.classes->labels.size() >= count
                                   ? points.classes->labels.data()
                                   : nullptr;
  int classes = 0;
  if (labels != nullptr) {
    for (std::size_t i = 0; i < count; ++i) classes = std::max(classes, labels[i] + 1);
    classes = std::min(classes, kMostClasses);
  }
  const auto classOf = [&](std::uint32_t point) {
    const std::int32_t label = labels != nullptr ? labels[point] : -1;
    return label >= 0 && label < classes ? label : classes;
  };
  if (m_scaled) {
    m_colors = PointScale::kSteps + 1;
    const std::vector<std::uint8_t>& steps = m_appearance.scale->steps;
    for (std::size_t i = 0; i < index.size(); ++i) m_color[i] = steps[index[i]];
  } else {
    m_colors = classes + 1;
    for (std::size_t i = 0; i < index.size(); ++i) {
      m_color[i] = static_cast<std::uint16_t>(classOf(index[i]));
    }
  }

  std::vector<std::uint8_t> bright(static_cast<std::size_t>(classes) + 1, 1);
  for (std::size_t i = 0; i < std::min(m_appearance.bright.size(), bright.size() - 1); ++i) {
    bright[i] = m_appearance.bright[i];
  }
  bright.back() = m_appearance.unlabelledBright ? 1 : 0;
  m_anyDimmed = m_appearance.selection != nullptr ||
                std::find(bright.begin(), bright.end(), 0) != bright.end();
  if (!m_anyDimmed) return;
  m_x.resize(index.size());
  m_y.resize(index.size());
  m_brightBegin.reserve(m_ordered->blocks().size());
  std::vector<std::uint16_t> color(index.size());
  for (const OrderedPoints::Block& block : m_ordered->blocks()) {
    std::uint32_t front = block.begin;
    std::uint32_t back = block.end;
    for (std::uint32_t i = block.begin; i < block.end; ++i) {
      const std::uint32_t point = index[i];
      const bool isBright = bright[static_cast<std::size_t>(classOf(point))] != 0 &&
                            (!m_appearance.selection || m_appearance.selection->contains(point));
      const std::uint32_t to = isBright ? --back : front++;
      m_x[to] = m_ordered->x()[i];
      m_y[to] = m_ordered->y()[i];
      color[to] = m_color[i];
    }
    m_brightBegin.push_back(front);
  }
  m_color = std::move(color);
}

}  // namespace latent::ui
