#pragma once

#include <QElapsedTimer>
#include <QImage>
#include <QObject>
#include <QString>
#include <QTimer>
#include <QVector>
#include <optional>
#include <vector>

#include "ui/background_task.h"

namespace latent::ui {

class ExplorerService;
class MapPanel;
class RunController;

/// The map of each kept epoch as a film. It goes through the past on screen, one epoch after
/// another, in the view that is open, and takes a picture of each map once it stands still; then it
/// writes them and goes back to where the person was.
class MapFilm : public QObject {
  Q_OBJECT

 public:
  enum class Format {
    Gif,  ///< one endless film
    Png,  ///< a picture for each epoch: NAME-000003.png
  };

  MapFilm(RunController* run, ExplorerService* explorer, MapPanel* map, QObject* parent = nullptr);

  /// `epochsPerSecond` is the film's own speed. Nothing happens without kept epochs.
  void begin(const QString& path, Format format, int epochsPerSecond);
  /// Nothing is written.
  void cancel();
  bool isRunning() const { return m_running; }

 signals:
  void runningChanged(bool running);
  void progressed(int done, int total);
  void saved(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void look();
  void write();
  void end();

  RunController* m_run;
  ExplorerService* m_explorer;
  MapPanel* m_map;
  BackgroundTask m_writing;
  QTimer m_timer;
  bool m_running = false;
  QString m_path;
  Format m_format = Format::Gif;
  int m_epochsPerSecond = 2;
  std::vector<int> m_epochs;
  QVector<QImage> m_pictures;
  std::optional<int> m_from;  ///< where the person was
  bool m_following = false;
};

}  // namespace latent::ui
