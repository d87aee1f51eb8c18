#include "ui/explored_run.h"

#include <utility>

#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/run_controller.h"
#include "ui/time_machine.h"

namespace latent::ui {

ExploredRun::ExploredRun(Backend backend, std::filesystem::path runDirectory, QObject* parent)
    : QObject(parent),
      m_run(new RunController(std::move(backend), std::move(runDirectory), this)),
      m_explorer(new ExplorerService(this)),
      m_exploration(new Exploration(m_explorer, this)) {
  connect(m_run, &RunController::engineReady, this,
          [this] { m_explorer->setEngine(m_run->engine()); });
  connect(m_run, &RunController::runChanged, this, [this] {
    m_explorer->setRun(m_run->data().test);
    m_exploration->forgetPath();
    m_exploration->setLatentDim(m_run->config().latent_dim);
  });
  connect(m_run, &RunController::runReset, m_exploration, &Exploration::forgetPath);
  connect(m_run, &RunController::stateChanged, this, &ExploredRun::followTime);
  connect(m_run->timeMachine(), &TimeMachine::epochChanged, this, &ExploredRun::followTime);
  connect(m_run, &RunController::snapshotArrived, this,
          [this](const std::shared_ptr<const Snapshot>& snapshot) {
            // Some systems change the length of their code as they go from phase to phase.
            m_exploration->setLatentDim(snapshot->model->latent_dim(),
                                        snapshot->model->code_steps());
            m_explorer->setSnapshot(snapshot);
            m_exploration->refresh();
          });
  connect(m_run, &RunController::epochFinished, m_explorer, &ExplorerService::measureAccuracy);
}

/// No newer weights overtake those of the past: their map is waited for.
void ExploredRun::followTime() {
  const bool live = m_run->timeMachine()->isLive();
  m_explorer->setWhole(!live);
  m_explorer->setTraining(live && m_run->state() == SessionState::Running);
}

ExploredRun::~ExploredRun() {
  // Their threads call back into each other: first who asks, then who answers.
  delete m_explorer;
  delete m_run;
}

}  // namespace latent::ui
