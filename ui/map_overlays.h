#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>
#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "latent/request_lane.h"
#include "ui/overlays/overlay.h"

namespace latent::ui {

class Exploration;
class LatentMap;
class RunController;

/// Offers the overlays in the map's menu and draws those that are wanted on a thread of their own,
/// anew when what they are made of has changed; while training runs with rests between, so that
/// they take a small share of a core.
class MapOverlays : public QObject {
  Q_OBJECT

 public:
  MapOverlays(RunController* run, ExplorerService* explorer, Exploration* exploration,
              LatentMap* map, QObject* parent = nullptr);
  ~MapOverlays() override;

  /// Their ids; each is seen where it applies.
  QStringList shown() const;
  void setShown(const QStringList& ids);
  /// Whether what is shown is made of the newest of everything.
  bool isUpToDate() const;

 signals:
  void shownChanged(const QStringList& ids);
  void failed(const QString& sentence);

 private:
  struct Entry {
    const Overlay* overlay = nullptr;
    Overlay::Description description;
    bool wanted = false;
    bool applies = false;
    quint64 asked = 0;      ///< revision of what it was last asked for
    quint64 delivered = 0;  ///< and of what is on the map
    qint64 notBefore = 0;   ///< milliseconds of m_clock
  };

  void followRun();
  void take(unsigned inputs);
  void refresh();
  void ask(Entry& entry, const std::shared_ptr<const OverlaySubject>& subject);
  void adopt(std::size_t index, quint64 revision, double seconds,
             const std::shared_ptr<const MapDrawing>& drawing);
  quint64 revision(const Entry& entry) const;
  std::shared_ptr<const OverlaySubject> subject() const;
  bool isTraining() const;
  bool isNeeded(const Entry& entry) const;
  void followPath();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
  LatentMap* m_map;
  std::vector<Entry> m_entries;
  std::array<quint64, 6> m_revisions{};      ///< of each Overlay::Input
  std::array<std::vector<float>, 2> m_ends;  ///< of the path
  quint64 m_generation = 0;                  ///< of the run
  std::shared_ptr<std::atomic<bool>> m_stopped = std::make_shared<std::atomic<bool>>(false);
  QElapsedTimer m_clock;
  QTimer m_timer;
  std::unique_ptr<RequestLane> m_lane;  // last: its jobs use what is above
};

}  // namespace latent::ui
