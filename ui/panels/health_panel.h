#pragma once

#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "latent/snapshot.h"

class QLabel;
class QBoxLayout;

namespace latent::ui {

class BarChart;
class RunController;

/// What the system says of its own state, with a sentence where something is wrong and the knob
/// that cures it.
class HealthPanel : public QWidget {
  Q_OBJECT

 public:
  explicit HealthPanel(RunController* run, QWidget* parent = nullptr);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void show(const std::shared_ptr<const Snapshot>& snapshot);

  std::vector<std::pair<std::string, BarChart*>> m_charts;
  QBoxLayout* m_rows = nullptr;
  QLabel* m_empty = nullptr;
};

}  // namespace latent::ui
