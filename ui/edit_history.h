#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QRectF>
#include <QSize>
#include <QString>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "latent/training_config.h"

class QUndoStack;

namespace latent::ui {

class ExperimentPanel;
class LatentMap;
class RunController;
class Selection;

/// Makes what a person does to the selection, to the map's view, to the knobs of the run and to the
/// settings of the next undoable, on the stack that the list of runs has its own changes on. It
/// watches: none of the four knows of it. Turns of one knob, and moves of the view, that follow
/// each other at once are one change. Changes made while another run was shown are passed over.
class EditHistory : public QObject {
  Q_OBJECT

 public:
  EditHistory(QUndoStack* stack, RunController* run, Selection* selection, LatentMap* map,
              ExperimentPanel* experiment, QObject* parent = nullptr);

  void undo();
  void redo();
  /// Nothing that was done until now can be taken back.
  void forget();

 private:
  friend class WatchedChange;
  struct View {
    QRectF area;
    bool following = true;
  };

  /// Kinds that are merged with one just before, by QUndoCommand's id; −1: none.
  enum Kind { SelectionChange = -1, ViewChange = 1, KnobChange = 2, SettingChange = 3 };

  void selectionChanged();
  void viewChanged();
  void knobTurned(const QString& id, double value);
  void settingsChanged(bool byPerson);
  void runChanged();
  void record(Kind kind, const QString& what, const QString& text, std::function<void()> back,
              std::function<void()> again);
  void show(const View& view);
  /// Takes back, or does again, until something that can be seen has changed.
  void step(bool back);

  QUndoStack* m_stack;
  RunController* m_run;
  Selection* m_selection;
  LatentMap* m_map;
  ExperimentPanel* m_experiment;
  std::vector<qint64> m_selected;  // before the next change, as the four below
  View m_view;
  std::map<std::string, double> m_knobs;  // of this run, that can be turned while it trains
  TrainingConfig m_settings;
  QSize m_mapSize;
  QElapsedTimer m_clock;
  int m_runNumber = 0;      // counts the runs that were shown
  bool m_applying = false;  // what is seen now is a change taken back or done again
  bool m_applied = false;   // and it could be
};

}  // namespace latent::ui
