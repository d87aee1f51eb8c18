#include "ui/time_machine.h"

#include <QAction>
#include <QComboBox>
#include <QFileInfo>
#include <QImageReader>
#include <QLabel>
#include <QSignalSpy>
#include <QToolButton>
#include <filesystem>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/map_film.h"
#include "ui/panels/timeline_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/widgets/timeline.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

/// A window whose run has kept its first epochs and is paused.
struct PastFixture : WindowFixture {
  explicit PastFixture(int epochs = 4, int latentDim = 2) {
    config.latent_dim = latentDim;
    engine.behaviour().batch_microseconds = 2000;
    train();
    REQUIRE(waitFor([&] { return machine().kept().size() > static_cast<std::size_t>(epochs); },
                    30'000));
  }
  ui::RunController& run() { return *window->run(); }
  ui::TimeMachine& machine() { return *run().timeMachine(); }
  ui::Timeline& timeline() { return *window->timelinePanel()->timeline(); }
  bool shows(double epoch) {
    return waitFor([&] {
      const auto frame = window->explorer()->frame();
      return frame && frame->epoch == epoch && frame->older == 0;
    });
  }
};

}  // namespace

TEST_CASE("the map of a kept epoch is that of its weights, while training goes on") {
  PastFixture fixture;
  const Mouse mouse{&fixture.timeline()};
  const std::int64_t before = fixture.run().progress().step;
  mouse.click({fixture.timeline().xOf(2.0), 16});
  CHECK(fixture.machine().epoch() == 2);
  REQUIRE(fixture.shows(2.0));

  const auto kept = list_kept_epochs(fixture.run().autosavePath());
  const auto file =
      std::find_if(kept.begin(), kept.end(), [](const KeptEpoch& each) { return each.epoch == 2; });
  REQUIRE(file != kept.end());
  const auto model = fixture.engine.load_model(file->path);
  const auto frame = fixture.window->explorer()->frame();
  for (const std::int64_t index : {0, 100, 299}) {
    std::vector<float> code(2);
    model->encode(fixture.run().data().test->image(index), {}, code, {});
    CHECK(frame->code(index) == code);
  }
  REQUIRE(waitFor([&] { return fixture.run().progress().step > before + 30; }));
  CHECK(fixture.run().state() == SessionState::Running);
  // Newer weights have come meanwhile, and the person is still where they went.
  CHECK(fixture.window->explorer()->frame()->epoch == 2.0);
  CHECK(fixture.find<QLabel>("timelineState")->text().startsWith("epoch 2 of"));
}

TEST_CASE("back to live shows the weights that train, and they go on moving") {
  PastFixture fixture;
  auto* live = fixture.find<QToolButton>("backToLive");
  CHECK_FALSE(live->isEnabled());
  fixture.machine().goTo(1);
  REQUIRE(fixture.shows(1.0));
  CHECK(live->isEnabled());
  QTest::mouseClick(live, Qt::LeftButton);
  CHECK(fixture.machine().isLive());
  CHECK(waitFor([&] { return fixture.window->explorer()->frame()->epoch > 4.0; }));
  CHECK(fixture.find<QLabel>("timelineState")->text() == "live");
  const std::int64_t shown = fixture.window->explorer()->frame()->step;
  CHECK(waitFor([&] { return fixture.window->explorer()->frame()->step > shown; }));
}

TEST_CASE("the arrow keys go from kept epoch to kept epoch and into the present") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  const int last = fixture.machine().kept().back().epoch;
  ui::Timeline& timeline = fixture.timeline();
  timeline.setFocus();
  QTest::keyClick(&timeline, Qt::Key_Left);
  CHECK(fixture.machine().epoch() == last);
  QTest::keyClick(&timeline, Qt::Key_Left);
  CHECK(fixture.machine().epoch() == last - 1);
  REQUIRE(fixture.shows(last - 1));
  QTest::keyClick(&timeline, Qt::Key_Right);
  QTest::keyClick(&timeline, Qt::Key_Right);
  CHECK(fixture.machine().isLive());
  QTest::keyClick(&timeline, Qt::Key_Home);
  REQUIRE(fixture.shows(0.0));
  QTest::keyClick(&timeline, Qt::Key_Left);
  CHECK(fixture.machine().epoch() == 0);
}

TEST_CASE("playing shows each kept epoch in turn and ends at the present") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  // The present's own map may still be under way.
  REQUIRE(waitFor([&] { return fixture.window->explorer()->isUpToDate(); }));
  fixture.find<QComboBox>("timelineSpeed")->setCurrentIndex(3);
  std::vector<int> shown;
  QObject::connect(fixture.window->explorer(), &ui::ExplorerService::mapReady, &fixture.machine(),
                   [&](const std::shared_ptr<const ui::MapFrame>& frame) {
                     const int epoch = static_cast<int>(frame->epoch);
                     if (!fixture.machine().isLive() && (shown.empty() || shown.back() != epoch)) {
                       shown.push_back(epoch);
                     }
                   });
  std::vector<int> kept;
  for (const KeptEpoch& each : fixture.machine().kept()) kept.push_back(each.epoch);
  auto* play = fixture.find<QToolButton>("playTimeline");
  QTest::mouseClick(play, Qt::LeftButton);
  REQUIRE(waitFor([&] { return fixture.machine().isLive(); }, 30'000));
  CHECK(shown == kept);
  CHECK_FALSE(play->isChecked());
}

TEST_CASE("a turned knob is a mark on the timeline") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  fixture.run().setKnob("beta", 4.0);
  const double epoch = fixture.run().progress().epoch;
  CHECK(waitFor(
      [&] { return fixture.timeline().textAt(fixture.timeline().xOf(epoch)).contains("1 → 4"); }));
}

TEST_CASE("aligned maps lie on each other as nearly as a turn can bring them") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  const auto angleBetween = [&](int from, int to) {
    fixture.machine().goTo(from);
    REQUIRE(fixture.shows(from));
    const auto a = fixture.window->explorer()->frame();
    fixture.machine().goTo(to);
    REQUIRE(fixture.shows(to));
    const auto b = fixture.window->explorer()->frame();
    double dot = 0.0;
    double cross = 0.0;
    for (std::size_t i = 0; i < a->points.size(); i += 2) {
      dot += a->points[i] * b->points[i] + a->points[i + 1] * b->points[i + 1];
      cross += a->points[i] * b->points[i + 1] - a->points[i + 1] * b->points[i];
    }
    return std::abs(std::atan2(cross, dot));
  };
  // The fake network turns its codes by a known angle with each step.
  CHECK(angleBetween(1, 3) == Approx(0.002 * 2 * 16).margin(1e-3));
  auto* aligned = fixture.window->timelinePanel()->findChild<QAction*>("aligned");
  REQUIRE(aligned != nullptr);
  aligned->trigger();
  CHECK(angleBetween(1, 3) < 1e-3);
  const auto frame = fixture.window->explorer()->frame();
  CHECK(frame->turned);
  // A place on the turned map is still the code that is there.
  float point[2] = {frame->points[10], frame->points[11]};
  std::vector<float> code(2);
  frame->projection.lift(point[0], point[1], {}, code);
  CHECK(code[0] == Approx(frame->code(5)[0]).margin(1e-4));
  CHECK(code[1] == Approx(frame->code(5)[1]).margin(1e-4));
}

TEST_CASE("a branch is a run of its own that begins at the epoch with the knobs of now") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  fixture.run().setKnob("beta", 3.0);
  fixture.machine().goTo(2);
  REQUIRE(fixture.shows(2.0));
  const auto parent = fixture.run().autosavePath();
  QSignalSpy changed(&fixture.run(), &ui::RunController::runChanged);
  auto* branch = fixture.window->timelinePanel()->findChild<QAction*>("branch");
  REQUIRE(branch->isEnabled());
  branch->trigger();
  REQUIRE(waitFor([&] { return !changed.isEmpty(); }));
  CHECK(fixture.run().autosavePath() != parent);
  CHECK(fixture.run().progress().epoch == 2.0);
  CHECK(fixture.run().knob("beta") == 3.0);
  CHECK(fixture.machine().isLive());
  CHECK_FALSE(fixture.run().parentHistory().empty());
  CHECK(std::filesystem::exists(parent));
  // Its own past is the parent's up to there.
  CHECK(fixture.machine().kept().back().epoch == 2);
  fixture.run().play();
  CHECK(waitFor([&] { return fixture.machine().kept().back().epoch > 2; }, 30'000));
  CHECK(list_kept_epochs(parent).back().epoch > 2);
}

TEST_CASE("an epoch that was dropped is trained again and shown, and nothing of it stays") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  std::vector<KeptEpoch> kept = fixture.machine().kept();
  std::filesystem::remove(kept[2].path);
  kept.erase(kept.begin() + 2);
  fixture.machine().setKept(kept);
  fixture.machine().recompute(2);
  REQUIRE(fixture.shows(2.0));
  CHECK(fixture.machine().epoch() == 2);
  // It has no file to branch from.
  CHECK_FALSE(fixture.window->timelinePanel()->findChild<QAction*>("branch")->isEnabled());
  const auto folder = kept_epochs_folder(fixture.run().autosavePath());
  CHECK_FALSE(std::filesystem::exists(folder / "recomputed.safetensors"));
  fixture.machine().step(+1);
  CHECK(fixture.machine().epoch() == 3);
}

TEST_CASE("the past is saved as a film, and the person is then where they were") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  ui::TimelinePanel& panel = *fixture.window->timelinePanel();
  const auto frames = fixture.machine().kept().size();
  const QString file = fixture.folder.filePath("map.gif");
  QSignalSpy saved(panel.film(), &ui::MapFilm::saved);
  std::size_t pictures = 0;
  QObject::connect(panel.film(), &ui::MapFilm::progressed, &panel,
                   [&](int done, int) { pictures = static_cast<std::size_t>(done); });

  SECTION("as one GIF") {
    panel.film()->begin(file, ui::MapFilm::Format::Gif, 4);
    CHECK(fixture.find<QToolButton>("cancelTimeline")->isVisible());
    REQUIRE(waitFor([&] { return !saved.isEmpty(); }, 60'000));
    CHECK(pictures == frames);
    QImageReader reader(file);
    CHECK(reader.imageCount() == static_cast<int>(frames));
    CHECK(reader.read().size() == fixture.window->mapPanel()->map()->picture(1.0).size());
  }
  SECTION("as pictures that differ") {
    panel.film()->begin(fixture.folder.filePath("map.png"), ui::MapFilm::Format::Png, 4);
    REQUIRE(waitFor([&] { return !saved.isEmpty(); }, 60'000));
    const QImage first(fixture.folder.filePath("map-000000.png"));
    const QImage third(fixture.folder.filePath("map-000003.png"));
    REQUIRE_FALSE(first.isNull());
    REQUIRE(third.size() == first.size());
    CHECK(first != third);
  }
  SECTION("not, when it is cancelled") {
    panel.film()->begin(file, ui::MapFilm::Format::Gif, 4);
    REQUIRE(waitFor([&] { return pictures >= 1; }));
    QTest::mouseClick(fixture.find<QToolButton>("cancelTimeline"), Qt::LeftButton);
    CHECK_FALSE(QFileInfo::exists(file));
  }
  CHECK_FALSE(panel.film()->isRunning());
  CHECK(fixture.machine().isLive());
  CHECK_FALSE(fixture.find<QToolButton>("cancelTimeline")->isVisible());
}

TEST_CASE("a kept epoch that cannot be read is a sentence, and the present is shown") {
  PastFixture fixture;
  fixture.run().pause();
  REQUIRE(waitFor([&] { return fixture.run().state() == SessionState::Paused; }));
  QSignalSpy errors(&fixture.run(), &ui::RunController::errorOccurred);
  std::filesystem::remove(fixture.machine().kept()[1].path);
  fixture.machine().goTo(fixture.machine().kept()[1].epoch);
  REQUIRE(waitFor([&] { return !errors.isEmpty(); }));
  CHECK(fixture.machine().isLive());
}

TEST_CASE("a reset is at the present and has no past") {
  PastFixture fixture;
  fixture.machine().goTo(2);
  REQUIRE(fixture.shows(2.0));
  fixture.run().reset();
  CHECK(waitFor([&] { return fixture.machine().isLive() && fixture.machine().kept().empty(); }));
  CHECK(fixture.shows(0.0));
}
