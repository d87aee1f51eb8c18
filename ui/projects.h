#pragma once

#include <QJsonObject>
#include <QObject>
#include <QString>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "ui/background_task.h"
#include "ui/project_file.h"

class QTemporaryDir;

namespace latent::ui {

class ComparisonPanel;
class RunController;
class RunList;

/// Saves all runs of the window, with what is said of how they are looked at, into one file, and
/// opens such a file in their place. Training goes on meanwhile; what cannot be saved or opened
/// changes nothing.
class Projects : public QObject {
  Q_OBJECT

 public:
  Projects(RunController* run, ComparisonPanel* comparison, RunList* runs,
           QObject* parent = nullptr);

  /// `state` comes back with `opened`. saved or errorOccurred answers.
  void save(const QString& path, const QJsonObject& state);
  /// opened or errorOccurred answers.
  void open(const QString& path);
  bool isBusy() const { return m_saving != nullptr || m_task.isRunning(); }
  void cancel();
  /// The project that was saved or opened last; empty: none.
  const QString& path() const { return m_path; }

 signals:
  void busyChanged(bool busy);
  void progressed(qint64 done, qint64 total, const QString& what);
  /// `leftOut`: epochs that are kept of the runs, but not in the project.
  void saved(const QString& path, int leftOut);
  /// Its runs are in the list and shown, paused.
  void opened(const QString& path, const QJsonObject& state);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  struct Saving;
  void copied(const std::shared_ptr<Saving>& saving, const Error* failed);
  void write(const std::shared_ptr<Saving>& saving);
  void fail(const Error& error);

  RunController* m_run;
  ComparisonPanel* m_comparison;
  RunList* m_runs;
  QString m_path;
  std::shared_ptr<Saving> m_saving;  ///< while copies of the runs are waited for
  BackgroundTask m_task;
};

}  // namespace latent::ui
