#pragma once

#include <QAbstractTableModel>
#include <QTimer>
#include <QUndoStack>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "latent/session.h"
#include "ui/background_task.h"
#include "ui/held_run.h"

namespace latent::ui {

class ComparisonPanel;
class ExploredRun;
class RunController;

/// All runs that the window holds: the one that the panels show, the one beside it while a
/// comparison is open, and those that nobody looks at, which train on or rest. Renaming and
/// removing can be undone.
class RunList : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { Name, System, State, Epoch, Best, ColumnCount };
  /// What a run is doing in the window.
  enum class Place { Current, Beside, Held };

  RunList(ExploredRun* current, ComparisonPanel* comparison, QObject* parent = nullptr);
  ~RunList() override;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  /// Renames; can be undone.
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;

  Place place(int row) const;
  QString name(int row) const { return m_entries[static_cast<std::size_t>(row)].name; }
  /// The run that keeps itself in this file; -1 where none of the window's does.
  int rowOfFile(const std::filesystem::path& path) const;
  /// The panels show this run; the one they showed is held and trains on if it did.
  void show(int row);
  /// This run stands beside the current one.
  void showBeside(int row);
  /// The run beside becomes the current one, and the other way round.
  void swapSides();
  void togglePlay(int row);
  /// Saves the run under a name of the program's own and lists a second one that goes on from
  /// there, paused.
  void duplicate(int row);
  /// Takes a held run off the list, paused; it is saved and ended when this can no longer be
  /// undone.
  void remove(int row);
  QUndoStack* undoStack() { return &m_undo; }

  /// The losses that a run has told, and those of the run that it branched off.
  const std::vector<LossPoint>& history(int row) const;
  const std::vector<LossPoint>& parentHistory(int row) const;
  /// The file that a run keeps itself in.
  std::filesystem::path file(int row) const;
  /// Writes a run as it is into another file and tells `done` on the window's thread.
  void saveCopy(int row, const std::filesystem::path& path,
                std::function<void(const Error* failed)> done);
  /// A run that was loaded for the list.
  struct Loaded {
    QString name;
    std::unique_ptr<HeldRun> held;
  };
  /// These take the place of all runs, which are saved and ended; nothing can be undone then. The
  /// panels show `shown`; `beside` stands beside it, -1: none does.
  void replace(std::vector<Loaded> runs, int shown, int beside);
  /// Saved runs come to the end of the list, paused, one after another as they are loaded.
  void open(const std::vector<std::filesystem::path>& paths);

  /// Saves and ends all held runs; `done` is called on the window's thread.
  void shutDown(std::function<void()> done);

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  friend class RenameRun;
  friend class RemoveRun;
  struct Entry {
    int id = 0;
    QString name;
    std::unique_ptr<HeldRun> held;                          ///< null while a controller has it
    double best = std::numeric_limits<double>::infinity();  ///< validation loss, nats per image
    std::size_t scanned = 0;                                ///< of its history, for `best`
  };

  void keep(int* place, std::unique_ptr<HeldRun> held);
  void runAppeared(int* place, const RunController& run);
  int append(const QString& name, std::unique_ptr<HeldRun> held);
  QString freeName(const QString& wish) const;
  int rowOf(int id) const;
  /// The controller that has the run; null for a held one.
  RunController* controllerOf(const Entry& entry) const;
  Progress progressOf(const Entry& entry) const;
  const std::vector<LossPoint>& historyOf(const Entry& entry) const;
  void refresh();
  void endLater(std::unique_ptr<HeldRun> held);
  void answerCopies();
  /// `path` holds a copy of the run that is kept in `original`.
  void loadDuplicate(const std::filesystem::path& original, const std::filesystem::path& path,
                     const QString& name);

  ExploredRun* m_current;
  ComparisonPanel* m_comparison;
  std::vector<Entry> m_entries;
  int m_nextId = 1;
  int m_currentId = -1;
  int m_besideId = -1;
  int m_shownId = -1;  ///< what a controller is being given
  QTimer m_timer;
  QTimer m_copyTimer;  ///< looks for the answers of held runs
  BackgroundTask m_loading;
  BackgroundTask m_opening;
  std::vector<std::jthread> m_ending;
  QUndoStack m_undo;  // before it goes the entries: its commands put runs back
};

}  // namespace latent::ui
