#include "ui/explorer_service.h"

#include <QSignalSpy>
#include <cmath>

#include "support/catch.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct ExplorerFixture : WindowFixture {
  explicit ExplorerFixture(int latentDim = 2, int testImages = 300) {
    config.latent_dim = latentDim;
    dataOptions.test = testImages;
    data = make_fake_data("bars", dataOptions);
    session = engine.make_session(config, data, {});
    waitFor([this] { return session->latest_snapshot() != nullptr; });
    explorer.setEngine(&engine);
    explorer.setRun(data.test);
    explorer.setSnapshot(session->latest_snapshot());
  }
  DataSplit data;
  std::unique_ptr<Session> session;
  ui::ExplorerService explorer;
};

}  // namespace

TEST_CASE("the map shows the code of every test picture, each at its own index") {
  ExplorerFixture fixture;
  REQUIRE(waitFor([&] { return fixture.explorer.frame() != nullptr; }));
  const auto frame = fixture.explorer.frame();
  REQUIRE(frame->size() == 300);
  const auto& model = *fixture.session->latest_snapshot()->model;
  for (const std::int64_t index : {0, 17, 299}) {
    std::vector<float> code(2);
    model.encode(fixture.data.test->image(index), {}, code, {});
    CHECK(frame->code(index) == code);
    CHECK(frame->points[static_cast<std::size_t>(2 * index)] == Approx(code[0]));
  }
  CHECK(frame->code(300).empty());
}

TEST_CASE("principal components keep their signs from frame to frame") {
  ExplorerFixture fixture(8);
  fixture.explorer.setProjection({ui::ProjectionChoice::Kind::Pca, 0, 1});
  REQUIRE(waitFor([&] {
    return fixture.explorer.frame() &&
           fixture.explorer.frame()->choice.kind == ui::ProjectionChoice::Kind::Pca;
  }));
  const auto before = fixture.explorer.frame();
  fixture.session->step_batch();
  REQUIRE(waitFor([&] { return fixture.session->latest_snapshot()->step == 1; }));
  fixture.explorer.setSnapshot(fixture.session->latest_snapshot());
  REQUIRE(waitFor([&] { return fixture.explorer.frame()->snapshot > before->snapshot; }));
  const auto after = fixture.explorer.frame();
  for (int axis = 0; axis < 2; ++axis) {
    double dot = 0.0;
    for (std::size_t l = 0; l < 8; ++l) {
      const auto at = static_cast<std::size_t>(axis) * 8 + l;
      dot += before->projection.axes[at] * after->projection.axes[at];
    }
    CHECK(dot > 0.5);
  }
}

TEST_CASE("a change of the plane is answered without encoding anything again") {
  ExplorerFixture fixture(5);
  REQUIRE(waitFor([&] { return fixture.explorer.isUpToDate(); }));
  const auto encoded = fixture.engine.behaviour().images_encoded.load();
  fixture.explorer.setProjection({ui::ProjectionChoice::Kind::Axes, 3, 4});
  REQUIRE(waitFor([&] { return fixture.explorer.frame()->choice.horizontal == 3; }));
  CHECK(fixture.engine.behaviour().images_encoded == encoded);
  const auto frame = fixture.explorer.frame();
  CHECK(frame->points[0] == Approx(frame->code(0)[3]));
  CHECK(frame->points[1] == Approx(frame->code(0)[4]));
}

TEST_CASE("of many questions asked at once, the last is answered") {
  ExplorerFixture fixture;
  fixture.engine.behaviour().decode_milliseconds = 20;
  QVector<QImage> pictures;
  QObject::connect(&fixture.explorer, &ui::ExplorerService::decoded, &fixture.explorer,
                   [&](const QImage& picture) { pictures.append(picture); });
  for (int i = 0; i < 100; ++i) {
    fixture.explorer.decode({static_cast<float>(i) * 0.05F, 0.0F}, 0);
  }
  waitFor([&] { return pictures.size() >= 2; }, 2000);
  fixture.explorer.drain();
  QApplication::processEvents();
  CHECK(pictures.size() <= 3);
  std::vector<float> pixels(28 * 28);
  const std::vector<float> last{99.0F * 0.05F, 0.0F};
  fixture.session->latest_snapshot()->model->decode(last, {}, pixels);
  const QImage& shown = pictures.last();
  for (const int at : {0, 100, 500}) {
    CHECK(qGray(shown.pixel(at % 28, at / 28)) ==
          Approx(255.0F * pixels[static_cast<std::size_t>(at)]).margin(1.5));
  }
}

TEST_CASE("answers of an earlier run do not arrive in the next") {
  ExplorerFixture fixture;
  fixture.engine.behaviour().decode_milliseconds = 50;
  QSignalSpy decoded(&fixture.explorer, &ui::ExplorerService::decoded);
  fixture.explorer.decode({1.0F, 1.0F}, 0);
  fixture.explorer.setRun(fixture.data.test);
  fixture.explorer.drain();
  QApplication::processEvents();
  CHECK(decoded.isEmpty());
}

TEST_CASE("the nearest test pictures come nearest first") {
  ExplorerFixture fixture;
  REQUIRE(waitFor([&] { return fixture.explorer.frame() != nullptr; }));
  std::vector<ui::CodeNeighbour> found;
  QObject::connect(&fixture.explorer, &ui::ExplorerService::neighboursReady, &fixture.explorer,
                   [&](const std::vector<ui::CodeNeighbour>& answer) { found = answer; });
  fixture.explorer.findNeighbours(fixture.explorer.frame()->code(42), 5);
  REQUIRE(waitFor([&] { return found.size() == 5; }));
  CHECK(found[0].index == 42);
  CHECK(found[0].distance == 0.0F);
  CHECK(found[0].label == 2);
  for (std::size_t i = 1; i < found.size(); ++i) CHECK(found[i].distance >= found[i - 1].distance);
}

TEST_CASE("while training runs, the background takes a small share of a core") {
  ExplorerFixture fixture(2, 10'000);
  REQUIRE(waitFor([&] { return fixture.explorer.isUpToDate(); }));
  constexpr int kMicroseconds = 10;  // all of them for each of 15 snapshots a second: 1.5 cores
  fixture.engine.behaviour().encode_microseconds = kMicroseconds;
  fixture.explorer.setTraining(true);
  const auto before = fixture.engine.behaviour().images_encoded.load();
  fixture.session->play();
  QElapsedTimer clock;
  clock.start();
  int frames = 0;
  QObject::connect(&fixture.explorer, &ui::ExplorerService::mapReady, &fixture.explorer,
                   [&] { ++frames; });
  waitFor([&] {
    fixture.explorer.setSnapshot(fixture.session->latest_snapshot());
    return clock.elapsed() > 1500;
  });
  const double seconds = 1e-3 * static_cast<double>(clock.elapsed());
  fixture.session->pause();
  CHECK(frames >= 1);
  const auto encoded =
      static_cast<double>(fixture.engine.behaviour().images_encoded.load() - before);
  CHECK(encoded * 1e-6 * kMicroseconds < 0.3 * seconds);
}

TEST_CASE("the manifold grid covers exactly the view that was asked for") {
  ExplorerFixture fixture;
  REQUIRE(waitFor([&] { return fixture.explorer.isUpToDate(); }));
  QImage grid;
  QRectF area;
  QObject::connect(&fixture.explorer, &ui::ExplorerService::manifoldReady, &fixture.explorer,
                   [&](const QImage& image, const QRectF& where) {
                     grid = image;
                     area = where;
                   });
  const QRectF view(-2.0, -1.0, 4.0, 2.0);
  fixture.explorer.setManifold(view, {}, 0);
  REQUIRE(waitFor([&] { return !grid.isNull(); }));
  CHECK(area == view);
  CHECK(grid.width() % 28 == 0);
  CHECK(grid.height() % 28 == 0);
  CHECK(grid.width() == Approx(2.0 * grid.height()).epsilon(0.1));
}

TEST_CASE("a code of the wrong length is refused quietly") {
  ExplorerFixture fixture;
  QSignalSpy decoded(&fixture.explorer, &ui::ExplorerService::decoded);
  QSignalSpy failed(&fixture.explorer, &ui::ExplorerService::failed);
  fixture.explorer.decode({1.0F, 2.0F, 3.0F}, 0);
  fixture.explorer.drain();
  QApplication::processEvents();
  CHECK(decoded.isEmpty());
  CHECK(failed.isEmpty());
}
