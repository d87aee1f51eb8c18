#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "latent/probe.h"
#include "ui/snapshot_measurement.h"

class QCheckBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace latent::ui {

class ConfusionMatrix;
class Exploration;
class ExplorerService;
class ImageGrid;
class LatentMap;
class ProbeCurve;
class RunController;
class SteadyLabel;

/// What a linear classifier reads from the frozen codes: its accuracy against the number of labels,
/// what it takes for what, and its regions on the map.
class ProbePanel : public QWidget {
  Q_OBJECT

 public:
  /// Pictures of one cell of the confusion matrix that are shown.
  static constexpr std::size_t kShown = 60;

  ProbePanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
             LatentMap* map, QWidget* parent = nullptr);

  /// Null until something is measured.
  std::shared_ptr<const ProbeReport> report() const { return m_report; }

 private:
  QWidget* makeQuestion();
  QWidget* makeCell();
  SnapshotMeasurement::Work prepare(const Snapshot& snapshot);
  void adopt(std::shared_ptr<const ProbeReport> report, double epoch);
  void chooseResult(int index);
  void showCell(int truth, int taken);
  void updateRegions();
  /// The one that is chosen; null where there is none.
  const ProbeResult* result() const;

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  LatentMap* m_map;
  SnapshotMeasurement* m_measurement = nullptr;
  std::shared_ptr<const ProbeReport> m_report;
  double m_epoch = 0.0;
  std::vector<qint64> m_shown;  ///< rows of the test part, as in the grid
  QLabel* m_accuracy = nullptr;
  QCheckBox* m_regions = nullptr;
  QLabel* m_regionsLine = nullptr;
  QSpinBox* m_seed = nullptr;
  QCheckBox* m_follow = nullptr;
  QPushButton* m_measure = nullptr;
  SteadyLabel* m_state = nullptr;
  ProbeCurve* m_curve = nullptr;
  ConfusionMatrix* m_matrix = nullptr;
  QLabel* m_cellLine = nullptr;
  ImageGrid* m_grid = nullptr;
};

}  // namespace latent::ui
