#pragma once

#include <QWidget>
#include <vector>

#include "ui/explorer_service.h"

class QComboBox;
class QSpinBox;

namespace latent::ui {

class CodeSliders;
class Directions;
class DirectionsView;
class Exploration;
class ImageView;
class NeighboursView;
class RunController;
class Selection;

/// The picture of the current code, the test pictures that are nearest, and the code itself: a
/// slider for each of its numbers and for each direction.
class DecodedPanel : public QWidget {
  Q_OBJECT

 public:
  DecodedPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
               Selection* selection, QWidget* parent = nullptr);

  Directions* directions() const;

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void followRun();
  void followDimensions();
  void showStep();
  /// The numbers of `code` that the sliders hold: all, or those of one step.
  std::vector<float> stepOf(const std::vector<float>& code) const;

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  ImageView* m_picture = nullptr;
  NeighboursView* m_neighbours = nullptr;
  DirectionsView* m_directions = nullptr;
  QComboBox* m_label = nullptr;
  QWidget* m_labelRow = nullptr;
  QWidget* m_stepRow = nullptr;
  QSpinBox* m_step = nullptr;
  CodeSliders* m_sliders = nullptr;
};

}  // namespace latent::ui
