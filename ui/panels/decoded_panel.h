#pragma once

#include <QWidget>
#include <vector>

#include "ui/explorer_service.h"

class QComboBox;
class QLabel;

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
  void showNeighbours(const std::vector<CodeNeighbour>& neighbours);

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  ImageView* m_picture = nullptr;
  ImageGrid* m_nearest = nullptr;
  QLabel* m_nearestHeading = nullptr;
  QComboBox* m_label = nullptr;
  QWidget* m_labelRow = nullptr;
  CodeSliders* m_sliders = nullptr;
  std::vector<CodeNeighbour> m_neighbours;
};

}  // namespace latent::ui
