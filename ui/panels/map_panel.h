#pragma once

#include <QElapsedTimer>
#include <QWidget>
#include <filesystem>
#include <memory>
#include <vector>

#include "latent/dataset.h"
#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/plots/latent_map.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTimer;

namespace latent::ui {

class RunController;
class UmapRow;

/// The centre of the window: before the first run a page with one clear action, then the latent map
/// with the choice of its plane.
class MapPanel : public QWidget {
  Q_OBJECT

 public:
  MapPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
           QWidget* parent = nullptr);

  LatentMap* map() const { return m_map; }
  /// Whether the points lie where the newest frame has them, and what is laid over them is of it:
  /// none glides any more.
  bool isStill() const;
  /// The page before the first run: what is going on, and whether its buttons can be pressed; none
  /// where `action` is empty.
  void setWelcome(const QString& line, const QString& action, bool enabled);
  void setBusy(const QString& line);
  /// As if it had been chosen in the row above the map.
  void choosePlane(const ProjectionChoice& choice);
  /// A test picture that is pointed at in the map of another run: ringed here, with what this run
  /// makes of it; -1: none.
  void echo(qint64 index);

 signals:
  void startRequested();
  void compareRequested();
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  QWidget* makeWelcome();
  QWidget* makePlaneRow();
  QWidget* makePlaceRow();
  void followPlacement();
  void followRun();
  void followDimensions();
  void showFrame(const std::shared_ptr<const MapFrame>& frame);
  void showPath();
  void decodeAt(const QPointF& position);
  void moveHandle(LatentMap::Handle which, const QPointF& position);
  void hover(qint64 index);
  void showHover(const QImage& reconstruction, double nats);
  void planeChosen();
  void askManifold();
  void advance();
  bool isUmap() const;
  void showAxisTitles();
  void askPlaces();
  void showPlaces(const std::vector<float>& codes, const std::vector<float>& points);
  /// The plane of the newest codes; before there are any, that of two axes.
  Projection plane() const;
  std::vector<float> codeAt(const QPointF& position, const std::vector<float>& base) const;

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  QStackedWidget* m_pages = nullptr;
  LatentMap* m_map = nullptr;
  QLabel* m_welcomeLine = nullptr;
  QPushButton* m_start = nullptr;
  QPushButton* m_compare = nullptr;
  QWidget* m_planeRow = nullptr;
  QWidget* m_placeRow = nullptr;
  QPushButton* m_place = nullptr;
  QLabel* m_placed = nullptr;
  QComboBox* m_plane = nullptr;
  QComboBox* m_horizontal = nullptr;
  QComboBox* m_vertical = nullptr;
  QLabel* m_variance = nullptr;
  UmapRow* m_umapRow = nullptr;
  QTimer* m_manifoldTimer = nullptr;
  std::shared_ptr<const PointClasses> m_classes;
  qint64 m_hovered = -1;
  // Between two frames the points glide, so that the eye can follow each.
  QTimer* m_glide = nullptr;
  QElapsedTimer m_glideClock;
  double m_glideMilliseconds = 0.0;
  QElapsedTimer m_sinceFrame;
  std::vector<float> m_from;
  std::vector<float> m_shown;
  std::shared_ptr<const MapFrame> m_target;
};

}  // namespace latent::ui
