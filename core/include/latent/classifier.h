#pragma once

#include <cstdint>
#include <span>

#include "latent/dataset.h"

namespace latent {

/// Tells the classes of pictures apart. Trained on labels, beside the systems and knowing nothing
/// of them: the judge of what they draw. Immutable; const calls may come from any thread.
class Classifier {
 public:
  virtual ~Classifier() = default;

  virtual ImageShape shape() const = 0;  ///< of the pictures
  virtual int classes() const = 0;       ///< K

  /// `images` [n, C, H, W] 0 … 255; `probabilities` [n, K], each row sums to 1.
  /// Throws Error{ShapeMismatch}.
  virtual void classify(std::span<const std::uint8_t> images,
                        std::span<float> probabilities) const = 0;
};

/// Share of the labelled pictures of `data` to which `classifier` gives their label, 0 … 1; 0 when
/// none has one. Throws Error{ShapeMismatch}.
double accuracy(const Classifier& classifier, const Dataset& data);

}  // namespace latent
