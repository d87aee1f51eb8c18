#include "ui/main_window.h"

#include <QAction>
#include <QCheckBox>
#include <QDialog>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <filesystem>
#include <fstream>

#include "support/catch.h"
#include "ui/panels/experiment_panel.h"
#include "ui/panels/interpolation_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/widgets/code_sliders.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/image_view.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;
using ui::LatentMap;

namespace {

/// A place in the middle of the map's plot, in the plot's own pixels.
QPoint pixelOf(LatentMap* map, const QPointF& plane) {
  return map->plot()->mapFrom(map, map->pixelAt(plane).toPoint());
}

}  // namespace

TEST_CASE("the window is up before the engine, says so, and then offers one clear action") {
  WindowFixture fixture;
  fixture.open();
  CHECK(fixture.window->isVisible());
  auto* start = fixture.find<QPushButton>("start");
  CHECK_FALSE(start->isEnabled());
  CHECK(fixture.find<QLabel>("welcomeLine")->text().contains("Loading"));
  REQUIRE(waitFor([&] { return start->isEnabled(); }));
  CHECK(start->text() == "Train VAE on Bars");
  QTest::mouseClick(start, Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.window->run()->progress().step > 0; }));
  CHECK(fixture.window->run()->state() == SessionState::Running);
}

TEST_CASE("an engine that is missing is a sentence in the window, and can be tried again") {
  WindowFixture fixture;
  ui::MainWindow::Options options;
  options.backend = fixture.backend();
  bool there = false;
  options.backend.loadEngine = [&]() -> const Engine& {
    if (!there) throw Error(ErrorCode::EngineMissing, "The engine was not found; searched /here.");
    return fixture.engine;
  };
  options.runDirectory = (fixture.folder.path() + "/runs").toStdString();
  fixture.window = std::make_unique<ui::MainWindow>(options);
  fixture.window->show();
  fixture.window->start();
  auto* messages = fixture.window->messages();
  REQUIRE(waitFor([&] { return messages->isVisible(); }));
  CHECK(messages->sentence() == "The engine was not found; searched /here.");
  there = true;
  emit messages->actionTriggered();
  CHECK(waitFor([&] { return fixture.window->run()->engine() != nullptr; }));
}

TEST_CASE("a click in the map decodes the place under the pointer") {
  WindowFixture fixture;
  fixture.train();
  auto* map = fixture.find<LatentMap>("latentMap");
  auto* picture = fixture.find<ui::ImageView>("decodedPicture");
  REQUIRE(fixture.comeToRest());
  REQUIRE(waitFor([&] { return !picture->image().isNull(); }));
  const QImage before = picture->image();
  const QPointF place = map->view().center() + QPointF(map->view().width() * 0.2, 0.0);
  QTest::mouseClick(map->plot(), Qt::LeftButton, {}, pixelOf(map, place));
  REQUIRE(waitFor([&] { return picture->image() != before; }));
  const auto& code = fixture.window->exploration()->code();
  CHECK(code[0] == Approx(place.x()).margin(map->view().width() * 0.01));
  CHECK(code[1] == Approx(place.y()).margin(map->view().height() * 0.01));
}

TEST_CASE("a slider moves the code, the picture and the map's marker") {
  WindowFixture fixture;
  fixture.config.latent_dim = 3;
  fixture.train();
  REQUIRE(fixture.comeToRest());
  REQUIRE(waitFor([&] { return fixture.window->exploration()->hasCode(); }));
  auto* sliders = fixture.find<ui::CodeSliders>("codeSliders");
  const auto sliderList = sliders->findChildren<QSlider*>();
  REQUIRE(sliderList.size() == 3);
  const auto before = fixture.window->exploration()->code();
  QSignalSpy decoded(fixture.window->explorer(), &ui::ExplorerService::decoded);
  sliderList[2]->setFocus();
  for (int i = 0; i < 20; ++i) QTest::keyClick(sliderList[2], Qt::Key_Right);
  const auto after = fixture.window->exploration()->code();
  CHECK(after[2] > before[2]);
  CHECK(after[0] == before[0]);
  CHECK(waitFor([&] { return !decoded.isEmpty(); }));
}

TEST_CASE("two picked points make a path, and its handle can be dragged") {
  WindowFixture fixture;
  fixture.train();
  REQUIRE(fixture.comeToRest());
  auto* map = fixture.find<LatentMap>("latentMap");
  auto* strip = fixture.find<ui::FilmStrip>("filmStrip");
  auto* exploration = fixture.window->exploration();
  emit map->pointPicked(0, LatentMap::Handle::A);
  emit map->pointPicked(5, LatentMap::Handle::B);
  REQUIRE(exploration->hasPath());
  REQUIRE(waitFor([&] { return strip->pictures().size() == ui::Exploration::kPathSteps; }));
  // The points glide to their places; the last weights may still be on their way.
  REQUIRE(waitFor(
      [&] { return map->points()->positions == fixture.window->explorer()->frame()->points; }));
  const auto frame = fixture.window->explorer()->frame();
  map->fit();
  QApplication::processEvents();
  const QPoint from = pixelOf(map, frame->project(exploration->end(0).code));
  const auto before = exploration->end(0).code;
  QTest::mousePress(map->plot(), Qt::LeftButton, {}, from);
  QTest::mouseMove(map->plot(), from + QPoint(15, 5));
  QTest::mouseMove(map->plot(), from + QPoint(40, 20));
  QTest::mouseRelease(map->plot(), Qt::LeftButton, {}, from + QPoint(40, 20));
  CHECK(exploration->end(0).code != before);
  CHECK(exploration->end(0).digit == -1);
  CHECK(exploration->end(1).digit == 5);
}

TEST_CASE("a path is exported as a strip and as a film, and a bad folder is a sentence") {
  WindowFixture fixture;
  fixture.train();
  REQUIRE(fixture.comeToRest());
  auto* map = fixture.find<LatentMap>("latentMap");
  emit map->pointPicked(0, LatentMap::Handle::A);
  emit map->pointPicked(5, LatentMap::Handle::B);
  auto* panel = fixture.window->interpolation();
  QSignalSpy exported(panel, &ui::InterpolationPanel::exported);
  const QString strip = fixture.folder.filePath("path.png");
  const QString film = fixture.folder.filePath("path.gif");
  panel->exportStrip(strip.toStdString());
  REQUIRE(waitFor([&] { return exported.size() == 1; }));
  panel->exportGif(film.toStdString());
  REQUIRE(waitFor([&] { return exported.size() == 2; }));
  const QImage row(strip);
  CHECK(row.height() >= 28);
  CHECK(row.width() > 10 * row.height());
  CHECK(QImage(film).width() == QImage(film).height());
  // A file stands where a folder would have to be.
  panel->exportStrip((strip + "/path.png").toStdString());
  REQUIRE(waitFor([&] { return fixture.window->messages()->isVisible(); }));
  CHECK(fixture.window->messages()->sentence().contains(strip));
}

TEST_CASE("a reset and a new run forget A and B") {
  WindowFixture fixture;
  fixture.train();
  auto* run = fixture.window->run();
  run->pause();
  REQUIRE(waitFor([&] { return fixture.window->explorer()->isUpToDate(); }));
  auto* map = fixture.find<LatentMap>("latentMap");
  auto* exploration = fixture.window->exploration();
  emit map->pointPicked(0, LatentMap::Handle::A);
  emit map->pointPicked(5, LatentMap::Handle::B);
  REQUIRE(exploration->hasPath());
  run->reset();
  CHECK(waitFor([&] { return !exploration->end(0).isSet() && !exploration->end(1).isSet(); }));
  emit map->pointPicked(0, LatentMap::Handle::A);
  REQUIRE(exploration->end(0).isSet());
  fixture.config.data = "other bars";
  run->startRun(fixture.config, false);
  CHECK(waitFor([&] { return !exploration->end(0).isSet(); }));
}

TEST_CASE("space pauses and plays on") {
  WindowFixture fixture;
  fixture.train();
  fixture.window->activateWindow();
  QTest::keyClick(fixture.window.get(), Qt::Key_Space);
  REQUIRE(waitFor([&] { return fixture.window->run()->state() == SessionState::Paused; }));
  QTest::keyClick(fixture.window.get(), Qt::Key_Space);
  CHECK(waitFor([&] { return fixture.window->run()->state() == SessionState::Running; }));
}

TEST_CASE("a run that is saved can be opened again, paused where it was") {
  WindowFixture fixture;
  fixture.train();
  const auto path = std::filesystem::path(fixture.folder.path().toStdString()) / "mine.safetensors";
  auto* run = fixture.window->run();
  run->pause();
  REQUIRE(waitFor([&] { return run->state() == SessionState::Paused; }));
  const auto step = run->progress().step;
  run->save(path);
  REQUIRE(waitFor([&] { return run->savedPath() == path; }));
  CHECK(ui::Settings::recentRuns().contains(QString::fromStdString(path.string())));
  QSignalSpy changed(run, &ui::RunController::runChanged);
  fixture.window->openRun(QString::fromStdString(path.string()));
  REQUIRE(waitFor([&] { return changed.size() == 1; }));
  CHECK(run->progress().step == step);
  CHECK(run->state() == SessionState::Paused);
}

TEST_CASE("a file that is no run is a sentence in the window, and the run goes on") {
  WindowFixture fixture;
  fixture.train();
  const QString path = fixture.folder.path() + "/nonsense.safetensors";
  std::ofstream(path.toStdString()) << "nonsense";
  fixture.window->openRun(path);
  REQUIRE(waitFor([&] { return fixture.window->messages()->isVisible(); }));
  CHECK(fixture.window->messages()->sentence().contains("is not a run"));
  CHECK(fixture.window->run()->state() == SessionState::Running);
}

TEST_CASE("a disk that is full is a sentence in the window, and training goes on") {
  WindowFixture fixture;
  fixture.train();
  fixture.engine.behaviour().saving_fails = true;
  fixture.window->run()->save("/somewhere/run.safetensors");
  REQUIRE(waitFor([&] { return fixture.window->messages()->isVisible(); }));
  CHECK(fixture.window->messages()->sentence().contains("no space left"));
  CHECK(fixture.window->run()->state() == SessionState::Running);
}

TEST_CASE("a run that fails shows its sentence, and its cure continues it") {
  WindowFixture fixture;
  fixture.engine.behaviour().fail_at_step = 30;
  fixture.train();
  REQUIRE(waitFor([&] { return fixture.window->run()->state() == SessionState::Failed; }));
  REQUIRE(waitFor([&] { return fixture.window->messages()->isVisible(); }));
  CHECK(fixture.window->messages()->sentence().contains("became infinite"));
  fixture.engine.behaviour().fail_at_step = -1;
  const double rate = fixture.window->run()->knob("learning_rate");
  emit fixture.window->messages()->actionTriggered();
  CHECK(waitFor([&] { return fixture.window->run()->progress().step > 31; }));
  CHECK(fixture.window->run()->knob("learning_rate") == Approx(rate / 2.0));
}

TEST_CASE("closing in mid-training saves, ends the session, and does not freeze the window") {
  WindowFixture fixture;
  fixture.train();
  fixture.engine.behaviour().save_milliseconds = 300;
  const auto path = fixture.window->run()->autosavePath();
  QElapsedTimer clock;
  clock.start();
  fixture.window->close();
  CHECK(clock.elapsed() < 150);
  CHECK(fixture.window->isVisible());
  REQUIRE(waitFor([&] { return !fixture.window->isVisible(); }));
  CHECK(fixture.engine.behaviour().sessions_alive == 0);
  CHECK(std::filesystem::exists(path));
  CHECK_FALSE(std::filesystem::exists(path.string() + ".lock"));
}

TEST_CASE("a setting that needs a restart says so, and a new run takes it") {
  WindowFixture fixture;
  fixture.train();
  auto* newRun = fixture.find<QPushButton>("newRun");
  CHECK(newRun->isHidden());
  fixture.find<QSpinBox>("latentDim")->setValue(4);
  CHECK_FALSE(newRun->isHidden());
  CHECK(fixture.window->run()->config().latent_dim == 2);
  QTest::mouseClick(newRun, Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.window->run()->config().latent_dim == 4; }));
  CHECK(waitFor([&] {
    return fixture.window->explorer()->frame() &&
           fixture.window->explorer()->frame()->latentDim == 4;
  }));
}

TEST_CASE("a system brings the size of code that is usual for it, unless one was set by hand") {
  WindowFixture fixture;
  fixture.train();
  auto* size = fixture.find<QSpinBox>("latentDim");
  auto* systems = fixture.find<QComboBox>("model");
  const auto choose = [&](const char* id) { systems->setCurrentIndex(systems->findData(id)); };
  REQUIRE(size->value() == 2);
  choose("sequence");
  CHECK(size->value() == 6);
  choose("vae");
  CHECK(size->value() == 2);
  size->setValue(3);
  choose("sequence");
  CHECK(size->value() == 3);
}

TEST_CASE("a system that is asked for before the engine is there gets its usual size of code too") {
  WindowFixture fixture;
  fixture.config.model = "sequence";
  fixture.config.latent_dim = ui::ExperimentPanel::kUsualCodes;
  const bool exactly = GENERATE(true, false);
  ui::MainWindow& window = fixture.open();
  window.trainWhenReady(fixture.config, exactly);
  REQUIRE(waitFor([&] { return window.run()->progress().step > 0; }));
  CHECK(window.run()->config().latent_dim == 6);
  CHECK(fixture.find<QSpinBox>("latentDim")->value() == 6);
}

TEST_CASE("every system trains and is explored, whatever it can do") {
  const char* model = GENERATE("vae", "deep-ae", "conditional");
  WindowFixture fixture;
  fixture.config.model = model;
  fixture.config.hyperparameters.clear();
  fixture.dataOptions.shape = {3, 20, 24};
  fixture.dataOptions.labelled = std::string(model) != "deep-ae";
  fixture.train();
  CHECK(fixture.window->run()->progress().step > 0);
  auto* picture = fixture.find<ui::ImageView>("decodedPicture");
  CHECK(waitFor([&] { return picture->image().size() == QSize(24, 20); }));
  CHECK(fixture.window->messages()->isHidden());
}

TEST_CASE("a system that is told the class shows each style in every class") {
  WindowFixture fixture;
  fixture.config.model = "conditional";
  fixture.config.hyperparameters.clear();
  fixture.train();
  auto* samples = fixture.find<ui::ImageGrid>("samples");
  const int classes = int(fixture.window->run()->data().test->class_names.size());
  REQUIRE(classes > 1);
  REQUIRE(waitFor([&] { return samples->cells().size() == 3 * classes; }));
  CHECK(fixture.find<QLabel>("samplesTitle")->text() == "Class × style");
  for (int i = 0; i < samples->cells().size(); ++i) {
    CHECK(samples->cells()[i].caption == QString::number(i % classes));
  }
}

TEST_CASE("a dropped folder is looked at before it is taken") {
  WindowFixture fixture;
  fixture.open();
  QTemporaryDir folder;
  QImage picture(20, 20, QImage::Format_Grayscale8);
  picture.fill(90);
  REQUIRE(picture.save(folder.filePath("one.png")));
  QMimeData dropped;
  dropped.setUrls({QUrl::fromLocalFile(folder.path())});
  QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(fixture.window.get(), &enter);
  REQUIRE(enter.isAccepted());
  QDropEvent event(QPointF(50, 50), Qt::CopyAction, &dropped, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(fixture.window.get(), &event);
  auto* dialog = fixture.find<QDialog>("importDialog");
  auto* data = fixture.find<QComboBox>("data");
  const int before = data->count();
  auto* accept = dialog->findChild<QPushButton*>("importAccept");
  dialog->findChild<QCheckBox*>("importInvert")->setChecked(true);
  QTest::mouseClick(accept, Qt::LeftButton);
  CHECK(data->count() == before + 1);
  CHECK(data->currentData().toString() == "folder[invert]:" + folder.path());
  CHECK(data->currentText().endsWith("(invert)"));
}

TEST_CASE("what was left out while reading the data is said in the window") {
  WindowFixture fixture;
  fixture.dataOptions.warnings = {"a/broken.png cannot be read. It was left out.",
                                  "The pictures are of 2 different sizes."};
  fixture.train();
  CHECK(fixture.window->messages()->isVisible());
  CHECK(fixture.window->messages()->kind() == ui::MessageBar::Kind::Warning);
  CHECK(fixture.window->messages()->sentence() ==
        "a/broken.png cannot be read. It was left out. (1 more)");
}

TEST_CASE("every control has an object name and an accessible name") {
  WindowFixture fixture;
  fixture.train();
  QStringList unnamed;
  for (const QWidget* widget : fixture.window->findChildren<QWidget*>()) {
    if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_")) continue;
    const bool control = qobject_cast<const QAbstractButton*>(widget) != nullptr ||
                         qobject_cast<const QAbstractSlider*>(widget) != nullptr ||
                         qobject_cast<const QAbstractSpinBox*>(widget) != nullptr ||
                         qobject_cast<const QComboBox*>(widget) != nullptr;
    if (!control) continue;
    if (widget->objectName().isEmpty() || widget->accessibleName().isEmpty()) {
      unnamed.append(QString::fromLatin1(widget->metaObject()->className()) + " '" +
                     widget->objectName() + "' in " + widget->parentWidget()->objectName());
    }
  }
  INFO(unnamed.join("\n").toStdString());
  CHECK(unnamed.isEmpty());
}
