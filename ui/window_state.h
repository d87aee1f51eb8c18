#pragma once

#include <QJsonObject>
#include <QObject>
#include <QTimer>
#include <functional>
#include <vector>

class QWidget;

namespace latent::ui {

class ComparisonPanel;
class DecodedPanel;
class DrawingPanel;
class ExploredRun;
class LossesPanel;
class MapColoring;
class MapOverlays;
class MapPanel;
class ReconstructionsPanel;
class Selection;
class TasksPanel;

/// How the runs of the window are looked at, as JSON: for each side the moment, the plane with all
/// that has been fitted for it, the view, the colours and the place in the latent space; the
/// selection, directions, overlays, the drawing, and what the panels' controls are set to. Not the
/// runs themselves, and not where the docks are.
class WindowState : public QObject {
  Q_OBJECT

 public:
  struct Parts {
    ExploredRun* current;
    MapPanel* map;
    MapColoring* coloring;
    ComparisonPanel* comparison;
    Selection* selection;
    MapOverlays* overlays;
    DecodedPanel* decoded;
    DrawingPanel* drawing;
    LossesPanel* losses;
    ReconstructionsPanel* reconstructions;
    TasksPanel* tasks;
    std::vector<QWidget*> panels;  ///< whose controls are kept, by their object names
  };

  explicit WindowState(const Parts& parts, QObject* parent = nullptr);

  QJsonObject gather() const;
  /// For the runs that have just been shown. What their first maps have to wait for is set at once,
  /// the rest when these are there; `done` follows. Another run that is shown meanwhile ends it.
  void restore(const QJsonObject& state, std::function<void()> done);
  bool isRestoring() const { return m_timer.isActive(); }

 private:
  struct Side {
    ExploredRun* explored;
    MapPanel* map;
    MapColoring* coloring;
  };
  std::vector<Side> sides() const;
  static QJsonObject gatherSide(const Side& side);
  static void prepareSide(const Side& side, const QJsonObject& state);
  static bool isThere(const Side& side);
  static void finishSide(const Side& side, const QJsonObject& state);
  void look();
  void finish();

  Parts m_parts;
  QJsonObject m_state;
  std::function<void()> m_done;
  QTimer m_timer;
};

}  // namespace latent::ui
