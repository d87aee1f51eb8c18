#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace latent::ui {

class SteadyLabel;

/// Play/pause, one batch, one epoch, stop, reset (same seed), reset (new seed), and below them the
/// progress with epoch, speed and time left. It asks; who owns the run acts.
class TransportBar : public QWidget {
  Q_OBJECT

 public:
  enum class State { NoRun, Paused, Running, Finished, Failed };
  Q_ENUM(State)

  explicit TransportBar(QWidget* parent = nullptr);

  void setState(State state);
  State state() const { return m_state; }
  /// `epoch` done so far of `epochs`; `samplesPerSecond` and `secondsLeft` 0 when unknown.
  void setProgress(double epoch, int epochs, double samplesPerSecond, double secondsLeft,
                   const QString& phase = {});
  void setSeed(quint64 seed);

  /// "1 min 20 s"
  static QString durationText(double seconds);

 signals:
  void playRequested();
  void pauseRequested();
  void stepBatchRequested();
  void stepEpochRequested();
  void stopRequested();
  void resetRequested();
  void newSeedRequested();

 private:
  State m_state = State::NoRun;
  QToolButton* m_play = nullptr;
  QToolButton* m_stepBatch = nullptr;
  QToolButton* m_stepEpoch = nullptr;
  QToolButton* m_stop = nullptr;
  QToolButton* m_reset = nullptr;
  QToolButton* m_newSeed = nullptr;
  QProgressBar* m_progress = nullptr;
  SteadyLabel* m_epoch = nullptr;
  QLabel* m_phase = nullptr;  ///< of systems that train in phases
  SteadyLabel* m_speed = nullptr;
};

}  // namespace latent::ui
