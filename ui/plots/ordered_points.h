#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ui/plots/map_points.h"

namespace latent::ui {

/// The points of one frame in an order that is fast to draw: neighbours beside one another, in
/// blocks with their bounds, so that what is out of sight is passed over. Points that are not
/// finite are left out.
class OrderedPoints {
 public:
  struct Block {
    std::uint32_t begin;
    std::uint32_t end;
    float left, right, low, high;  // plane
  };

  explicit OrderedPoints(std::shared_ptr<const MapPoints> points);

  const std::shared_ptr<const MapPoints>& points() const { return m_points; }
  std::size_t size() const { return m_index.size(); }
  const std::vector<float>& x() const { return m_x; }
  const std::vector<float>& y() const { return m_y; }
  const std::vector<std::uint32_t>& index() const { return m_index; }  ///< which point each is
  const std::vector<Block>& blocks() const { return m_blocks; }

 private:
  std::shared_ptr<const MapPoints> m_points;
  std::vector<float> m_x;
  std::vector<float> m_y;
  std::vector<std::uint32_t> m_index;
  std::vector<Block> m_blocks;
};

/// What a point's colour and brightness depend on; equal where the same objects are meant.
struct PointAppearance {
  std::vector<std::uint8_t> bright;  ///< per class, 0 = dimmed; empty: all bright
  bool unlabelledBright = true;
  std::shared_ptr<const PointScale> scale;          ///< null: the colours of the classes
  std::shared_ptr<const PointSelection> selection;  ///< when given, all others are dimmed

  bool operator==(const PointAppearance&) const = default;
};

/// Ordered points with what each looks like: in each block the dimmed ones first. Immutable.
class ColoredPoints {
 public:
  ColoredPoints(std::shared_ptr<const OrderedPoints> ordered, PointAppearance appearance);

  const OrderedPoints& ordered() const { return *m_ordered; }
  const std::shared_ptr<const OrderedPoints>& order() const { return m_ordered; }
  const PointAppearance& appearance() const { return m_appearance; }
  /// Whether the colours are steps of the scale; labels of classes where not.
  bool isScaled() const { return m_scaled; }
  /// Colours are 0 … colors() − 1; the last means no label, or a number that is not known.
  int colors() const { return m_colors; }
  bool anyDimmed() const { return m_anyDimmed; }

  const float* x() const { return m_x.empty() ? m_ordered->x().data() : m_x.data(); }
  const float* y() const { return m_y.empty() ? m_ordered->y().data() : m_y.data(); }
  const std::vector<std::uint16_t>& color() const { return m_color; }
  /// Where the bright ones of a block begin.
  std::uint32_t brightBegin(std::size_t block) const {
    return m_anyDimmed ? m_brightBegin[block] : m_ordered->blocks()[block].begin;
  }

 private:
  std::shared_ptr<const OrderedPoints> m_ordered;
  PointAppearance m_appearance;
  bool m_scaled = false;
  bool m_anyDimmed = false;
  int m_colors = 1;
  std::vector<float> m_x;  // where some are dimmed; else those of the order
  std::vector<float> m_y;
  std::vector<std::uint16_t> m_color;
  std::vector<std::uint32_t> m_brightBegin;
};

}  // namespace latent::ui
