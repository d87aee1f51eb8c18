#pragma once

#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "latent/snapshot.h"
#include "ui/snapshot_measurement.h"

class QLabel;
class QBoxLayout;

namespace latent::ui {

class BarChart;
class CodeHistograms;
class RunController;

/// What the system says of its own state, with a sentence where something is wrong and the knob
/// that cures it; and whether the codes of the test pictures lie where the prior does, measured
/// beside the window while the panel is seen.
class HealthPanel : public QWidget {
  Q_OBJECT

 public:
  explicit HealthPanel(RunController* run, QWidget* parent = nullptr);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void show(const std::shared_ptr<const Snapshot>& snapshot);
  void updateEmpty();
  SnapshotMeasurement::Work prepare(const Snapshot& snapshot);

  RunController* m_run;
  CodeHistograms* m_codes = nullptr;
  std::vector<std::pair<std::string, BarChart*>> m_charts;
  QBoxLayout* m_rows = nullptr;
  QLabel* m_empty = nullptr;
};

}  // namespace latent::ui
