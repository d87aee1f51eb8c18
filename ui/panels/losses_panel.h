#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

#include "latent/session.h"

namespace latent::ui {

class LossPlot;
class RunController;

/// The losses of the run as live curves; behind them, pale, those of the run beside it or of the
/// run that it branched off.
class LossesPanel : public QWidget {
  Q_OBJECT

 public:
  explicit LossesPanel(RunController* run, QWidget* parent = nullptr);

  LossPlot* plot() const { return m_plot; }
  /// Null: no run stands beside.
  void setBeside(RunController* beside);

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void followRun();
  void append(const std::vector<LossPoint>& losses);
  void showBehind();

  RunController* m_run;
  RunController* m_beside = nullptr;
  QTimer m_behindTimer;  ///< not with each batch
  LossPlot* m_plot = nullptr;
};

}  // namespace latent::ui
