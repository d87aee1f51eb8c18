#pragma once

#include <QImage>
#include <QObject>
#include <QPointF>
#include <QPointer>
#include <QPolygonF>
#include <QString>
#include <cstdint>
#include <optional>
#include <vector>

#include "latent/latent_space.h"

namespace latent::ui {

class DrawingCanvas;
class ExploredRun;
class Exploration;
class ExplorerService;
class LatentMap;
class RunController;

/// The ellipse of a diagonal Gaussian [L] in the plane of `projection`, `deviations` standard
/// deviations around its mean.
QPolygonF posteriorEllipse(const Projection& projection, const std::vector<float>& mean,
                           const std::vector<float>& logVariance, double deviations);

/// What one run makes of what is on the pad: encoded while it is drawn and whenever the weights
/// change, and marked on the run's map with its posterior.
class EncodedDrawing : public QObject {
  Q_OBJECT

 public:
  struct Values {
    std::vector<std::uint8_t> seen;  ///< [C, H, W]
    std::vector<float> mean;         ///< [L]
    std::vector<float> logVariance;  ///< [L]; empty without a Gaussian posterior
    QImage reconstruction;
    float nats = 0.0F;
    /// In a map that has no plane: among the codes that are nearest.
    std::optional<QPointF> laidOutAt;
  };

  EncodedDrawing(const DrawingCanvas* canvas, RunController* run, ExplorerService* explorer,
                 Exploration* exploration, LatentMap* map, QObject* parent = nullptr);
  ~EncodedDrawing() override;

  /// Nothing while the drawing is blank.
  const std::optional<Values>& values() const { return m_values; }
  /// Error, KL and the first numbers of the code, in two lines; empty while there is nothing.
  QString facts() const;

 signals:
  void changed();

 private:
  void encode();
  void adopt(const std::optional<Values>& values);
  void showOnMap();

  const DrawingCanvas* m_canvas;
  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  QPointer<LatentMap> m_map;  ///< may go before its run
  std::optional<Values> m_values;
};

}  // namespace latent::ui
