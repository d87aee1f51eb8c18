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

/// Which points are selected: a mark for each image, the same in every frame. Immutable once
/// shared.
struct PointSelection {
  std::vector<std::uint8_t> marks;  ///< [n], 0 or 1; images beyond are not selected
  std::size_t count = 0;

  bool contains(std::size_t index) const { return index < marks.size() && marks[index] != 0; }
};

/// What a new choice does to the one before.
enum class SelectMode { Replace, Add, Remove };

/// A number for each point that it is coloured by. Immutable once shared.
struct PointScale {
  static constexpr int kSteps = 255;
  static constexpr std::uint8_t kUnknown = 255;

  QString title;     ///< "Reconstruction error"
  QString unit;      ///< "nats", may be empty
  double low = 0.0;  ///< ends of the scale; values beyond take the colour of the end
  double high = 1.0;
  bool beyondLow = false;           ///< whether there are values below `low`
  bool beyondHigh = false;          ///< whether there are values above `high`
  std::vector<float> values;        ///< [n]; NaN: not known
  std::vector<std::uint8_t> steps;  ///< [n], 0 … kSteps - 1 from low to high, or kUnknown
  double fresh = 1.0;               ///< share of the points whose number is of the newest weights
  bool fitted = false;              ///< whether the ends have been set by values
  bool none = false;                ///< no point has such a number: there is no bar
  QString note;                     ///< what else there is to say of it, below; may be empty
};

}  // namespace latent::ui
