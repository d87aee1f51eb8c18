#pragma once

#include <QWidget>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "latent/bakeoff.h"
#include "ui/background_task.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTableWidget;

namespace latent::ui {

class RunController;

/// Systems side by side: which serves which task. Trains and measures on a thread of its own what
/// `latent bakeoff` does, into the same kind of folder; the table fills as results come. A window
/// of its own, since it goes on for long.
class BakeoffPanel : public QWidget {
  Q_OBJECT

 public:
  explicit BakeoffPanel(RunController* run, QWidget* parent = nullptr);

  /// Where the results go. What is there is shown.
  void setFolder(const std::filesystem::path& folder);
  const std::filesystem::path& folder() const { return m_folder; }
  bool isRunning() const { return m_task.isRunning(); }

 signals:
  /// A row was double-clicked: this run is to be explored.
  void runChosen(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void engineReady();
  void start();
  void stop();
  void chooseFolder();
  void openReport();
  void showFolder();
  void adopt(const BakeoffConfig& config);
  BakeoffConfig config() const;
  void fillTable();
  void updateControls();

  RunController* m_run;
  std::filesystem::path m_folder;
  BakeoffConfig m_shown;  ///< what the table is of
  std::vector<BakeoffResult> m_results;
  QComboBox* m_data = nullptr;
  QListWidget* m_competitors = nullptr;
  QSpinBox* m_seeds = nullptr;
  QSpinBox* m_epochs = nullptr;
  QSpinBox* m_latent = nullptr;
  std::vector<std::pair<std::string, QCheckBox*>> m_tasks;  ///< by BakeoffTaskInfo::id
  QLabel* m_place = nullptr;
  QPushButton* m_start = nullptr;
  QPushButton* m_report = nullptr;
  QPushButton* m_choose = nullptr;
  QProgressBar* m_progress = nullptr;
  QLabel* m_activity = nullptr;
  QTableWidget* m_table = nullptr;
  QLabel* m_nothingYet = nullptr;  ///< over the empty table
  BackgroundTask m_task;           ///< last: it calls into everything above
};

}  // namespace latent::ui
