// Makes the pictures of docs/tour.md: the window is used with mouse and keys, as a person would,
// over the real engine and the digits that come with the program.
//
//   tour FOLDER [NAME…]      all pictures, or those named

#include <qcustomplot.h>

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>

#include "latent/numeric_environment.h"
#include "latent/tasks.h"
#include "support/mouse.h"
#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/main_window.h"
#include "ui/map_overlays.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/map_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/point_cloud.h"
#include "ui/run_controller.h"
#include "ui/settings.h"
#include "ui/widgets/drawing_canvas.h"
#include "ui/widgets/timeline.h"

namespace {

using namespace latent;

/// A window of its own for each picture, with a run that has come to its end.
class Scene {
 public:
  Scene(const TrainingConfig& config, ui::Settings::ThemeChoice theme) : m_theme(theme) {
    open("runs");
    m_window->trainWhenReady(config, true);
    waitFor("the run's end", [this] { return run().state() == SessionState::Finished; });
    settle();
  }

  /// Another run to its end, beside the first.
  void compareWith(const TrainingConfig& config) {
    ui::ComparisonPanel& panel = *m_window->comparison();
    panel.startBeside(config);
    waitFor("the end of the run beside", [&] {
      return panel.isOpen() && panel.beside()->run()->state() == SessionState::Finished;
    });
    settle();
  }
  /// The project, saved, in a window that has seen nothing of it.
  void reopen() {
    const QString project = m_folder.filePath("digits.latentproject");
    m_window->saveProject(project);
    waitFor("the project", [&] { return QFile::exists(project); });
    m_window.reset();
    open("others");
    m_window->openWhenReady(project.toStdString(), false);
    waitFor("the run in the project",
            [this] { return run().hasRun() && !m_window->isProjectOnItsWay(); });
    settle();
  }

  ui::RunController& run() { return *m_window->run(); }
  ui::LatentMap& map() { return *m_window->mapPanel()->map(); }
  ui::MainWindow& window() { return *m_window; }

  template <typename Widget>
  Widget& find(const char* name) {
    auto* widget = m_window->findChild<Widget*>(QLatin1String(name));
    if (widget == nullptr) throw std::runtime_error(std::string("no widget called ") + name);
    return *widget;
  }
  void raise(const char* dock) {
    find<QDockWidget>(dock).raise();
    QTest::qWait(100);
  }
  void press(const char* button) {
    QTest::mouseClick(&find<QAbstractButton>(button), Qt::LeftButton);
  }
  /// Chooses by the keyboard.
  void choose(const char* box, int row) {
    auto& combo = find<QComboBox>(box);
    combo.setFocus();
    QTest::keyClick(&combo, Qt::Key_Home);
    while (combo.currentIndex() < row) QTest::keyClick(&combo, Qt::Key_Down);
  }

  void waitFor(const char* what, const std::function<bool()>& condition) {
    QElapsedTimer clock;
    clock.start();
    while (!condition()) {
      if (clock.elapsed() > 180'000) throw std::runtime_error(std::string(what) + " did not come");
      QTest::qWait(20);
    }
  }
  /// Until nothing has moved for a while.
  void settle() {
    for (int calm = 0; calm < 8;) {
      QTest::qWait(60);
      ui::ComparisonPanel& panel = *m_window->comparison();
      const bool still = m_window->explorer()->isUpToDate() && m_window->overlays()->isUpToDate() &&
                         (!panel.isOpen() || (panel.beside()->explorer()->isUpToDate() &&
                                              panel.besideOverlays()->isUpToDate()));
      calm = still ? calm + 1 : 0;
    }
  }

  /// Of the plane, as the map has it.
  QPointF onPlot(const QPointF& plane) {
    return QPointF(map().plot()->mapFrom(&map(), map().pixelAt(plane).toPoint()));
  }
  Mouse mouse() { return Mouse(map().plot()); }

  bool save(const QString& path) {
    settle();
    return m_window->grab().save(path, "PNG");
  }

 private:
  void open(const char* runs) {
    ui::MainWindow::Options options;
    options.remembers = false;
    options.offersRecovery = false;
    options.theme = m_theme;
    options.runDirectory = m_folder.filePath(QLatin1String(runs)).toStdString();
    options.size = QSize(1366, 768);
    m_window = std::make_unique<ui::MainWindow>(options);
    m_window->show();
    m_window->start();
  }

  ui::Settings::ThemeChoice m_theme;
  QTemporaryDir m_folder;
  std::unique_ptr<ui::MainWindow> m_window;
};

TrainingConfig digits(const std::string& model, int latent_dim, int epochs) {
  TrainingConfig config;
  config.data = "mnist-10k";
  config.model = model;
  config.latent_dim = latent_dim;
  config.epochs = epochs;
  return config;
}

/// Around the middle of what the map shows; the radius is a share of it.
QList<QPointF> ring(Scene& scene, double x, double y, double radius) {
  const QRectF view = scene.map().view();
  QList<QPointF> places;
  for (int i = 0; i <= 40; ++i) {
    const double angle = 2.0 * std::acos(-1.0) * i / 40;
    places << scene.onPlot(view.center() +
                           QPointF((x + radius * std::cos(angle)) * view.width() / 2,
                                   (y + radius * std::sin(angle)) * view.height() / 2));
  }
  return places;
}

void select(Scene& scene) {
  scene.raise("selectionDock");
  scene.map().setFocus();
  QTest::keyClick(&scene.map(), Qt::Key_L);
  scene.mouse().stroke(ring(scene, -0.15, -0.35, 0.22));
}

void thumbnails(Scene& scene) {
  const QRectF view = scene.map().view();
  scene.mouse().wheel(scene.onPlot(view.center()), 12);
}

void colour(Scene& scene) {
  scene.choose("mapColoring", 1);
}

void past(Scene& scene) {
  auto& timeline = scene.find<ui::Timeline>("timeline");
  Mouse(&timeline).click(QPointF(timeline.xOf(1), timeline.height() / 2.0));
}

void walk(Scene& scene) {
  scene.map().setFocus();
  const QRectF view = scene.map().view();
  for (const QPointF& end : {QPointF(-0.3, 0.4), QPointF(0.55, -0.05)}) {
    const QPointF place(view.center().x() + end.x() * view.width() / 2,
                        view.center().y() + end.y() * view.height() / 2);
    scene.mouse().click(scene.onPlot(place), Qt::ShiftModifier);
    QTest::qWait(200);
  }
  scene.mouse().move(scene.onPlot(view.bottomRight()));  // the card of the hovered digit goes
}

void path(Scene& scene) {
  scene.raise("interpolationDock");
  walk(scene);
}

/// One path between the same two digits, in both spaces.
void comparison(Scene& scene) {
  scene.compareWith(digits("vae", 2, 10));
  scene.press("comparisonGap");
}

/// All of it comes back: the selection, the path and what is seen of it.
void project(Scene& scene) {
  path(scene);
  select(scene);
  scene.reopen();
}

void draw(Scene& scene) {
  scene.raise("drawingDock");
  auto& canvas = scene.find<ui::DrawingCanvas>("drawingCanvas");
  const QRectF area = canvas.canvasRect();
  QList<QPointF> places;
  // A 3: two arcs that are open to the left.
  for (const double middle : {0.34, 0.64}) {
    for (int i = 0; i <= 14; ++i) {
      const double angle = std::acos(-1.0) * (-0.75 + 1.25 * i / 14);
      places << area.topLeft() + QPointF((0.47 + 0.17 * std::cos(angle)) * area.width(),
                                         (middle + 0.15 * std::sin(angle)) * area.height());
    }
  }
  Mouse(&canvas).stroke(places);
}

void inpaint(Scene& scene) {
  scene.raise("tasksDock");
  const auto& tasks = all_tasks();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i]->info().id == "inpaint") scene.choose("taskChoice", static_cast<int>(i));
  }
  QTest::qWait(1500);
}

void health(Scene& scene) {
  scene.raise("healthDock");
}

void anomaly(Scene& scene) {
  scene.raise("anomalyDock");
  scene.waitFor("the ROC curve", [&] {
    return scene.find<QLabel>("anomalyState").text().startsWith(QLatin1String("Weights of epoch"));
  });
}

void probe(Scene& scene) {
  scene.raise("probeDock");
  scene.waitFor("the probe", [&] {
    return scene.find<QLabel>("probeState").text().startsWith(QLatin1String("Weights of epoch"));
  });
  scene.press("probeRegions");
  QTest::qWait(800);
}

void umap(Scene& scene) {
  auto& plane = scene.find<QComboBox>("plane");
  scene.choose("plane", plane.findText(QStringLiteral("UMAP"), Qt::MatchStartsWith));
  QTest::qWait(8000);
}

struct Picture {
  const char* name;
  TrainingConfig config;
  ui::Settings::ThemeChoice theme;
  void (*arrange)(Scene&);
};

std::vector<Picture> pictures() {
  constexpr auto kLight = ui::Settings::ThemeChoice::Light;
  constexpr auto kDark = ui::Settings::ThemeChoice::Dark;
  TrainingConfig without_ones = digits("vae", 2, 10);
  without_ones.data = "without:1:mnist-10k";
  return {{"selection", digits("vae", 2, 10), kLight, select},
          {"thumbnails", digits("vae", 2, 10), kDark, thumbnails},
          {"error", digits("deep-ae", 2, 10), kDark, colour},
          {"past", digits("vae", 2, 10), kLight, past},
          {"path", digits("vae", 2, 10), kLight, path},
          {"comparison", digits("deep-ae", 2, 10), kLight, comparison},
          {"project", digits("vae", 2, 10), kDark, project},
          {"drawing", digits("vae", 2, 10), kLight, draw},
          {"inpaint", digits("vae", 10, 10), kDark, inpaint},
          {"health", digits("vae", 20, 10), kLight, health},
          {"anomaly", without_ones, kLight, anomaly},
          {"probe", digits("vae", 2, 10), kDark, probe},
          {"umap", digits("vae", 10, 10), kDark, umap}};
}

}  // namespace

int main(int argc, char* argv[]) {
  latent::restart_if_settings_came_late(argv);
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  const QStringList words = QApplication::arguments();
  if (words.size() < 2 || words[1].startsWith(QLatin1Char('-'))) {
    std::fprintf(stderr, "Usage: tour FOLDER [NAME…]\n");
    return 2;
  }
  const QDir folder(words[1]);
  const QStringList wanted = words.mid(2);
  int made = 0;
  for (const Picture& picture : pictures()) {
    if (!wanted.isEmpty() && !wanted.contains(QLatin1String(picture.name))) continue;
    const QString path = folder.filePath(QStringLiteral("tour-%1.png").arg(picture.name));
    try {
      Scene scene(picture.config, picture.theme);
      picture.arrange(scene);
      if (!scene.save(path)) throw std::runtime_error("it could not be written");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "tour: no picture %s: %s.\n", qUtf8Printable(path), error.what());
      return 1;
    }
    std::printf("%s\n", qUtf8Printable(path));
    ++made;
  }
  if (made == 0) {
    std::fprintf(stderr, "tour: there is no picture of that name.\n");
    return 2;
  }
  return 0;
}
