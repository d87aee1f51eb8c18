#pragma once

#include <QMainWindow>
#include <filesystem>
#include <functional>
#include <optional>

#include "ui/backend.h"
#include "ui/background_task.h"
#include "ui/settings.h"
#include "ui/widgets/message_bar.h"

class QActionGroup;
class QDockWidget;

namespace latent::ui {

class BakeoffPanel;
class ComparisonPanel;
class DecodedPanel;
class DrawingPanel;
class EditHistory;
class Exploration;
class ExperimentPanel;
class ExploredRun;
class ExplorerService;
class HealthPanel;
class InterpolationPanel;
class LossesPanel;
class MapColoring;
class MapOverlays;
class MapPanel;
class Projects;
class ReconstructionsPanel;
class RunController;
class RunExport;
class RunList;
class Selection;
class SelectionPanel;
class StatusLine;
class TimelinePanel;
class WindowState;

/// The window: the latent map in the middle, panels around it, and what joins them.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  struct Options {
    Backend backend = Backend::standard();
    std::filesystem::path runDirectory;  ///< empty: the user's
    bool remembers = true;               ///< its place, docks and controls, from start to start
    bool offersRecovery = true;          ///< of a run that a crash cut short
    std::optional<Settings::ThemeChoice> theme;  ///< for this start only
    std::optional<QSize> size;                   ///< instead of the remembered one
    std::optional<QStringList> overlays;         ///< of the map, instead of the remembered ones
  };

  explicit MainWindow(Options options);
  ~MainWindow() override;

  /// Begins to load the engine and the list of data; returns at once.
  void start();
  /// As soon as the engine is there. `exactly`: a data set that is not there is an error; otherwise
  /// the first that is there takes its place.
  void trainWhenReady(const TrainingConfig& config, bool exactly);
  void openWhenReady(const std::filesystem::path& path, bool play);
  /// Trains two runs side by side on the data of `left`.
  void compare(const TrainingConfig& left, const TrainingConfig& right);
  void compareWhenReady(const TrainingConfig& left, const TrainingConfig& right);

  ExploredRun* current() const { return m_current; }
  RunController* run() const { return m_run; }
  ExplorerService* explorer() const { return m_explorer; }
  Exploration* exploration() const { return m_exploration; }
  ExperimentPanel* experiment() const { return m_experiment; }
  MapPanel* mapPanel() const { return m_mapPanel; }
  TimelinePanel* timelinePanel() const { return m_timeline; }
  Selection* selection() const { return m_selection; }
  MapColoring* coloring() const { return m_coloring; }
  MapOverlays* overlays() const { return m_overlays; }
  InterpolationPanel* interpolation() const { return m_interpolation; }
  MessageBar* messages() const { return m_messages; }
  ComparisonPanel* comparison() const { return m_comparison; }
  RunList* runs() const { return m_runs; }
  RunExport* runExport() const { return m_export; }
  Projects* projects() const { return m_projects; }
  /// Whether a project is being saved or opened, or what it says is not seen whole yet.
  bool isProjectOnItsWay() const;

 public slots:
  /// A run or a project, by the file's ending.
  void openFile(const QString& path);
  void openRun(const QString& path);
  void openProject(const QString& path);
  void saveProject(const QString& path);
  void saveRun();
  void saveRunAs();
  void resetLayout();
  /// A plain autoencoder and a VAE, alike but for the one term, on the data that are chosen.
  void compareAutoencoderWithVae();

 signals:
  /// A sentence was shown that says what went wrong.
  void errorShown(const QString& sentence);

 protected:
  void showEvent(QShowEvent* event) override;
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makePanels();
  void makeMenus();
  void makeFileMenu();
  void makeEditMenu();
  void makeRunMenu();
  void makeViewMenu();
  void makeHelpMenu();
  void connectRun();
  void connectMap();
  void connectBakeoff();
  void connectComparison();
  void makeRoomForComparison(bool open);
  void startBeside();
  void openBeside();
  void connectTimeline();
  void connectProjects();
  void chooseProject();
  void saveProjectAs();
  void showProject(const QString& path, const QJsonObject& state);
  QDockWidget* addPanel(const char* name, const QString& title, QWidget* panel,
                        Qt::DockWidgetArea area);
  void applyTheme(Settings::ThemeChoice choice);
  void arrange();
  void showError(const QString& sentence, const QString& detail = {});
  void say(MessageBar::Kind kind, const QString& sentence, const QString& action = {},
           std::function<void()> act = {}, const QString& detail = {});
  void engineReady();
  void runChanged();
  void offerRecovery();
  void offerData();
  void updateTitle();
  void updateWelcome();
  void updateActions();
  void fillRecent();
  void chooseRun();
  void chooseData(bool folder);
  /// Asks how the folder's pictures are to be taken, then offers it as a data set.
  void importFolder(const QString& path);
  void showKeyboard();
  void showAbout();
  QString activityText() const;

  Options m_options;
  ExploredRun* m_current = nullptr;
  RunController* m_run = nullptr;  ///< of m_current, as the two below
  ExplorerService* m_explorer = nullptr;
  Exploration* m_exploration = nullptr;
  Selection* m_selection = nullptr;
  MapColoring* m_coloring = nullptr;
  RunExport* m_export = nullptr;
  EditHistory* m_history = nullptr;
  MapOverlays* m_overlays = nullptr;
  MessageBar* m_messages = nullptr;
  StatusLine* m_status = nullptr;
  ExperimentPanel* m_experiment = nullptr;
  MapPanel* m_mapPanel = nullptr;
  TimelinePanel* m_timeline = nullptr;
  DecodedPanel* m_decoded = nullptr;
  InterpolationPanel* m_interpolation = nullptr;
  ReconstructionsPanel* m_reconstructions = nullptr;
  LossesPanel* m_losses = nullptr;
  HealthPanel* m_health = nullptr;
  SelectionPanel* m_selectionPanel = nullptr;
  DrawingPanel* m_drawing = nullptr;
  BakeoffPanel* m_bakeoff = nullptr;  ///< a window of its own
  ComparisonPanel* m_comparison = nullptr;
  RunList* m_runs = nullptr;
  Projects* m_projects = nullptr;
  WindowState* m_state = nullptr;
  QList<QDockWidget*> m_docks;
  QMenu* m_recent = nullptr;
  QAction* m_newRun = nullptr;
  QAction* m_open = nullptr;
  QAction* m_save = nullptr;
  QAction* m_saveAs = nullptr;
  QAction* m_openProject = nullptr;
  QAction* m_saveProject = nullptr;
  QAction* m_exportEncoder = nullptr;
  QAction* m_play = nullptr;
  QAction* m_compare = nullptr;
  QList<QAction*> m_needRun;  ///< enabled while there is a run
  QByteArray m_defaultArrangement;
  std::shared_ptr<const Dataset> m_selectedOf;  ///< what the selection's rows belong to
  QByteArray m_arrangementBefore;               ///< the comparison that is open
  std::function<void()> m_messageAction;
  std::function<void()> m_whenReady;   ///< once a run can be started from the controls
  std::function<void()> m_whenEngine;  ///< once there is an engine
  QString m_engineProblem;
  bool m_arranged = false;
  bool m_closing = false;
  bool m_closed = false;
};

}  // namespace latent::ui
