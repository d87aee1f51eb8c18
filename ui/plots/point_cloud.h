#pragma once

#include <qcustomplot.h>

#include <QHash>
#include <QImage>
#include <functional>
#include <memory>
#include <vector>

#include "latent/request_lane.h"
#include "ui/plots/map_points.h"
#include "ui/plots/point_splatter.h"

namespace latent::ui {

class Theme;

/// The points of the map as a plottable: dots splatted into one picture, and thumbnails in their
/// place where there is room.
///
/// What a person does is drawn at once. What moves by itself, new points while a network trains, is
/// put in order and splatted on a thread beside: until it is there the picture before it stands,
/// moved with the view; of very many points those before are drawn when the view moves meanwhile.
class PointCloud : public QCPAbstractPlottable {
  Q_OBJECT

 public:
  PointCloud(QCPAxis* keyAxis, QCPAxis* valueAxis);

  /// The next frame may show the dots of the one before; theirs follow by themselves.
  void drawLater() { m_next = Next::Later; }

  void setPoints(std::shared_ptr<const MapPoints> points) { m_points = std::move(points); }
  const std::shared_ptr<const MapPoints>& points() const { return m_points; }
  /// Per class; empty: all bright.
  void setBright(std::vector<std::uint8_t> bright, bool unlabelledBright);
  bool isBright(int label) const;
  /// Of its class, and selected where anything is.
  bool isPointBright(std::size_t index) const;
  bool anyDimmed() const { return !m_bright.empty() || m_selection; }
  /// Null: nothing is selected, and all is bright.
  void setSelection(std::shared_ptr<const PointSelection> selection) {
    m_selection = std::move(selection);
  }
  const std::shared_ptr<const PointSelection>& selection() const { return m_selection; }
  /// Null: the colours of the classes.
  void setScale(std::shared_ptr<const PointScale> scale) { m_scale = std::move(scale); }
  const std::shared_ptr<const PointScale>& scale() const { return m_scale; }
  void setTheme(const Theme& theme) { m_theme = &theme; }

  void setThumbnailProvider(std::function<QImage(qint64)> provider);
  void setThumbnailsVisible(bool visible) { m_thumbnailsVisible = visible; }
  bool thumbnailsVisible() const { return m_thumbnailsVisible; }
  /// How many the last frame held.
  int thumbnailsDrawn() const { return m_thumbnailsDrawn; }

  /// Diameter in device-independent pixels: smaller for many, larger when zoomed in.
  double pointSize() const;
  /// Side of the plane that shows all points, in plane units; what zoom is measured against.
  void setHomeExtent(double extent) { m_homeExtent = extent; }
  double homeExtent() const { return m_homeExtent; }

  /// Paints the dots of the last frame where they belong in the window. On screen they are no part
  /// of the layer's own picture, which saves two passes over all pixels.
  void paintDots(QPainter* painter) const;
  /// Whether the dots of the last frame are those of `points()`, not of the ones before.
  bool isUpToDate() const;

  double selectTest(const QPointF& pos, bool onlySelectable, QVariant* details) const override;
  QCPRange getKeyRange(bool& found, QCP::SignDomain domain) const override;
  QCPRange getValueRange(bool& found, QCP::SignDomain domain, const QCPRange& keys) const override;

 protected:
  void draw(QCPPainter* painter) override;
  void drawLegendIcon(QCPPainter* painter, const QRectF& rect) const override;

 private:
  enum class Next {
    Now,    ///< the dots are splatted as the frame is drawn
    Later,  ///< they are ordered, and what there is is shown
    Ready   ///< they have come: what there is is what is wanted
  };
  /// Dots, and where of the plane they are: one picture of the points.
  struct Splat {
    QImage image;
    PlaneToPixel transform;
    std::shared_ptr<const ColoredPoints> points;
  };
  /// What the lane draws with, and what it drew last.
  struct Beside {
    PointSplatter splatter;
    std::shared_ptr<const ColoredPoints> points;
  };

  PlaneToPixel planeToPixel(const QRect& frame, double ratio) const;
  PointAppearance appearance() const;
  SplatStyle splatStyle(const QSize& size, double ratio) const;
  void order(const QSize& size, double ratio);
  void prepare(const QSize& size, double ratio);
  void drawDots(QCPPainter* painter, const QRect& frame);
  QRectF placeOf(const Splat& dots, const QRect& frame, double ratio) const;
  std::vector<std::size_t> pointsInSight(std::size_t most) const;
  void drawThumbnails(QCPPainter* painter, const QRect& frame);
  const QImage& thumbnail(std::size_t index);
  QColor pointColor(std::size_t index) const;

  std::shared_ptr<const MapPoints> m_points;
  std::vector<std::uint8_t> m_bright;
  bool m_unlabelledBright = true;
  std::shared_ptr<const PointSelection> m_selection;
  std::shared_ptr<const PointScale> m_scale;
  const Theme* m_theme = nullptr;
  Next m_next = Next::Now;
  quint64 m_drawnNow = 0;  // what was ordered before is older than what stands
  PointSplatter m_splatter;
  std::shared_ptr<const ColoredPoints> m_drawn;
  std::shared_ptr<const MapPoints> m_ordered;  // of the lane, whose answer is awaited
  std::shared_ptr<Beside> m_beside = std::make_shared<Beside>();
  Splat m_dots;
  QRectF m_place;  // of the dots in the plot
  double m_homeExtent = 0.0;

  std::function<QImage(qint64)> m_thumbnailProvider;
  bool m_thumbnailsVisible = true;
  int m_thumbnailsDrawn = 0;
  QHash<std::pair<quint64, QRgb>, QImage> m_thumbnails;  // by index and ink

  std::unique_ptr<RequestLane> m_lane;  // last: its jobs deliver here
};

}  // namespace latent::ui
