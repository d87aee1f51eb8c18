#include "ui/plots/latent_map.h"

#include <qcustomplot.h>

#include <QMenu>
#include <QSignalSpy>
#include <QToolButton>
#include <cmath>
#include <random>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/plots/map_legend.h"
#include "ui/plots/map_overlay.h"
#include "ui/theme.h"

using namespace latent::ui;

namespace {

/// Ten points on a line at x = -4.5 … 4.5, y = 0, one per class, and whatever else is given.
std::shared_ptr<MapPoints> tenPoints() {
  auto points = std::make_shared<MapPoints>();
  auto classes = std::make_shared<PointClasses>();
  for (int i = 0; i < 10; ++i) {
    classes->names.push_back(QString::number(i));
    classes->labels.push_back(i);
    points->positions.push_back(static_cast<float>(i) - 4.5F);
    points->positions.push_back(0.0F);
  }
  points->classes = classes;
  return points;
}

struct ShownMap {
  LatentMap map;
  Mouse mouse{map.plot()};

  ShownMap() {
    map.setPoints(tenPoints());
    showAt(map, {900, 620});
    map.setFollowing(false);
    map.setView(QRectF(-6, -4, 12, 8));
    QTest::qWait(20);
  }
  /// Pixel of the plot at plane coordinates.
  QPointF at(double x, double y) { return map.pixelAt({x, y}) - QPointF(map.plot()->pos()); }
};

bool near(const QPointF& a, const QPointF& b, double tolerance) {
  return std::hypot(a.x() - b.x(), a.y() - b.y()) <= tolerance;
}

double pixelSize(const LatentMap& map) {
  return map.view().width() / map.plot()->width();
}

}  // namespace

TEST_CASE("a click in the map asks for the code under the pointer", "[ui][map]") {
  ShownMap shown;
  QPointF asked;
  int count = 0;
  QObject::connect(&shown.map, &LatentMap::codeRequested, [&](const QPointF& at) {
    asked = at;
    ++count;
  });
  QSignalSpy settled(&shown.map, &LatentMap::codeSettled);
  shown.mouse.click(shown.at(1.5, -2.0));
  CHECK(count == 1);
  CHECK(settled.count() == 1);
  CHECK(near(asked, {1.5, -2.0}, 2 * pixelSize(shown.map)));
}

TEST_CASE("a drag in the map asks for a code at each move", "[ui][map]") {
  ShownMap shown;
  std::vector<QPointF> asked;
  QObject::connect(&shown.map, &LatentMap::codeRequested,
                   [&](const QPointF& at) { asked.push_back(at); });
  const QRectF before = shown.map.view();
  shown.mouse.drag(shown.at(-2, 1), shown.at(2, 1), Qt::LeftButton, 8);
  REQUIRE(asked.size() >= 9);
  CHECK(near(asked.front(), {-2, 1}, 2 * pixelSize(shown.map)));
  CHECK(near(asked.back(), {2, 1}, 2 * pixelSize(shown.map)));
  for (std::size_t i = 1; i < asked.size(); ++i) CHECK(asked[i].x() >= asked[i - 1].x());
  CHECK(shown.map.view() == before);
}

TEST_CASE("the wheel zooms and the point under the pointer stays", "[ui][map]") {
  ShownMap shown;
  const QPointF pixel = shown.at(2.5, 1.25);
  const QRectF before = shown.map.view();
  shown.mouse.wheel(pixel, 3);
  CHECK(shown.map.view().width() < 0.7 * before.width());
  CHECK(near(shown.at(2.5, 1.25), pixel, 0.01));
  shown.mouse.wheel(pixel, -3);
  CHECK(shown.map.view().width() == Approx(before.width()));
  CHECK_FALSE(shown.map.isFollowing());
}

TEST_CASE("the middle button pans with every tool", "[ui][map]") {
  ShownMap shown;
  QSignalSpy asked(&shown.map, &LatentMap::codeRequested);
  const QPointF from = shown.at(0, 0);
  shown.mouse.drag(from, from + QPointF(80, -40), Qt::MiddleButton);
  CHECK(near(shown.at(0, 0), from + QPointF(80, -40), 1.0));
  CHECK(asked.count() == 0);
}

TEST_CASE("the pan tool pans and the zoom tool frames a box", "[ui][map]") {
  ShownMap shown;
  QSignalSpy asked(&shown.map, &LatentMap::codeRequested);
  QTest::keyClick(&shown.map, Qt::Key_P);
  CHECK(shown.map.tool() == LatentMap::Tool::Pan);
  const QPointF from = shown.at(0, 0);
  shown.mouse.drag(from, from + QPointF(50, 30));
  CHECK(near(shown.at(0, 0), from + QPointF(50, 30), 1.0));

  auto* button = shown.map.findChild<QToolButton*>("mapToolBoxZoom");
  REQUIRE(button != nullptr);
  QTest::mouseClick(button, Qt::LeftButton);
  CHECK(shown.map.tool() == LatentMap::Tool::BoxZoom);
  shown.mouse.drag(shown.at(-1, -1), shown.at(1, 1));
  const QRectF view = shown.map.view();
  CHECK(view.center().x() == Approx(0.0).margin(0.05));
  CHECK(view.center().y() == Approx(0.0).margin(0.05));
  CHECK(std::min(view.width(), view.height()) == Approx(2.0).margin(0.1));
  CHECK(asked.count() == 0);
}

TEST_CASE("a unit is as long across as upwards", "[ui][map]") {
  ShownMap shown;
  shown.map.setView(QRectF(0, 0, 10, 1));
  const QPointF origin = shown.at(0, 0);
  CHECK(shown.at(1, 0).x() - origin.x() == Approx(origin.y() - shown.at(0, 1).y()));
}

TEST_CASE("a click in the legend dims the other classes and hides none", "[ui][map]") {
  ShownMap shown;
  auto* legend = shown.map.findChild<MapLegend*>("mapLegend");
  REQUIRE(legend != nullptr);
  QSignalSpy changed(&shown.map, &LatentMap::brightClassesChanged);
  Mouse mouse(legend);
  mouse.click(legend->entryRect(3).center());
  CHECK(shown.map.brightClasses() == QVector<int>{3});
  mouse.click(legend->entryRect(5).center(), Qt::ControlModifier);
  CHECK(shown.map.brightClasses() == QVector<int>{3, 5});
  mouse.click(legend->entryRect(5).center(), Qt::ControlModifier);
  mouse.click(legend->entryRect(3).center());
  CHECK(shown.map.brightClasses().isEmpty());
  CHECK(changed.count() == 4);
  // What is dimmed is still there to be pointed at.
  shown.map.setBrightClasses({3});
  CHECK(shown.map.pointAt(shown.map.pixelAt({-0.5, 0})) == 4);
}

TEST_CASE("the handles of a path are dragged, not the code", "[ui][map]") {
  ShownMap shown;
  shown.map.setInterpolation(LatentMap::Interpolation{{-3, 2}, {3, 2}, 0.5, {}});
  QSignalSpy asked(&shown.map, &LatentMap::codeRequested);
  LatentMap::Handle which{};
  QPointF where;
  QObject::connect(&shown.map, &LatentMap::handleMoved,
                   [&](LatentMap::Handle handle, const QPointF& at) {
                     which = handle;
                     where = at;
                   });
  shown.mouse.drag(shown.at(-3, 2), shown.at(-2, -1));
  CHECK(which == LatentMap::Handle::A);
  CHECK(near(where, {-2, -1}, 2 * pixelSize(shown.map)));
  shown.map.setInterpolation(LatentMap::Interpolation{{-3, 2}, {3, 2}, 0.5, {}});
  double t = -1;
  QObject::connect(&shown.map, &LatentMap::pathPositionChanged, [&](double at) { t = at; });
  shown.mouse.drag(shown.at(0, 2), shown.at(1.5, 1.0));
  CHECK(which == LatentMap::Handle::Path);
  CHECK(t == Approx(0.75).margin(0.01));
  CHECK(near(where, {1.5, 2.0}, 2 * pixelSize(shown.map)));
  CHECK(asked.count() == 0);
}

TEST_CASE("hovering names the nearest point, by its index in the data", "[ui][map]") {
  ShownMap shown;
  auto points = std::make_shared<MapPoints>(*tenPoints());
  // Two that overlap: on one pixel or so, the nearer one is meant.
  points->positions[2 * 7] = 0.51F;
  points->positions[2 * 7 + 1] = 0.01F;  // beside point 5 at (0.5, 0)
  points->positions[2 * 2] = std::nanf("");
  shown.map.setPoints(points);
  qint64 hovered = -2;
  QObject::connect(&shown.map, &LatentMap::hoveredPoint,
                   [&](qint64 index, const QPoint&) { hovered = index; });
  shown.mouse.move(shown.at(4.5, 0));
  CHECK(hovered == 9);
  shown.mouse.move(shown.at(0, 3));
  CHECK(hovered == -1);
  shown.map.setView(QRectF(0.45, -0.05, 0.1, 0.1));
  QTest::qWait(20);
  CHECK(shown.map.pointAt(shown.map.pixelAt({0.5, 0.0})) == 5);
  CHECK(shown.map.pointAt(shown.map.pixelAt({0.51, 0.01})) == 7);
}

TEST_CASE("shift+click picks points as A and B in turns", "[ui][map]") {
  ShownMap shown;
  std::vector<std::pair<qint64, LatentMap::Handle>> picked;
  QObject::connect(&shown.map, &LatentMap::pointPicked, [&](qint64 index, LatentMap::Handle which) {
    picked.emplace_back(index, which);
  });
  shown.mouse.click(shown.at(-4.5, 0), Qt::ShiftModifier);
  shown.mouse.click(shown.at(3.5, 0), Qt::ShiftModifier);
  REQUIRE(picked.size() == 2);
  CHECK(picked[0] == std::pair{qint64{0}, LatentMap::Handle::A});
  CHECK(picked[1] == std::pair{qint64{8}, LatentMap::Handle::B});
}

TEST_CASE("fit shows all points and following goes on until the person zooms", "[ui][map]") {
  LatentMap map;
  map.setPoints(tenPoints());
  showAt(map, {800, 600});
  CHECK(map.isFollowing());
  CHECK(map.view().contains(QRectF(-4.5, -0.1, 9, 0.2)));
  auto wider = std::make_shared<MapPoints>(*tenPoints());
  for (float& value : wider->positions) value *= 4.0F;
  map.setPoints(wider);
  const bool reached =
      QTest::qWaitFor([&] { return map.view().contains(QRectF(-18, -0.1, 36, 0.2)); }, 3000);
  CHECK(reached);
  Mouse(map.plot()).wheel(QPointF(300, 300), 2);
  const QRectF zoomed = map.view();
  map.setPoints(tenPoints());
  QTest::qWait(80);
  CHECK(map.view() == zoomed);
  QTest::keyClick(&map, Qt::Key_F);
  CHECK(map.view().contains(QRectF(-4.5, -0.1, 9, 0.2)));
}

TEST_CASE("every control of the map has a name to be found and spoken by", "[ui][map]") {
  LatentMap map;
  for (const QToolButton* button : map.findChildren<QToolButton*>()) {
    if (button->objectName().startsWith("qt_") || button->parentWidget()->inherits("QScrollBar")) {
      continue;
    }
    CHECK_FALSE(button->objectName().isEmpty());
    CHECK_FALSE(button->accessibleName().isEmpty());
  }
}

TEST_CASE("a class that is seen alone keeps its colour and the others lose theirs", "[ui][map]") {
  ShownMap shown;
  auto points = std::make_shared<MapPoints>();
  auto classes = std::make_shared<PointClasses>();
  // Two crosses of points each: the letter of the class stands in their middle, the points do not.
  for (int label = 0; label < 2; ++label) {
    classes->names.push_back(QString::number(label));
    for (const auto& [dx, dy] : {std::pair{-1.5, 0.0}, {1.5, 0.0}, {0.0, 1.5}, {0.0, -1.5}}) {
      classes->labels.push_back(label);
      points->positions.push_back(static_cast<float>((label == 0 ? -3.0 : 3.0) + dx));
      points->positions.push_back(static_cast<float>(dy));
    }
  }
  points->classes = classes;
  shown.map.setPoints(points);
  shown.map.setView(QRectF(-6, -4, 12, 8));
  const auto colorOf = [&](std::size_t point) {
    const QPoint pixel =
        shown.at(double(points->positions[2 * point]), double(points->positions[2 * point + 1]))
            .toPoint();
    const QImage picture = shown.map.plot()->grab().toImage();
    const double ratio = picture.devicePixelRatio();
    return picture.pixelColor(QPoint(int(pixel.x() * ratio), int(pixel.y() * ratio)));
  };
  const auto isColored = [&](std::size_t point, int label) {
    const QColor wanted = Theme::of(&shown.map).classColor(label);
    const QColor found = colorOf(point);
    INFO(found.name().toStdString() << " for " << wanted.name().toStdString());
    return std::abs(found.red() - wanted.red()) + std::abs(found.green() - wanted.green()) +
               std::abs(found.blue() - wanted.blue()) <
           100;
  };
  QTest::qWait(40);
  for (std::size_t point = 0; point < 4; ++point) CHECK(isColored(point, 0));
  for (std::size_t point = 4; point < 8; ++point) CHECK(isColored(point, 1));
  auto* legend = shown.map.findChild<MapLegend*>("mapLegend");
  Mouse(legend).click(legend->entryRect(1).center());
  QTest::qWait(40);
  REQUIRE(shown.map.brightClasses() == QVector<int>{1});
  for (std::size_t point = 0; point < 4; ++point) CHECK_FALSE(isColored(point, 0));
  for (std::size_t point = 4; point < 8; ++point) CHECK(isColored(point, 1));
}

TEST_CASE("points that move while a network trains are drawn without being waited for",
          "[ui][map]") {
  ShownMap shown;
  const auto dotAt = [&](double x, double y) {
    const QImage picture = shown.map.plot()->grab().toImage();
    const QPointF place = shown.at(x, y) * picture.devicePixelRatio();
    return picture.pixelColor(place.toPoint()).hsvSaturation() > 60;  // the grid is grey
  };
  REQUIRE(dotAt(-1.5, 0.0));
  REQUIRE_FALSE(dotAt(-1.5, 1.3));

  auto moved = tenPoints();
  for (std::size_t i = 0; i < moved->size(); ++i) moved->positions[2 * i + 1] = 1.3F;
  shown.map.setPoints(moved);
  // The letter, dark as it is, is there before the dot: only when the old dot has gone is it new.
  CHECK(QTest::qWaitFor([&] { return dotAt(-1.5, 1.3) && !dotAt(-1.5, 0.0); }, 5000));

  // The view that a person moves is drawn at once, and what was ordered before does not undo it.
  shown.map.setPoints(tenPoints());
  shown.map.plot()->replot();  // ordered
  shown.map.setView(QRectF(-3, -2, 6, 4));
  shown.map.plot()->replot();
  CHECK(dotAt(-1.5, 0.0));
  QTest::qWait(100);
  CHECK(dotAt(-1.5, 0.0));
  CHECK_FALSE(dotAt(-1.5, 1.3));
}

TEST_CASE("letters in one place are moved apart, those that lie free stay", "[ui][map]") {
  std::vector<QRectF> places = {{0.0, 0.0, 20.0, 24.0},
                                {2.0, 4.0, 20.0, 24.0},
                                {0.0, 0.0, 20.0, 24.0},
                                {300.0, 300.0, 20.0, 24.0}};
  spreadApart(places);
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = i + 1; j < places.size(); ++j) {
      const QRectF shared = places[i].intersected(places[j]);
      CHECK(shared.width() * shared.height() < 8.0);
    }
  }
  CHECK(places[3] == QRectF(300.0, 300.0, 20.0, 24.0));
}
