#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <numeric>

#include "latent/tasks.h"
#include "support/catch.h"
#include "support/mouse.h"
#include "ui/panels/tasks_panel.h"
#include "ui/plots/curve_plot.h"
#include "ui/widgets/mask_canvas.h"
#include "ui/widgets/picture_rows.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct TasksFixture : WindowFixture {
  explicit TasksFixture(const std::string& model = "vae") {
    config.model = model;
    train();
    REQUIRE(comeToRest());
    find<QDockWidget>("tasksDock")->raise();
    QTest::qWait(50);
    panel = find<ui::TasksPanel>("tasksPanel");
    pictures = find<ui::PictureRows>("taskPictures");
    waitFor([&] { return !pictures->rows().isEmpty(); });
  }
  /// By the keyboard, as its list is used.
  void choose(const std::string& id) {
    auto* list = find<QComboBox>("taskChoice");
    list->setFocus();
    const auto& tasks = all_tasks();
    const auto wanted = std::find_if(tasks.begin(), tasks.end(),
                                     [&](const Task* task) { return task->info().id == id; });
    QTest::keyClick(list, Qt::Key_Home);
    for (auto at = tasks.begin(); at != wanted; ++at) QTest::keyClick(list, Qt::Key_Down);
  }
  /// Where the panel scrolls.
  void bringIntoView(QWidget* widget) {
    panel->findChild<QScrollArea*>()->ensureWidgetVisible(widget, 0, 0);
    QTest::qWait(20);
  }
  TaskSubject subject() { return {window->run()->snapshot()->model, window->run()->config()}; }
  const Dataset& test() { return *window->run()->data().test; }

  ui::TasksPanel* panel;
  ui::PictureRows* pictures;
};

int hiddenIn(const std::vector<std::uint8_t>& mask) {
  return std::accumulate(mask.begin(), mask.end(), 0);
}

}  // namespace

TEST_CASE("pictures before and after follow the task's control") {
  TasksFixture fixture;
  fixture.choose("denoise");
  REQUIRE(waitFor([&] { return fixture.pictures->rows().size() == 3; }));
  CHECK(fixture.pictures->rows()[0].pictures.size() == 6);
  CHECK(fixture.pictures->rows()[1].captions.size() == 6);
  CHECK(fixture.pictures->rows()[0].pictures[0] != fixture.pictures->rows()[1].pictures[0]);
  // No noise at all: the second row is the first again.
  auto* box = fixture.find<QDoubleSpinBox>("knob_sigma");
  box->setFocus();
  box->selectAll();
  QTest::keyClicks(box, "0");
  QTest::keyClick(box, Qt::Key_Return);
  CHECK(waitFor([&] {
    return fixture.pictures->rows()[0].pictures[0] == fixture.pictures->rows()[1].pictures[0];
  }));
  // Other pictures.
  const auto before = fixture.panel->shownRows();
  auto* other = fixture.find<QToolButton>("taskOtherPictures");
  const QImage first = fixture.pictures->rows()[0].pictures[0];
  QTest::mouseClick(other, Qt::LeftButton);
  CHECK(fixture.panel->shownRows() != before);
  CHECK(waitFor([&] { return fixture.pictures->rows()[0].pictures[0] != first; }));
}

TEST_CASE("a measurement beside the window gives the task's own figures") {
  TasksFixture fixture;
  fixture.choose("denoise");
  REQUIRE(waitFor([&] { return fixture.pictures->rows().size() == 3; }));
  auto* button = fixture.find<QPushButton>("taskMeasure");
  REQUIRE(button->isEnabled());
  fixture.bringIntoView(button);
  QTest::mouseClick(button, Qt::LeftButton);
  CHECK(fixture.panel->isMeasuring());
  REQUIRE(waitFor([&] { return fixture.panel->result() != nullptr; }, 60'000));
  const Task& task = find_task("denoise");
  TaskSettings settings;
  settings.parameter = task.info().parameter.initial;
  const TaskResult expected = task.measure(fixture.subject(), fixture.test(), settings, {}, {});
  REQUIRE(fixture.panel->result()->figures.size() == expected.figures.size());
  for (std::size_t i = 0; i < expected.figures.size(); ++i) {
    CHECK(fixture.panel->result()->figures[i].mean == expected.figures[i].mean);
  }
  CHECK(fixture.find<QLabel>("taskFigures")
            ->text()
            .contains(QString::number(expected.figures[0].mean, 'f', 4)));
  auto* curve = fixture.find<ui::CurvePlot>("taskCurve");
  CHECK_FALSE(curve->isHidden());
  CHECK(curve->lines().size() == 2);
  // Another task's figures are not this one's.
  fixture.choose("compress");
  CHECK(fixture.panel->result() == nullptr);
  CHECK(curve->isHidden());
}

TEST_CASE("pre-training is shown as two curves over the number of labels") {
  TasksFixture fixture;
  fixture.choose("pretrain");
  REQUIRE(waitFor([&] { return fixture.pictures->rows().size() == 1; }));
  auto* button = fixture.find<QPushButton>("taskMeasure");
  REQUIRE(waitFor([&] { return button->isEnabled(); }));
  fixture.bringIntoView(button);
  QTest::mouseClick(button, Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.panel->result() != nullptr; }, 60'000));
  auto* curve = fixture.find<ui::CurvePlot>("taskCurve");
  CHECK_FALSE(curve->isHidden());
  REQUIRE(curve->lines().size() == 2);
  const QVector<double> counts = {100, 300, 1000, 1600};
  for (const ui::CurvePlot::Line& line : curve->lines()) {
    CHECK(line.x == counts);
    // The bars are told apart by their means, and surely by those of all.
    CHECK(line.y.last() > 0.9);
  }
  CHECK(fixture.find<QLabel>("taskFigures")->text().contains("100 labels, fine-tuned"));
}

TEST_CASE("a measurement is cancelled by the same button, and leaves nothing behind") {
  TasksFixture fixture;
  fixture.engine.behaviour().decode_milliseconds = 200;
  fixture.choose("compress");
  auto* button = fixture.find<QPushButton>("taskMeasure");
  REQUIRE(waitFor([&] { return button->isEnabled(); }));
  fixture.bringIntoView(button);
  QTest::mouseClick(button, Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.panel->isMeasuring(); }));
  const QString cancel = button->text();
  QTest::mouseClick(button, Qt::LeftButton);
  CHECK_FALSE(fixture.panel->isMeasuring());
  CHECK(button->text() != cancel);
  QTest::qWait(600);
  CHECK(fixture.panel->result() == nullptr);
  CHECK_FALSE(fixture.window->messages()->isVisible());
}

TEST_CASE("what is painted over is filled in, in every picture, and nothing else is") {
  TasksFixture fixture;
  fixture.choose("inpaint");
  auto* canvas = fixture.find<ui::MaskCanvas>("taskMask");
  REQUIRE(waitFor([&] { return fixture.pictures->rows().size() == 3; }));
  CHECK(hiddenIn(canvas->mask()) == 28 * 14);
  fixture.bringIntoView(fixture.find<QToolButton>("maskNothing"));
  QTest::mouseClick(fixture.find<QToolButton>("maskNothing"), Qt::LeftButton);
  CHECK(hiddenIn(canvas->mask()) == 0);
  fixture.bringIntoView(canvas);
  const QRectF area = canvas->pictureArea();
  const auto at = [&](double x, double y) {
    return area.topLeft() + QPointF(x * area.width(), y * area.height());
  };
  const Mouse mouse(canvas);
  mouse.stroke({at(0.2, 0.5), at(0.5, 0.5), at(0.8, 0.5)});
  const auto mask = canvas->mask();
  const int stroked = hiddenIn(mask);
  CHECK(stroked > 28);
  CHECK(stroked < 28 * 8);
  CHECK(mask[14 * 28 + 14] == 1);
  CHECK(mask[2 * 28 + 14] == 0);
  REQUIRE(waitFor([&] {
    const auto rows = fixture.pictures->rows();
    return rows.size() == 3 &&
           rows[0].pictures[0].pixel(14, 2) == rows[1].pictures[0].pixel(14, 2) &&
           rows[1].pictures[0] != rows[0].pictures[0] &&
           rows[1].pictures[0].pixel(14, 27) == rows[0].pictures[0].pixel(14, 27);
  }));
  const auto rows = fixture.pictures->rows();
  for (int picture = 0; picture < 6; ++picture) {
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        if (mask[static_cast<std::size_t>(y * 28 + x)] != 0) continue;
        REQUIRE(rows[2].pictures[picture].pixel(x, y) == rows[0].pictures[picture].pixel(x, y));
      }
    }
  }
  // Shift shows again.
  mouse.stroke({at(0.2, 0.5), at(0.8, 0.5)}, Qt::ShiftModifier);
  CHECK(hiddenIn(canvas->mask()) < stroked / 4);
}

TEST_CASE("a task that makes no sense says why, and cannot be measured") {
  TasksFixture fixture("deep-ae");
  fixture.choose("uncertainty");
  auto* remark = fixture.find<QLabel>("taskRemark");
  REQUIRE(waitFor([&] { return remark->text().contains("nothing to draw from"); }));
  CHECK_FALSE(fixture.find<QPushButton>("taskMeasure")->isEnabled());
  CHECK(fixture.pictures->rows().isEmpty());
  fixture.choose("denoise");
  CHECK(waitFor([&] { return fixture.find<QPushButton>("taskMeasure")->isEnabled(); }));
}

TEST_CASE("while training, the pictures follow the weights") {
  TasksFixture fixture;
  fixture.choose("denoise");
  REQUIRE(waitFor([&] { return fixture.pictures->rows().size() == 3; }));
  const QImage before = fixture.pictures->rows()[2].pictures[0];
  fixture.window->run()->play();
  CHECK(waitFor([&] {
    return fixture.pictures->rows().size() == 3 &&
           fixture.pictures->rows()[2].pictures[0] != before;
  }));
}
