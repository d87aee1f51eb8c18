#pragma once

#include <qcustomplot.h>

#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QTimer>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "ui/plots/hover_card.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/map_drawings.h"
#include "ui/plots/map_legend.h"
#include "ui/plots/map_manifold.h"
#include "ui/plots/map_overlay.h"
#include "ui/plots/map_plot.h"
#include "ui/plots/map_regions.h"
#include "ui/plots/map_scale.h"
#include "ui/plots/map_tool_bar.h"
#include "ui/plots/point_cloud.h"
#include "ui/plots/point_index.h"

namespace latent::ui {

/// What the map is made of. Its calls are in four files: what is shown (latent_map.cpp), the view
/// (latent_map_view.cpp), mouse and keys (latent_map_gestures.cpp), and what the tools of selection
/// do (latent_map_selecting.cpp).
class LatentMap::Private {
 public:
  enum class Gesture { None, Decode, Pan, BoxZoom, Handle, Select };

  explicit Private(LatentMap* map) : q(map) {}

  LatentMap* q;
  MapPlot* plot = nullptr;
  PointCloud* cloud = nullptr;    // owned by the plot
  MapOverlay* overlay = nullptr;  // owned by the plot
  MapRegions* regions = nullptr;  // owned by the plot
  MapManifold* manifold = nullptr;
  MapDrawings* below = nullptr;  // the points; both owned by the plot
  MapDrawings* above = nullptr;
  MapToolBar* toolBar = nullptr;
  MapLegend* legend = nullptr;
  QScrollArea* legendArea = nullptr;
  QWidget* side = nullptr;
  QComboBox* coloring = nullptr;
  MapScale* scale = nullptr;
  HoverCard* card = nullptr;
  QLabel* empty = nullptr;
  QTimer glide;

  std::shared_ptr<const MapPoints> points;
  std::shared_ptr<const PointClasses> countedClasses;
  std::size_t countedPoints = 0;
  mutable std::unique_ptr<PointIndex> index;  // of `points`, made when first asked
  Tool tool = Tool::Decode;
  bool following = true;
  bool shown = false;                   // the first points have been framed
  QRectF wanted{-3.5, -3.5, 7.0, 7.0};  // what was asked for; the view also fills the frame
  QRectF target;                        // where the following view is going
  QVector<OverlayChoice> overlayChoices;
  std::map<QString, std::shared_ptr<const MapDrawing>> drawings;
  bool overlaysAwaited = false;
  bool scaleBar = true;
  bool manifoldAvailable = true;
  bool thumbnailsAvailable = false;

  Gesture gesture = Gesture::None;
  QPointF pressed;  // pixels
  QPointF lastPan;  // pixels
  Handle nextPick = Handle::A;
  qint64 hovered = -1;
  qint64 echoed = -1;  // pointed at elsewhere
  SelectMode selectMode = SelectMode::Replace;
  std::vector<std::uint8_t> brushed;  // points this stroke has met

  QCPAxisRect* frame() const { return plot->axisRect(); }
  void replot() const { plot->replot(QCustomPlot::rpQueuedReplot); }
  void replotOverlay() const {
    // Between frames only the layer above is drawn again.
    if (!plot->viewport().isEmpty()) overlay->layer()->replot();
  }

  void applyTheme();
  void applyView(const QRectF& view, bool tell = true);
  QRectF fullView() const;
  void retarget(bool atOnce);
  void stopFollowing();
  void updateLegend();
  void updateLetters();
  void applyBright();
  void orderDrawings();
  bool toggleOverlay(const QString& key);
  const PointIndex& pointIndex() const;
  void setHovered(qint64 point, const QPoint& global, const QPointF& pixel);
  std::optional<QPointF> placeOf(qint64 point) const;
  void zoomAt(const QPointF& pixel, double factor);
  void panBy(const QPointF& pixels);
  void moveHandle(const QPointF& pixel);
  void setCursor();
  bool selects() const { return tool == Tool::Lasso || tool == Tool::Box || tool == Tool::Brush; }
  void beginSelection(const QPointF& pixel, Qt::KeyboardModifiers modifiers);
  void moveSelection(const QPointF& pixel);
  void endSelection(const QPointF& pixel);
  void dropSelectionGesture();
  void brushTo(const QPointF& pixel);
  std::vector<qint64> pointsIn(const QPolygonF& outline) const;
  void updateSide();
  bool press(QMouseEvent* event);
  void move(QMouseEvent* event);
  void release(QMouseEvent* event);
  void showMenu(const QPoint& pixel, const QPoint& global);
};

}  // namespace latent::ui
