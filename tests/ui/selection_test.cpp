#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QTextStream>
#include <QToolButton>
#include <cmath>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/map_coloring.h"
#include "ui/panels/selection_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/map_scale.h"
#include "ui/selection.h"
#include "ui/widgets/count_bars.h"
#include "ui/widgets/image_grid.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;

namespace {

struct SelectionFixture : WindowFixture {
  SelectionFixture() {
    train();
    REQUIRE(comeToRest());
  }
  ui::Selection& selection() { return *window->selection(); }
  std::vector<QStringList> exported(const QString& path) {
    auto* panel = find<ui::SelectionPanel>("selectionPanel");
    bool done = false;
    QObject::connect(panel, &ui::SelectionPanel::exported, panel, [&] { done = true; });
    panel->exportTo(path);
    waitFor([&] { return done; });
    std::vector<QStringList> rows;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return rows;
    QTextStream in(&file);
    while (!in.atEnd()) rows.push_back(in.readLine().split(','));
    return rows;
  }
};

}  // namespace

TEST_CASE("an exported selection names the rows of the test part, their labels and their codes") {
  SelectionFixture fixture;
  fixture.selection().apply({7, 42, 299, 0}, ui::SelectMode::Replace);
  const auto rows = fixture.exported(fixture.folder.path() + "/selection.csv");
  REQUIRE(rows.size() == 5);
  CHECK(rows[0] == QStringList{"test_index", "source_index", "label", "class", "z1", "z2"});
  const DataSplit& data = fixture.window->run()->data();
  const auto frame = fixture.window->explorer()->frame();
  const std::int64_t wanted[] = {0, 7, 42, 299};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto row = static_cast<std::size_t>(wanted[i]);
    const QStringList& cells = rows[i + 1];
    REQUIRE(cells.size() == 6);
    CHECK(cells[0].toLongLong() == wanted[i]);
    CHECK(cells[1].toLongLong() == data.test_index[row]);
    CHECK(cells[2].toInt() == data.test->labels[row]);
    CHECK(cells[3].toStdString() ==
          data.test->class_names[static_cast<std::size_t>(data.test->labels[row])]);
    CHECK(cells[4].toFloat() == Approx(frame->code(wanted[i])[0]).epsilon(1e-4));
    CHECK(cells[5].toFloat() == Approx(frame->code(wanted[i])[1]).epsilon(1e-4));
  }
}

TEST_CASE("a lasso in the window fills the panel, and training on keeps what is selected") {
  SelectionFixture fixture;
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  auto* button = fixture.find<QToolButton>("mapToolBox");
  QTest::mouseClick(button, Qt::LeftButton);
  map->setFollowing(false);
  map->fit();
  QTest::qWait(1700);  // until the points have come to rest
  map->fit();
  Mouse mouse(map->plot());
  const QRect inside = map->plot()->axisRect()->rect();
  mouse.stroke({QPointF(inside.topLeft()) + QPointF(2, 2), inside.center(),
                QPointF(inside.center().x(), inside.bottom() - 2)});
  const std::vector<qint64> rows = fixture.selection().indices();
  REQUIRE(rows.size() > 3);
  REQUIRE(rows.size() < 300);
  // What the map says is inside is inside; where the points are seen they are, on their way or not.
  const auto frame = fixture.window->explorer()->frame();
  const auto points = map->points();
  const double middle = map->planeAt(QPointF(inside.center() + map->plot()->pos())).x();
  for (std::size_t i = 0; i < points->size(); ++i) {
    const bool chosen = std::find(rows.begin(), rows.end(), qint64(i)) != rows.end();
    const double x = double(points->positions[2 * i]);
    if (std::abs(x - middle) > 0.02) CHECK(chosen == (x < middle));
  }
  auto* counts = fixture.find<ui::CountBars>("selectionClasses");
  REQUIRE(waitFor([&] { return !counts->entries().isEmpty(); }));
  qint64 sum = 0;
  for (const auto& entry : counts->entries()) sum += entry.count;
  CHECK(sum == qint64(rows.size()));
  CHECK(fixture.find<QLabel>("selectionCount")->text().startsWith(QString::number(rows.size())));

  auto* codes = fixture.find<QTableWidget>("selectionCodes");
  REQUIRE(waitFor([&] { return codes->rowCount() == 2; }));
  double mean = 0.0;
  for (const qint64 row : rows) mean += frame->code(row)[0] / double(rows.size());
  CHECK(codes->item(0, 0)->text().toDouble() == Approx(mean).margin(0.006));

  const auto before = fixture.window->explorer()->frame()->snapshot;
  fixture.window->run()->play();
  REQUIRE(waitFor([&] { return fixture.window->explorer()->frame()->snapshot > before; }));
  CHECK(fixture.selection().indices() == rows);
  CHECK(map->selection() != nullptr);
  QTest::mouseClick(fixture.find<QPushButton>("selectionClear"), Qt::LeftButton);
  fixture.selection().clear();
  CHECK(map->selection() == nullptr);
}

TEST_CASE("a grid that is cut says how many of how many it shows") {
  SelectionFixture fixture;
  std::vector<qint64> all(300);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = qint64(i);
  fixture.selection().apply(all, ui::SelectMode::Replace);
  CHECK(fixture.find<QLabel>("selectionShown")->text() == "240 of 300 shown");
  CHECK(fixture.find<ui::ImageGrid>("selectionGrid")->cells().size() == 240);
  fixture.selection().apply({5, 6}, ui::SelectMode::Replace);
  CHECK(fixture.find<QLabel>("selectionShown")->text() == "all 2 shown");
}

TEST_CASE("each way of colouring has the number of each point at its own index") {
  SelectionFixture fixture;
  ui::MapColoring& coloring = *fixture.window->coloring();
  auto& explorer = *fixture.window->explorer();
  const auto test = fixture.window->run()->data().test;
  const auto model = fixture.window->run()->snapshot()->model;
  using Kind = ui::ColorChoice::Kind;
  const auto measured = [&](ui::ColorChoice choice) {
    coloring.setChoice(choice);
    waitFor([&] {
      return explorer.isUpToDate() && coloring.scale() && coloring.scale()->fresh >= 1.0;
    });
    return coloring.scale();
  };
  const auto error = measured({Kind::Error, 0});
  REQUIRE(error);
  REQUIRE(error->values.size() == 300);
  CHECK(error->unit == "nats");
  for (const std::int64_t row : {0, 17, 299}) {
    float nats = 0.0F;
    model->reconstruction_error(test->image(row), {}, {&nats, 1});
    CHECK(error->values[static_cast<std::size_t>(row)] == Approx(nats));
  }
  const auto second = measured({Kind::Dimension, 1});
  const auto frame = explorer.frame();
  for (const std::int64_t row : {0, 17, 299}) {
    CHECK(second->values[static_cast<std::size_t>(row)] == frame->code(row)[1]);
  }
  // The scale leaves one point in a hundred beyond each end.
  int below = 0;
  for (const float value : second->values) below += value < second->low ? 1 : 0;
  CHECK(below <= 3);
  CHECK(second->beyondLow == (below > 0));
  const auto kl = measured({Kind::Kl, 0});
  for (const std::int64_t row : {0, 299}) {
    // The fake's log-variance is -1.
    double wanted = 0.0;
    for (const float z : frame->code(row)) wanted += 0.5 * (z * z + std::exp(-1.0) - 1.0 + 1.0);
    CHECK(kl->values[static_cast<std::size_t>(row)] == Approx(wanted).epsilon(1e-4));
  }
  const auto purity = measured({Kind::Purity, 0});
  CHECK(purity->low == 0.0);
  CHECK(purity->high == 1.0);
  for (const float value : purity->values) CHECK((value >= 0.0F && value <= 1.0F));
  coloring.setChoice({});
  CHECK(coloring.scale() == nullptr);
}

TEST_CASE("the colour of the map is chosen beside it, with the keyboard too") {
  SelectionFixture fixture;
  auto* box = fixture.find<QComboBox>("mapColoring");
  QStringList names;
  for (int i = 0; i < box->count(); ++i) names << box->itemText(i);
  CHECK(names == QStringList{"Class", "Error", "KL", "Purity", "z1", "z2"});
  box->setFocus();
  QTest::keyClick(box, Qt::Key_Down);
  auto* bar = fixture.find<ui::MapScale>("mapScale");
  CHECK(bar->isVisible());
  REQUIRE(waitFor([&] { return bar->freshness() == "all up to date"; }));
  CHECK(bar->numbers().size() == 5);
  QTest::keyClick(box, Qt::Key_Up);
  CHECK_FALSE(bar->isVisible());
}
