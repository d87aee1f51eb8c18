#include "ui/edit_history.h"

#include <QAction>
#include <QDoubleSpinBox>
#include <QToolButton>

#include "support/catch.h"
#include "ui/plots/latent_map.h"
#include "ui/run_list.h"
#include "ui/selection.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;
using ui::LatentMap;

namespace {

struct HistoryFixture : WindowFixture {
  HistoryFixture() {
    train();
    window->activateWindow();
    map = find<LatentMap>("latentMap");
    map->plot()->setFocus();
    REQUIRE(waitFor([this] { return map->plot()->viewport().width() > 100; }));
  }
  void undo() { QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier); }
  void redo() { QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier); }
  QString undoText() { return find<QAction>("actionUndo")->text(); }
  void wheel(int turns) {
    const QPointF at = QRectF(map->plot()->viewport()).center();
    QWheelEvent event(at, map->plot()->mapToGlobal(at), {}, QPoint(0, 120 * turns), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(map->plot(), &event);
  }

  LatentMap* map = nullptr;
};

}  // namespace

TEST_CASE("a selection is taken back and made again") {
  HistoryFixture fixture;
  CHECK_FALSE(fixture.find<QAction>("actionUndo")->isEnabled());
  ui::Selection& selection = *fixture.window->selection();
  selection.apply({1, 2, 3}, ui::SelectMode::Replace);
  selection.apply({2}, ui::SelectMode::Remove);
  CHECK(fixture.undoText().contains("selection"));
  fixture.undo();
  CHECK(selection.indices() == std::vector<qint64>{1, 2, 3});
  fixture.undo();
  CHECK(selection.isEmpty());
  CHECK_FALSE(fixture.find<QAction>("actionUndo")->isEnabled());
  fixture.redo();
  fixture.redo();
  CHECK(selection.indices() == std::vector<qint64>{1, 3});
}

TEST_CASE("a zoom by several turns of the wheel is one change, and following comes back with it") {
  HistoryFixture fixture;
  REQUIRE(fixture.comeToRest());
  fixture.map->setFollowing(false);
  fixture.map->setFollowing(true);
  REQUIRE(fixture.map->isFollowing());
  waitFor([] { return false; }, 800);
  const QRectF before = fixture.map->view();
  fixture.wheel(1);
  fixture.wheel(1);
  fixture.wheel(1);
  const QRectF zoomed = fixture.map->view();
  CHECK(zoomed.width() < 0.9 * before.width());
  CHECK_FALSE(fixture.map->isFollowing());
  CHECK(fixture.undoText().contains("view"));
  fixture.undo();
  CHECK(fixture.map->isFollowing());
  CHECK(waitFor([&] {
    return std::abs(fixture.map->view().width() - before.width()) < 0.02 * before.width();
  }));
  fixture.redo();
  CHECK_FALSE(fixture.map->isFollowing());
  CHECK(fixture.map->view().width() == Approx(zoomed.width()));
}

TEST_CASE("a knob turned while training goes back, in the run and in the panel") {
  HistoryFixture fixture;
  auto* rate = fixture.find<QDoubleSpinBox>("learningRate");
  const double before = rate->value();
  QTest::mouseClick(fixture.find<QToolButton>("doubleLearningRate"), Qt::LeftButton);
  CHECK(fixture.window->run()->knob("learning_rate") == Approx(2.0 * before));
  fixture.undo();
  CHECK(fixture.window->run()->knob("learning_rate") == Approx(before));
  CHECK(rate->value() == Approx(before));
  fixture.redo();
  CHECK(rate->value() == Approx(2.0 * before));
}

TEST_CASE("what was done to another run is passed over") {
  HistoryFixture fixture;
  ui::RunList& runs = *fixture.window->runs();
  runs.setData(runs.index(0, ui::RunList::Name), "first", Qt::EditRole);
  QTest::mouseClick(fixture.find<QToolButton>("doubleLearningRate"), Qt::LeftButton);
  fixture.config.model = "deep-ae";
  fixture.config.hyperparameters.clear();
  fixture.window->run()->startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return runs.rowCount() == 2; }));
  REQUIRE(waitFor([&] { return fixture.window->run()->progress().step > 5; }));
  const double rate = fixture.window->run()->knob("learning_rate");
  fixture.undo();
  CHECK(fixture.window->run()->knob("learning_rate") == rate);
  CHECK(runs.name(0) == "VAE");
}
