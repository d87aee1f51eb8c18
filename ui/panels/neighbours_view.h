#pragma once

#include <QWidget>
#include <string>
#include <vector>

#include "ui/background_task.h"
#include "ui/explorer_service.h"

class QComboBox;
class QLabel;

namespace latent::ui {

class Exploration;
class ImageGrid;
class RunController;

/// The test pictures nearest to the current code, or nearest pixel by pixel to its picture, with
/// their distances; a click goes to the code of one. Or the training pictures nearest to what is
/// decoded, and whether they are nearer than those of a picture that training never saw: is it
/// remembered, or invented?
class NeighboursView : public QWidget {
  Q_OBJECT

 public:
  enum class Space { Codes, Pixels, Training };

  NeighboursView(RunController* run, ExplorerService* explorer, Exploration* exploration,
                 QWidget* parent = nullptr);

  const std::vector<CodeNeighbour>& neighbours() const { return m_neighbours; }
  Space space() const;
  /// Of test pictures to their nearest training pictures, rising; empty until it is measured.
  const std::vector<float>& typicalDistances() const { return m_typical; }
  void clear();

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void follow();
  void askPixels();
  void show(const std::vector<CodeNeighbour>& neighbours);
  void updateHeading();
  void askTraining();
  void measureTypical();
  void updateVerdict();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  QLabel* m_heading = nullptr;
  QComboBox* m_space = nullptr;
  ImageGrid* m_grid = nullptr;
  QLabel* m_verdict = nullptr;
  std::vector<CodeNeighbour> m_neighbours;
  std::string m_typicalOf;  ///< the data's fingerprint
  std::vector<float> m_typical;
  BackgroundTask m_measuring;  ///< last: it calls into everything above
};

}  // namespace latent::ui
