#pragma once

#include <QObject>
#include <QString>
#include <filesystem>

#include "latent/dataset.h"
#include "latent/engine.h"
#include "ui/background_task.h"
#include "ui/explorer_service.h"

class QWidget;

namespace latent::ui {

class LatentMap;
class RunController;

/// All points of a frame with their labels and codes: test_index, source_index, label, x, y,
/// z1 … zL as a table, or the arrays test_index, source_index, label, plane [n, 2] and z [n, L] for
/// NumPy. Throws Error{WriteFailed}.
void writeMapCsv(const std::filesystem::path& path, const MapFrame& frame, const DataSplit& data);
void writeMapNpz(const std::filesystem::path& path, const MapFrame& frame, const DataSplit& data);

/// What of the run that is shown goes into files of other programs. Each question asks where, and
/// is answered by a thread.
class RunExport : public QObject {
  Q_OBJECT

 public:
  /// `window` carries the dialogs.
  RunExport(RunController* run, ExplorerService* explorer, LatentMap* map, QWidget* window);

  void askForMap();
  void askForCodes();
  void askForNetwork(NetworkHalf half);

  /// The codes that the map shows; `path` ends in .csv or .npz.
  void writeCodes(const QString& path);
  /// The encoder or decoder as TorchScript, with the weights that the window shows.
  void writeNetwork(NetworkHalf half, const QString& path);

 signals:
  void saved(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  /// The chosen path, with `ending` where it was given none; empty when none was chosen.
  QString ask(const QString& title, const QString& name, const QString& ending,
              const QString& kinds);
  void write(const QString& path, std::function<void()> work);

  RunController* m_run;
  ExplorerService* m_explorer;
  LatentMap* m_map;
  QWidget* m_window;
  BackgroundTask m_task;
};

}  // namespace latent::ui
