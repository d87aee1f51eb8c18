#pragma once

#include <QString>
#include <cstdint>
#include <memory>
#include <vector>

namespace latent::ui {

/// What does not change from frame to frame: which class each point is of.
struct PointClasses {
  std::vector<std::int32_t> labels;  ///< [n], -1 = none; or empty
  std::vector<QString> names;        ///< one per class
};

/// One frame of the map. Immutable once shared; index i is the same image in every frame.
struct MapPoints {
  std::vector<float> positions;  ///< [n, 2]; a point that is not finite is not drawn
  std::shared_ptr<const PointClasses> classes;

  std::size_t size() const { return positions.size() / 2; }
  int label(std::size_t index) const {
    return classes && index < classes->labels.size() ? classes->labels[index] : -1;
  }
};

}  // namespace latent::ui
