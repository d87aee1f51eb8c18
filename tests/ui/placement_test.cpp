// Systems whose codes are searched for, and systems whose code is a sequence.

#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <cmath>

#include "support/catch.h"
#include "ui/plots/latent_map.h"
#include "ui/widgets/code_sliders.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/image_view.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct SearchFixture : WindowFixture {
  explicit SearchFixture(const std::string& model = "no_encoder", int latentDim = 2) {
    config.model = model;
    config.latent_dim = latentDim;
    dataOptions.test = 400;
    data = make_fake_data("bars", dataOptions);
    session = engine.make_session(config, data, {});
    waitFor([this] { return session->latest_snapshot() != nullptr; });
    explorer.setEngine(&engine);
    explorer.setRun(data.test);
    explorer.setSnapshot(session->latest_snapshot());
  }
  bool isPlaced(std::int64_t index) const {
    return explorer.frame() && std::isfinite(explorer.frame()->points[2 * index]);
  }
  DataSplit data;
  std::unique_ptr<Session> session;
  ui::ExplorerService explorer;
};

}  // namespace

TEST_CASE("without an encoder no code is searched for until somebody asks") {
  SearchFixture fixture;
  REQUIRE(waitFor([&] { return fixture.explorer.isUpToDate(); }));
  CHECK(fixture.explorer.placesOnDemand());
  CHECK(fixture.explorer.frame() == nullptr);
  CHECK(fixture.engine.behaviour().images_encoded == 0);

  fixture.explorer.placeAll();
  CHECK(fixture.explorer.placement().waiting == ui::ExplorerService::kPlaced);
  REQUIRE(waitFor([&] { return fixture.explorer.placement().waiting == 0; }));
  CHECK(fixture.explorer.placement().placed == ui::ExplorerService::kPlaced);
  CHECK(fixture.engine.behaviour().images_encoded == ui::ExplorerService::kPlaced);
  CHECK(fixture.isPlaced(0));
  CHECK(fixture.isPlaced(ui::ExplorerService::kPlaced - 1));
  CHECK_FALSE(fixture.isPlaced(ui::ExplorerService::kPlaced));
  std::vector<float> code(2);
  fixture.session->latest_snapshot()->model->encode(fixture.data.test->image(7), {}, code, {});
  CHECK(fixture.explorer.frame()->code(7) == code);
}

TEST_CASE("codes that were searched for are of one moment, and say when there are newer weights") {
  SearchFixture fixture;
  fixture.explorer.placeOne(350);
  REQUIRE(waitFor([&] { return fixture.isPlaced(350); }));
  CHECK(fixture.explorer.placement().placed == 1);
  const std::vector<float> code = fixture.explorer.frame()->code(350);
  fixture.session->step_batch();
  REQUIRE(waitFor([&] { return fixture.session->latest_snapshot()->step == 1; }));
  fixture.explorer.setSnapshot(fixture.session->latest_snapshot());
  CHECK(fixture.explorer.placement().outdated);
  fixture.explorer.placeOne(10);
  REQUIRE(waitFor([&] { return fixture.isPlaced(10); }));
  CHECK(fixture.explorer.frame()->code(350) == code);
  fixture.explorer.placeAll();
  REQUIRE(waitFor([&] { return fixture.explorer.placement().waiting == 0; }));
  CHECK_FALSE(fixture.explorer.placement().outdated);
  CHECK_FALSE(fixture.isPlaced(350));
}

TEST_CASE("an end of a path waits for the code of its picture") {
  SearchFixture fixture;
  ui::Exploration exploration(&fixture.explorer);
  exploration.setLatentDim(2);
  exploration.setEndToDigit(0, 390);
  exploration.setEndToDigit(1, 5);
  CHECK_FALSE(exploration.hasPath());
  REQUIRE(waitFor([&] { return exploration.hasPath(); }));
  CHECK(exploration.end(0).code == fixture.explorer.frame()->code(390));
  CHECK(exploration.end(1).code == fixture.explorer.frame()->code(5));
  exploration.goToDigit(123);
  REQUIRE(waitFor([&] { return fixture.isPlaced(123); }));
  CHECK(exploration.code() == fixture.explorer.frame()->code(123));
}

TEST_CASE("the nearest of pictures that were placed here and there are those") {
  SearchFixture fixture;
  for (const std::int64_t index : {399, 20, 310}) fixture.explorer.placeOne(index);
  REQUIRE(waitFor([&] { return fixture.explorer.placement().placed == 3; }));
  std::vector<ui::CodeNeighbour> found;
  QObject::connect(&fixture.explorer, &ui::ExplorerService::neighboursReady, &fixture.explorer,
                   [&](const std::vector<ui::CodeNeighbour>& answer) { found = answer; });
  fixture.explorer.findNeighbours(fixture.explorer.frame()->code(310), 5);
  REQUIRE(waitFor([&] { return !found.empty(); }));
  REQUIRE(found.size() == 3);
  CHECK(found[0].index == 310);
}

TEST_CASE("a sequence's map is the mean over its steps") {
  SearchFixture fixture("sequence", 6);
  REQUIRE(waitFor([&] { return fixture.explorer.isUpToDate(); }));
  const auto frame = fixture.explorer.frame();
  REQUIRE(frame->steps == 3);
  const std::vector<float> code = frame->code(42);
  CHECK(frame->points[84] == Approx((code[0] + code[2] + code[4]) / 3.0F).margin(1e-5));
  CHECK(frame->points[85] == Approx((code[1] + code[3] + code[5]) / 3.0F).margin(1e-5));
}

TEST_CASE("the window places pictures when its button is pressed, and says how many") {
  WindowFixture fixture;
  fixture.config.model = "no_encoder";
  fixture.dataOptions.test = 400;
  ui::MainWindow& window = fixture.open();
  window.trainWhenReady(fixture.config, false);
  auto* place = fixture.find<QPushButton>("placePictures");
  REQUIRE(waitFor([&] { return place->isVisible(); }));
  CHECK(place->text() == "Place 300 pictures");
  auto* picture = fixture.find<ui::ImageView>("decodedPicture");
  CHECK(waitFor([&] { return !picture->image().isNull(); }));  // the middle of the prior
  QTest::mouseClick(place, Qt::LeftButton);
  CHECK_FALSE(place->isEnabled());
  auto* said = fixture.find<QLabel>("placement");
  REQUIRE(waitFor([&] { return said->text().startsWith("300 of 400"); }));
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  CHECK(map->points() != nullptr);
}

TEST_CASE("the sliders hold one step of a sequence, and change that step alone") {
  WindowFixture fixture;
  fixture.config.model = "sequence";
  fixture.config.latent_dim = 8;
  ui::MainWindow& window = fixture.open();
  window.trainWhenReady(fixture.config, false);
  auto* sliders = fixture.find<ui::CodeSliders>("codeSliders");
  auto* step = fixture.find<QSpinBox>("codeStep");
  REQUIRE(waitFor([&] { return step->isVisible() && window.explorer()->frame(); }));
  window.run()->pause();
  CHECK(step->maximum() == 4);
  CHECK(sliders->dimensions() == 2);
  ui::Exploration* exploration = window.exploration();
  const std::vector<float> code{1, 2, 3, 4, 5, 6, 7, 8};
  exploration->setCode(code);
  step->setValue(3);
  CHECK(sliders->code() == std::vector<float>{5, 6});
  emit sliders->codeChanged({50, 60});
  CHECK(exploration->code() == std::vector<float>{1, 2, 3, 4, 50, 60, 7, 8});
}
