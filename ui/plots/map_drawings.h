#pragma once

#include <qcustomplot.h>

#include <memory>
#include <vector>

#include "ui/plots/map_drawing.h"

namespace latent::ui {

/// The drawings of a map's overlays, on one side of the points: below them or above. Those above
/// bring the lines that say what all of them are.
class MapDrawings : public QCPLayerable {
  Q_OBJECT

 public:
  MapDrawings(QCustomPlot* plot, const QString& layer);

  std::vector<std::shared_ptr<const MapDrawing>> drawings;  ///< the lowest first
  std::vector<std::shared_ptr<const MapDrawing>> noted;     ///< whose lines are written here
  const Theme* theme;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;
  QRect clipRect() const override;

 private:
  void drawNotes(QCPPainter* painter) const;
};

}  // namespace latent::ui
