#include <QActionGroup>
#include <QApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QUndoStack>
#include <QVBoxLayout>

#include "ui/edit_history.h"
#include "ui/main_window.h"
#include "ui/overlays/overlay.h"
#include "ui/panels/bakeoff_panel.h"
#include "ui/panels/experiment_panel.h"
#include "ui/run_controller.h"
#include "ui/run_export.h"
#include "ui/run_list.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

QAction* add(QMenu* menu, const char* name, const QString& text, const QKeySequence& keys,
             const QString& help = {}) {
  QAction* action = menu->addAction(text);
  action->setObjectName(QLatin1String(name));
  action->setShortcut(keys);
  if (!help.isEmpty()) {
    action->setToolTip(help);
    action->setStatusTip(help);
  }
  return action;
}

}  // namespace

void MainWindow::makeMenus() {
  makeFileMenu();
  makeEditMenu();
  makeRunMenu();
  makeViewMenu();
  makeHelpMenu();
}

void MainWindow::makeFileMenu() {
  QMenu* menu = menuBar()->addMenu(tr("&File"));
  m_newRun = add(menu, "actionNewRun", tr("&New run"), QKeySequence::New,
                 tr("Trains from the beginning with the settings at the left; the present run is "
                    "saved by itself"));
  m_open = add(menu, "actionOpen", tr("&Open run…"), QKeySequence::Open);
  m_recent = menu->addMenu(tr("Open &recent"));
  m_recent->setObjectName(QStringLiteral("menuRecent"));
  menu->addSeparator();
  m_save = add(menu, "actionSave", tr("&Save run"), QKeySequence::Save);
  m_saveAs = add(menu, "actionSaveAs", tr("Save run &as…"), QKeySequence("Ctrl+Shift+S"));
  menu->addSeparator();
  m_openProject = add(menu, "actionOpenProject", tr("Open pro&ject…"), QKeySequence("Ctrl+Shift+O"),
                      tr("All runs of a project take the place of those of the window, which are "
                         "saved by themselves"));
  m_saveProject = add(menu, "actionSaveProject", tr("Save projec&t…"), QKeySequence("Ctrl+Alt+S"),
                      tr("All runs and how they are looked at, in one file that opens to the same "
                         "picture"));
  menu->addSeparator();
  QAction* data = add(menu, "actionOpenData", tr("Open a folder of &pictures…"),
                      QKeySequence("Ctrl+D"), tr("Its sub-folders are the classes"));
  QAction* dataFile = add(menu, "actionOpenDataFile", tr("Open a &file of pictures…"),
                          QKeySequence("Ctrl+Shift+D"), tr("IDX or NPZ, as MNIST comes in"));
  menu->addSeparator();
  QAction* png = add(menu, "actionExportMap", tr("Export &map as picture…"), {});
  QAction* codes = add(menu, "actionExportCodes", tr("Export &codes…"), {},
                       tr("Of all test pictures, as CSV or as NumPy arrays"));
  QAction* decoder = add(menu, "actionExportDecoder", tr("Export &decoder…"), {},
                         tr("As TorchScript, for Python's torch.jit.load"));
  m_exportEncoder = add(menu, "actionExportEncoder", tr("Export &encoder…"), {},
                        tr("As TorchScript, for Python's torch.jit.load"));
  menu->addSeparator();
  QAction* quit = add(menu, "actionQuit", tr("&Quit"), QKeySequence("Ctrl+Q"));
  quit->setMenuRole(QAction::QuitRole);
  m_needRun.append({m_save, m_saveAs, m_saveProject, png, codes, decoder});

  connect(m_newRun, &QAction::triggered, m_experiment, &ExperimentPanel::startNewRun);
  connect(m_open, &QAction::triggered, this, &MainWindow::chooseRun);
  connect(m_recent, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
  connect(m_openProject, &QAction::triggered, this, &MainWindow::chooseProject);
  connect(m_saveProject, &QAction::triggered, this, &MainWindow::saveProjectAs);
  connect(m_save, &QAction::triggered, this, &MainWindow::saveRun);
  connect(m_saveAs, &QAction::triggered, this, &MainWindow::saveRunAs);
  connect(data, &QAction::triggered, this, [this] { chooseData(true); });
  connect(dataFile, &QAction::triggered, this, [this] { chooseData(false); });
  connect(png, &QAction::triggered, m_export, &RunExport::askForMap);
  connect(codes, &QAction::triggered, m_export, &RunExport::askForCodes);
  connect(decoder, &QAction::triggered, m_export,
          [this] { m_export->askForNetwork(NetworkHalf::Decoder); });
  connect(m_exportEncoder, &QAction::triggered, m_export,
          [this] { m_export->askForNetwork(NetworkHalf::Encoder); });
  connect(quit, &QAction::triggered, this, &MainWindow::close);
}

void MainWindow::fillRecent() {
  m_recent->clear();
  const QStringList paths = Settings::recentRuns();
  for (const QString& path : paths) {
    QAction* action = m_recent->addAction(QFileInfo(path).fileName());
    action->setToolTip(path);
    action->setEnabled(m_run->engine() != nullptr);
    connect(action, &QAction::triggered, this, [this, path] { openFile(path); });
  }
  if (paths.isEmpty()) {
    m_recent->addAction(tr("No runs yet"))->setEnabled(false);
    return;
  }
  m_recent->addSeparator();
  connect(m_recent->addAction(tr("Clear this list")), &QAction::triggered, this,
          [] { Settings::clearRecentRuns(); });
}

void MainWindow::makeEditMenu() {
  QMenu* menu = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = add(menu, "actionUndo", tr("&Undo"), QKeySequence::Undo,
                      tr("Takes back what was done to the selection, the map's view, the knobs, "
                         "the settings or the list of runs"));
  QAction* redo = add(menu, "actionRedo", tr("&Redo"), QKeySequence("Ctrl+Shift+Z"),
                      tr("Does again what was taken back"));
  undo->setEnabled(false);
  redo->setEnabled(false);
  QUndoStack* stack = m_runs->undoStack();
  connect(undo, &QAction::triggered, m_history, &EditHistory::undo);
  connect(redo, &QAction::triggered, m_history, &EditHistory::redo);
  connect(stack, &QUndoStack::canUndoChanged, undo, &QAction::setEnabled);
  connect(stack, &QUndoStack::canRedoChanged, redo, &QAction::setEnabled);
  connect(stack, &QUndoStack::undoTextChanged, undo, [undo](const QString& text) {
    undo->setText(text.isEmpty() ? tr("&Undo") : tr("&Undo: %1").arg(text));
  });
  connect(stack, &QUndoStack::redoTextChanged, redo, [redo](const QString& text) {
    redo->setText(text.isEmpty() ? tr("&Redo") : tr("&Redo: %1").arg(text));
  });
}

void MainWindow::makeRunMenu() {
  QMenu* menu = menuBar()->addMenu(tr("&Run"));
  m_play = add(menu, "actionPlay", tr("Play"), QKeySequence(Qt::Key_Space));
  QAction* batch = add(menu, "actionStepBatch", tr("One &batch"), QKeySequence("."),
                       tr("Trains on one batch, then pauses"));
  QAction* epoch = add(menu, "actionStepEpoch", tr("To the end of the &epoch"), QKeySequence("E"),
                       tr("Trains to the end of this epoch, then pauses"));
  QAction* stop =
      add(menu, "actionStop", tr("&Stop"), QKeySequence("Ctrl+."), tr("Ends the run and saves it"));
  menu->addSeparator();
  QAction* reset = add(menu, "actionReset", tr("&Reset, same seed"), QKeySequence("Ctrl+R"),
                       tr("Back to the untrained network; training again gives the same run"));
  QAction* seed = add(menu, "actionNewSeed", tr("Reset, &new seed"), QKeySequence("Ctrl+Shift+R"),
                      tr("Back to another untrained network"));
  menu->addSeparator();
  QAction* slower = add(menu, "actionHalveRate", tr("&Halve learning rate"), QKeySequence("["));
  QAction* faster = add(menu, "actionDoubleRate", tr("&Double learning rate"), QKeySequence("]"));
  menu->addSeparator();
  m_compare =
      add(menu, "actionCompare", tr("&Compare an autoencoder with a VAE"), QKeySequence("Ctrl+K"),
          tr("Trains both side by side on the same data, with one path through both "
             "latent spaces"));
  QAction* beside = add(menu, "actionStartBeside", tr("New run b&eside this one"), {},
                        tr("Trains a run with the settings at the left beside the present one, "
                           "on the same data"));
  QAction* openBeside = add(menu, "actionOpenBeside", tr("Open a run bes&ide this one…"), {},
                            tr("A saved run on the same data beside the present one"));
  m_needRun.append({beside, openBeside});
  connect(m_compare, &QAction::triggered, this, &MainWindow::compareAutoencoderWithVae);
  connect(beside, &QAction::triggered, this, &MainWindow::startBeside);
  connect(openBeside, &QAction::triggered, this, &MainWindow::openBeside);
  menu->addSeparator();
  QAction* bakeoff = add(menu, "actionBakeoff", tr("Bake-&off…"), QKeySequence("Ctrl+B"),
                         tr("Trains systems side by side and measures which serves which task"));
  connect(bakeoff, &QAction::triggered, this, [this] {
    m_bakeoff->show();
    m_bakeoff->raise();
    m_bakeoff->activateWindow();
  });
  m_needRun.append({batch, epoch, stop, reset, seed});
  connect(m_play, &QAction::triggered, m_experiment, &ExperimentPanel::togglePlay);
  connect(batch, &QAction::triggered, m_run, &RunController::stepBatch);
  connect(epoch, &QAction::triggered, m_run, &RunController::stepEpoch);
  connect(stop, &QAction::triggered, m_run, &RunController::stop);
  connect(reset, &QAction::triggered, m_experiment, &ExperimentPanel::reset);
  connect(seed, &QAction::triggered, m_experiment, &ExperimentPanel::resetToNewSeed);
  connect(slower, &QAction::triggered, m_experiment, &ExperimentPanel::halveLearningRate);
  connect(faster, &QAction::triggered, m_experiment, &ExperimentPanel::doubleLearningRate);
}

void MainWindow::makeViewMenu() {
  QMenu* menu = menuBar()->addMenu(tr("&View"));
  for (QDockWidget* dock : m_docks) {
    QAction* action = dock->toggleViewAction();
    action->setObjectName(QStringLiteral("show_") + dock->objectName());
    menu->addAction(action);
  }
  QAction* reset = add(menu, "actionResetLayout", tr("&Reset layout"), {},
                       tr("All panels back where they were at first"));
  connect(reset, &QAction::triggered, this, &MainWindow::resetLayout);
  menu->addSeparator();
  QMenu* themes = menu->addMenu(tr("&Theme"));
  auto* group = new QActionGroup(themes);
  const auto addTheme = [&](const char* name, const QString& text, Settings::ThemeChoice choice) {
    QAction* action = add(themes, name, text, {});
    action->setCheckable(true);
    action->setChecked(m_options.theme.value_or(Settings::theme()) == choice);
    group->addAction(action);
    connect(action, &QAction::triggered, this, [this, choice] {
      Settings::setTheme(choice);
      applyTheme(choice);
    });
  };
  addTheme("themeSystem", tr("Like the &desktop"), Settings::ThemeChoice::System);
  addTheme("themeLight", tr("&Light"), Settings::ThemeChoice::Light);
  addTheme("themeDark", tr("&Dark"), Settings::ThemeChoice::Dark);
  QAction* full = add(menu, "actionFullScreen", tr("&Full screen"), QKeySequence(Qt::Key_F11));
  full->setCheckable(true);
  connect(full, &QAction::toggled, this,
          [this](bool on) { setWindowState(windowState().setFlag(Qt::WindowFullScreen, on)); });
}

void MainWindow::makeHelpMenu() {
  QMenu* menu = menuBar()->addMenu(tr("&Help"));
  QAction* keys = add(menu, "actionKeyboard", tr("&Keyboard and mouse"), QKeySequence(Qt::Key_F1));
  QAction* about = add(menu, "actionAbout", tr("&About Latent Studio"), {});
  about->setMenuRole(QAction::AboutRole);
  connect(keys, &QAction::triggered, this, &MainWindow::showKeyboard);
  connect(about, &QAction::triggered, this, &MainWindow::showAbout);
}

void MainWindow::showKeyboard() {
  QString rows;
  const auto row = [&rows](const QString& keys, const QString& what) {
    rows += QStringLiteral(
                "<tr><td style='padding:2px 20px 2px 0'><b>%1</b></td><td "
                "style='padding:2px 0'>%2</td></tr>")
                .arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
  };
  row(tr("Click, drag"), tr("On the map: decode the place under the pointer"));
  row(tr("Wheel"), tr("Zoom at the pointer"));
  row(tr("Middle drag, Ctrl+drag"), tr("Move the map"));
  row(tr("Shift+click"), tr("Pick a point as end A, then B, of the path"));
  row(tr("Hover"), tr("Original beside reconstruction"));
  row(tr("D, P, Z"), tr("On the map: the tools Decode, Pan, Zoom"));
  row(tr("L, B, R"), tr("On the map: select by Lasso, Box, bRush; Shift adds, Alt takes away"));
  QStringList keys = {QStringLiteral("O")};
  QStringList titles = {tr("the menu of overlays")};
  for (const auto& overlay : ui::overlays()) {
    keys << overlay->description().key;
    titles << overlay->description().title.toLower();
  }
  row(keys.join(QStringLiteral(", ")), tr("On the map: %1").arg(titles.join(QStringLiteral(", "))));
  row(tr("Esc"), tr("On the map: clear the selection, then the classes seen alone"));
  row(tr("Left, Right, Home, End"),
      tr("On the timeline: the epoch kept before or after, the first, the present"));
  row(tr("Double click"), tr("On the timeline: train an epoch that was dropped again"));
  row(tr("Arrows, Page Up, Page Down"),
      tr("On the ROC curve: move the threshold; on the probe's curve: another number of labels"));
  const QList<QMenu*> menus =
      menuBar()->findChildren<QMenu*>(QString(), Qt::FindDirectChildrenOnly);
  for (const QMenu* menu : menus) {
    for (const QAction* action : menu->actions()) {
      if (action->shortcut().isEmpty()) continue;
      QString text = action->text();
      text.remove(QLatin1Char('&')).remove(QStringLiteral("…"));
      row(action->shortcut().toString(QKeySequence::NativeText),
          action == m_play ? tr("Play or pause") : text);
    }
  }
  auto* dialog = new QDialog(this);
  dialog->setObjectName(QStringLiteral("keyboardDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Keyboard and mouse"));
  auto* label = new QLabel(QStringLiteral("<table>%1</table>").arg(rows));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  auto* layout = new QVBoxLayout(dialog);
  layout->addWidget(label);
  layout->addWidget(buttons);
  dialog->open();
}

void MainWindow::showAbout() {
  QString versions = tr("Qt %1").arg(QLatin1String(qVersion()));
  if (m_run->engine() != nullptr) {
    for (const auto& [name, version] : m_run->engine()->versions()) {
      versions += QStringLiteral("<br>%1 %2")
                      .arg(QString::fromStdString(name).toHtmlEscaped(),
                           QString::fromStdString(version).toHtmlEscaped());
    }
  }
  auto* box = new QMessageBox(this);
  box->setObjectName(QStringLiteral("aboutDialog"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setWindowTitle(tr("About Latent Studio"));
  box->setText(tr("<b>Latent Studio %1</b><br>Train autoencoders and see what a latent space is.")
                   .arg(QStringLiteral(LATENT_VERSION)));
  box->setInformativeText(
      tr("%1<br><br>Free software under the GNU General Public License, version 3 or later. Plots "
         "by QCustomPlot (GPL-3.0-or-later, © Emanuel Eichhammer).")
          .arg(versions));
  box->setStandardButtons(QMessageBox::Close);
  box->open();
}

}  // namespace latent::ui
