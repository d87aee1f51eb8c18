#include <qcustomplot.h>

#include <QToolButton>
#include <cmath>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/map_scale.h"
#include "ui/selection.h"
#include "ui/theme.h"

using namespace latent::ui;

namespace {

/// A grid of 10 × 10 points, index 10·row + column, at (column, row) of the plane; class = column.
struct GridMap {
  LatentMap map;
  Selection selection;
  Mouse mouse{map.plot()};

  GridMap() {
    auto points = std::make_shared<MapPoints>();
    auto classes = std::make_shared<PointClasses>();
    for (int i = 0; i < 100; ++i) {
      if (i < 10) classes->names.push_back(QString::number(i));
      classes->labels.push_back(i % 10);
      points->positions.push_back(static_cast<float>(i % 10));
      points->positions.push_back(static_cast<float>(i / 10));
    }
    points->classes = classes;
    map.setPoints(points);
    showAt(map, {1000, 700});
    map.setFollowing(false);
    map.setView(QRectF(-1, -1, 11, 11));
    QTest::qWait(20);
    selection.reset(100);
    QObject::connect(&map, &LatentMap::selectionRequested, &selection, &Selection::apply);
    QObject::connect(&selection, &Selection::changed, &map,
                     [this] { map.setSelection(selection.marks()); });
  }
  QPointF at(double x, double y) { return map.pixelAt({x, y}) - QPointF(map.plot()->pos()); }
  void use(const char* button) {
    QTest::mouseClick(map.findChild<QToolButton*>(button), Qt::LeftButton);
  }
  QColor colorAt(double x, double y) {
    QTest::qWait(40);
    const QImage picture = map.plot()->grab().toImage();
    const QPointF pixel = at(x, y) * picture.devicePixelRatio();
    return picture.pixelColor(pixel.toPoint());
  }
};

using Rows = std::vector<qint64>;

}  // namespace

TEST_CASE("the box selects the rows it holds, adds with Shift and takes away with Alt",
          "[ui][map][selecting]") {
  GridMap grid;
  grid.use("mapToolBox");
  CHECK(grid.map.tool() == LatentMap::Tool::Box);
  const QRectF view = grid.map.view();
  grid.mouse.stroke({grid.at(1.5, 2.5), grid.at(2, 3), grid.at(3.5, 4.5)});
  CHECK(grid.selection.indices() == Rows{32, 33, 42, 43});
  grid.mouse.stroke({grid.at(7.5, 7.5), grid.at(8.5, 8.5)}, Qt::ShiftModifier);
  CHECK(grid.selection.indices() == Rows{32, 33, 42, 43, 88});
  grid.mouse.stroke({grid.at(2.5, 2.5), grid.at(3.5, 5.5)}, Qt::AltModifier);
  CHECK(grid.selection.indices() == Rows{32, 42, 88});
  grid.mouse.stroke({grid.at(-0.5, -0.5), grid.at(0.5, 0.5)});
  CHECK(grid.selection.indices() == Rows{0});
  CHECK(grid.map.view() == view);
}

TEST_CASE("the lasso selects what lies inside its loop, and no more", "[ui][map][selecting]") {
  GridMap grid;
  QTest::keyClick(&grid.map, Qt::Key_L);
  CHECK(grid.map.tool() == LatentMap::Tool::Lasso);
  // An L: the column 1 from row 1 to 4 and the row 1 to column 4; the inner corner stays out.
  grid.mouse.stroke({grid.at(0.5, 0.5), grid.at(4.5, 0.5), grid.at(4.5, 1.5), grid.at(1.5, 1.5),
                     grid.at(1.5, 4.5), grid.at(0.5, 4.5)});
  CHECK(grid.selection.indices() == Rows{11, 12, 13, 14, 21, 31, 41});
}

TEST_CASE("the brush selects along its way, however quick the hand", "[ui][map][selecting]") {
  GridMap grid;
  QTest::keyClick(&grid.map, Qt::Key_R);
  // One single move across the whole row.
  grid.mouse.stroke({grid.at(0, 5), grid.at(9, 5)});
  CHECK(grid.selection.indices() == Rows{50, 51, 52, 53, 54, 55, 56, 57, 58, 59});
  grid.mouse.stroke({grid.at(2, 5), grid.at(3, 5)}, Qt::AltModifier);
  CHECK(grid.selection.indices() == Rows{50, 51, 54, 55, 56, 57, 58, 59});
  grid.mouse.stroke({grid.at(2, 9), grid.at(2.01, 9)}, Qt::ShiftModifier);
  CHECK(grid.selection.count() == 9);
  grid.mouse.stroke({grid.at(7, 7), grid.at(7.01, 7)});
  CHECK(grid.selection.indices() == Rows{77});
}

TEST_CASE("while a class is seen alone only its points are selected, at their own rows",
          "[ui][map][selecting]") {
  GridMap grid;
  grid.map.setBrightClasses({3});
  grid.use("mapToolBox");
  grid.mouse.stroke({grid.at(1.5, 2.5), grid.at(4.5, 5.5)});
  CHECK(grid.selection.indices() == Rows{33, 43, 53});
  QTest::keyClick(&grid.map, Qt::Key_R);
  grid.mouse.stroke({grid.at(0, 7), grid.at(9, 7)}, Qt::ShiftModifier);
  CHECK(grid.selection.indices() == Rows{33, 43, 53, 73});
  // The first Escape clears what is selected, the next shows all classes.
  QTest::keyClick(&grid.map, Qt::Key_Escape);
  CHECK(grid.selection.isEmpty());
  CHECK(grid.map.brightClasses() == QVector<int>{3});
  QTest::keyClick(&grid.map, Qt::Key_Escape);
  CHECK(grid.map.brightClasses().isEmpty());
  grid.use("mapToolBox");
  grid.mouse.stroke({grid.at(1.5, 2.5), grid.at(4.5, 3.5)});
  CHECK(grid.selection.indices() == Rows{32, 33, 34});
}

TEST_CASE("a click selects one point, a click beside all clears, Escape clears",
          "[ui][map][selecting]") {
  GridMap grid;
  grid.use("mapToolLasso");
  grid.mouse.click(grid.at(4, 6));
  CHECK(grid.selection.indices() == Rows{64});
  grid.mouse.click(grid.at(5, 6), Qt::ShiftModifier);
  CHECK(grid.selection.indices() == Rows{64, 65});
  grid.mouse.click(grid.at(4.5, 6.5), Qt::ShiftModifier);
  CHECK(grid.selection.count() == 2);
  grid.mouse.click(grid.at(4.5, 6.5));
  CHECK(grid.selection.isEmpty());
  grid.mouse.click(grid.at(4, 6));
  QTest::keyClick(&grid.map, Qt::Key_Escape);
  CHECK(grid.selection.isEmpty());
  // In mid-stroke Escape drops the stroke and keeps what was selected.
  grid.mouse.click(grid.at(4, 6));
  grid.mouse.press(grid.at(0.5, 0.5));
  grid.mouse.move(grid.at(5, 0.5));
  grid.mouse.move(grid.at(5, 5));
  QTest::keyClick(&grid.map, Qt::Key_Escape);
  grid.mouse.release(grid.at(5, 5));
  CHECK(grid.selection.indices() == Rows{64});
}

TEST_CASE("what is not selected is dimmed, not hidden, and the rows stay when the points move",
          "[ui][map][selecting]") {
  GridMap grid;
  const QColor before = grid.colorAt(3, 3);
  const QColor canvas = grid.colorAt(3.5, 3.5);
  grid.selection.apply({14}, SelectMode::Replace);
  const QColor dimmed = grid.colorAt(3, 3);
  CHECK(dimmed != before);
  CHECK(dimmed != canvas);
  CHECK(grid.map.pointAt(grid.map.pixelAt({3, 3})) == 33);
  const QColor bright = grid.colorAt(4, 1);
  const QColor wanted = Theme::of(&grid.map).classColor(4);
  CHECK(std::abs(bright.red() - wanted.red()) + std::abs(bright.green() - wanted.green()) < 80);
  // Another frame, mirrored: row 14 is now where 85 was.
  auto mirrored = std::make_shared<MapPoints>(*grid.map.points());
  for (float& value : mirrored->positions) value = 9.0F - value;
  grid.map.setPoints(mirrored);
  CHECK(grid.selection.indices() == Rows{14});
  // New points are drawn beside the window's thread.
  CHECK(QTest::qWaitFor([&] {
    const QColor there = grid.colorAt(5, 8);
    return std::abs(there.red() - wanted.red()) + std::abs(there.green() - wanted.green()) < 80;
  }));
}

TEST_CASE("a selection takes rows of its test part only and ends with it", "[ui][selecting]") {
  Selection selection;
  selection.reset(5);
  int changes = 0;
  QObject::connect(&selection, &Selection::changed, [&] { ++changes; });
  selection.apply({-1, 3, 3, 5, 900}, SelectMode::Replace);
  CHECK(selection.indices() == Rows{3});
  selection.apply({0, 3}, SelectMode::Add);
  CHECK(selection.count() == 2);
  selection.apply({0, 3}, SelectMode::Remove);
  CHECK(selection.isEmpty());
  CHECK(selection.marks() == nullptr);
  CHECK(changes == 3);
  selection.clear();
  CHECK(changes == 3);
  selection.apply({1}, SelectMode::Add);
  selection.keep();
  CHECK(selection.kept() == Rows{1});
  selection.reset(7);
  CHECK(selection.isEmpty());
  CHECK(selection.kept().empty());
}

TEST_CASE("a scale colours each point by its own number and says its ends", "[ui][map][scale]") {
  GridMap grid;
  auto scale = std::make_shared<PointScale>();
  scale->title = "Reconstruction error";
  scale->unit = "nats";
  scale->low = 0.0;
  scale->high = 99.0;
  scale->fresh = 0.412;
  scale->beyondHigh = true;
  for (int i = 0; i < 100; ++i) {
    scale->values.push_back(static_cast<float>(i));
    scale->steps.push_back(static_cast<std::uint8_t>(i * (PointScale::kSteps - 1) / 99));
  }
  scale->steps[99] = PointScale::kUnknown;
  grid.map.setScale(scale);
  const Theme& theme = Theme::of(&grid.map);
  const auto like = [](const QColor& a, const QColor& b) {
    return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) +
               std::abs(a.blue() - b.blue()) <
           90;
  };
  CHECK(like(grid.colorAt(0, 0), scaleColor(theme, 0)));
  CHECK(like(grid.colorAt(8, 9), scaleColor(theme, 98 * 254 / 99)));
  CHECK(like(grid.colorAt(9, 9), theme.classColor(-1)));
  auto* bar = grid.map.findChild<MapScale*>("mapScale");
  REQUIRE(bar != nullptr);
  CHECK(bar->isVisible());
  CHECK(bar->numbers().first() == "0");
  CHECK(bar->numbers().last() == "≥ 99");
  CHECK(bar->freshness() == "41 % up to date");
  grid.map.setScale(nullptr);
  CHECK_FALSE(bar->isVisible());
  CHECK(like(grid.colorAt(0, 0), theme.classColor(0)));
}
