#include <qcustomplot.h>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <cmath>

#include "support/catch.h"
#include "ui/plots/latent_map.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;
using ui::LatentMap;

namespace {

struct UmapFixture : WindowFixture {
  UmapFixture() {
    config.latent_dim = 6;
    train();
    REQUIRE(comeToRest());
    plane = find<QComboBox>("plane");
  }

  void choose(int choice) {
    plane->setFocus();
    plane->setCurrentIndex(choice);
  }
  bool laidOut() {
    const auto frame = window->explorer()->frame();
    return frame && frame->laidOut;
  }
  bool finished() { return laidOut() && window->explorer()->umapProgress().isFinished(); }
  bool settled() {
    auto* map = find<LatentMap>("latentMap");
    return finished() && map->points()->positions == window->explorer()->frame()->points;
  }

  QComboBox* plane = nullptr;
};

QPoint umapPixelOf(LatentMap* map, const QPointF& plane) {
  return map->plot()->mapFrom(map, map->pixelAt(plane).toPoint());
}

constexpr int kPca = 1;
constexpr int kUmap = 2;

}  // namespace

TEST_CASE("UMAP is offered beside axes and PCA, runs when it is chosen, and moves the points") {
  UmapFixture fixture;
  REQUIRE(fixture.plane->itemText(kUmap) == "UMAP");
  CHECK_FALSE(fixture.find<QWidget>("umapRow")->isVisible());
  std::vector<std::vector<float>> seen;
  QObject::connect(fixture.window->explorer(), &ui::ExplorerService::mapReady, fixture.window.get(),
                   [&](const std::shared_ptr<const ui::MapFrame>& frame) {
                     if (frame->laidOut) seen.push_back(frame->points);
                   });
  fixture.choose(kUmap);
  CHECK(fixture.find<QWidget>("umapRow")->isVisible());
  CHECK(fixture.find<QLabel>("umapLimits")->text().contains("no inverse"));
  REQUIRE(waitFor([&] { return fixture.finished(); }, 30'000));
  CHECK(seen.size() >= 2);
  CHECK(seen.front() != seen.back());
  for (const float place : seen.back()) REQUIRE(std::isfinite(place));
  CHECK(fixture.find<QPushButton>("umapRun")->text() == "Run again");

  fixture.choose(kPca);
  REQUIRE(waitFor([&] { return !fixture.laidOut(); }));
  CHECK_FALSE(fixture.find<QWidget>("umapRow")->isVisible());
  CHECK_FALSE(fixture.window->explorer()->umapProgress().running);
}

TEST_CASE("UMAP stops where it is and goes on from there") {
  UmapFixture fixture;
  auto* explorer = fixture.window->explorer();
  auto* run = fixture.find<QPushButton>("umapRun");
  fixture.choose(kUmap);
  REQUIRE(waitFor([&] { return explorer->umapProgress().epoch > 0; }, 30'000));
  QTest::mouseClick(run, Qt::LeftButton);
  // It may have come to its end meanwhile: then the click began it anew, and another stops it.
  if (explorer->umapProgress().running) QTest::mouseClick(run, Qt::LeftButton);
  REQUIRE_FALSE(explorer->umapProgress().running);
  explorer->drain();
  QApplication::processEvents();
  const int epoch = explorer->umapProgress().epoch;
  const auto points = explorer->frame()->points;
  QTest::qWait(200);
  CHECK(explorer->umapProgress().epoch == epoch);
  CHECK(explorer->frame()->points == points);
  QTest::mouseClick(run, Qt::LeftButton);
  CHECK(waitFor([&] { return fixture.finished(); }, 30'000));
}

TEST_CASE("a click in UMAP's map takes the nearest picture's code, and there is no manifold") {
  UmapFixture fixture;
  auto* map = fixture.find<LatentMap>("latentMap");
  map->setManifoldVisible(true);
  fixture.choose(kUmap);
  CHECK_FALSE(map->isManifoldVisible());
  REQUIRE(waitFor([&] { return fixture.settled(); }, 30'000));
  map->fit();
  QApplication::processEvents();
  const auto frame = fixture.window->explorer()->frame();
  const std::int64_t index = 42;
  const QPointF place(frame->points[2 * index], frame->points[2 * index + 1]);
  QTest::mouseClick(map->plot(), Qt::LeftButton, {}, umapPixelOf(map, place));
  const auto& code = fixture.window->exploration()->code();
  bool known = false;
  double nearest = 1e9;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(frame->size()); ++i) {
    if (frame->code(i) != code) continue;
    known = true;
    nearest = std::hypot(frame->points[static_cast<std::size_t>(2 * i)] - place.x(),
                         frame->points[static_cast<std::size_t>(2 * i + 1)] - place.y());
  }
  CHECK(known);
  CHECK(nearest < 0.02 * map->view().width());
}

TEST_CASE("a path in UMAP's map is placed between its pictures' neighbours") {
  UmapFixture fixture;
  fixture.choose(kUmap);
  REQUIRE(waitFor([&] { return fixture.settled(); }, 30'000));
  auto* map = fixture.find<LatentMap>("latentMap");
  QSignalSpy placed(fixture.window->explorer(), &ui::ExplorerService::placed);
  emit map->pointPicked(0, LatentMap::Handle::A);
  emit map->pointPicked(5, LatentMap::Handle::B);
  REQUIRE(waitFor([&] {
    return !placed.isEmpty() && placed.last()[1].value<std::vector<float>>().size() == 2 * 34;
  }));
  const auto points = placed.last()[1].value<std::vector<float>>();
  const auto frame = fixture.window->explorer()->frame();
  // The first is the current code; then A, …, B: known codes, near their own places.
  const double width = map->view().width();
  CHECK(std::hypot(points[2] - frame->points[0], points[3] - frame->points[1]) < 0.1 * width);
  CHECK(std::hypot(points[66] - frame->points[10], points[67] - frame->points[11]) < 0.1 * width);
}

TEST_CASE("other neighbours make another map; too many are a sentence, not a crash") {
  UmapFixture fixture;
  fixture.choose(kUmap);
  REQUIRE(waitFor([&] { return fixture.finished(); }, 30'000));
  auto* explorer = fixture.window->explorer();
  const auto before = explorer->frame()->points;
  auto* neighbours = fixture.find<QSpinBox>("umapNeighbours");
  neighbours->setFocus();
  neighbours->setValue(30);
  REQUIRE(
      waitFor([&] { return explorer->frame()->points != before && fixture.finished(); }, 30'000));
  UmapSettings settings = explorer->umapSettings();
  CHECK(settings.neighbours == 30);
  settings.neighbours = 400;  // of 300 pictures
  explorer->setUmapSettings(settings);
  REQUIRE(waitFor([&] { return !explorer->umapProgress().problem.isEmpty(); }));
  CHECK(fixture.find<QLabel>("umapLimits")->text() ==
        "With 400 neighbours at least 401 points are needed; found 300.");
  CHECK(fixture.find<QPushButton>("umapRun")->isEnabled());
}

TEST_CASE("UMAP goes on while training changes the codes") {
  UmapFixture fixture;
  fixture.choose(kUmap);
  REQUIRE(waitFor([&] { return fixture.finished(); }, 30'000));
  auto* explorer = fixture.window->explorer();
  const auto before = explorer->frame();
  fixture.window->run()->play();
  REQUIRE(waitFor(
      [&] {
        return explorer->frame()->snapshot > before->snapshot && explorer->frame()->laidOut &&
               explorer->frame()->points != before->points;
      },
      30'000));
  fixture.window->run()->pause();
  CHECK(waitFor([&] { return fixture.finished(); }, 30'000));
}
