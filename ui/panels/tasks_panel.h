#pragma once

#include <QTimer>
#include <QWidget>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "latent/tasks.h"
#include "ui/background_task.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace latent::ui {

class CurvePlot;
class HyperparameterForm;
class MaskCanvas;
class PictureRows;
class RunController;

/// What the network is good for: one task of the registry at a time, done to a few test pictures as
/// its control moves, and measured over the whole test part on demand.
class TasksPanel : public QWidget {
  Q_OBJECT

 public:
  explicit TasksPanel(RunController* run, QWidget* parent = nullptr);

  /// What was measured last; null until then, and after another task or run was chosen.
  const TaskResult* result() const { return m_result ? &*m_result : nullptr; }
  /// Rows of the test part that are shown.
  const std::vector<std::int64_t>& shownRows() const { return m_rows; }
  bool isMeasuring() const { return m_measuring.isRunning(); }

  /// What is kept of the panel beside its controls.
  struct Kept {
    quint64 pictures = 0;              ///< which test pictures are shown
    std::vector<std::uint8_t> hidden;  ///< the mask: [height, width], 1 = hidden
    bool measured = false;             ///< whether there is a result
  };
  Kept kept() const;
  /// A result is not kept but measured again, as soon as the panel is seen.
  void setKept(const Kept& kept);

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void build();
  QWidget* makeMaskControls();
  void chooseTask();
  void choosePictures();
  void setMask(const char* description);
  TaskSettings settings() const;
  TaskSubject subjectOf(const Snapshot& snapshot) const;
  void refresh();
  void showPictures(const TaskPictures& pictures);
  void showReason(const QString& reason);
  void measure();
  void forgetResult();
  void showResult(const TaskResult& result, const QString& of);
  void updateControls();

  RunController* m_run;
  const Task* m_task = nullptr;
  std::map<std::string, double> m_parameters;  ///< by task, as they were left
  std::vector<std::int64_t> m_rows;
  quint64 m_choice = 0;
  bool m_again = false;     ///< something changed while the pictures were made
  bool m_sensible = false;  ///< the task makes sense for this run
  bool m_wanted = false;    ///< measured as soon as it is known to make sense
  QTimer m_live;            ///< while training: the pictures follow the weights, now and then
  BackgroundTask m_showing;
  BackgroundTask m_measuring;
  std::optional<TaskResult> m_result;

  QComboBox* m_choose = nullptr;
  QLabel* m_explanation = nullptr;
  HyperparameterForm* m_form = nullptr;
  QWidget* m_maskSide = nullptr;
  MaskCanvas* m_mask = nullptr;
  QToolButton* m_other = nullptr;
  PictureRows* m_pictures = nullptr;
  QLabel* m_remark = nullptr;
  QPushButton* m_measure = nullptr;
  QProgressBar* m_progress = nullptr;
  QLabel* m_figures = nullptr;
  CurvePlot* m_curve = nullptr;
  QLabel* m_resultRemark = nullptr;
};

}  // namespace latent::ui
