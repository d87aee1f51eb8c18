#include "ui/edit_history.h"

#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QPushButton>
#include <QSpinBox>
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

TEST_CASE("another number of epochs goes back, in the run and in the panel") {
  HistoryFixture fixture;
  auto* epochs = fixture.find<QSpinBox>("epochs");
  const int before = epochs->value();
  epochs->setFocus();
  QTest::keyClick(epochs, Qt::Key_Up);
  REQUIRE(epochs->value() == before + 1);
  REQUIRE(waitFor([&] { return fixture.undoText().contains("number of epochs"); }));
  CHECK(fixture.window->run()->config().epochs == before + 1);
  fixture.find<QAction>("actionUndo")->trigger();
  CHECK(epochs->value() == before);
  CHECK(fixture.window->run()->config().epochs == before);
  CHECK(waitFor([&] { return fixture.window->run()->progress().epochs == before; }));
  fixture.find<QAction>("actionRedo")->trigger();
  CHECK(fixture.window->run()->config().epochs == before + 1);
}

TEST_CASE("settings of the next run go back without touching what was turned meanwhile") {
  HistoryFixture fixture;
  auto* size = fixture.find<QSpinBox>("latentDim");
  auto* newRun = fixture.find<QPushButton>("newRun");
  size->setFocus();
  QTest::keyClick(size, Qt::Key_Up);
  REQUIRE(waitFor([&] { return fixture.undoText().contains("settings"); }));
  CHECK_FALSE(newRun->isHidden());
  const double rate = fixture.window->run()->knob("learning_rate");
  fixture.find<QAction>("actionUndo")->trigger();
  CHECK(size->value() == 2);
  CHECK(newRun->isHidden());
  QTest::mouseClick(fixture.find<QToolButton>("doubleLearningRate"), Qt::LeftButton);
  waitFor([] { return false; }, 800);
  QTest::keyClick(size, Qt::Key_Up);
  REQUIRE(waitFor([&] { return fixture.undoText().contains("settings"); }));
  fixture.find<QAction>("actionUndo")->trigger();
  CHECK(size->value() == 2);
  CHECK(fixture.window->run()->knob("learning_rate") == Approx(2.0 * rate));
  CHECK(fixture.find<QDoubleSpinBox>("learningRate")->value() == Approx(2.0 * rate));
  CHECK(fixture.undoText().contains("learning rate"));
}

TEST_CASE("another system with its knobs is one change") {
  HistoryFixture fixture;
  auto* model = fixture.find<QComboBox>("model");
  const QString before = model->currentText();
  model->setFocus();
  QTest::keyClick(model, Qt::Key_Down);
  REQUIRE(model->currentText() != before);
  REQUIRE(waitFor([&] { return fixture.undoText().contains("settings"); }));
  fixture.find<QAction>("actionUndo")->trigger();
  CHECK(model->currentText() == before);
  CHECK(fixture.find<QPushButton>("newRun")->isHidden());
  waitFor([] { return false; }, 50);
  CHECK_FALSE(fixture.find<QAction>("actionUndo")->isEnabled());
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
