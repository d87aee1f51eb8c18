#pragma once

#include <QCoreApplication>
#include <QPolygonF>
#include <QRectF>
#include <QSize>
#include <QString>
#include <QVector>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "latent/latent_space.h"
#include "latent/snapshot.h"
#include "ui/explorer_service.h"
#include "ui/plots/map_drawing.h"
#include "ui/plots/map_points.h"

namespace latent::ui {

/// What overlays are made of, as it was at one moment. Never changed once shared: it is read on
/// another thread.
struct OverlaySubject {
  std::shared_ptr<const Snapshot> weights;  ///< the newest; null before a run
  std::shared_ptr<const MapFrame> frame;    ///< null before there are codes
  Projection plane;                         ///< of the map; where it is not `laidOut`
  bool laidOut = false;                     ///< the points lie where UMAP put them

  std::shared_ptr<const PointClasses> classes;
  std::shared_ptr<const PointSelection> selection;  ///< null: nothing is selected
  std::shared_ptr<const PointScale> scale;          ///< null: colours of the classes
  QVector<int> bright;                              ///< classes that stand out; empty: all
  const Theme* theme = nullptr;

  QRectF view;  ///< plane in sight, top() is the smallest y
  QSize size;   ///< of the view in device pixels
  double ratio = 1.0;

  std::vector<float> base;  ///< [L] what the plane goes through; empty: its own origin
  int label = 0;            ///< the class that conditional systems are told
  std::vector<float> from;  ///< [L] ends of the path; empty where there is none
  std::vector<float> to;

  const FrozenModel& model() const { return *weights->model; }
};

/// One thing that can be laid over the map: one file in ui/overlays, one line in `overlays()`.
/// Without a state of its own: both questions are answered from the subject alone.
class Overlay {
  Q_DECLARE_TR_FUNCTIONS(latent::ui::Overlay)

 public:
  /// What it has to be drawn anew for.
  enum Input : unsigned {
    Codes = 1,    ///< the points and their plane
    Weights = 2,  ///< the network
    View = 4,
    Look = 8,   ///< colours and selection
    Base = 16,  ///< the code that the plane goes through, and the class
    Path = 32,  ///< the ends of the interpolation
  };
  struct Description {
    QString id;
    QString title;
    QString key;
    QString help;
    unsigned inputs = 0;
  };

  virtual ~Overlay() = default;
  virtual Description description() const = 0;
  /// Why it makes no sense here, in one sentence; empty where it does. On the window's thread.
  virtual QString whyNot(const OverlaySubject& subject) const = 0;
  /// On a thread beside, which computes with one core. Null: nothing to draw yet. Throws
  /// Error{Cancelled} soon after `interrupted` says true.
  virtual std::shared_ptr<const MapDrawing> draw(
      const OverlaySubject& subject, const std::function<bool()>& interrupted) const = 0;
};

/// All of them, the lowest on the map first.
const std::vector<std::unique_ptr<Overlay>>& overlays();

// What overlays share.

/// What this thread has computed so far: unlike the time, it does not pass while others compute.
double computedSeconds();

/// Throws Error{Cancelled} where `interrupted` says true.
void stopIfInterrupted(const std::function<bool()>& interrupted);

/// Pictures of `codes` [n, L], [n, D], some at a time. Throws Error{Cancelled}.
std::vector<float> decodedPictures(const OverlaySubject& subject, std::span<const float> codes,
                                   const std::function<bool()>& interrupted);

/// Why nothing can be laid over this map, whatever the overlay; empty where something can.
QString whyNoPlane(const OverlaySubject& subject);

/// How many columns a grid over the view has that has no more than `cells` cells, squares nearly.
int gridColumns(const OverlaySubject& subject, double cells);
int gridRows(const OverlaySubject& subject, int columns);

/// A closed line where the ellipse lies, in plane coordinates.
QPolygonF ellipseOutline(double x, double y, double major, double minor, double angle);

}  // namespace latent::ui
