#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMimeData>
#include <utility>
#include <vector>

#include "latent/error.h"
#include "ui/main_window.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/data_chooser.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/import_dialog.h"
#include "ui/panels/runs_panel.h"
#include "ui/project_file.h"
#include "ui/run_controller.h"
#include "ui/run_list.h"

// What of the window is about files: runs that are opened, saved or found after a crash, pictures
// that are brought, whatever is dropped.

namespace latent::ui {
namespace {

constexpr const char* kRunEnding = ".safetensors";

}  // namespace

void MainWindow::offerRecovery() {
  std::vector<std::filesystem::path> paths;
  QStringList runs;
  for (const std::filesystem::path& path : m_run->store().takeInterrupted()) {
    try {
      const RunFileInfo info = m_run->engine()->read_run_info(path);
      QString model = QString::fromStdString(info.config.model);
      for (const ModelInfo& known : m_run->engine()->models()) {
        if (known.id == info.config.model) model = QString::fromStdString(known.title);
      }
      const std::string& data = info.data_title.empty() ? info.config.data : info.data_title;
      runs << tr("%1 on %2, up to epoch %3")
                  .arg(model, QString::fromStdString(data), QLocale().toString(info.epoch, 'f', 1));
      paths.push_back(path);
    } catch (const Error& error) {
      showError(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
    }
  }
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    Settings::addRecentRun(QString::fromStdString(path->string()));
  }
  if (paths.empty()) return;
  if (paths.size() == 1) {
    say(MessageBar::Kind::Warning, tr("The last run was cut short; it is saved: %1.").arg(runs[0]),
        tr("Continue it"), [this, path = paths[0]] { m_run->openRun(path, true); });
    return;
  }
  // Whether each was training or resting is not known: none begins by itself.
  say(
      MessageBar::Kind::Warning,
      tr("%1 runs were cut short; they are saved: %2.")
          .arg(paths.size())
          .arg(runs.join(QStringLiteral("; "))),
      tr("Open them"),
      [this, paths] {
        // The others find the data loaded.
        connect(
            m_run, &RunController::runChanged, this,
            [this, rest = std::vector(paths.begin() + 1, paths.end())] { m_runs->open(rest); },
            Qt::SingleShotConnection);
        m_run->openRun(paths.front(), false);
      },
      runs.join(QLatin1Char('\n')));
}

void MainWindow::openFile(const QString& path) {
  path.endsWith(QLatin1String(kProjectEnding)) ? openProject(path) : openRun(path);
}

void MainWindow::openRun(const QString& path) {
  // One that the window holds is newer than its file.
  if (const int row = m_runs->rowOfFile(path.toStdString()); row >= 0) {
    m_runs->show(row);
    return;
  }
  m_run->openRun(path.toStdString(), false);
}

void MainWindow::chooseRun() {
  const QString path = QFileDialog::getOpenFileName(
      this, tr("Open a run"), QString::fromStdString(m_run->store().directory().string()),
      tr("Runs (*%1);;All files (*)").arg(QLatin1String(kRunEnding)));
  if (!path.isEmpty()) openRun(path);
}

void MainWindow::openBeside() {
  const QString path =
      QFileDialog::getOpenFileName(this, tr("Open a run beside this one"),
                                   QString::fromStdString(m_run->store().directory().string()),
                                   tr("Runs (*%1);;All files (*)").arg(QLatin1String(kRunEnding)));
  if (path.isEmpty()) return;
  if (const int row = m_runs->rowOfFile(path.toStdString()); row >= 0) {
    m_runs->showBeside(row);
    return;
  }
  m_comparison->openBeside(path.toStdString());
}

void MainWindow::chooseData(bool folder) {
  if (folder) {
    const QString path = QFileDialog::getExistingDirectory(
        this, tr("A folder of pictures; its sub-folders are the classes"));
    if (!path.isEmpty()) importFolder(path);
    return;
  }
  const QString path = QFileDialog::getOpenFileName(
      this, tr("A file of pictures"), {},
      tr("Pictures in one file (*.npz *idx3-ubyte *idx3-ubyte.gz *.idx *.idx.gz);;All files (*)"));
  if (!path.isEmpty()) m_experiment->data()->add(path);
}

void MainWindow::importFolder(const QString& path) {
  auto* dialog = new ImportDialog(m_run->backend(), path, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &ImportDialog::chosen, m_experiment->data(), &DataChooser::add);
  dialog->open();
}

void MainWindow::saveRun() {
  if (!m_run->hasRun()) return;
  if (m_run->savedPath().empty()) {
    saveRunAs();
  } else {
    m_run->save(m_run->savedPath());
  }
}

void MainWindow::saveRunAs() {
  if (!m_run->hasRun()) return;
  const auto& before = m_run->savedPath().empty() ? m_run->autosavePath() : m_run->savedPath();
  QString path = QFileDialog::getSaveFileName(
      this, tr("Save the run"),
      m_run->savedPath().empty()
          ? QDir::home().filePath(QString::fromStdString(before.filename().string()))
          : QString::fromStdString(before.string()),
      tr("Runs (*%1)").arg(QLatin1String(kRunEnding)));
  if (path.isEmpty()) return;
  if (!path.endsWith(QLatin1String(kRunEnding))) path += QLatin1String(kRunEnding);
  m_run->save(path.toStdString());
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.front().isLocalFile()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QString path = event->mimeData()->urls().front().toLocalFile();
  if (path.endsWith(QLatin1String(kRunEnding)) || path.endsWith(QLatin1String(kProjectEnding))) {
    openFile(path);
  } else if (QFileInfo(path).isDir()) {
    importFolder(path);
  } else {
    m_experiment->data()->add(path);
  }
}

}  // namespace latent::ui
