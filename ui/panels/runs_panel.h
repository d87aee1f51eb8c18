#pragma once

#include <QWidget>

class QTableView;
class QToolButton;

namespace latent::ui {

class RunList;

/// The runs that the window holds, and what can be done with the chosen one.
class RunsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit RunsPanel(RunList* runs, QWidget* parent = nullptr);

 private:
  int chosen() const;
  void followChoice();

  RunList* m_runs;
  QTableView* m_table = nullptr;
  QToolButton* m_show = nullptr;
  QToolButton* m_beside = nullptr;
  QToolButton* m_play = nullptr;
  QToolButton* m_duplicate = nullptr;
  QToolButton* m_rename = nullptr;
  QToolButton* m_remove = nullptr;
};

}  // namespace latent::ui
