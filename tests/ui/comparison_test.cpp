#include "ui/comparison.h"

#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <algorithm>
#include <filesystem>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/explored_run.h"
#include "ui/panels/comparison_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/loss_curve.h"
#include "ui/plots/loss_plot.h"
#include "ui/run_list.h"
#include "ui/selection.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/timeline.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;
using ui::LatentMap;

namespace {

/// Two runs of different weights side by side, trained a little, then paused, all of it drawn.
struct ComparedFixture : WindowFixture {
  explicit ComparedFixture(bool paused = true) {
    open();
    TrainingConfig vae = config;
    config.model = "deep-ae";
    vae.seed = 2;
    window->compareWhenReady(config, vae);
    REQUIRE(waitFor([&] { return panel()->isOpen() && comparison() != nullptr; }));
    REQUIRE(waitFor([&] {
      return left()->run()->progress().step > 20 && right()->run()->progress().step > 20 &&
             left()->explorer()->frame() && right()->explorer()->frame();
    }));
    if (!paused) return;
    left()->run()->pause();
    right()->run()->pause();
    REQUIRE(waitFor([&] { return isStill(); }));
    // The points glide to their places.
    REQUIRE(waitFor([&] {
      return leftMap()->points()->positions == left()->explorer()->frame()->points &&
             rightMap()->points()->positions == right()->explorer()->frame()->points;
    }));
    leftMap()->fit();
    rightMap()->fit();
    QApplication::processEvents();
  }

  bool isStill() {
    return left()->run()->state() == SessionState::Paused &&
           right()->run()->state() == SessionState::Paused && left()->explorer()->isUpToDate() &&
           right()->explorer()->isUpToDate();
  }
  ui::ComparisonPanel* panel() { return window->comparison(); }
  ui::Comparison* comparison() { return panel()->comparison(); }
  ui::ExploredRun* left() { return window->current(); }
  ui::ExploredRun* right() { return panel()->beside(); }
  LatentMap* leftMap() { return find<LatentMap>("latentMap"); }
  LatentMap* rightMap() { return find<LatentMap>("besideMap"); }

  /// Where a test picture lies in a map, in the pixels of its plot.
  QPointF pixelOf(LatentMap* map, qint64 index) {
    const auto points = map->points();
    const auto at = static_cast<std::size_t>(index);
    const QPointF plane(points->positions[2 * at], points->positions[2 * at + 1]);
    return map->plot()->mapFrom(map, map->pixelAt(plane).toPoint());
  }
  /// A picture that is the one under the pointer at its own place.
  qint64 seen(LatentMap* map, qint64 from = 0) {
    for (qint64 index = from; index < 300; ++index) {
      const QPointF at = pixelOf(map, index);
      if (map->pointAt(map->plot()->mapTo(map, at.toPoint())) == index) return index;
    }
    return -1;
  }
  /// One of the two views, by the side it is on.
  template <typename Widget>
  Widget* inView(const char* view, const char* name) {
    auto* found = find<QWidget>(view)->findChild<Widget*>(QLatin1String(name));
    if (found == nullptr) throw std::runtime_error(std::string("no widget called ") + name);
    return found;
  }
};

}  // namespace

TEST_CASE("the preset trains an autoencoder and a VAE side by side on the same data") {
  WindowFixture fixture;
  fixture.open();
  auto* action = fixture.find<QAction>("actionCompare");
  REQUIRE(waitFor([&] { return action->isEnabled(); }));
  action->trigger();
  auto* panel = fixture.window->comparison();
  REQUIRE(waitFor([&] { return panel->isOpen() && panel->beside()->run()->hasRun(); }));
  const ui::RunController& left = *fixture.window->run();
  const ui::RunController& right = *panel->beside()->run();
  CHECK(left.config().model == "deep-ae");
  CHECK(right.config().model == "vae");
  CHECK(left.config().latent_dim == 2);
  CHECK(right.config().latent_dim == 2);
  CHECK(right.data().test == left.data().test);
  REQUIRE(waitFor([&] { return left.progress().step > 10 && right.progress().step > 10; }));
  CHECK(left.state() == SessionState::Running);
  CHECK(right.state() == SessionState::Running);
  // A path between two classes is there without being asked for, in both.
  const ui::Exploration& here = *fixture.window->exploration();
  const ui::Exploration& there = *panel->beside()->exploration();
  REQUIRE(waitFor([&] { return here.hasPath() && there.hasPath(); }));
  const auto& labels = left.data().test->labels;
  for (int which = 0; which < 2; ++which) {
    REQUIRE(here.end(which).digit >= 0);
    CHECK(here.end(which).digit == there.end(which).digit);
  }
  CHECK(labels[static_cast<std::size_t>(here.end(0).digit)] !=
        labels[static_cast<std::size_t>(here.end(1).digit)]);
}

TEST_CASE("the first page offers the comparison") {
  WindowFixture fixture;
  fixture.open();
  auto* button = fixture.find<QPushButton>("welcomeCompare");
  CHECK_FALSE(button->isEnabled());
  REQUIRE(waitFor([&] { return button->isEnabled(); }));
  QTest::mouseClick(button, Qt::LeftButton);
  CHECK(waitFor([&] { return fixture.window->comparison()->isOpen(); }));
}

TEST_CASE("a digit that is pointed at in one map is ringed in the other") {
  ComparedFixture fixture;
  for (const bool fromLeft : {true, false}) {
    LatentMap* here = fromLeft ? fixture.leftMap() : fixture.rightMap();
    LatentMap* there = fromLeft ? fixture.rightMap() : fixture.leftMap();
    const qint64 digit = fixture.seen(here, 30);
    REQUIRE(digit >= 0);
    const Mouse mouse(here->plot());
    mouse.move(fixture.pixelOf(here, digit) + QPointF(40, 0));
    mouse.move(fixture.pixelOf(here, digit));
    CHECK(there->echoed() == digit);
    // It says there, too, what that run makes of the same picture.
    auto* card = there->findChild<QWidget*>("hoverCard");
    CHECK(waitFor([&] { return card->isVisible(); }));
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(here->plot(), &leave);
    CHECK(there->echoed() == -1);
    CHECK_FALSE(card->isVisible());
  }
}

TEST_CASE("two points that are picked in either map are the ends of the path in both") {
  ComparedFixture fixture;
  LatentMap* map = fixture.rightMap();
  const qint64 a = fixture.seen(map, 41);
  const qint64 b = fixture.seen(map, 112);
  REQUIRE(a >= 0);
  REQUIRE(b >= 0);
  const Mouse mouse(map->plot());
  mouse.click(fixture.pixelOf(map, a), Qt::ShiftModifier);
  mouse.click(fixture.pixelOf(map, b), Qt::ShiftModifier);
  const ui::Exploration& left = *fixture.window->exploration();
  const ui::Exploration& right = *fixture.right()->exploration();
  CHECK(right.end(0).digit == a);
  CHECK(right.end(1).digit == b);
  CHECK(left.end(0).digit == a);
  CHECK(left.end(1).digit == b);
  // Each end is that picture's code in its own space.
  CHECK(left.end(0).code == fixture.left()->explorer()->frame()->code(a));
  CHECK(right.end(0).code == fixture.right()->explorer()->frame()->code(a));
  CHECK(left.end(0).code != right.end(0).code);
}

TEST_CASE("one position on the path moves in both, and both pictures there are decoded") {
  ComparedFixture fixture;
  const ui::Exploration& left = *fixture.window->exploration();
  const ui::Exploration& right = *fixture.right()->exploration();
  auto* strip = fixture.inView<ui::FilmStrip>("comparedBeside", "comparedStrip");
  auto* decodedLeft = fixture.inView<ui::ImageView>("comparedCurrent", "comparedDecoded");
  auto* decodedRight = fixture.inView<ui::ImageView>("comparedBeside", "comparedDecoded");
  REQUIRE(waitFor([&] { return strip->pictures().size() == ui::Exploration::kPathSteps; }));
  REQUIRE(waitFor([&] { return !decodedLeft->image().isNull(); }));
  const QImage before[] = {decodedLeft->image(), decodedRight->image()};
  const Mouse mouse(strip);
  const double y = strip->height() * 0.7;
  mouse.drag({strip->width() * 0.5, y}, {strip->width() * 0.2, y});
  CHECK(right.position() == Approx(0.2).margin(0.05));
  CHECK(left.position() == right.position());
  CHECK(left.code() == left.codeAt(left.position()));
  CHECK(right.code() == right.codeAt(right.position()));
  CHECK(waitFor(
      [&] { return decodedLeft->image() != before[0] && decodedRight->image() != before[1]; }));
}

TEST_CASE("what is selected in the map beside is selected in both") {
  ComparedFixture fixture;
  LatentMap* map = fixture.rightMap();
  map->setTool(LatentMap::Tool::Box);
  CHECK(fixture.leftMap()->tool() == LatentMap::Tool::Box);
  const QRect frame = map->plot()->axisRect()->rect();
  const Mouse mouse(map->plot());
  mouse.drag(frame.topLeft() + QPoint(5, 5), frame.center());
  const ui::Selection& selection = *fixture.window->selection();
  REQUIRE(selection.count() > 0);
  CHECK(selection.count() < 300);
  CHECK(map->selection() == selection.marks());
  CHECK(fixture.leftMap()->selection() == selection.marks());
}

TEST_CASE("a class that is seen alone in one map is so in the other") {
  ComparedFixture fixture;
  fixture.leftMap()->setBrightClasses({3});
  emit fixture.leftMap()->brightClassesChanged({3});
  CHECK(fixture.rightMap()->brightClasses() == QVector<int>{3});
}

TEST_CASE("both rebuild the same pictures, and a click on one goes to its code in both") {
  ComparedFixture fixture;
  auto* left = fixture.inView<ui::ImageGrid>("comparedCurrent", "comparedRebuilt");
  auto* right = fixture.inView<ui::ImageGrid>("comparedBeside", "comparedRebuilt");
  REQUIRE(waitFor([&] { return left->cells().size() == 12 && right->cells().size() == 12; }));
  for (int i = 0; i < 12; ++i) CHECK(left->cells()[i].top == right->cells()[i].top);
  CHECK(left->cells()[4].bottom != right->cells()[4].bottom);
  QTest::mouseClick(right, Qt::LeftButton, {}, right->cellRect(4).center());
  const qint64 digit = fixture.right()->exploration()->digit();
  CHECK(digit == fixture.left()->explorer()->watched()[4]);
  CHECK(fixture.window->exploration()->digit() == digit);
}

TEST_CASE("both maps are coloured by the same, by one scale with one bar") {
  ComparedFixture fixture;
  // Chosen beside either map.
  for (LatentMap* map : {fixture.leftMap(), fixture.rightMap()}) {
    auto* coloring = map->findChild<QComboBox*>("mapColoring");
    const int error = coloring->findText("Error");
    REQUIRE(error > 0);
    coloring->setCurrentIndex(error);
    emit coloring->activated(error);
    REQUIRE(waitFor([&] {
      const auto left = fixture.leftMap()->scale();
      const auto right = fixture.rightMap()->scale();
      return left && right && left->fresh >= 1.0 && right->fresh >= 1.0;
    }));
    const auto left = fixture.leftMap()->scale();
    const auto right = fixture.rightMap()->scale();
    CHECK(left->low == right->low);
    CHECK(left->high == right->high);
    CHECK(left->note == "for both maps");
    // A number has the same colour in both.
    for (std::size_t i = 0; i < 300; ++i) {
      for (std::size_t j = 0; j < 300; j += 50) {
        if (left->values[i] == right->values[j]) CHECK(left->steps[i] == right->steps[j]);
      }
    }
    CHECK_FALSE(fixture.leftMap()->isScaleBarShown());
    CHECK(fixture.rightMap()->isScaleBarShown());
    coloring->setCurrentIndex(0);
    emit coloring->activated(0);
    CHECK(fixture.leftMap()->scale() == nullptr);
    CHECK(fixture.rightMap()->scale() == nullptr);
  }
}

TEST_CASE("what only one of the runs has leaves the other map grey and says so") {
  ComparedFixture fixture;
  auto* right = fixture.rightMap()->findChild<QComboBox*>("mapColoring");
  auto* left = fixture.leftMap()->findChild<QComboBox*>("mapColoring");
  const int kl = right->findText("KL");
  REQUIRE(kl > 0);
  REQUIRE(left->findText("KL") < 0);
  right->setCurrentIndex(kl);
  emit right->activated(kl);
  REQUIRE(waitFor([&] {
    const auto scale = fixture.rightMap()->scale();
    return scale && scale->fresh >= 1.0;
  }));
  const auto grey = fixture.leftMap()->scale();
  REQUIRE(grey);
  CHECK(grey->note == "Deep AE has none");
  CHECK(grey->none);
  CHECK(std::all_of(grey->steps.begin(), grey->steps.end(),
                    [](std::uint8_t step) { return step == ui::PointScale::kUnknown; }));
  CHECK(left->currentIndex() == -1);
  // Alone again it is coloured by what it has.
  QTest::mouseClick(fixture.find<QToolButton>("comparisonClose"), Qt::LeftButton);
  CHECK(fixture.leftMap()->scale() == nullptr);
  CHECK(left->currentIndex() == 0);
}

TEST_CASE("a number of the code has a scale of its own in each space") {
  ComparedFixture fixture;
  auto* left = fixture.leftMap()->findChild<QComboBox*>("mapColoring");
  const int number = left->findText("z1");
  REQUIRE(number > 0);
  left->setCurrentIndex(number);
  emit left->activated(number);
  REQUIRE(waitFor([&] {
    const auto scale = fixture.rightMap()->scale();
    return scale && scale->title == "z1" && scale->fresh >= 1.0;
  }));
  CHECK(fixture.leftMap()->isScaleBarShown());
  CHECK(fixture.rightMap()->isScaleBarShown());
  CHECK(fixture.rightMap()->scale()->note.isEmpty());
}

TEST_CASE("the curves of the run beside lie pale behind those of the current one") {
  ComparedFixture fixture;
  auto* losses = fixture.find<QDockWidget>("lossesDock");
  auto* settings = fixture.find<QDockWidget>("experimentDock");
  // They are what is compared too: seen without a word, below the settings.
  REQUIRE(waitFor([&] { return losses->isVisible() && !losses->visibleRegion().isEmpty(); }));
  CHECK(losses->geometry().top() >= settings->geometry().bottom());
  CHECK(losses->geometry().left() == settings->geometry().left());
  CHECK(losses->height() >= 150);
  auto* name = losses->findChild<QLabel*>("lossBehind");
  REQUIRE(waitFor([&] { return name->text() == "pale: VAE, right"; }));
  CHECK_FALSE(name->isHidden());
  auto* plot = losses->findChild<ui::LossPlot*>();
  const auto behind = [&] {
    double points = 0.0;
    for (int i = 0; i < plot->plot()->plottableCount(); ++i) {
      if (const auto* curve = dynamic_cast<ui::LossCurve*>(plot->plot()->plottable(i))) {
        points += double(curve->behind().size());
      }
    }
    return points;
  };
  CHECK(waitFor([&] { return behind() > 0.0; }));
  QTest::mouseClick(fixture.find<QToolButton>("comparisonClose"), Qt::LeftButton);
  CHECK(name->isHidden());
  CHECK(behind() == 0.0);
}

TEST_CASE("the timeline takes both runs to the same epoch, and says where one has not kept it") {
  ComparedFixture fixture(false);
  const auto kept = [](ui::ExploredRun* side) { return side->run()->timeMachine()->kept(); };
  REQUIRE(waitFor(
      [&] { return kept(fixture.left()).size() > 5 && kept(fixture.right()).size() > 5; }, 30'000));
  fixture.left()->run()->pause();
  fixture.right()->run()->pause();
  REQUIRE(waitFor([&] { return fixture.isStill(); }));
  auto* timeline = fixture.find<ui::Timeline>("timeline");
  auto* state = fixture.find<QLabel>("timelineState");
  const auto shows = [](ui::ExploredRun* side, int epoch) {
    const auto frame = side->explorer()->frame();
    return side->run()->timeMachine()->epoch() == epoch && frame && frame->epoch == epoch &&
           frame->older == 0;
  };
  const Mouse mouse(timeline);
  mouse.click({timeline->xOf(1.0), timeline->height() / 2.0});
  REQUIRE(waitFor([&] { return shows(fixture.left(), 1) && shows(fixture.right(), 1); }));
  CHECK_FALSE(state->text().contains("right"));
  CHECK(fixture.inView<QLabel>("comparedBeside", "comparedProgress")
            ->text()
            .startsWith("epoch 1 is shown"));
  // The run at the right has not kept the second epoch.
  std::vector<KeptEpoch> fewer = kept(fixture.right());
  std::erase_if(fewer, [](const KeptEpoch& each) { return each.epoch == 2 || each.epoch == 3; });
  fixture.right()->run()->timeMachine()->setKept(fewer);
  mouse.click({timeline->xOf(2.0), timeline->height() / 2.0});
  REQUIRE(waitFor([&] { return shows(fixture.left(), 2); }));
  CHECK(fixture.right()->run()->timeMachine()->epoch() == 1);
  CHECK(state->text().contains("right: 1, the nearest kept"));
  // Playing moves both, up to the present.
  auto* speed = fixture.find<QComboBox>("timelineSpeed");
  speed->setCurrentIndex(speed->count() - 1);
  QSignalSpy moved(fixture.right()->run()->timeMachine(), &ui::TimeMachine::epochChanged);
  QTest::mouseClick(fixture.find<QToolButton>("playTimeline"), Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.left()->run()->timeMachine()->isLive(); }, 30'000));
  CHECK(moved.size() > 1);
  CHECK(fixture.right()->run()->timeMachine()->isLive());
  CHECK(state->text() == "live");
}

TEST_CASE("the digits of the path stay through a reset and a new run") {
  ComparedFixture fixture;
  fixture.comparison()->setDigits(17, 44);
  const ui::Exploration& left = *fixture.window->exploration();
  const ui::Exploration& right = *fixture.right()->exploration();
  fixture.right()->run()->reset();
  REQUIRE(waitFor([&] { return fixture.right()->run()->progress().step == 0; }));
  CHECK(waitFor([&] { return right.end(0).digit == 17 && right.end(1).digit == 44; }));
  QSignalSpy changed(fixture.window->run(), &ui::RunController::runChanged);
  fixture.config.seed = 5;
  fixture.window->run()->startRun(fixture.config, false);
  REQUIRE(waitFor([&] { return changed.size() == 1; }));
  CHECK(waitFor([&] { return left.hasPath(); }));
  CHECK(left.end(0).digit == 17);
  CHECK(left.end(1).digit == 44);
}

TEST_CASE("the widest gap is a path between two classes that is emptier at the left") {
  ComparedFixture fixture;
  QSignalSpy moved(fixture.window->exploration(), &ui::Exploration::pathChanged);
  QTest::mouseClick(fixture.find<QToolButton>("comparisonGap"), Qt::LeftButton);
  REQUIRE(waitFor([&] { return !moved.isEmpty(); }));
  const auto digits = fixture.comparison()->digits();
  const auto& labels = fixture.window->run()->data().test->labels;
  CHECK(labels[static_cast<std::size_t>(digits[0])] != labels[static_cast<std::size_t>(digits[1])]);
  // Measured here on its own, at the same places of the path.
  const auto gap = [&](ui::ExploredRun* run) {
    const auto frame = run->explorer()->frame();
    const ui::Exploration& path = *run->exploration();
    double widest = 0.0;
    for (int step = 1; step < 8; ++step) {
      const auto place = path.codeAt(step / 8.0);
      double nearest = 1e30;
      for (std::int64_t i = 0; i < 300; ++i) {
        const auto code = frame->code(i);
        nearest = std::min(nearest, std::hypot(double{code[0] - place[0]}, code[1] - place[1]));
      }
      widest = std::max(widest, nearest);
    }
    return widest / std::hypot(frame->deviation[0], frame->deviation[1]);
  };
  CHECK(gap(fixture.left()) > gap(fixture.right()));
}

TEST_CASE("a run on other data ends the comparison with a sentence") {
  ComparedFixture fixture;
  fixture.config.data = "other bars";
  fixture.window->run()->startRun(fixture.config, false);
  REQUIRE(waitFor([&] { return !fixture.panel()->isOpen(); }));
  CHECK(fixture.window->messages()->sentence() ==
        "Runs on the same data can be compared; these are on other bars and bars.");
}

TEST_CASE("both sides say their losses, and one button pauses and plays both") {
  ComparedFixture fixture(false);
  auto* left = fixture.inView<QLabel>("comparedCurrent", "comparedLosses");
  auto* right = fixture.inView<QLabel>("comparedBeside", "comparedLosses");
  CHECK(waitFor(
      [&] { return left->text().contains("loss 1") && right->text().contains("+ 6.0 KL"); }));
  CHECK_FALSE(left->text().contains("KL"));
  auto* play = fixture.find<QToolButton>("comparisonPlay");
  CHECK(play->text() == "Pause both");
  QTest::mouseClick(play, Qt::LeftButton);
  REQUIRE(waitFor([&] {
    return fixture.left()->run()->state() == SessionState::Paused &&
           fixture.right()->run()->state() == SessionState::Paused;
  }));
  CHECK(play->text() == "Play both");
  QTest::mouseClick(play, Qt::LeftButton);
  CHECK(waitFor([&] {
    return fixture.left()->run()->state() == SessionState::Running &&
           fixture.right()->run()->state() == SessionState::Running;
  }));
}

TEST_CASE("the end of a comparison gives the room back and puts the run beside into the list") {
  ComparedFixture fixture(false);
  auto* losses = fixture.find<QDockWidget>("lossesDock");
  auto* decoded = fixture.find<QDockWidget>("decodedDock");
  CHECK(decoded->isHidden());
  const int left = losses->geometry().left();
  CHECK(fixture.engine.behaviour().sessions_alive == 2);
  QTest::mouseClick(fixture.find<QToolButton>("comparisonClose"), Qt::LeftButton);
  CHECK_FALSE(fixture.panel()->isOpen());
  CHECK_FALSE(decoded->isHidden());
  CHECK(waitFor([&] { return losses->isVisible() && losses->geometry().left() > left; }));
  // It rests in the list of runs.
  CHECK(fixture.engine.behaviour().sessions_alive == 2);
  CHECK(fixture.window->runs()->place(1) == ui::RunList::Place::Held);
  CHECK(fixture.window->run()->state() == SessionState::Running);
  CHECK(fixture.leftMap()->points() != nullptr);
}

TEST_CASE("closing the window saves both runs") {
  ComparedFixture fixture(false);
  const std::filesystem::path paths[] = {fixture.left()->run()->autosavePath(),
                                         fixture.right()->run()->autosavePath()};
  CHECK(paths[0] != paths[1]);
  fixture.window->close();
  REQUIRE(waitFor([&] { return !fixture.window->isVisible(); }));
  CHECK(fixture.engine.behaviour().sessions_alive == 0);
  for (const auto& path : paths) {
    CHECK(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(path.string() + ".lock"));
  }
}

TEST_CASE("a system that there is not is a sentence, and the run at the left goes on") {
  WindowFixture fixture;
  fixture.train();
  TrainingConfig wrong = fixture.config;
  wrong.model = "nonsense";
  fixture.window->comparison()->startBeside(wrong);
  REQUIRE(waitFor([&] { return fixture.window->messages()->isVisible(); }));
  CHECK(fixture.window->messages()->sentence().contains("nonsense"));
  CHECK_FALSE(fixture.window->comparison()->isOpen());
  CHECK(fixture.window->run()->state() == SessionState::Running);
}
