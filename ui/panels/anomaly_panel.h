#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "latent/anomaly.h"
#include "ui/snapshot_measurement.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSlider;
class QSpinBox;

namespace latent::ui {

class Exploration;
class ImageGrid;
class RocPlot;
class RunController;
class SteadyLabel;

/// Finding a class that training has never seen: the scores of all test pictures, their ROC curve,
/// a threshold that is dragged along it, and the pictures that cross it.
class AnomalyPanel : public QWidget {
  Q_OBJECT

 public:
  /// Pictures that are shown on either side of the threshold.
  static constexpr std::size_t kShown = 24;

  AnomalyPanel(RunController* run, Exploration* exploration, QWidget* parent = nullptr);

  /// Null until something is measured.
  std::shared_ptr<const Roc> curve() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  /// Scores of the test part, and what they are worth for one class.
  struct Measured {
    AnomalyScore score = AnomalyScore::ReconstructionError;
    int neighbours = 1;
    qint64 snapshot = -1;
    double epoch = 0.0;
    std::shared_ptr<const std::vector<float>> scores;  ///< [n]
    std::vector<qint64> order;                         ///< [n] rows, the highest score first
    int label = -1;
    std::shared_ptr<const Roc> curve;
  };

  QWidget* makeQuestion();
  QWidget* makeAnswer();
  void followRun();
  void chooseScore();
  void updateQuestion();
  SnapshotMeasurement::Work prepare(const Snapshot& snapshot);
  void adopt(std::shared_ptr<const Measured> measured);
  void moveThreshold(int corner);
  void showThreshold();
  void showState(const QString& activity = {});
  void trainWithout();
  /// The class that the run never sees; -1: it sees all.
  int leftOut() const;
  AnomalyScore score() const;
  QString className() const;

  RunController* m_run;
  Exploration* m_exploration;
  SnapshotMeasurement* m_measurement = nullptr;
  std::shared_ptr<const Measured> m_measured;
  bool m_atBest = true;           ///< the threshold is where the curve is best, until it is moved
  float m_threshold = 0.0F;       ///< where it was moved to
  std::vector<qint64> m_flagged;  ///< rows of the test part, as in the grids
  std::vector<qint64> m_passed;
  QComboBox* m_class = nullptr;
  QComboBox* m_score = nullptr;
  QSpinBox* m_neighbours = nullptr;
  QPushButton* m_train = nullptr;
  QLabel* m_seen = nullptr;
  QCheckBox* m_follow = nullptr;
  QPushButton* m_measure = nullptr;
  SteadyLabel* m_state = nullptr;
  RocPlot* m_plot = nullptr;
  QSlider* m_slider = nullptr;
  QPushButton* m_best = nullptr;
  QLabel* m_counts = nullptr;
  QLabel* m_flaggedLine = nullptr;
  QLabel* m_passedLine = nullptr;
  ImageGrid* m_flaggedGrid = nullptr;
  ImageGrid* m_passedGrid = nullptr;
};

}  // namespace latent::ui
