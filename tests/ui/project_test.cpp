#include "ui/projects.h"

#include <QAction>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QJsonArray>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QToolButton>
#include <QUndoStack>
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "latent/zip_file.h"
#include "support/catch.h"
#include "support/mouse.h"
#include "ui/control_values.h"
#include "ui/directions.h"
#include "ui/explored_run.h"
#include "ui/map_coloring.h"
#include "ui/map_overlays.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/decoded_panel.h"
#include "ui/panels/drawing_panel.h"
#include "ui/panels/tasks_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/map_legend.h"
#include "ui/run_list.h"
#include "ui/selection.h"
#include "ui/widgets/drawing_canvas.h"
#include "ui/widgets/mask_canvas.h"
#include "ui/widgets/message_bar.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;
using ui::LatentMap;
namespace fs = std::filesystem;

namespace {

/// A window with runs that are paused, and the project it is saved as.
struct ProjectFixture : WindowFixture {
  explicit ProjectFixture(int latentDim = 3, int epochs = 3) {
    config.latent_dim = latentDim;
    engine.behaviour().batch_microseconds = 2000;
    train();
    REQUIRE(waitFor([&] { return machine().kept().size() > static_cast<std::size_t>(epochs); },
                    30'000));
    pause();
  }

  ui::TimeMachine& machine() { return *window->run()->timeMachine(); }
  LatentMap* map() { return find<LatentMap>("latentMap"); }
  LatentMap* besideMap() { return find<LatentMap>("besideMap"); }
  void pause() {
    window->run()->pause();
    REQUIRE(waitFor([&] { return isStill(*window); }));
  }
  /// A second run beside the first, of another system, paused too.
  void compare() {
    TrainingConfig other = config;
    other.model = "deep-ae";
    other.seed = 3;
    window->comparison()->startBeside(other);
    ui::ComparisonPanel& panel = *window->comparison();
    REQUIRE(waitFor([&] { return panel.isOpen() && panel.beside()->run()->progress().step > 40; }));
    panel.beside()->run()->pause();
    REQUIRE(waitFor([&] { return isStill(*window); }));
  }
  static bool isStill(ui::MainWindow& window) {
    const auto still = [](ui::ExploredRun* side, ui::MapPanel* map, const ui::MapOverlays* over) {
      return side->run()->hasRun() && side->run()->state() == SessionState::Paused &&
             side->explorer()->isUpToDate() && map->isStill() && over->isUpToDate();
    };
    ui::ComparisonPanel& panel = *window.comparison();
    return !window.isProjectOnItsWay() &&
           still(window.current(), window.mapPanel(), window.overlays()) &&
           (!panel.isOpen() || still(panel.beside(), panel.besideMap(), panel.besideOverlays()));
  }
  /// Events that are on their way are answered; nothing moves for a moment.
  static void settle(ui::MainWindow& window) {
    for (int calm = 0; calm < 8; ++calm) {
      REQUIRE(waitFor([&] { return isStill(window); }, 30'000));
      waitFor([] { return false; }, 40);
      if (!isStill(window)) calm = 0;
    }
  }
  QString project() { return folder.filePath("work.latentproject"); }
  void save() {
    QSignalSpy saved(window->projects(), &ui::Projects::saved);
    window->saveProject(project());
    REQUIRE(waitFor([&] { return saved.size() == 1; }));
  }
  /// Another window, with runs of its own, that opens it.
  ui::MainWindow& reopen() {
    window.reset();
    ui::MainWindow::Options options;
    options.backend = backend();
    options.runDirectory = (folder.path() + "/others").toStdString();
    options.size = QSize(1400, 900);
    window = std::make_unique<ui::MainWindow>(options);
    window->show();
    window->openWhenReady(project().toStdString(), false);
    window->start();
    const bool isThere = waitFor([&] { return window->run()->hasRun(); });
    INFO(window->messages()->sentence().toStdString());
    REQUIRE(isThere);
    settle(*window);
    return *window;
  }
  static QPointF pixelOf(LatentMap* map, qint64 index) {
    const auto points = map->points();
    const auto at = static_cast<std::size_t>(index);
    return map->plot()->mapFrom(
        map, map->pixelAt({points->positions[2 * at], points->positions[2 * at + 1]}).toPoint());
  }
  static qint64 seen(LatentMap* map, qint64 from) {
    for (qint64 index = from; index < 300; ++index) {
      if (map->pointAt(map->plot()->mapTo(map, pixelOf(map, index).toPoint())) == index) {
        return index;
      }
    }
    return -1;
  }
};

/// How many pixels of the two differ by more than so many levels; −1 where their sizes do.
int differences(const QImage& a, const QImage& b, int levels = 0) {
  if (a.size() != b.size()) return -1;
  int count = 0;
  for (int y = 0; y < a.height(); ++y) {
    for (int x = 0; x < a.width(); ++x) {
      const QRgb p = a.pixel(x, y);
      const QRgb q = b.pixel(x, y);
      count += std::max({std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)),
                         std::abs(qBlue(p) - qBlue(q))}) > levels
                   ? 1
                   : 0;
    }
  }
  return count;
}

/// The map once its dots are drawn and its view has glided to where it goes: the same three times
/// in a row.
QImage pictureAtRest(LatentMap* map) {
  QImage picture = map->picture(1.0);
  waitFor(
      [&, same = 0]() mutable {
        waitFor([] { return false; }, 250);
        const QImage next = map->picture(1.0);
        same = next == picture ? same + 1 : 0;
        picture = next;
        return same == 3;
      },
      20'000);
  return picture;
}

}  // namespace

TEST_CASE("a project opens to the same picture, with all that was done to it") {
  ProjectFixture fixture;
  fixture.compare();
  ui::MainWindow* window = fixture.window.get();
  ui::RunList& runs = *window->runs();
  REQUIRE(runs.setData(runs.index(1, ui::RunList::Name), "the plain one", Qt::EditRole));
  QSignalSpy copied(&runs, &ui::RunList::rowsInserted);
  runs.duplicate(0);
  REQUIRE(waitFor([&] { return copied.size() == 1; }));

  LatentMap* map = fixture.map();
  // Colours, a class alone, an overlay.
  auto* coloring = map->findChild<QComboBox*>("mapColoring");
  coloring->setCurrentIndex(1);
  emit coloring->activated(1);
  auto* legend = map->findChild<ui::MapLegend*>();
  Mouse(legend).click(QPointF(legend->entryRect(3).center()), Qt::ControlModifier);
  window->overlays()->setShown({"prior"});
  ProjectFixture::settle(*window);
  // The view, the ends of a path, a place on it, a selection.
  const Mouse mouse(map->plot());
  mouse.wheel(QRectF(map->plot()->viewport()).center(), 2);
  ProjectFixture::settle(*window);
  const qint64 a = ProjectFixture::seen(map, 41);
  REQUIRE(a >= 0);
  mouse.click(ProjectFixture::pixelOf(map, a), Qt::ShiftModifier);
  window->exploration()->setPosition(0.3);
  map->setTool(LatentMap::Tool::Box);
  const QRect frame = map->plot()->axisRect()->rect();
  mouse.drag(frame.topLeft() + QPoint(5, 5), frame.center());
  REQUIRE(window->selection()->count() > 0);
  // A direction, a drawing, a moment of the past.
  auto* directions = window->findChild<ui::DecodedPanel*>()->directions();
  directions->add("wider", {0.5F, 0.0F, -0.25F});
  directions->setAmount(0, 1.5);
  auto* canvas = fixture.find<ui::DrawingCanvas>("drawingCanvas");
  fixture.find<QWidget>("drawingDock")->show();
  fixture.find<QWidget>("drawingDock")->raise();
  QApplication::processEvents();
  Mouse(canvas).drag(canvas->canvasRect().center() - QPointF(30, 30),
                     canvas->canvasRect().center() + QPointF(20, 40));
  fixture.machine().goTo(2);
  ProjectFixture::settle(*window);
  mouse.move({2, 2});
  QEvent leave(QEvent::Leave);
  QApplication::sendEvent(map->plot(), &leave);
  ProjectFixture::settle(*window);

  const QImage before[] = {pictureAtRest(map), pictureAtRest(fixture.besideMap())};
  const auto place = window->exploration()->place();
  const auto besidePlace = window->comparison()->beside()->exploration()->place();
  const auto selected = window->selection()->indices();
  const auto history = window->run()->history();
  const auto drawing = canvas->drawing();
  const auto scale = window->coloring()->scale();
  const auto steps = window->run()->progress().step;
  fixture.save();

  ui::MainWindow& opened = fixture.reopen();
  ui::RunList& list = *opened.runs();
  REQUIRE(list.rowCount() == 3);
  CHECK(list.name(0) == "VAE");
  CHECK(list.name(1) == "the plain one");
  CHECK(list.name(2) == "VAE copy");
  CHECK(list.place(0) == ui::RunList::Place::Current);
  CHECK(list.place(1) == ui::RunList::Place::Beside);
  CHECK(opened.run()->progress().step == steps);
  CHECK(opened.run()->timeMachine()->epoch() == 2);
  REQUIRE(opened.run()->history().size() >= history.size());
  for (std::size_t i = 0; i < history.size(); ++i) {
    CHECK(opened.run()->history()[i].step == history[i].step);
    CHECK(opened.run()->history()[i].total == history[i].total);
  }
  const auto now = opened.exploration()->place();
  CHECK(now.code == place.code);
  CHECK(now.ends[0].digit == a);
  CHECK(now.ends[0].code == place.ends[0].code);
  CHECK(now.ends[1].digit == place.ends[1].digit);
  CHECK(now.position == place.position);
  CHECK(opened.comparison()->beside()->exploration()->place().code == besidePlace.code);
  CHECK(opened.selection()->indices() == selected);
  CHECK(opened.overlays()->shown() == QStringList{"prior"});
  auto* again = opened.findChild<ui::DecodedPanel*>()->directions();
  REQUIRE(again->list().size() == 1);
  CHECK(again->list()[0].name == "wider");
  CHECK(again->amount(0) == 1.5);
  CHECK(fixture.find<ui::DrawingCanvas>("drawingCanvas")->drawing() == drawing);
  CHECK(fixture.map()->tool() == LatentMap::Tool::Box);
  CHECK(fixture.map()->brightClasses().size() == 9);
  REQUIRE(opened.coloring()->scale());
  CHECK(opened.coloring()->scale()->low == scale->low);
  CHECK(opened.coloring()->scale()->high == scale->high);
  const QImage after[] = {pictureAtRest(fixture.map()), pictureAtRest(fixture.besideMap())};
  for (int side = 0; side < 2; ++side) {
    CAPTURE(side);
    // The outline of the codes' density is found anew, from sums in another order: its last bits
    // move an edge by a hundredth of a pixel, which is a few of 255 levels.
    CHECK(differences(before[side], after[side], 8) == 0);
  }
  // It is a new beginning: nothing of the way there can be taken back.
  CHECK_FALSE(opened.runs()->undoStack()->canUndo());
  // And goes on.
  opened.run()->play();
  CHECK(waitFor([&] { return opened.run()->progress().step > steps; }));
}

TEST_CASE("what a task hides is kept in a project, and what it measured is measured again") {
  ProjectFixture fixture(2, 1);
  fixture.find<QWidget>("tasksDock")->raise();
  auto* panel = fixture.find<ui::TasksPanel>("tasksPanel");
  auto* list = fixture.find<QComboBox>("taskChoice");
  const auto& tasks = all_tasks();
  const auto fill = std::find_if(tasks.begin(), tasks.end(),
                                 [](const Task* task) { return task->info().hides_pixels; });
  REQUIRE(fill != tasks.end());
  list->setCurrentIndex(static_cast<int>(fill - tasks.begin()));
  QTest::mouseClick(fixture.find<QToolButton>("taskOtherPictures"), Qt::LeftButton);
  auto* canvas = fixture.find<ui::MaskCanvas>("taskMask");
  REQUIRE(waitFor([&] { return canvas->isVisible(); }));
  QTest::mouseClick(fixture.find<QToolButton>("maskNothing"), Qt::LeftButton);
  const QPointF middle = canvas->pictureArea().center();
  Mouse(canvas).drag(middle, middle + QPointF(30, 12));
  auto* button = fixture.find<QPushButton>("taskMeasure");
  REQUIRE(waitFor([&] { return button->isEnabled(); }));
  QTest::mouseClick(button, Qt::LeftButton);
  REQUIRE(waitFor([&] { return panel->result() != nullptr && !panel->isMeasuring(); }, 60'000));
  const auto mask = canvas->mask();
  const auto rows = panel->shownRows();
  const double figure = panel->result()->figures.front().mean;
  ProjectFixture::settle(*fixture.window);
  fixture.save();

  fixture.reopen();
  panel = fixture.find<ui::TasksPanel>("tasksPanel");
  CHECK(fixture.find<ui::MaskCanvas>("taskMask")->mask() == mask);
  CHECK(panel->shownRows() == rows);
  fixture.find<QWidget>("tasksDock")->raise();
  REQUIRE(waitFor([&] { return panel->result() != nullptr; }, 60'000));
  CHECK(panel->result()->figures.front().mean == figure);
}

TEST_CASE("a map by UMAP, turned maps and codes that were searched for come back as they lay") {
  const std::string kind = GENERATE("umap", "turned", "searched");
  CAPTURE(kind);
  ProjectFixture fixture;
  ui::MainWindow& window = *fixture.window;
  if (kind == "searched") {
    fixture.config.model = "no_encoder";
    fixture.config.hyperparameters.clear();
    QSignalSpy changed(window.run(), &ui::RunController::runChanged);
    window.run()->startRun(fixture.config, true);
    REQUIRE(waitFor([&] { return changed.size() == 1 && window.run()->progress().step > 20; }));
    window.run()->pause();
    REQUIRE(waitFor([&] { return window.run()->state() == SessionState::Paused; }));
    window.explorer()->placeAll();
    REQUIRE(waitFor([&] { return window.explorer()->placement().placed == 300; }, 30'000));
  } else {
    auto* plane = fixture.find<QComboBox>("plane");
    if (kind == "umap") {
      plane->setCurrentIndex(2);
      REQUIRE(waitFor([&] { return window.explorer()->umapProgress().epoch > 100; }, 60'000));
      window.explorer()->setUmapRunning(false);
    } else {
      fixture.find<QAction>("aligned")->setChecked(true);
      fixture.machine().goTo(1);
      ProjectFixture::settle(window);
      fixture.machine().goLive();
    }
  }
  ProjectFixture::settle(window);
  pictureAtRest(fixture.map());
  ProjectFixture::settle(window);
  const auto points = window.explorer()->frame()->points;
  const int epoch = window.explorer()->umapProgress().epoch;
  const QImage before = pictureAtRest(fixture.map());
  fixture.save();
  ui::MainWindow& opened = fixture.reopen();
  const auto& now = opened.explorer()->frame()->points;
  REQUIRE(now.size() == points.size());
  float farthest = 0.0F;
  for (std::size_t i = 0; i < points.size(); ++i) {
    farthest = std::max(farthest, std::abs(now[i] - points[i]));
  }
  CHECK(farthest < 1e-4F);
  CHECK(differences(before, pictureAtRest(fixture.map())) == 0);
  if (kind == "umap") {
    CHECK(opened.explorer()->umapProgress().epoch == epoch);
    CHECK_FALSE(opened.explorer()->umapProgress().running);
    // It goes on from there, from the beginning where it had come to its end.
    opened.explorer()->setUmapRunning(true);
    CHECK(waitFor([&] { return opened.explorer()->umapProgress().epoch != epoch; }));
  }
}

TEST_CASE("a project that is no project, cut short or newer is a sentence, and nothing changes") {
  ProjectFixture fixture(2, 1);
  fixture.save();
  ui::MainWindow& window = *fixture.window;
  const auto run = window.run()->autosavePath();
  const QString bad = fixture.folder.filePath("bad.latentproject");
  const auto refused = [&](const QString& part) {
    QSignalSpy shown(&window, &ui::MainWindow::errorShown);
    window.openProject(bad);
    REQUIRE(waitFor([&] { return shown.size() == 1; }));
    CHECK(shown[0][0].toString().contains(part));
    CHECK(window.run()->autosavePath() == run);
    CHECK(window.runs()->rowCount() == 1);
  };
  std::ofstream(bad.toStdString()) << "nonsense";
  refused("bad.latentproject is not a project of Latent Studio.");
  write_zip(bad.toStdString(), {{"other.json", {}, "{}"}});
  refused("is not a project of Latent Studio.");
  write_zip(bad.toStdString(),
            {{"project.json", {}, R"({"format": "latent-studio-project", "version": 9})"}});
  refused("was saved by a newer version of Latent Studio (project format 9");
  write_zip(bad.toStdString(), {{"project.json", {}, R"({"format": "latent-studio-project")"}});
  refused("is damaged or was cut short");
  fs::resize_file(fixture.project().toStdString(),
                  fs::file_size(fixture.project().toStdString()) / 2);
  fs::copy_file(fixture.project().toStdString(), bad.toStdString(),
                fs::copy_options::overwrite_existing);
  refused("is damaged or was cut short");
  // Nothing is left of the attempts.
  int runs = 0;
  for (const auto& entry : fs::directory_iterator(run.parent_path())) {
    runs += entry.path().extension() == ".safetensors" ? 1 : 0;
    CHECK(entry.path().filename().string().find("project-") == std::string::npos);
  }
  CHECK(runs == 1);
}

TEST_CASE("a project that ends at any byte, or has any byte changed, is refused or read whole") {
  ProjectFixture fixture(2, 1);
  fixture.save();
  std::ifstream in(fixture.project().toStdString(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const fs::path part = (fixture.folder.path() + "/part").toStdString();
  const auto opens = [&](const std::string& bytes) {
    std::ofstream(part, std::ios::binary) << bytes;
    const QTemporaryDir scratch;
    try {
      return ui::readProject(part, scratch.path().toStdString()).runs.size() == 1;
    } catch (const Error&) {
      return false;
    }
  };
  REQUIRE(opens(whole));
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 150) {
    CAPTURE(length);
    CHECK_FALSE(opens(whole.substr(0, length)));
  }
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 150) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    opens(changed);  // no crash and no other exception
  }
}

TEST_CASE("a full disk is a sentence, and the project of before stays") {
  ProjectFixture fixture(2, 1);
  fixture.save();
  const auto size = fs::file_size(fixture.project().toStdString());
  fixture.engine.behaviour().saving_fails = true;
  QSignalSpy shown(fixture.window.get(), &ui::MainWindow::errorShown);
  fixture.window->saveProject(fixture.project());
  REQUIRE(waitFor([&] { return shown.size() == 1; }));
  CHECK(shown[0][0].toString().contains("no space left"));
  CHECK(fs::file_size(fixture.project().toStdString()) == size);
  CHECK_FALSE(fixture.window->isProjectOnItsWay());
}

TEST_CASE("a project is saved while its runs train, and holds losses up to where each was") {
  ProjectFixture fixture(2, 1);
  fixture.window->run()->play();
  TrainingConfig other = fixture.config;
  other.seed = 9;
  QSignalSpy changed(fixture.window->run(), &ui::RunController::runChanged);
  fixture.window->run()->startRun(other, true);
  REQUIRE(waitFor([&] { return changed.size() == 1; }));
  fixture.window->runs()->togglePlay(0);  // the held one trains as well
  REQUIRE(waitFor([&] { return fixture.window->run()->progress().step > 30; }));
  fixture.save();
  const QTemporaryDir scratch;
  const ui::Project project =
      ui::readProject(fixture.project().toStdString(), scratch.path().toStdString());
  REQUIRE(project.runs.size() == 2);
  CHECK(project.shown == 1);
  for (const ui::ProjectRun& run : project.runs) {
    const auto step = fixture.engine.read_run_info(run.file).step;
    REQUIRE_FALSE(run.history.empty());
    CHECK(run.history.back().step == step);
    for (const KeptEpoch& kept : run.kept) CHECK(kept.epoch * 16 <= step);
  }
}

TEST_CASE("of a long past the project holds a thinned part and the epoch that is looked at") {
  std::vector<KeptEpoch> kept;
  for (int epoch = 0; epoch < 60; ++epoch) kept.push_back({epoch, {}, 1 << 20});
  const auto left = thinned(kept, ui::kProjectPast);
  CHECK(left.size() == 24);
  CHECK(left.front().epoch == 0);
  CHECK(left.back().epoch == 59);
}

TEST_CASE("a project that is dropped on the window opens, and is among the recent files") {
  ProjectFixture fixture(2, 1);
  fixture.save();
  const auto before = fixture.window->run()->autosavePath();
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(fixture.project())});
  QDragEnterEvent enter({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, {});
  QApplication::sendEvent(fixture.window.get(), &enter);
  CHECK(enter.isAccepted());
  QDropEvent drop({50, 50}, Qt::CopyAction, &data, Qt::LeftButton, {});
  QApplication::sendEvent(fixture.window.get(), &drop);
  REQUIRE(waitFor([&] { return fixture.window->run()->autosavePath() != before; }));
  CHECK(fixture.window->runs()->rowCount() == 1);
  CHECK(ui::Settings::recentRuns().contains(fixture.project()));
  // The run before was saved by itself.
  CHECK(waitFor([&] { return fixture.engine.behaviour().sessions_alive == 1; }));
  CHECK(fs::exists(before));
}

TEST_CASE("what a panel's controls are set to is set again, and whoever listens hears of it") {
  const auto make = [](QWidget& panel) {
    auto* choice = new QComboBox(&panel);
    choice->setObjectName("choice");
    choice->addItems({"one", "two", "three"});
    auto* number = new QSpinBox(&panel);
    number->setObjectName("number");
    auto* box = new QCheckBox(&panel);
    box->setObjectName("box");
    auto* play = new QToolButton(&panel);
    play->setObjectName("playFilm");
    play->setCheckable(true);
    auto* pens = new QButtonGroup(&panel);
    for (const char* name : {"thin", "thick"}) {
      auto* pen = new QToolButton(&panel);
      pen->setObjectName(name);
      pen->setCheckable(true);
      pens->addButton(pen);
    }
    panel.findChild<QToolButton*>("thin")->setChecked(true);
    return choice;
  };
  QWidget first;
  make(first)->setCurrentIndex(2);
  first.findChild<QSpinBox*>("number")->setValue(7);
  first.findChild<QCheckBox*>("box")->setChecked(true);
  first.findChild<QToolButton*>("playFilm")->setChecked(true);
  first.findChild<QToolButton*>("thick")->setChecked(true);
  QJsonObject values = ui::controlValues(first);
  values["gone"] = 3;
  QWidget second;
  QComboBox* choice = make(second);
  QSignalSpy activated(choice, &QComboBox::activated);
  QSignalSpy clicked(second.findChild<QToolButton*>("thick"), &QToolButton::clicked);
  ui::setControlValues(second, values);
  CHECK(choice->currentText() == "three");
  CHECK(activated.size() == 1);
  CHECK(second.findChild<QSpinBox*>("number")->value() == 7);
  CHECK(second.findChild<QCheckBox*>("box")->isChecked());
  CHECK(second.findChild<QToolButton*>("thick")->isChecked());
  CHECK_FALSE(second.findChild<QToolButton*>("thin")->isChecked());
  CHECK(clicked.size() == 1);
  // Nothing begins to play by itself.
  CHECK_FALSE(second.findChild<QToolButton*>("playFilm")->isChecked());
  values["choice"] = "four";
  values["number"] = "many";
  ui::setControlValues(second, values);
  CHECK(choice->currentText() == "three");
  CHECK(second.findChild<QSpinBox*>("number")->value() == 7);
}
