#pragma once

#include <QPointF>
#include <cstdint>
#include <memory>
#include <vector>

#include "latent/latent_space.h"
#include "latent/snapshot.h"
#include "ui/umap_turns.h"

namespace latent::ui {

/// How codes come to the plane.
struct ProjectionChoice {
  enum class Kind { Axes, Pca, Umap };
  Kind kind = Kind::Axes;
  int horizontal = 0;
  int vertical = 1;
  bool operator==(const ProjectionChoice&) const = default;
};

/// All test codes at one moment, and where they lie in the plane. Immutable once shared.
struct MapFrame {
  std::int64_t snapshot = 0;  ///< number of the newest that has a part in it
  std::int64_t step = 0;
  double epoch = 0.0;
  int latentDim = 0;
  int steps = 1;  ///< of a sequence's code; the plane shows the mean over them
  std::shared_ptr<const std::vector<float>> codes;  ///< [n, L]; NaN where not encoded yet
  /// [n, L] of Gaussian posteriors, whose means are the codes; null for all others.
  std::shared_ptr<const std::vector<float>> logVariances;
  std::size_t older = 0;         ///< of them are of older weights
  std::vector<float> mean;       ///< [L]
  std::vector<float> deviation;  ///< [L] standard deviation
  CodeLevels levels;             ///< of discrete codes
  ProjectionChoice choice;
  Projection projection;      ///< of codes
  Projection planeOfMeans;    ///< of means over the steps; the same where there is one step
  bool laidOut = false;       ///< by UMAP, which has no plane; before it is, by PCA
  bool turned = false;        ///< the plane's axes are turned to lie as those of the frame before
  std::vector<float> points;  ///< [n, 2]

  std::size_t size() const { return points.size() / 2; }
  std::vector<float> code(std::int64_t index) const;  ///< [L]; empty outside the range
  QPointF project(const std::vector<float>& code) const;
};

/// Fills points, and for principal components the projection, from the codes of `frame`. `previous`
/// (nullptr: none) is what a plane follows and, where `aligned`, is turned to lie as.
void projectFrame(MapFrame& frame, const ProjectionChoice& choice, const MapFrame* previous,
                  const UmapTurns& umap, bool aligned);
/// Fills mean and deviation from the codes of `frame`.
void measureSpread(MapFrame& frame);

}  // namespace latent::ui
