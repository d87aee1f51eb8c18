#pragma once

#include <QWidget>
#include <vector>

#include "ui/explorer_service.h"

class QComboBox;
class QLabel;
class QSpinBox;

namespace latent::ui {

class CodeSliders;
class Exploration;
class ImageGrid;
class ImageView;
class RunController;

/// The picture of the current code, a slider for each of its numbers, and the encoded test pictures
/// that lie nearest.
class DecodedPanel : public QWidget {
  Q_OBJECT

 public:
  DecodedPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
               QWidget* parent = nullptr);

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void followRun();
  void followDimensions();
  void showStep();
  /// The numbers of `code` that the sliders hold: all, or those of one step.
  std::vector<float> stepOf(const std::vector<float>& code) const;
  void showNeighbours(const std::vector<CodeNeighbour>& neighbours);

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  ImageView* m_picture = nullptr;
  ImageGrid* m_nearest = nullptr;
  QLabel* m_nearestHeading = nullptr;
  QComboBox* m_label = nullptr;
  QWidget* m_labelRow = nullptr;
  QWidget* m_stepRow = nullptr;
  QSpinBox* m_step = nullptr;
  CodeSliders* m_sliders = nullptr;
  std::vector<CodeNeighbour> m_neighbours;
};

}  // namespace latent::ui
