#pragma once

#include <QString>
#include <QWidget>
#include <string>
#include <vector>

#include "latent/data_catalogue.h"
#include "ui/background_task.h"

class QComboBox;
class QLabel;
class QLayout;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace latent::ui {

class RunController;

/// Which pictures are learned from: the catalogue's data sets, pictures of one's own beside them,
/// and the fetching of those that are not here yet.
class DataChooser : public QWidget {
  Q_OBJECT

 public:
  explicit DataChooser(RunController* run, QWidget* parent = nullptr);

  /// As `load_data` takes it; empty before anything is known.
  QString specification() const;
  QString title() const;
  /// Whether what is chosen can be trained on now.
  bool isUsable() const;
  const std::vector<DataSourceInfo>& sources() const { return m_sources; }
  /// Chooses what may not be of the catalogue, now or as soon as the catalogue is read.
  void choose(const QString& specification);
  /// Chooses data that are not of the catalogue, such as a folder.
  void add(const QString& specification);
  /// Brings a data set of the catalogue and chooses it.
  void fetch(const std::string& id);
  /// Reads the catalogue again, on a thread.
  void refresh();

 signals:
  void changed(bool byPerson);
  void listed();
  void fetched(const QString& title);
  void openRequested(bool folder);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  QLayout* makeFetchLine();
  void setSources(const std::vector<DataSourceInfo>& sources);
  void describe();
  void follow();
  const DataSourceInfo* source() const;

  RunController* m_run;
  BackgroundTask m_sourcesTask;
  BackgroundTask m_fetchTask;
  std::vector<DataSourceInfo> m_sources;
  QString m_wanted;
  bool m_byProgram = false;

  QComboBox* m_data = nullptr;
  QLabel* m_help = nullptr;
  QPushButton* m_fetch = nullptr;
  QProgressBar* m_fetchProgress = nullptr;
  QToolButton* m_fetchCancel = nullptr;
};

}  // namespace latent::ui
