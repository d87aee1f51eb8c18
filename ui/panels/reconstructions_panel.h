#pragma once

#include <QImage>
#include <QVector>
#include <QWidget>
#include <vector>

class QLabel;
class QTimer;
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

  /// Which pictures are rebuilt and which samples drawn, as numbers of "other" and "again".
  struct Choice {
    quint64 digits = 0;
    quint64 samples = 1;
  };
  Choice choice() const { return {m_choice, m_sampleSeed}; }
  void setChoice(const Choice& choice);

 private:
  void followRun();
  void chooseDigits();
  /// Shows the newest samples, row by row where the system draws them so.
  void showSamples();
  void revealRow();
  void showRows();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  ImageGrid* m_pairs = nullptr;
  QWidget* m_samplesSide = nullptr;
  ImageGrid* m_samples = nullptr;
  QLabel* m_samplesTitle = nullptr;
  SteadyLabel* m_error = nullptr;
  QTimer* m_reveal = nullptr;
  QVector<QImage> m_drawn;  ///< of which m_rows rows are shown
  QVector<QImage> m_next;
  int m_classes = 0;  ///< columns of m_next; 0: as many as fit
  int m_rows = 0;
  quint64 m_choice = 0;
  quint64 m_sampleSeed = 1;
};

}  // namespace latent::ui
