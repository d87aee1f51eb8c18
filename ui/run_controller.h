#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "latent/session.h"
#include "ui/backend.h"
#include "ui/background_task.h"
#include "ui/held_run.h"
#include "ui/run_store.h"
#include "ui/time_machine.h"

namespace latent::ui {

/// The bridge between the window and the run: the only class that holds a Session. Commands return
/// at once; what happens comes back as signals on the window's thread, at most 30 times a second.
/// It has one run at a time; panels connect to nothing but this.
class RunController : public QObject {
  Q_OBJECT

 public:
  explicit RunController(Backend backend, std::filesystem::path runDirectory,
                         QObject* parent = nullptr);
  /// Stops and joins what runs.
  ~RunController() override;

  /// Loads the engine on a thread; engineReady or engineMissing answers.
  void loadEngine();
  /// One that is loaded already.
  void useEngine(const Engine* engine);
  const Engine* engine() const { return m_engine; }
  const Backend& backend() const { return m_backend; }
  RunStore& store() { return m_store; }

  /// Loads the data where they are not loaded yet, makes the run and (by `play`) trains. The run
  /// before makes room, see setKeeper. runChanged or errorOccurred answers.
  void startRun(const TrainingConfig& config, bool play);
  /// Opens a saved run, with the data it was trained on; paused unless `play`.
  void openRun(const std::filesystem::path& path, bool play);
  /// A run of its own that begins where the present one was at the end of a kept epoch, with all
  /// knobs as they are turned now; paused. The present run makes room.
  void branchFrom(const KeptEpoch& kept);
  /// Lets go of the run as it is, training or not: null where there is none. `show` of this or
  /// another controller takes it up again.
  std::unique_ptr<HeldRun> release();
  /// Takes up a run that was let go; runChanged follows at once, and what it has told meanwhile.
  void show(std::unique_ptr<HeldRun> held);
  /// Where the run goes that another takes the place of; without one it is saved and ended.
  void setKeeper(std::function<void(std::unique_ptr<HeldRun>)> keeper) {
    m_keeper = std::move(keeper);
  }
  /// A saved run with the data it was trained on, for `show`. Long: for a thread of its own. `data`
  /// serve where they are the right ones.
  std::shared_ptr<HeldRun> load(const std::filesystem::path& path, const DataSplit& data,
                                const ProgressFunction& progress, const std::stop_token& stop);
  /// Loads a data set only, so that it is there when a run starts.
  void preloadData(const std::string& specification);
  /// Data that are loaded already, so that a run on them need not load them again.
  void useData(const DataSplit& data);
  void cancelPreparation() { m_preparation.cancel(); }
  bool isPreparing() const { return m_preparation.isRunning(); }

  bool hasRun() const { return m_session != nullptr; }
  const TrainingConfig& config() const { return m_config; }  ///< as started
  const ModelInfo* model() const;                            ///< null without a run
  const DataSplit& data() const { return m_data; }
  const Progress& progress() const { return m_progress; }
  SessionState state() const { return m_progress.state; }
  /// The newest weights, whichever are looked at.
  std::shared_ptr<const Snapshot> snapshot() const { return m_snapshot; }
  /// Whether the present or a kept epoch is looked at, and the way from one to another.
  TimeMachine* timeMachine() const { return m_timeMachine; }
  std::vector<KnobChange> knobLog() const;
  double knob(const std::string& id) const;
  /// Where the run was last saved by the person; empty: only by itself.
  const std::filesystem::path& savedPath() const { return m_savedPath; }
  const std::filesystem::path& autosavePath() const { return m_autosavePath; }
  /// All losses so far; of an opened run those of whole epochs that its file holds.
  const std::vector<LossPoint>& history() const { return m_history; }
  /// The losses of the run that this one branched off, as far as its file is still there.
  const std::vector<LossPoint>& parentHistory() const { return m_parentHistory; }

  void play();
  void pause();
  void togglePlay();
  void stepBatch();
  void stepEpoch();
  void stop();
  void reset();  ///< to the same seed
  void resetToNewSeed();
  void setEpochs(int epochs);
  void setKnob(const std::string& id, double value);
  void save(const std::filesystem::path& path);
  /// Into a file that is not the run's own: `savedPath` stays.
  void saveCopy(const std::filesystem::path& path);
  /// The same, told to `done` alone, on the window's thread.
  void saveCopy(const std::filesystem::path& path, std::function<void(const Error* failed)> done);
  /// What was measured on the run, a JSON object; it goes into its file.
  void setRecord(const std::string& json);

  /// Ends the run and saves it without holding up the window; shutDownFinished follows.
  void shutDown();

 signals:
  void engineReady();
  void engineMissing(const QString& sentence);
  void preparationChanged(bool busy);
  void preparationProgressed(qint64 done, qint64 total, const QString& what);
  void dataLoaded();
  /// What was left out or changed while the data were read, one sentence each.
  void dataWarned(const QStringList& sentences);
  void runChanged();  ///< another run, or the first
  void runReset();    ///< the same run is at step 0 again
  void stateChanged(latent::SessionState state);
  void progressChanged(const latent::Progress& progress);
  /// The weights that are looked at: the newest, or those of a kept epoch.
  void snapshotArrived(const std::shared_ptr<const latent::Snapshot>& snapshot);
  void lossesArrived(const std::vector<latent::LossPoint>& losses);
  void epochFinished(int epoch);
  void knobTurned(const QString& id, double value);
  void runSaved(const QString& path);
  void errorOccurred(const QString& sentence, const QString& detail);
  /// The run itself stopped with an error; it may go on from its last good weights.
  void runFailed(const QString& sentence, const QString& detail);
  void shutDownFinished();

 private:
  void adopt(HeldRun held, bool play);
  /// Of the run that a run with this record branched off.
  std::vector<LossPoint> readParentHistory(const std::string& recordJson) const;
  void followKept();
  SessionOptions sessionOptions(HeldRun& held);
  /// Once for each data set that a run takes up.
  void warnOfData();
  void retire(std::unique_ptr<Session> session);
  void beginAgain();
  bool runsSoon() const;
  void expect(bool running);
  void keepBeforeReset();
  void awaitReset();
  void wake();
  void poll();
  void handle(const SessionEvent& event);
  void passOn(std::vector<LossPoint> losses);
  template <typename F>
  void withSession(F call);

  Backend m_backend;
  RunStore m_store;
  const Engine* m_engine = nullptr;
  BackgroundTask m_engineTask;
  BackgroundTask m_preparation;
  TrainingConfig m_config;
  std::shared_ptr<const Dataset> m_warnedOf;
  DataSplit m_data;
  Progress m_progress;
  std::shared_ptr<const Snapshot> m_snapshot;
  std::filesystem::path m_autosavePath;
  std::filesystem::path m_savedPath;
  std::vector<LossPoint> m_history;
  RetoldLosses m_retold;
  std::vector<LossPoint> m_parentHistory;
  TimeMachine* m_timeMachine = nullptr;
  std::shared_ptr<WakeCall> m_wake;  ///< of the session
  std::function<void(std::unique_ptr<HeldRun>)> m_keeper;
  bool m_resetPending = false;
  std::vector<std::filesystem::path> m_copies;  ///< files that are not the run's own
  std::vector<AwaitedCopy> m_awaited;
  std::vector<SessionEvent> m_untold;  ///< events that were taken while it was held
  bool m_toRun = false;                ///< what the last command asked for
  QElapsedTimer m_sinceCommand;
  std::int64_t m_lastLossStep = 0;
  QTimer m_pollTimer;
  QTimer m_progressTimer;  ///< speed and time left change even when nothing else does
  QElapsedTimer m_sincePoll;
  std::unique_ptr<Session> m_session;
  std::jthread m_retiring;  ///< ends sessions that were let go, one after another
};

}  // namespace latent::ui
