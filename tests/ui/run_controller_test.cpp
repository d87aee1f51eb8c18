#include "ui/run_controller.h"

#include <QSignalSpy>
#include <filesystem>

#include "support/catch.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct ControllerFixture : WindowFixture {
  ControllerFixture() : run(backend(), (folder.path() + "/runs").toStdString()) {
    run.loadEngine();
    waitFor([this] { return run.engine() != nullptr; });
  }
  ui::RunController run;
};

}  // namespace

TEST_CASE("losses arrive whole and in order, however rarely they are taken") {
  ControllerFixture fixture;
  fixture.engine.behaviour().batch_microseconds = 20;
  fixture.config.epochs = 20;
  std::vector<std::int64_t> steps;
  QObject::connect(&fixture.run, &ui::RunController::lossesArrived, &fixture.run,
                   [&](const std::vector<LossPoint>& losses) {
                     for (const LossPoint& loss : losses) {
                       if (loss.part == LossPoint::Part::Train) steps.push_back(loss.step);
                     }
                   });
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.state() == SessionState::Finished; }));
  REQUIRE(waitFor([&] { return steps.size() == 320; }));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(steps[i] == static_cast<std::int64_t>(i) + 1);
  }
}

TEST_CASE("the losses of an opened run are told once: they are known from its file") {
  ControllerFixture fixture;
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 20; }));
  const std::filesystem::path path = (fixture.folder.path() + "/saved.safetensors").toStdString();
  fixture.run.save(path);
  REQUIRE(waitFor([&] { return fixture.run.savedPath() == path; }));
  const std::vector<LossPoint> known = fixture.engine.read_run_info(path).history;
  REQUIRE(known.size() == 1);

  std::vector<LossPoint> told;
  QObject::connect(&fixture.run, &ui::RunController::lossesArrived, &fixture.run,
                   [&](const std::vector<LossPoint>& losses) {
                     told.insert(told.end(), losses.begin(), losses.end());
                   });
  QSignalSpy changed(&fixture.run, &ui::RunController::runChanged);
  fixture.run.openRun(path, false);
  REQUIRE(waitFor([&] { return !changed.isEmpty(); }));
  CHECK(fixture.run.history().size() == 1);
  told.clear();
  fixture.run.play();
  REQUIRE(waitFor([&] { return told.size() > 20; }));
  for (const LossPoint& point : told) CHECK(point.total != known.front().total);
  CHECK(told.front().part == LossPoint::Part::Train);
}

TEST_CASE("the window is told at most about 30 times a second") {
  ControllerFixture fixture;
  fixture.engine.behaviour().batch_microseconds = 50;
  QSignalSpy told(&fixture.run, &ui::RunController::progressChanged);
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 0; }));
  told.clear();
  QElapsedTimer clock;
  clock.start();
  waitFor([&] { return clock.elapsed() > 1000; });
  CHECK(told.size() <= 36);
  CHECK(told.size() >= 5);
}

TEST_CASE("a reset clears what came before it and keeps the seed") {
  ControllerFixture fixture;
  QSignalSpy reset(&fixture.run, &ui::RunController::runReset);
  fixture.config.seed = 7;
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 30; }));
  fixture.run.reset();
  REQUIRE(waitFor([&] { return reset.size() == 1; }));
  CHECK(fixture.run.progress().step == 0);
  CHECK(fixture.run.config().seed == 7);
  fixture.run.resetToNewSeed();
  CHECK(fixture.run.config().seed != 7);
}

TEST_CASE("commands in quick succession mean what they say, not what the thread has yet to hear") {
  ControllerFixture fixture;
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 10; }));
  fixture.run.togglePlay();
  fixture.run.togglePlay();
  fixture.run.reset();
  fixture.run.togglePlay();
  CHECK(waitFor([&] {
    return fixture.run.state() == SessionState::Running && fixture.run.progress().step > 10;
  }));
  fixture.run.togglePlay();
  CHECK(waitFor([&] { return fixture.run.state() == SessionState::Paused; }));
}

TEST_CASE("a reset keeps what was trained in a file of its own") {
  ControllerFixture fixture;
  QSignalSpy saved(&fixture.run, &ui::RunController::runSaved);
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 10; }));
  fixture.run.togglePlay();
  REQUIRE(waitFor([&] { return fixture.run.state() == SessionState::Paused; }));
  saved.clear();
  fixture.run.reset();
  REQUIRE(waitFor([&] { return fixture.run.progress().step == 0 && !saved.isEmpty(); }));
  const std::filesystem::path kept = saved.front().front().toString().toStdString();
  CHECK(std::filesystem::exists(kept));
  CHECK(kept != fixture.run.autosavePath());
}

TEST_CASE("losses after a reset and an instant play are those of the new beginning") {
  ControllerFixture fixture;
  std::int64_t last = 0;
  bool wentBack = false;
  bool wasReset = false;
  QObject::connect(&fixture.run, &ui::RunController::runReset, &fixture.run, [&] {
    wasReset = true;
    last = 0;
  });
  QObject::connect(&fixture.run, &ui::RunController::lossesArrived, &fixture.run,
                   [&](const std::vector<LossPoint>& losses) {
                     for (const LossPoint& loss : losses) {
                       wentBack = wentBack || loss.step < last;
                       last = loss.step;
                     }
                   });
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 100; }));
  fixture.run.reset();
  fixture.run.play();
  REQUIRE(waitFor([&] { return wasReset && last > 10; }));
  CHECK_FALSE(wentBack);
}

TEST_CASE("an impossible configuration is refused before the data are read") {
  ControllerFixture fixture;
  fixture.loadSteps = 200;
  QSignalSpy errors(&fixture.run, &ui::RunController::errorOccurred);
  fixture.config.model = "no such system";
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return errors.size() == 1; }, 1000));
  CHECK(errors[0][0].toString().contains("no such system"));
  CHECK_FALSE(fixture.run.hasRun());
}

TEST_CASE("reading data can be cancelled, and nothing of it arrives later") {
  ControllerFixture fixture;
  fixture.loadSteps = 300;
  fixture.run.startRun(fixture.config, true);
  REQUIRE(fixture.run.isPreparing());
  QElapsedTimer clock;
  clock.start();
  fixture.run.cancelPreparation();
  CHECK(clock.elapsed() < 100);
  CHECK_FALSE(fixture.run.isPreparing());
  waitFor([&] { return clock.elapsed() > 300; });
  CHECK_FALSE(fixture.run.hasRun());
}

TEST_CASE("letting a run go does not wait for its slow disk") {
  ControllerFixture fixture;
  fixture.run.startRun(fixture.config, true);
  REQUIRE(waitFor([&] { return fixture.run.progress().step > 0; }));
  fixture.engine.behaviour().save_milliseconds = 400;
  QSignalSpy ended(&fixture.run, &ui::RunController::shutDownFinished);
  QElapsedTimer clock;
  clock.start();
  fixture.run.shutDown();
  CHECK(clock.elapsed() < 100);
  REQUIRE(waitFor([&] { return ended.size() == 1; }));
  CHECK(clock.elapsed() >= 400);
  CHECK(fixture.engine.behaviour().sessions_alive == 0);
}

TEST_CASE("a controller that goes away in mid-training ends its session first") {
  WindowFixture fixture;
  {
    ui::RunController run(fixture.backend(), (fixture.folder.path() + "/runs").toStdString());
    run.loadEngine();
    waitFor([&] { return run.engine() != nullptr; });
    run.startRun(fixture.config, true);
    REQUIRE(waitFor([&] { return run.progress().step > 5; }));
    CHECK(fixture.engine.behaviour().sessions_alive == 1);
  }
  CHECK(fixture.engine.behaviour().sessions_alive == 0);
}
