#pragma once

#include <QImage>
#include <QPointF>
#include <QPolygonF>
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/explorer_service.h"

class QLabel;
class QPushButton;
class QToolButton;

namespace latent::ui {

class DrawingCanvas;
class Exploration;
class ImageView;
class LatentMap;
class RunController;

/// The ellipse of a diagonal Gaussian [L] in the plane of `projection`, `deviations` standard
/// deviations around its mean.
QPolygonF posteriorEllipse(const Projection& projection, const std::vector<float>& mean,
                           const std::vector<float>& logVariance, double deviations);

/// A pad to draw on: what is drawn is shown as the network sees it, encoded while it is drawn, and
/// appears on the map with its posterior, its reconstruction and its error.
class DrawingPanel : public QWidget {
  Q_OBJECT

 public:
  /// What the network makes of the drawing.
  struct Encoded {
    std::vector<std::uint8_t> seen;  ///< [C, H, W]
    std::vector<float> mean;         ///< [L]
    std::vector<float> logVariance;  ///< [L]; empty without a Gaussian posterior
    QImage reconstruction;
    float nats = 0.0F;
    /// In a map that has no plane: among the codes that are nearest.
    std::optional<QPointF> laidOutAt;
  };

  DrawingPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
               LatentMap* map, QWidget* parent = nullptr);

  DrawingCanvas* canvas() const { return m_canvas; }
  /// Nothing while the drawing is blank.
  const std::optional<Encoded>& encoded() const { return m_encoded; }
  /// Takes a picture from elsewhere as the drawing.
  void take(const QImage& picture);

 public slots:
  void paste();

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  QWidget* makeTools();
  void followRun();
  void encode();
  void show(const std::optional<Encoded>& encoded);
  void showOnMap();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  LatentMap* m_map;
  DrawingCanvas* m_canvas = nullptr;
  QLabel* m_framing = nullptr;
  ImageView* m_seen = nullptr;
  ImageView* m_reconstruction = nullptr;
  QLabel* m_facts = nullptr;
  QPushButton* m_goThere = nullptr;
  std::optional<Encoded> m_encoded;
};

}  // namespace latent::ui
