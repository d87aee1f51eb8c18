#pragma once

#include <QWidget>
#include <vector>

#include "ui/directions.h"
#include "ui/explorer_service.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace latent::ui {

class Exploration;
class RunController;
class Selection;

/// A slider for each direction that a person has made, and the way to make one out of two sets of
/// pictures.
class DirectionsView : public QWidget {
  Q_OBJECT

 public:
  DirectionsView(RunController* run, ExplorerService* explorer, Exploration* exploration,
                 Selection* selection, QWidget* parent = nullptr);

  Directions* directions() const { return m_directions; }

 signals:
  void errorOccurred(const QString& sentence);

 private:
  class Row;
  /// One end of a direction, as offered.
  struct End {
    QString name;
    std::vector<qint64> rows;  ///< of the test part
  };

  void makeRows();
  void showAmounts();
  void showMenu(int index, QWidget* button);
  std::vector<End> ends() const;
  void chooseEnds();
  void make(const QString& name, const std::vector<qint64>& from, const std::vector<qint64>& to);

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  Selection* m_selection;
  Directions* m_directions;
  QPushButton* m_new = nullptr;
  QLabel* m_hint = nullptr;
  QVBoxLayout* m_rowLayout = nullptr;
  std::vector<Row*> m_rows;
};

}  // namespace latent::ui
