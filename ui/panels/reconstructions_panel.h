#pragma once

#include <QWidget>
#include <vector>

class QToolButton;

namespace latent::ui {

class Exploration;
class ExplorerService;
class ImageGrid;
class RunController;
class SteadyLabel;

/// Fixed pictures that training never sees, original over reconstruction, and pictures drawn from
/// the prior; both follow the live weights.
class ReconstructionsPanel : public QWidget {
  Q_OBJECT

 public:
  ReconstructionsPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                       QWidget* parent = nullptr);

 private:
  void followRun();
  void chooseDigits();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  ImageGrid* m_pairs = nullptr;
  QWidget* m_samplesSide = nullptr;
  ImageGrid* m_samples = nullptr;
  SteadyLabel* m_error = nullptr;
  quint64 m_choice = 0;
  quint64 m_sampleSeed = 1;
};

}  // namespace latent::ui
