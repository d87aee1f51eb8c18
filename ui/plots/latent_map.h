#pragma once

#include <QImage>
#include <QPointF>
#include <QPolygonF>
#include <QRectF>
#include <QString>
#include <QStringList>
#include <QVector>
#include <QWidget>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/map_points.h"

class QCustomPlot;

namespace latent::ui {

class MapDrawing;

/// The latent space seen from above: all codes as points coloured by class, the current code, a
/// path between two codes, and the decoded manifold below. Positions are those of the projected
/// plane.
class LatentMap : public QWidget {
  Q_OBJECT

 public:
  enum class Tool {
    Decode,  ///< press or drag anywhere asks for the code there
    Pan,
    BoxZoom,
    // What these select replaces the selection; with Shift it is added, with Alt taken away.
    Lasso,
    Box,
    Brush,
  };
  Q_ENUM(Tool)
  /// What can be dragged on the map. Path is the position t between A and B.
  enum class Handle { A, B, Path };
  Q_ENUM(Handle)

  explicit LatentMap(QWidget* parent = nullptr);
  ~LatentMap() override;

  /// The newest codes; meant for 15 calls a second. Null or empty: the empty text is shown.
  void setPoints(std::shared_ptr<const MapPoints> points);
  std::shared_ptr<const MapPoints> points() const;
  /// Whether these are the points in sight: new ones are drawn on a thread beside.
  bool isUpToDate() const;
  void setAxisTitles(const QString& horizontal, const QString& vertical);
  void setEmptyText(const QString& text);

  Tool tool() const;
  void setTool(Tool tool);

  /// The code that is shown decoded; nullopt hides its marker.
  void setCurrentCode(std::optional<QPointF> position);
  /// A picture that is none of the points, such as a drawn one: its place, and the outline of its
  /// posterior there (may be empty). nullopt hides it.
  struct Drawn {
    QPointF position;
    QPolygonF posterior;
  };
  void setDrawn(const std::optional<Drawn>& drawn);
  std::optional<Drawn> drawn() const;
  /// The ends of an interpolation and the position t between them (0 = A, 1 = B); nullopt hides
  /// them all. `path` is the projected polyline from A to B at even steps of t; empty: a straight
  /// line.
  struct Interpolation {
    QPointF a;
    QPointF b;
    double t = 0.5;
    QVector<QPointF> path;
  };
  void setInterpolation(const std::optional<Interpolation>& interpolation);
  /// Decoded pictures of a grid over `area` (plane coordinates), laid under the points; a null
  /// image removes it.
  void setManifold(const QImage& image, const QRectF& area);
  void setManifoldOpacity(double opacity);
  /// The toggle in the tool bar; what it shows is asked for by `manifoldRequested`.
  void setManifoldVisible(bool visible);
  bool isManifoldVisible() const;
  /// Whether the plane can be decoded to a grid at all; hides the toggle when not.
  void setManifoldAvailable(bool available);

  /// Pictures for thumbnails in place of dots where there is room; called while painting, so it has
  /// to be quick. An empty function: dots only.
  void setThumbnailProvider(std::function<QImage(qint64 index)> provider);
  void setThumbnailsVisible(bool visible);

  /// Fills the card beside the pointer; call it in answer to `hoveredPoint` or after `setEchoed`. A
  /// null `reconstruction` may follow later by calling again. It hides by itself when the pointer
  /// leaves the point.
  void setHoverCard(const QImage& original, const QImage& reconstruction, const QString& caption);
  /// Rings a point that is pointed at elsewhere, and follows it; -1: none.
  void setEchoed(qint64 index);
  qint64 echoed() const;

  /// A class whose score at (X, Y) of the plane is x·X + y·Y + constant; the plane belongs to the
  /// class with the highest.
  struct Region {
    int classIndex = 0;
    double x = 0.0;
    double y = 0.0;
    double constant = 0.0;
  };
  /// Drawn as light washes under the points; none: nothing is.
  void setRegions(std::vector<Region> regions);
  const std::vector<Region>& regions() const;

  /// What else can be laid over the map, as it is offered in the tool bar's menu.
  struct OverlayChoice {
    QString id;
    QString title;
    QString help;
    QString key;     ///< one letter, pressed on the map
    QString whyNot;  ///< why it does not apply; empty where it does
    bool shown = false;
    bool operator==(const OverlayChoice&) const = default;
  };
  /// None: no such menu. Drawn in this order, the first at the bottom; what is not shown, or does
  /// not apply, is removed.
  void setOverlayChoices(const QVector<OverlayChoice>& choices);
  /// The drawing of one of the choices; null removes it.
  void setOverlay(const QString& id, std::shared_ptr<const MapDrawing> drawing);
  std::shared_ptr<const MapDrawing> overlay(const QString& id) const;
  /// Whether newer drawings than those that are seen are on their way.
  void setOverlaysAwaited(bool awaited);
  bool areOverlaysAwaited() const;

  /// Only these classes stay bright; the others are dimmed, never hidden. Empty: all bright.
  void setBrightClasses(const QVector<int>& classes);
  QVector<int> brightClasses() const;

  /// What is not selected is dimmed, never hidden. Null: nothing is selected, all is bright.
  void setSelection(std::shared_ptr<const PointSelection> selection);
  std::shared_ptr<const PointSelection> selection() const;

  /// What the points can be coloured by, as offered beside the map; none: no such choice.
  void setColorings(const QStringList& names);
  /// −1: none of these.
  void setColoring(int index);
  /// Null: the colours of the classes.
  void setScale(std::shared_ptr<const PointScale> scale);
  std::shared_ptr<const PointScale> scale() const;
  /// Whether the bar of the scale is beside the map, where there is a scale; exports always have
  /// it.
  void setScaleBarShown(bool shown);
  bool isScaleBarShown() const;

  /// All points in view; with `isFollowing` the view goes on following them.
  void fit();
  void setFollowing(bool follow);
  bool isFollowing() const;
  QRectF view() const;  ///< plane coordinates in sight, y upwards: top() is the smallest y
  void setView(const QRectF& view);
  /// The view whole: what was asked for, which also fills the frame; whether it follows the points;
  /// and the extent at which dots have their usual size.
  struct View {
    QRectF area;
    bool following = true;
    double home = 0.0;
  };
  View wholeView() const;
  /// At once, also where the view follows.
  void setWholeView(const View& view);
  bool areThumbnailsVisible() const;
  QSize frameSize() const;  ///< of what the view is seen in, device-independent pixels
  /// Device-independent pixels of this widget to plane coordinates and back.
  QPointF planeAt(const QPointF& pixel) const;
  QPointF pixelAt(const QPointF& plane) const;
  /// Index of the point under `pixel`, nearest first, bright before dimmed; -1 where there is none.
  qint64 pointAt(const QPointF& pixel) const;
  /// Diameter of a dot in device-independent pixels at the present zoom.
  double pointSize() const;

  /// The map as it is to be seen, with its legend, `ratio` pixels to a device-independent one.
  QImage picture(double ratio) const;
  /// Writes the map, PNG or SVG by the path's ending. False when it cannot.
  bool exportTo(const QString& path);

  QCustomPlot* plot() const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 signals:
  /// Press and each move with the Decode tool; plane coordinates.
  void codeRequested(const QPointF& position);
  /// The button was released: a good moment for what is too slow for every move.
  void codeSettled(const QPointF& position);
  void hoveredPoint(qint64 index, const QPoint& globalPosition);  ///< -1 when none is
  /// Shift+click (A, then B in turns) or the context menu on a point.
  void pointPicked(qint64 index, latent::ui::LatentMap::Handle which);
  void handleMoved(latent::ui::LatentMap::Handle which, const QPointF& position);
  void pathPositionChanged(double t);  ///< beside `handleMoved(Path, …)`: where along the path
  void handleReleased(latent::ui::LatentMap::Handle which);
  void toolChanged(latent::ui::LatentMap::Tool tool);
  void viewChanged(const QRectF& view);
  void followingChanged(bool follow);
  void manifoldRequested(bool visible);
  void overlayChosen(const QString& id, bool shown);
  /// What colours the points or dims them has changed: classes, selection, scale or theme.
  void appearanceChanged();
  void brightClassesChanged(const QVector<int>& classes);
  /// By the tools of selection; indices rise. A replacing choice of nothing clears.
  void selectionRequested(const std::vector<qint64>& indices, latent::ui::SelectMode mode);
  void coloringChosen(int index);
  /// The context menu on a point: it is the one whose neighbours are asked for.
  void pointChosen(qint64 index);
  void errorOccurred(const QString& sentence);

 protected:
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QSize pictureSize() const;
  bool paintPicture(QPaintDevice* device) const;

  class Private;
  std::unique_ptr<Private> d;
};

}  // namespace latent::ui
