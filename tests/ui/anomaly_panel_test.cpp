#include "ui/panels/anomaly_panel.h"

#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QStandardItemModel>
#include <algorithm>
#include <numeric>

#include "latent/left_out_class.h"
#include "support/catch.h"
#include "support/mouse.h"
#include "ui/plots/roc_plot.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/pictures.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

/// The panel in the window over a run that rests, its first curve measured.
struct AnomalyFixture : WindowFixture {
  ui::AnomalyPanel* panel = nullptr;
  ui::RocPlot* plot = nullptr;
  QSlider* slider = nullptr;

  explicit AnomalyFixture(const std::string& model = "vae") {
    config.model = model;
    train();
    REQUIRE(comeToRest());
    find<QDockWidget>("anomalyDock")->raise();
    panel = find<ui::AnomalyPanel>("anomalyPanel");
    plot = find<ui::RocPlot>("anomalyCurve");
    slider = find<QSlider>("anomalyThreshold");
    waitFor([&] { return panel->isVisible() && panel->curve() != nullptr; });
    QTest::qWait(50);
  }

  const Dataset& test() { return *window->run()->data().test; }
  /// What the fake network's reconstruction error is: the ink of the picture.
  std::vector<float> ink() {
    std::vector<float> sums;
    for (std::int64_t row = 0; row < test().size(); ++row) {
      double sum = 0.0;
      for (const std::uint8_t pixel : test().image(row)) sum += pixel / 255.0;
      sums.push_back(static_cast<float>(sum));
    }
    return sums;
  }
  /// Chooses as a person does: with the keyboard.
  void choose(const char* box, int row) {
    auto* combo = find<QComboBox>(box);
    combo->setFocus();
    while (combo->currentIndex() < row) QTest::keyClick(combo, Qt::Key_Down);
    while (combo->currentIndex() > row) QTest::keyClick(combo, Qt::Key_Up);
  }
  QString text(const char* label) { return find<QLabel>(label)->text(); }
};

struct Enumeration {
  std::int64_t hits = 0;
  std::int64_t alarms = 0;
};

Enumeration flagged_at(const std::vector<float>& scores, const Dataset& data, int label,
                       float threshold) {
  Enumeration counts;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] >= threshold) ++(data.labels[i] == label ? counts.hits : counts.alarms);
  }
  return counts;
}

}  // namespace

TEST_CASE("the anomaly panel's curve is that of the scores of the whole test part") {
  AnomalyFixture fixture;
  const std::vector<float> ink = fixture.ink();
  std::vector<bool> anomalous;
  for (const std::int32_t label : fixture.test().labels) anomalous.push_back(label == 0);
  const Roc expected = roc(ink, anomalous);
  REQUIRE(fixture.panel->curve());
  CHECK(fixture.panel->curve()->area == Approx(expected.area));
  CHECK(fixture.panel->curve()->corners.size() == expected.corners.size());
  CHECK(fixture.plot->corner() == expected.best_corner());
  CHECK(fixture.text("anomalySeen").contains("sees 0"));

  fixture.choose("anomalyClass", 4);
  std::fill(anomalous.begin(), anomalous.end(), false);
  for (std::size_t i = 0; i < anomalous.size(); ++i) {
    anomalous[i] = fixture.test().labels[i] == 4;
  }
  const double other = roc(ink, anomalous).area;
  REQUIRE(other != Approx(expected.area));
  CHECK(waitFor([&] { return fixture.panel->curve()->area == Approx(other); }));
}

TEST_CASE("a threshold that is dragged along the curve counts and shows what crosses it") {
  AnomalyFixture fixture;
  const std::vector<float> ink = fixture.ink();
  const auto curve = fixture.panel->curve();
  const Mouse mouse(fixture.plot);
  auto* flagged = fixture.find<ui::ImageGrid>("anomalyFlagged");
  auto* passed = fixture.find<ui::ImageGrid>("anomalyPassed");
  for (const std::size_t target : {curve->corners.size() / 5, 4 * curve->corners.size() / 5}) {
    mouse.drag(fixture.plot->positionOf(fixture.plot->corner()), fixture.plot->positionOf(target));
    const std::size_t at = fixture.plot->corner();
    // A pixel of the screen is a few pictures wide.
    const double apart = std::abs(double(at) - double(target)) / double(curve->corners.size());
    CHECK(apart < 0.04);
    CHECK(fixture.slider->value() == int(at));
    const Enumeration counts = flagged_at(ink, fixture.test(), 0, curve->corners[at].threshold);
    CHECK(curve->corners[at].hits == counts.hits);
    CHECK(curve->corners[at].alarms == counts.alarms);
    CHECK(fixture.text("anomalyCounts").contains(QString("%1 of 30 anomalies").arg(counts.hits)));
    CHECK(fixture.text("anomalyCounts").contains(QString("%1 of 270 others").arg(counts.alarms)));
    const std::int64_t count = counts.hits + counts.alarms;
    CHECK(flagged->cells().size() == std::min<qint64>(24, count));
    CHECK(passed->cells().size() == std::min<qint64>(24, 300 - count));
    CHECK(fixture.text("anomalyFlaggedLine").contains(QString::number(count)));

    // The pictures nearest the threshold, with the anomalies among them framed.
    std::vector<std::int64_t> order(300);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return ink[static_cast<std::size_t>(a)] > ink[static_cast<std::size_t>(b)];
    });
    const auto same = [&](const ui::ImageGrid::Cell& cell, std::int64_t row) {
      const Dataset& test = fixture.test();
      return cell.top == ui::imageFromBytes(test.image(row), 1, 28, 28) &&
             cell.frame.isValid() == (test.labels[static_cast<std::size_t>(row)] == 0);
    };
    REQUIRE(count > 0);
    CHECK(same(flagged->cells()[0], order[static_cast<std::size_t>(count - 1)]));
    CHECK(same(passed->cells()[0], order[static_cast<std::size_t>(count)]));
    CHECK(same(passed->cells()[5], order[static_cast<std::size_t>(count + 5)]));
  }
}

TEST_CASE("the threshold moves by keyboard and slider too, and goes back to the best") {
  AnomalyFixture fixture;
  const std::size_t best = fixture.plot->corner();
  QTest::mouseClick(fixture.slider, Qt::LeftButton, {}, QPoint(2, fixture.slider->height() / 2));
  fixture.plot->setFocus();
  QTest::keyClick(fixture.plot, Qt::Key_Home);
  CHECK(fixture.slider->value() == 0);
  CHECK(fixture.text("anomalyCounts").contains("0 of 30 anomalies"));
  CHECK(fixture.find<ui::ImageGrid>("anomalyFlagged")->cells().isEmpty());
  QTest::keyClick(fixture.plot, Qt::Key_Right);
  QTest::keyClick(fixture.slider, Qt::Key_Right);
  CHECK(fixture.plot->corner() == 2);
  QTest::keyClick(fixture.plot, Qt::Key_End);
  CHECK(fixture.text("anomalyCounts").contains("270 of 270 others"));
  QTest::mouseClick(fixture.find<QPushButton>("anomalyBest"), Qt::LeftButton);
  CHECK(fixture.plot->corner() == best);
}

TEST_CASE("a click on a picture at the threshold goes to its code") {
  AnomalyFixture fixture;
  auto* grid = fixture.find<ui::ImageGrid>("anomalyFlagged");
  REQUIRE(grid->cells().size() > 1);
  const Mouse mouse(grid);
  mouse.click(grid->cellRect(1).center());
  const qint64 row = fixture.window->exploration()->digit();
  REQUIRE(row >= 0);
  CHECK(grid->cells()[1].top == ui::imageFromBytes(fixture.test().image(row), 1, 28, 28));
}

TEST_CASE("a run that never sees a class is started by a click, and remembers it") {
  AnomalyFixture fixture;
  fixture.choose("anomalyClass", 3);
  fixture.window->run()->setKnob("beta", 2.5);
  const auto before = fixture.window->run()->autosavePath();
  QTest::mouseClick(fixture.find<QPushButton>("anomalyTrain"), Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.window->run()->config().data == "without:3:bars"; }));
  const DataSplit& data = fixture.window->run()->data();
  CHECK(std::count(data.train->labels.begin(), data.train->labels.end(), 3) == 0);
  CHECK(std::count(data.test->labels.begin(), data.test->labels.end(), 3) == 30);
  CHECK(fixture.window->run()->config().hyperparameters.at("beta") == 2.5);
  CHECK(fixture.find<QComboBox>("data")->currentText() == "Bars without class 3");
  CHECK(fixture.find<QComboBox>("anomalyClass")->currentIndex() == 3);
  CHECK(fixture.text("anomalySeen").contains("never sees 3"));
  CHECK_FALSE(fixture.find<QPushButton>("anomalyTrain")->isEnabled());
  CHECK(waitFor([&] { return fixture.panel->curve() != nullptr; }));

  // Another class in its place, not beside it.
  fixture.choose("anomalyClass", 5);
  QTest::mouseClick(fixture.find<QPushButton>("anomalyTrain"), Qt::LeftButton);
  CHECK(waitFor([&] { return fixture.window->run()->config().data == "without:5:bars"; }));
  CHECK(fixture.window->run()->autosavePath() != before);
}

TEST_CASE("scores that a system does not have are offered as such, with the reason") {
  AnomalyFixture fixture("deep-ae");
  auto* box = fixture.find<QComboBox>("anomalyScore");
  const auto* items = qobject_cast<QStandardItemModel*>(box->model());
  CHECK(items->item(0)->isEnabled());
  CHECK_FALSE(items->item(1)->isEnabled());
  CHECK(items->item(1)->toolTip().contains("Deep AE has no posterior"));
  CHECK(items->item(3)->isEnabled());
  const double area = fixture.panel->curve()->area;
  fixture.choose("anomalyScore", 3);
  CHECK(fixture.find<QWidget>("anomalyNeighbours")->isVisible());
  CHECK(waitFor([&] { return fixture.panel->curve()->area != Approx(area); }));
}

TEST_CASE("the curve follows training, and rests while nobody looks") {
  AnomalyFixture fixture;
  // The fake's code turns with each step, and so does what is near in it.
  fixture.choose("anomalyScore", 1);
  QTest::qWait(100);
  const auto before = fixture.panel->curve();
  fixture.window->run()->play();
  CHECK(waitFor([&] { return fixture.panel->curve() != before; }));
  fixture.find<QDockWidget>("reconstructionsDock")->raise();
  REQUIRE(waitFor([&] { return fixture.panel->visibleRegion().isEmpty(); }));
  QTest::qWait(300);
  const auto hidden = fixture.panel->curve();
  QTest::qWait(500);
  CHECK(fixture.panel->curve() == hidden);
}

TEST_CASE("what is measured are the weights that the window shows, also those of the past") {
  AnomalyFixture fixture;
  ui::RunController& run = *fixture.window->run();
  const auto past = std::make_shared<Snapshot>(*run.snapshot());
  past->number += 1000;
  past->epoch = 0.5;
  emit run.snapshotArrived(past);
  CHECK(waitFor([&] { return fixture.text("anomalyState") == "Weights of epoch 0.50"; }));
}
