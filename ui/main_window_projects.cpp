#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <vector>

#include "latent/error.h"
#include "ui/edit_history.h"
#include "ui/explored_run.h"
#include "ui/main_window.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/decoded_panel.h"
#include "ui/panels/drawing_panel.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/health_panel.h"
#include "ui/panels/losses_panel.h"
#include "ui/panels/map_panel.h"
#include "ui/panels/reconstructions_panel.h"
#include "ui/panels/selection_panel.h"
#include "ui/panels/tasks_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/projects.h"
#include "ui/run_controller.h"
#include "ui/status_line.h"
#include "ui/window_state.h"

// What of the window is about projects: their files, and where docks and controls were.

namespace latent::ui {

void MainWindow::connectProjects() {
  std::vector<QWidget*> panels = {m_losses, m_health, m_selectionPanel, m_drawing, m_timeline};
  for (const char* name : {"tasksPanel", "anomalyPanel", "probePanel", "neighbours"}) {
    if (auto* panel = findChild<QWidget*>(QLatin1String(name))) panels.push_back(panel);
  }
  m_state = new WindowState(
      {m_current, m_mapPanel, m_coloring, m_comparison, m_selection, m_overlays, m_decoded,
       m_drawing, m_losses, m_reconstructions, findChild<TasksPanel*>(), panels},
      this);
  m_projects = new Projects(m_run, m_comparison, m_runs, this);
  connect(m_projects, &Projects::errorOccurred, this, &MainWindow::showError);
  connect(m_projects, &Projects::busyChanged, this, [this](bool busy) {
    m_status->setPreparing(busy);
    m_saveProject->setEnabled(m_run->hasRun() && !busy);
  });
  connect(m_projects, &Projects::progressed, m_status, &StatusLine::setPreparation);
  connect(m_status, &StatusLine::cancelRequested, m_projects, &Projects::cancel);
  connect(m_projects, &Projects::saved, this, [this](const QString& path, int leftOut) {
    Settings::addRecentRun(path);
    m_status->setActivity(tr("Saved %1").arg(QFileInfo(path).fileName()));
    if (leftOut == 0) return;
    say(MessageBar::Kind::Info,
        tr("%1 is saved without %n kept epoch(s), to save space: a double click on the timeline "
           "trains one again.",
           nullptr, leftOut)
            .arg(QFileInfo(path).fileName()));
  });
  connect(m_projects, &Projects::opened, this, &MainWindow::showProject);
}

bool MainWindow::isProjectOnItsWay() const {
  return m_projects->isBusy() || m_state->isRestoring();
}

void MainWindow::openProject(const QString& path) {
  m_projects->open(path);
}

void MainWindow::saveProject(const QString& path) {
  QJsonObject state = m_state->gather();
  const auto text = [](const QByteArray& bytes) { return QString::fromLatin1(bytes.toBase64()); };
  state[QStringLiteral("window")] =
      QJsonObject{{QStringLiteral("geometry"), text(saveGeometry())},
                  {QStringLiteral("docks"), text(saveState())},
                  {QStringLiteral("docks_without_comparison"), text(m_arrangementBefore)}};
  state[QStringLiteral("experiment")] = QString::fromStdString(to_json(m_experiment->config()));
  m_projects->save(path, state);
}

/// Its runs are shown; now all else is made as it was.
void MainWindow::showProject(const QString& path, const QJsonObject& state) {
  Settings::addRecentRun(path);
  const QJsonObject window = state[QStringLiteral("window")].toObject();
  const auto bytes = [&window](const char* key) {
    return QByteArray::fromBase64(window[QLatin1String(key)].toString().toLatin1());
  };
  if (!m_options.size) restoreGeometry(bytes("geometry"));
  if (m_comparison->isOpen()) {
    const QByteArray before = bytes("docks_without_comparison");
    if (!before.isEmpty()) m_arrangementBefore = before;
  }
  restoreState(bytes("docks"));
  try {
    m_experiment->setConfig(
        training_config_from_json(state[QStringLiteral("experiment")].toString().toStdString()));
  } catch (const Error&) {
    // The controls stay those of the run that is shown.
  }
  m_state->restore(state, [this] { m_history->forget(); });
}

void MainWindow::chooseProject() {
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Open a project"),
      m_projects->path().isEmpty() ? QDir::homePath() : m_projects->path(),
      tr("Projects (*%1);;All files (*)").arg(QLatin1String(kProjectEnding)));
  if (!path.isEmpty()) openProject(path);
}

void MainWindow::saveProjectAs() {
  QString path = QFileDialog::getSaveFileName(
      this, tr("Save all runs and how they are looked at"),
      m_projects->path().isEmpty()
          ? QDir::home().filePath(tr("latent space") + QLatin1String(kProjectEnding))
          : m_projects->path(),
      tr("Projects (*%1)").arg(QLatin1String(kProjectEnding)));
  if (path.isEmpty()) return;
  if (!path.endsWith(QLatin1String(kProjectEnding))) path += QLatin1String(kProjectEnding);
  saveProject(path);
}

}  // namespace latent::ui
