#pragma once

#include <QWidget>
#include <filesystem>

#include "ui/background_task.h"
#include "ui/explorer_service.h"
#include "ui/selection_summary.h"

class QLabel;
class QPushButton;
class QTableWidget;

namespace latent::ui {

class CountBars;
class Exploration;
class ImageGrid;
class ImageView;
class RunController;
class Selection;

/// The selected test pictures: how many of which class, what their codes have in common, their mean
/// picture, and themselves.
class SelectionPanel : public QWidget {
  Q_OBJECT

 public:
  /// Pictures that are shown at once.
  static constexpr qint64 kShown = 240;

  SelectionPanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                 Selection* selection, QWidget* parent = nullptr);

  /// Writes what is selected as CSV, on a thread; exported or errorOccurred answers.
  void exportTo(const QString& path);

 signals:
  void exported(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void showSelection();
  void askSummary();
  void showSummary(const SelectionSummary& summary);
  void chooseExport();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  Selection* m_selection;
  QLabel* m_headline = nullptr;
  QPushButton* m_clear = nullptr;
  QPushButton* m_keep = nullptr;
  QPushButton* m_export = nullptr;
  QWidget* m_details = nullptr;
  ImageView* m_mean = nullptr;
  CountBars* m_counts = nullptr;
  QTableWidget* m_codes = nullptr;
  QLabel* m_shownLine = nullptr;
  ImageGrid* m_grid = nullptr;
  std::vector<qint64> m_shown;  ///< rows of the test part, as in the grid
  BackgroundTask m_exporting;
};

}  // namespace latent::ui
