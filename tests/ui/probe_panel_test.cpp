#include "ui/panels/probe_panel.h"

#include <QCheckBox>
#include <QDockWidget>
#include <QLabel>
#include <QSpinBox>
#include <algorithm>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/plots/map_regions.h"
#include "ui/plots/probe_curve.h"
#include "ui/widgets/confusion_matrix.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/pictures.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct ProbeFixture : WindowFixture {
  ui::ProbePanel* panel = nullptr;
  ui::ProbeCurve* curve = nullptr;
  ui::ConfusionMatrix* matrix = nullptr;

  explicit ProbeFixture(const std::string& model = "vae", int latent_dim = 2) {
    config.model = model;
    config.latent_dim = latent_dim;
    train();
    REQUIRE(comeToRest());
    find<QDockWidget>("probeDock")->raise();
    panel = find<ui::ProbePanel>("probePanel");
    curve = find<ui::ProbeCurve>("probeCurve");
    matrix = find<ui::ConfusionMatrix>("probeMatrix");
    waitFor([&] { return panel->isVisible() && panel->report() && isSettled(); }, 60'000);
    QTest::qWait(50);
  }

  /// What is shown is of the newest weights, and the map shows them too.
  bool isSettled() {
    return window->explorer()->isUpToDate() &&
           find<QLabel>("probeState")->text() ==
               QString("Weights of epoch %1").arg(window->run()->snapshot()->epoch, 0, 'f', 2);
  }
  QString text(const char* label) { return find<QLabel>(label)->text(); }
  const ProbeResult& chosen() {
    return panel->report()->results[static_cast<std::size_t>(curve->chosen())];
  }
};

}  // namespace

TEST_CASE("the probe's curve has a point for each number of labels, and any can be chosen") {
  ProbeFixture fixture;
  REQUIRE(fixture.panel->report());
  QList<qint64> labels;
  for (const auto& point : fixture.curve->points()) labels << point.labels;
  CHECK(labels == QList<qint64>{10, 20, 50, 100, 200, 550, 1000, 1600});
  CHECK(fixture.curve->chosen() == 5);
  CHECK(fixture.text("probeAccuracy").contains("550"));
  const Mouse mouse(fixture.curve);
  mouse.click(fixture.curve->positionOf(2));
  CHECK(fixture.curve->chosen() == 2);
  CHECK(fixture.text("probeAccuracy").contains("50 labels"));
  QTest::keyClick(fixture.curve, Qt::Key_Right);
  CHECK(fixture.curve->chosen() == 3);
  CHECK(fixture.text("probeAccuracy").contains("100 labels"));
  qint64 right = 0;
  qint64 all = 0;
  for (int truth = 0; truth < 10; ++truth) {
    right += fixture.matrix->count(truth, truth);
    for (int taken = 0; taken < 10; ++taken) all += fixture.matrix->count(truth, taken);
  }
  CHECK(all == 300);
  CHECK(double(right) / 300.0 == Approx(fixture.chosen().accuracy));
}

TEST_CASE("a click on a cell of the matrix opens its pictures, and no others") {
  ProbeFixture fixture;
  auto* grid = fixture.find<ui::ImageGrid>("probePictures");
  CHECK(grid->cells().isEmpty());
  const Mouse mouse(fixture.matrix);
  int truth = 0;
  int taken = 0;
  for (int cell = 0; cell < 100; ++cell) {  // the fullest of the errors; of the rights otherwise
    if (cell / 10 == cell % 10 && truth != taken) continue;
    if (fixture.matrix->count(cell / 10, cell % 10) > fixture.matrix->count(truth, taken) ||
        (truth == taken && fixture.matrix->count(cell / 10, cell % 10) > 0)) {
      truth = cell / 10;
      taken = cell % 10;
    }
  }
  mouse.click(fixture.matrix->cellRect(truth, taken).center());
  CHECK(fixture.matrix->chosenTruth() == truth);
  CHECK(fixture.matrix->chosenTaken() == taken);
  const auto& report = *fixture.panel->report();
  const auto& test = *fixture.window->run()->data().test;
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    if (report.truth[i] == truth && fixture.chosen().predicted[i] == taken) {
      rows.push_back(report.rows[i]);
    }
  }
  REQUIRE(!rows.empty());
  REQUIRE(grid->cells().size() == qsizetype(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(grid->cells()[qsizetype(i)].top == ui::imageFromBytes(test.image(rows[i]), 1, 28, 28));
  }
  CHECK(fixture.text("probeCellLine").contains(QString("all %1").arg(rows.size())));
  const Mouse onGrid(grid);
  onGrid.click(grid->cellRect(0).center());
  CHECK(fixture.window->exploration()->digit() == rows[0]);

  fixture.matrix->setFocus();
  QTest::keyClick(fixture.matrix, truth < 9 ? Qt::Key_Down : Qt::Key_Up);
  CHECK(fixture.matrix->chosenTruth() == (truth < 9 ? truth + 1 : truth - 1));
  CHECK(fixture.matrix->chosenTaken() == taken);
}

TEST_CASE("the probe's regions on the map are where the probe says they are") {
  ProbeFixture fixture;
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  CHECK(map->regions().empty());
  QTest::mouseClick(fixture.find<QCheckBox>("probeRegions"), Qt::LeftButton, {}, QPoint(8, 8));
  REQUIRE(map->regions().size() == 10);
  const auto frame = fixture.window->explorer()->frame();
  const ProbeReport& report = *fixture.panel->report();
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(report.rows[i]);
    const double x = frame->points[2 * row];
    const double y = frame->points[2 * row + 1];
    const auto best = std::max_element(
        map->regions().begin(), map->regions().end(), [&](const auto& a, const auto& b) {
          return a.x * x + a.y * y + a.constant < b.x * x + b.y * y + b.constant;
        });
    CHECK(best->classIndex == fixture.chosen().predicted[i]);
  }
  QTest::mouseClick(fixture.find<QCheckBox>("probeRegions"), Qt::LeftButton, {}, QPoint(8, 8));
  CHECK(map->regions().empty());
}

TEST_CASE("of longer codes the regions are a slice, and the panel says so") {
  ProbeFixture fixture("vae", 5);
  CHECK(fixture.text("probeRegionsLine").contains("slice"));
  QTest::mouseClick(fixture.find<QCheckBox>("probeRegions"), Qt::LeftButton, {}, QPoint(8, 8));
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  REQUIRE(map->regions().size() == 10);
  // At the place of the mean code the scores are those of the mean code.
  const auto frame = fixture.window->explorer()->frame();
  const QPointF at = frame->project(frame->mean);
  for (const auto& region : map->regions()) {
    CHECK(region.x * at.x() + region.y * at.y() + region.constant ==
          Approx(fixture.chosen().probe.score(region.classIndex, frame->mean)).margin(1e-3));
  }
}

TEST_CASE("another seed labels other pictures") {
  ProbeFixture fixture;
  const auto before = fixture.panel->report();
  auto* seed = fixture.find<QSpinBox>("probeSeed");
  seed->setFocus();
  QTest::keyClick(seed, Qt::Key_Up);
  REQUIRE(waitFor([&] { return fixture.panel->report() != before; }, 60'000));
  CHECK(fixture.panel->report()->results[0].probe.weights != before->results[0].probe.weights);
}

TEST_CASE("data without classes are not probed, and the panel says why") {
  WindowFixture fixture;
  fixture.dataOptions.labelled = false;
  fixture.train();
  fixture.find<QDockWidget>("probeDock")->raise();
  auto* curve = fixture.find<ui::ProbeCurve>("probeCurve");
  CHECK(waitFor([&] {
    const auto labels = curve->findChildren<QLabel*>();
    return std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
      return label->text().contains("fewer than two classes");
    });
  }));
}

TEST_CASE("a region is the polygon of the points that it wins") {
  using Region = ui::LatentMap::Region;
  const std::vector<Region> regions = {
      {0, 1.0, 0.0, 0.0}, {1, -1.0, 0.3, 0.2}, {2, 0.1, 1.2, -0.5}, {3, 0.0, 0.0, -9.0}};
  const QRectF area(-2.0, -1.0, 4.0, 3.0);
  std::vector<QPolygonF> polygons;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    polygons.push_back(ui::regionPolygon(regions, i, area));
  }
  CHECK(polygons[3].isEmpty());  // nowhere the highest
  for (double x = -1.93; x < 2.0; x += 0.11) {
    for (double y = -0.97; y < 2.0; y += 0.11) {
      std::size_t best = 0;
      double gap = 1e9;
      const auto score = [&](std::size_t i) {
        return regions[i].x * x + regions[i].y * y + regions[i].constant;
      };
      for (std::size_t i = 1; i < regions.size(); ++i) {
        if (score(i) > score(best)) best = i;
      }
      for (std::size_t i = 0; i < regions.size(); ++i) {
        if (i != best) gap = std::min(gap, score(best) - score(i));
      }
      if (gap < 1e-6) continue;
      for (std::size_t i = 0; i < regions.size(); ++i) {
        CAPTURE(x, y, i, best);
        CHECK(polygons[i].containsPoint(QPointF(x, y), Qt::OddEvenFill) == (i == best));
      }
    }
  }
}
