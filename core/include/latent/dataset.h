#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace latent {

struct ImageShape {
  int channels = 1;
  int height = 28;
  int width = 28;

  /// D = C·H·W.
  std::int64_t pixels() const { return std::int64_t{channels} * height * width; }
  bool operator==(const ImageShape&) const = default;
};

/// A table of known generative factors, one row per image (Glyphs only).
struct Factors {
  std::vector<std::string> names;  ///< F names, e.g. "slant"
  std::vector<float> values;       ///< [N, F] row-major
};

/// Images and labels, immutable once made, shared by everybody who looks at them.
struct Dataset {
  ImageShape shape;
  std::vector<std::uint8_t> images;      ///< [N, C, H, W], 0 … 255
  std::vector<std::int32_t> labels;      ///< [N], -1 = none
  std::vector<std::string> class_names;  ///< one per class; empty when there are no labels
  Factors factors;                       ///< empty where the factors are not known

  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
  std::span<const std::uint8_t> image(std::int64_t index) const {
    const auto pixels = static_cast<std::size_t>(shape.pixels());
    return {images.data() + static_cast<std::size_t>(index) * pixels, pixels};
  }
};

/// One data set as a run sees it: three disjoint parts. `original_index` maps each row to its row
/// in the source, so that an exported selection names the same images everywhere.
struct DataSplit {
  std::string id;     ///< catalogue id or specification, e.g. "mnist", "folder:/home/me/cats"
  std::string title;  ///< for people, e.g. "MNIST"
  /// Which images these are, so that a saved run can tell whether it is continued on the same data:
  /// SHA-256 (hex) over the source's bytes, or over its parameters where it is drawn.
  std::string fingerprint;
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> validation;
  std::shared_ptr<const Dataset> test;
  std::vector<std::int64_t> train_index;       ///< [N_train] rows of the source's training part
  std::vector<std::int64_t> validation_index;  ///< [N_validation] rows of the same part
  std::vector<std::int64_t> test_index;        ///< [N_test] rows of the source's test part
  /// What was left out or changed while loading, one sentence each, e.g. a picture that could not
  /// be read. Empty when everything was taken as it is.
  std::vector<std::string> warnings;
};

}  // namespace latent
