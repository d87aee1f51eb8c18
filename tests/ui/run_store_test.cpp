#include "ui/run_store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>

#include "latent/kept_epochs.h"
#include "support/catch.h"

using latent::TrainingConfig;
using latent::ui::RunStore;
namespace fs = std::filesystem;

namespace {

/// Does `work` in a process of its own that ends as a killed one does: without any clean-up.
void inKilledProcess(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(9);
  }
  int status = 0;
  waitpid(child, &status, 0);
}

void touch(const fs::path& path) {
  std::ofstream(path) << "saved";
}

}  // namespace

TEST_CASE("all runs whose process was killed are offered once, the newest first") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  inKilledProcess([&] {
    RunStore store(runs);
    store.begin(runs / "older.safetensors");
    touch(runs / "older.safetensors");
    _exit(9);
  });
  inKilledProcess([&] {
    RunStore store(runs);
    store.begin(runs / "newer.safetensors");
    touch(runs / "newer.safetensors");
    fs::last_write_time(runs / "newer.safetensors",
                        fs::last_write_time(runs / "older.safetensors") + std::chrono::hours(1));
    _exit(9);
  });
  RunStore store(runs);
  const auto found = store.takeInterrupted();
  CHECK(found == std::vector<fs::path>{runs / "newer.safetensors", runs / "older.safetensors"});
  CHECK(store.takeInterrupted().empty());
}

TEST_CASE("a run that ended as it should is not offered") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  {
    RunStore store(runs);
    store.begin(runs / "done.safetensors");
    touch(runs / "done.safetensors");
    store.end();
  }
  CHECK(RunStore(runs).takeInterrupted().empty());
}

TEST_CASE("a run that another window is training is not offered") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  RunStore training(runs);
  training.begin(runs / "live.safetensors");
  touch(runs / "live.safetensors");
  CHECK(RunStore(runs).takeInterrupted().empty());
  CHECK(fs::exists(runs / "live.safetensors.lock"));
}

TEST_CASE("a killed run that had saved nothing is not offered") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  inKilledProcess([&] {
    RunStore store(runs);
    store.begin(runs / "empty.safetensors");
    _exit(9);
  });
  CHECK(RunStore(runs).takeInterrupted().empty());
}

TEST_CASE("each run gets a file name of its own, made of plain characters") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  RunStore store(runs);
  TrainingConfig config;
  config.data = "folder:/home/me/my cats/";
  const fs::path first = store.newRunPath(config);
  store.begin(first);
  const fs::path second = store.newRunPath(config);
  CHECK(first != second);
  CHECK(first.filename().string().find_first_of(" /:") == std::string::npos);
  CHECK(first.extension() == ".safetensors");
}

TEST_CASE("the newest twenty ended runs are kept, and whatever a person named") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  const auto now = fs::file_time_type::clock::now();
  for (int i = 0; i < 25; ++i) {
    const fs::path run =
        runs / ("20260101-0000" + std::to_string(10 + i) + "-vae-mnist.safetensors");
    touch(run);
    fs::last_write_time(run, now - std::chrono::hours(25 - i));
  }
  touch(runs / "my best.safetensors");
  fs::last_write_time(runs / "my best.safetensors", now - std::chrono::hours(1000));
  RunStore store(runs);
  CHECK(store.begin(runs / "20260102-000000-vae-mnist.safetensors"));
  CHECK_FALSE(fs::exists(runs / "20260101-000014-vae-mnist.safetensors"));
  CHECK(fs::exists(runs / "20260101-000015-vae-mnist.safetensors"));
  CHECK(fs::exists(runs / "my best.safetensors"));
}

TEST_CASE("the epochs of a run go with it, and only the newest ended runs keep theirs") {
  QTemporaryDir folder;
  const fs::path runs = folder.path().toStdString();
  const auto now = fs::file_time_type::clock::now();
  const auto past = [](const fs::path& run) { return latent::list_kept_epochs(run).size(); };
  std::vector<fs::path> kept;
  for (int i = 0; i < 22; ++i) {
    const fs::path run =
        runs / ("20260101-0000" + std::to_string(10 + i) + "-vae-mnist.safetensors");
    touch(run);
    latent::keep_epoch(run, 1, latent::kUsualKeepBudget);
    fs::last_write_time(run, now - std::chrono::hours(i));
    kept.push_back(run);
  }
  // A run that never trained has left epochs without a file.
  const fs::path orphan = runs / "20260101-000099-vae-mnist.safetensors";
  touch(orphan);
  latent::keep_epoch(orphan, 1, latent::kUsualKeepBudget);
  fs::remove(orphan);
  RunStore store(runs);
  CHECK(store.begin(runs / "20260102-000000-vae-mnist.safetensors"));
  CHECK(past(kept[4]) == 1);
  CHECK(past(kept[5]) == 0);
  CHECK(fs::exists(kept[19]));
  CHECK_FALSE(fs::exists(kept[20]));
  CHECK_FALSE(fs::exists(latent::kept_epochs_folder(kept[20])));
  CHECK(past(orphan) == 0);
}

TEST_CASE("a run that another window has open is not taken from it") {
  QTemporaryDir folder;
  const fs::path run = fs::path(folder.path().toStdString()) / "run.safetensors";
  RunStore first(run.parent_path());
  CHECK(first.begin(run));
  CHECK_FALSE(first.isOpenElsewhere(run));
  RunStore second(run.parent_path());
  CHECK(second.isOpenElsewhere(run));
  CHECK_FALSE(second.begin(run));
}

TEST_CASE("a folder that cannot be made is no lock that was taken") {
  QTemporaryDir folder;
  const fs::path blocked = fs::path(folder.path().toStdString()) / "file";
  touch(blocked);
  RunStore store(blocked / "runs");
  CHECK_FALSE(store.begin(blocked / "runs" / "run.safetensors"));
}
