#pragma once

#include <QObject>
#include <QString>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "latent/dataset.h"
#include "latent/engine.h"
#include "latent/kept_epochs.h"
#include "latent/request_lane.h"
#include "latent/snapshot.h"
#include "ui/background_task.h"

namespace latent::ui {

/// Which moment of the run is looked at: the present, or the end of an epoch that was kept. What is
/// looked at comes as one snapshot, so that everything that is shown is of the same weights;
/// training does not notice.
class TimeMachine : public QObject {
  Q_OBJECT

 public:
  explicit TimeMachine(QObject* parent = nullptr);
  ~TimeMachine() override;

  void setEngine(const Engine* engine);
  /// Another run, whose file is kept up to date at `path`: its present.
  void setRun(const DataSplit& data, const std::filesystem::path& path);
  /// What can be gone to, ascending.
  void setKept(std::vector<KeptEpoch> kept);
  const std::vector<KeptEpoch>& kept() const { return m_kept; }
  /// The newest weights; shown while the present is looked at.
  void setLive(const std::shared_ptr<const Snapshot>& snapshot);

  bool isLive() const { return !m_epoch; }
  /// The kept epoch that is looked at; nullopt: the present.
  std::optional<int> epoch() const { return m_epoch; }
  /// To the kept epoch that is nearest to `epoch`; without any, nowhere.
  void goTo(int epoch);
  void goLive();
  /// To an epoch that was not kept: it is trained again from the nearest earlier one that was, by
  /// the run's own log and so to the same bits, and then shown. Takes as long as training did.
  void recompute(int epoch);
  void cancelRecomputing() { m_recomputing.cancel(); }
  bool isRecomputing() const { return m_recomputing.isRunning(); }
  /// One kept epoch on (+1) or back (−1); after the last comes the present.
  void step(int direction);

 signals:
  void keptChanged();
  void epochChanged();
  /// The weights that are looked at. Their numbers rise from one to the next, whichever way the
  /// person goes.
  void snapshotShown(const std::shared_ptr<const latent::Snapshot>& snapshot);
  void recomputingChanged(bool running);
  void recomputingProgressed(qint64 done, qint64 total);  ///< in batches
  void errorOccurred(const QString& sentence, const QString& detail);

 private:
  void show(const std::shared_ptr<const Snapshot>& snapshot);

  const Engine* m_engine = nullptr;
  DataSplit m_data;
  std::filesystem::path m_path;
  std::vector<KeptEpoch> m_kept;
  std::shared_ptr<const Snapshot> m_live;
  std::optional<int> m_epoch;
  std::int64_t m_number = 0;  ///< of the snapshot that was shown last
  quint64 m_journey = 0;      ///< answers to questions of an earlier one are dropped
  // These last: their jobs use what is above.
  std::unique_ptr<RequestLane> m_loading;
  BackgroundTask m_recomputing;
};

}  // namespace latent::ui
