#pragma once

#include <QWidget>
#include <vector>

#include "ui/explorer_service.h"

class QComboBox;
class QLabel;

namespace latent::ui {

class Exploration;
class ImageGrid;
class RunController;

/// The test pictures nearest to the current code, or nearest pixel by pixel to its picture, with
/// their distances. A click goes to the code of one.
class NeighboursView : public QWidget {
  Q_OBJECT

 public:
  enum class Space { Codes, Pixels };

  NeighboursView(RunController* run, ExplorerService* explorer, Exploration* exploration,
                 QWidget* parent = nullptr);

  const std::vector<CodeNeighbour>& neighbours() const { return m_neighbours; }
  Space space() const;
  void clear();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void follow();
  void askPixels();
  void show(const std::vector<CodeNeighbour>& neighbours);
  void updateHeading();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  QLabel* m_heading = nullptr;
  QComboBox* m_space = nullptr;
  ImageGrid* m_grid = nullptr;
  std::vector<CodeNeighbour> m_neighbours;
};

}  // namespace latent::ui
