#include "ui/run_list.h"

#include <sys/wait.h>
#include <unistd.h>

#include <QLocale>
#include <QSignalSpy>
#include <QTableView>
#include <QToolButton>
#include <algorithm>
#include <filesystem>
#include <limits>

#include "support/catch.h"
#include "ui/explored_run.h"
#include "ui/panels/comparison_panel.h"
#include "ui/plots/loss_plot.h"
#include "ui/run_store.h"
#include "ui/widgets/message_bar.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;
using ui::RunList;

namespace {

/// A window with two runs: the first is held, the second is shown.
struct RunsFixture : WindowFixture {
  RunsFixture() {
    train();
    first = window->run()->autosavePath();
    config.model = "deep-ae";
    config.hyperparameters.clear();
    QSignalSpy changed(window->run(), &ui::RunController::runChanged);
    window->run()->startRun(config, true);
    REQUIRE(waitFor([&] { return changed.size() == 1; }));
    REQUIRE(waitFor([&] { return window->run()->progress().step > 20; }));
  }

  RunList& runs() { return *window->runs(); }
  QString cell(int row, RunList::Column column) {
    return runs().index(row, column).data().toString();
  }
  void choose(int row) {
    find<QTableView>("runsTable")->setCurrentIndex(runs().index(row, RunList::Name));
  }
  void press(const char* button) {
    auto* found = find<QToolButton>(button);
    REQUIRE(found->isEnabled());
    found->click();
  }

  std::filesystem::path first;
};

}  // namespace

TEST_CASE("the run before is kept, paused, when a new one begins") {
  RunsFixture fixture;
  REQUIRE(fixture.runs().rowCount() == 2);
  CHECK(fixture.engine.behaviour().sessions_alive == 2);
  CHECK(fixture.cell(0, RunList::Name) == "VAE");
  CHECK(fixture.cell(1, RunList::System) == "Deep AE");
  CHECK(fixture.runs().place(0) == RunList::Place::Held);
  CHECK(fixture.runs().place(1) == RunList::Place::Current);
  CHECK(waitFor([&] { return fixture.cell(0, RunList::State) == "paused"; }));
  CHECK(waitFor([&] { return fixture.cell(1, RunList::State) == "training"; }));
}

TEST_CASE("the list says the best validation loss of each run, shown or not") {
  RunsFixture fixture;
  for (const int row : {0, 1}) {
    REQUIRE(waitFor([&] { return !fixture.cell(row, RunList::Best).isEmpty(); }));
  }
  ui::RunController& run = *fixture.window->run();
  run.pause();
  REQUIRE(waitFor([&] { return run.progress().state == SessionState::Paused; }));
  // The batch that was under way may still send its losses: the list follows them.
  const auto best_loss = [&] {
    double best = std::numeric_limits<double>::infinity();
    for (const LossPoint& point : run.history()) {
      if (point.part == LossPoint::Part::Validation) best = std::min(best, double{point.total});
    }
    return best;
  };
  CHECK(waitFor(
      [&] { return fixture.cell(1, RunList::Best) == QLocale().toString(best_loss(), 'f', 2); }));
}

TEST_CASE(
    "a run that is shown again is the same run, with all its losses, and the other trains on") {
  RunsFixture fixture;
  const auto step = fixture.cell(0, RunList::Epoch);
  const auto before = fixture.window->run()->progress().step;
  fixture.choose(0);
  fixture.press("runShow");
  CHECK(fixture.window->run()->autosavePath() == fixture.first);
  CHECK(fixture.window->run()->config().model == "vae");
  CHECK(fixture.runs().place(0) == RunList::Place::Current);
  CHECK(fixture.runs().place(1) == RunList::Place::Held);
  CHECK(fixture.runs().rowCount() == 2);
  // Every batch it trained on is still known.
  const auto& history = fixture.window->run()->history();
  const auto batches = std::count_if(history.begin(), history.end(), [](const LossPoint& point) {
    return point.part == LossPoint::Part::Train;
  });
  CHECK(batches == fixture.window->run()->progress().step);
  // The map is of its weights.
  CHECK(waitFor([&] { return fixture.window->explorer()->frame() != nullptr; }));
  CHECK(waitFor([&] { return fixture.cell(1, RunList::State) == "training"; }));
  fixture.choose(1);
  fixture.press("runShow");
  CHECK(fixture.window->run()->progress().step > before);
  // And it tells this controller again.
  const auto now = fixture.window->run()->progress().step;
  CHECK(waitFor([&] { return fixture.window->run()->progress().step > now + 10; }));
}

TEST_CASE("the file of a run that the window holds is that run, not another one") {
  RunsFixture fixture;
  fixture.window->openRun(QString::fromStdString(fixture.first.string()));
  CHECK(fixture.window->run()->autosavePath() == fixture.first);
  CHECK(fixture.window->run()->savedPath().empty());
  CHECK(fixture.runs().rowCount() == 2);
  CHECK(fixture.engine.behaviour().sessions_alive == 2);
}

TEST_CASE("a run of the list stands beside the current one") {
  RunsFixture fixture;
  fixture.choose(0);
  fixture.press("runBeside");
  auto* panel = fixture.window->comparison();
  REQUIRE(panel->isOpen());
  CHECK(panel->beside()->run()->config().model == "vae");
  CHECK(fixture.runs().place(0) == RunList::Place::Beside);
  CHECK(waitFor([&] { return panel->beside()->explorer()->frame() != nullptr; }));
  panel->closeBeside();
  CHECK(fixture.runs().rowCount() == 2);
  CHECK(fixture.runs().place(0) == RunList::Place::Held);
  CHECK(fixture.engine.behaviour().sessions_alive == 2);
}

TEST_CASE("the sides of a comparison are swapped with all that belongs to each run") {
  RunsFixture fixture;
  fixture.choose(0);
  fixture.press("runBeside");
  auto* panel = fixture.window->comparison();
  const auto& left = *fixture.window->run();
  const auto& right = *panel->beside()->run();
  const auto leftPath = left.autosavePath();
  const auto rightStep = right.progress().step;
  REQUIRE(waitFor([&] {
    return fixture.window->exploration()->hasPath() && panel->beside()->exploration()->hasPath();
  }));
  const qint64 a = fixture.window->exploration()->end(0).digit;
  fixture.press("comparisonSwap");
  CHECK(left.config().model == "vae");
  CHECK(left.progress().step == rightStep);
  CHECK(right.config().model == "deep-ae");
  CHECK(right.autosavePath() == leftPath);
  CHECK(fixture.runs().rowCount() == 2);
  CHECK(fixture.runs().place(0) == RunList::Place::Current);
  CHECK(fixture.runs().place(1) == RunList::Place::Beside);
  CHECK(waitFor([&] { return right.state() == SessionState::Running; }));
  CHECK(waitFor([&] {
    return fixture.window->exploration()->hasPath() && panel->beside()->exploration()->hasPath();
  }));
  CHECK(fixture.window->exploration()->end(0).digit == a);
  CHECK(panel->beside()->exploration()->end(0).digit == a);
}

TEST_CASE("another name can be taken back") {
  RunsFixture fixture;
  const QModelIndex at = fixture.runs().index(0, RunList::Name);
  CHECK(fixture.runs().setData(at, "with a round prior", Qt::EditRole));
  CHECK(fixture.cell(0, RunList::Name) == "with a round prior");
  CHECK_FALSE(fixture.runs().setData(at, "  ", Qt::EditRole));
  fixture.press("runUndo");
  CHECK(fixture.cell(0, RunList::Name) == "VAE");
  fixture.press("runRedo");
  CHECK(fixture.cell(0, RunList::Name) == "with a round prior");
}

TEST_CASE("a run that is taken off the list comes back as it was") {
  RunsFixture fixture;
  fixture.choose(0);
  fixture.press("runRemove");
  REQUIRE(fixture.runs().rowCount() == 1);
  CHECK(fixture.cell(0, RunList::System) == "Deep AE");
  fixture.press("runUndo");
  REQUIRE(fixture.runs().rowCount() == 2);
  CHECK(fixture.cell(0, RunList::Name) == "VAE");
  fixture.runs().show(0);
  CHECK(fixture.window->run()->autosavePath() == fixture.first);
  CHECK(fixture.window->run()->progress().step > 20);
}

TEST_CASE("the run that is shown cannot be taken off the list") {
  RunsFixture fixture;
  fixture.choose(1);
  CHECK_FALSE(fixture.find<QToolButton>("runRemove")->isEnabled());
  fixture.runs().remove(1);
  CHECK(fixture.runs().rowCount() == 2);
}

TEST_CASE("a removed run is saved and ended when its removal can no longer be undone") {
  RunsFixture fixture;
  fixture.runs().remove(0);
  CHECK(fixture.engine.behaviour().sessions_alive == 2);
  fixture.runs().undoStack()->clear();
  CHECK(waitFor([&] { return fixture.engine.behaviour().sessions_alive == 1; }));
  CHECK(std::filesystem::exists(fixture.first));
  CHECK_FALSE(std::filesystem::exists(fixture.first.string() + ".lock"));
}

TEST_CASE("a duplicate goes on from the same step in a file of its own") {
  const int row = GENERATE(0, 1);  // a held run, and the shown one
  RunsFixture fixture;
  fixture.window->run()->pause();
  REQUIRE(waitFor([&] { return fixture.window->run()->state() == SessionState::Paused; }));
  fixture.choose(row);
  const QString epoch = fixture.cell(row, RunList::Epoch);
  fixture.press("runDuplicate");
  REQUIRE(waitFor([&] { return fixture.runs().rowCount() == 3; }));
  CHECK(fixture.cell(2, RunList::Name) == (row == 0 ? "VAE copy" : "Deep AE copy"));
  CHECK(fixture.cell(2, RunList::Epoch) == epoch);
  const auto original = fixture.window->run()->autosavePath();
  fixture.runs().show(2);
  CHECK(fixture.window->run()->autosavePath() != original);
  CHECK(fixture.window->run()->autosavePath() != fixture.first);
}

TEST_CASE("closing the window saves every run of the list") {
  RunsFixture fixture;
  const auto second = fixture.window->run()->autosavePath();
  fixture.window->close();
  REQUIRE(waitFor([&] { return !fixture.window->isVisible(); }));
  CHECK(fixture.engine.behaviour().sessions_alive == 0);
  for (const auto& path : {fixture.first, second}) {
    CHECK(std::filesystem::exists(path));
    CHECK_FALSE(std::filesystem::exists(path.string() + ".lock"));
  }
}

TEST_CASE("after a crash all runs that were in the window are offered, and opened together") {
  RunsFixture fixture;
  const std::filesystem::path second = fixture.window->run()->autosavePath();
  fixture.window->close();
  REQUIRE(waitFor([&] { return !fixture.window->isVisible(); }));
  fixture.window.reset();
  REQUIRE(std::filesystem::exists(fixture.first));
  // A process that is killed leaves its marks behind.
  const pid_t child = fork();
  if (child == 0) {
    const auto marks = {ui::RunStore::mark(fixture.first), ui::RunStore::mark(second)};
    _exit(static_cast<int>(marks.size()));
  }
  int status = 0;
  waitpid(child, &status, 0);
  ui::MainWindow& window = fixture.open();
  REQUIRE(waitFor([&] { return window.messages()->isVisible(); }));
  const QString sentence = window.messages()->sentence();
  CHECK(sentence.startsWith("2 runs were cut short; they are saved: "));
  CHECK(sentence.contains("VAE on "));
  CHECK(sentence.contains("Deep AE on "));
  emit window.messages()->actionTriggered();
  REQUIRE(waitFor([&] { return window.runs()->rowCount() == 2; }));
  CHECK(window.run()->state() == SessionState::Paused);
  CHECK(fixture.runs().place(1) == RunList::Place::Held);
  std::vector<std::filesystem::path> files = {fixture.runs().file(0), fixture.runs().file(1)};
  for (const auto& path : {fixture.first, second}) {
    CHECK(std::find(files.begin(), files.end(), path) != files.end());
    // Should it happen again, they are offered again.
    CHECK(std::filesystem::exists(path.string() + ".lock"));
  }
}

TEST_CASE("a copy that nobody has looked at yet is offered after a crash too") {
  RunsFixture fixture;
  fixture.choose(0);
  fixture.press("runDuplicate");
  REQUIRE(waitFor([&] { return fixture.runs().rowCount() == 3; }));
  CHECK(std::filesystem::exists(fixture.runs().file(2).string() + ".lock"));
}
