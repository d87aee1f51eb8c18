#pragma once

#include <QWidget>
#include <vector>

#include "latent/session.h"

namespace latent::ui {

class LossPlot;
class RunController;

/// The losses of the run as live curves.
class LossesPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LossesPanel(RunController* run, QWidget* parent = nullptr);

  LossPlot* plot() const { return m_plot; }

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void followRun();
  void append(const std::vector<LossPoint>& losses);

  RunController* m_run;
  LossPlot* m_plot = nullptr;
};

}  // namespace latent::ui
