#pragma once

#include <QWidget>
#include <filesystem>
#include <functional>
#include <optional>

#include "latent/training_config.h"
#include "ui/held_run.h"

class QHBoxLayout;
class QToolButton;

namespace latent::ui {

class ComparedRunView;
class Comparison;
class ExploredRun;
class MapColoring;
class MapOverlays;
class MapPanel;
class Selection;

/// The middle of the window: the map of the current run and, while a comparison is open, another
/// run on the same data beside it, with one selection, one hover and one path for both.
class ComparisonPanel : public QWidget {
  Q_OBJECT

 public:
  ComparisonPanel(ExploredRun* current, MapPanel* map, Selection* selection,
                  QWidget* parent = nullptr);
  ~ComparisonPanel() override;

  /// Of the current map: what is laid over it is laid over the one beside it too.
  void setOverlays(MapOverlays* overlays) { m_currentOverlays = overlays; }
  /// Of the current map: the one beside is coloured by the same.
  void setColoring(MapColoring* coloring) { m_currentColoring = coloring; }

  bool isOpen() const { return m_beside != nullptr; }
  /// The run beside the current one; null while no comparison is open.
  ExploredRun* beside() const { return m_beside; }
  Comparison* comparison() const { return m_comparison; }
  MapPanel* besideMap() const { return m_besideMap; }
  MapColoring* besideColoring() const { return m_besideColoring; }
  MapOverlays* besideOverlays() const { return m_besideOverlays; }

  /// Trains another run beside the current one, on its data; in place of the one that is there.
  void startBeside(const TrainingConfig& config);
  /// As soon as the current run has begun.
  void startBesideNext(const TrainingConfig& config);
  /// Opens a saved run beside the current one, paused.
  void openBeside(const std::filesystem::path& path);
  /// A run that was let go stands beside the current one.
  void showBeside(std::unique_ptr<HeldRun> held);
  /// Where the run beside goes when the comparison ends; without one it is saved and ended.
  void setKeeper(std::function<void(std::unique_ptr<HeldRun>)> keeper);
  void closeBeside();
  /// Ends the run beside; `done` is called when it is saved, at once where there is none.
  void shutDown(std::function<void()> done);

 public slots:
  /// Plays both; pauses both where one of them runs.
  void togglePlay();

 signals:
  void openChanged(bool open);
  void besideChanged();  ///< another run is there, or the first
  void swapRequested();
  void errorOccurred(const QString& sentence, const QString& detail);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void open();
  /// Whichever trains alone has all threads; two share them evenly.
  void shareThreads();
  void followState();
  /// Runs on other data cannot be compared: says so and ends the comparison.
  void checkData();

  ExploredRun* m_current;
  MapPanel* m_map;
  Selection* m_selection;
  QWidget* m_bar = nullptr;
  QToolButton* m_play = nullptr;
  QHBoxLayout* m_sides = nullptr;
  ComparedRunView* m_currentView = nullptr;
  ExploredRun* m_beside = nullptr;
  MapPanel* m_besideMap = nullptr;
  MapColoring* m_currentColoring = nullptr;
  MapColoring* m_besideColoring = nullptr;
  MapOverlays* m_currentOverlays = nullptr;
  MapOverlays* m_besideOverlays = nullptr;
  ComparedRunView* m_besideView = nullptr;
  Comparison* m_comparison = nullptr;
  std::optional<TrainingConfig> m_next;
  std::function<void(std::unique_ptr<HeldRun>)> m_keeper;
  int m_ending = 0;  ///< runs that are being saved
  std::function<void()> m_whenEnded;
};

}  // namespace latent::ui
