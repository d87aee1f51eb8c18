#pragma once

#include <QObject>
#include <filesystem>

#include "ui/backend.h"

namespace latent::ui {

class Exploration;
class ExplorerService;
class RunController;

/// A run that is looked at: the bridge to it, who answers questions about its weights, and where in
/// its latent space the person is. What has to go from the one to the others when the run changes,
/// trains or begins again goes here, before any panel hears of it.
class ExploredRun : public QObject {
  Q_OBJECT

 public:
  ExploredRun(Backend backend, std::filesystem::path runDirectory, QObject* parent = nullptr);
  /// Stops and joins what runs.
  ~ExploredRun() override;

  RunController* run() const { return m_run; }
  ExplorerService* explorer() const { return m_explorer; }
  Exploration* exploration() const { return m_exploration; }

 private:
  void followTime();

  RunController* m_run;
  ExplorerService* m_explorer;
  Exploration* m_exploration;
};

}  // namespace latent::ui
