#pragma once

#include <QTimer>
#include <QWidget>
#include <map>
#include <string>

#include "latent/training_config.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace latent::ui {

class DataChooser;
class HyperparameterForm;
class RunController;
class TransportBar;

/// What is trained on what: data set, system, network, its knobs; and the transport above them.
class ExperimentPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ExperimentPanel(RunController* run, QWidget* parent = nullptr);

  /// As the controls say.
  TrainingConfig config() const;
  /// Sets the controls; a data set or system that is not known is added or left.
  void setConfig(const TrainingConfig& config);
  /// The `latent_dim` of a config for setConfig that leaves the size of the code to the system.
  static constexpr int kUsualCodes = 0;
  /// The same for what no run takes while it trains, and for the number of epochs, which the run
  /// that is shown takes at once; knobs that can be turned stay as they are.
  void setSettings(const TrainingConfig& settings);
  /// Whether two differ in nothing that setSettings sets.
  bool areSameSettings(const TrainingConfig& a, const TrainingConfig& b) const;
  DataChooser* data() const { return m_data; }
  bool canStart() const;
  QString modelTitle() const;

 public slots:
  /// Play or pause; without a run the first one is made from the controls.
  void togglePlay();
  /// A new run from the controls; the present one is saved by itself.
  void startNewRun();
  /// Step 0 again; with cold settings changed, a run with the new ones.
  void reset();
  void resetToNewSeed();
  void halveLearningRate();
  void doubleLearningRate();

 signals:
  void errorOccurred(const QString& sentence, const QString& detail);
  /// Whether a run can be started, or what it would be, has changed.
  void readinessChanged();
  /// What the controls say has changed, all of one change at once; not for knobs that act at once.
  void settingsChanged(bool byPerson);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeSystemGroup();
  QWidget* makeTrainingGroup();
  void engineReady();
  void fillModels();
  void modelChosen();
  void followRun();
  void followKnob(const QString& id, double value);
  void followState();
  void updatePending();
  void noteSettings();
  /// `config` with what setSettings leaves alone taken from the controls.
  TrainingConfig withTurnedKnobs(TrainingConfig config) const;
  void turnLearningRate(double factor);
  /// What the run was started with, and what the controls say, differ in what a restart needs.
  bool restartPending() const;

  RunController* m_run;
  QString m_wantedModel;
  std::map<std::string, double> m_wantedHyperparameters;
  TrainingConfig m_base;  ///< the fields that have no control
  QTimer m_noted;
  bool m_byPerson = false;  ///< of what m_noted will tell
  bool m_byProgram = false;

  TransportBar* m_transport = nullptr;
  QPushButton* m_newRun = nullptr;
  QLabel* m_pending = nullptr;
  DataChooser* m_data = nullptr;
  QComboBox* m_model = nullptr;
  QLabel* m_modelHelp = nullptr;
  QLabel* m_paper = nullptr;
  QComboBox* m_network = nullptr;
  QComboBox* m_loss = nullptr;
  QSpinBox* m_latentDim = nullptr;
  int m_usualCodes = 2;            ///< of the system that is chosen
  bool m_wantsUsualCodes = false;  ///< until the system is known
  QSpinBox* m_batch = nullptr;
  QSpinBox* m_epochs = nullptr;
  QDoubleSpinBox* m_learningRate = nullptr;
  QWidget* m_learningRateRow = nullptr;
  QSpinBox* m_seed = nullptr;
  QToolButton* m_seedLock = nullptr;
  HyperparameterForm* m_form = nullptr;
  QWidget* m_formGroup = nullptr;
};

}  // namespace latent::ui
