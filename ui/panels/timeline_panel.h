#pragma once

#include <QString>
#include <QTimer>
#include <QWidget>

#include "latent/kept_epochs.h"

class QAction;
class QComboBox;
class QLabel;
class QToolButton;

namespace latent::ui {

class ExploredRun;
class ExplorerService;
class MapFilm;
class MapPanel;
class RunController;
class Timeline;

/// The strip under the map: the run's past, and which moment of it the window shows. Everything
/// that the window shows of the network is then of that epoch; training goes on meanwhile.
class TimelinePanel : public QWidget {
  Q_OBJECT

 public:
  TimelinePanel(RunController* run, ExplorerService* explorer, MapPanel* map,
                QWidget* parent = nullptr);

  Timeline* timeline() const { return m_timeline; }
  /// The run beside goes where this one goes: to the same epoch, or to the kept one that is
  /// nearest. Null: there is none.
  void setBeside(ExploredRun* beside);
  /// From the epoch that is looked at to the present, one kept epoch after another; from the first
  /// one where the present is looked at.
  void setPlaying(bool playing);
  bool isPlaying() const { return m_playTimer->isActive(); }
  MapFilm* film() const { return m_film; }

 signals:
  void exported(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void followRun();
  void followKept();
  void followPosition();
  void leadBeside();
  void followProgress();
  void followKnobs();
  void followWork();
  /// Whether a film is made or a dropped epoch trained again: then the person waits or cancels.
  bool isWorking() const;
  /// The kept epoch that is looked at; nullptr for the present and for one trained again.
  const KeptEpoch* keptHere() const;
  void advance();
  void askFilm(bool pictures);

  RunController* m_run;
  ExplorerService* m_explorer;
  ExploredRun* m_beside = nullptr;
  QToolButton* m_play = nullptr;
  QComboBox* m_speed = nullptr;
  Timeline* m_timeline = nullptr;
  QLabel* m_state = nullptr;
  QToolButton* m_live = nullptr;
  QToolButton* m_more = nullptr;
  QAction* m_branch = nullptr;
  QAction* m_aligned = nullptr;
  QAction* m_gif = nullptr;
  QAction* m_pictures = nullptr;
  QToolButton* m_cancel = nullptr;
  MapFilm* m_film = nullptr;
  QTimer* m_playTimer = nullptr;
};

}  // namespace latent::ui
