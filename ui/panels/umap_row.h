#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QDoubleSpinBox;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace latent::ui {

class ExplorerService;
class SteadyLabel;

/// What decides the map's UMAP, its start and stop, how far it is, and what it cannot do.
class UmapRow : public QWidget {
  Q_OBJECT

 public:
  explicit UmapRow(ExplorerService* explorer, QWidget* parent = nullptr);

 private:
  void apply();
  void press();
  void follow();

  ExplorerService* m_explorer;
  QSpinBox* m_neighbours = nullptr;
  QDoubleSpinBox* m_minDist = nullptr;
  QComboBox* m_metric = nullptr;
  QPushButton* m_run = nullptr;
  QProgressBar* m_progress = nullptr;
  SteadyLabel* m_state = nullptr;
  QLabel* m_limits = nullptr;
};

}  // namespace latent::ui
