#include "latent/kept_epochs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "latent/error.h"
#include "support/catch.h"

using namespace latent;
namespace fs = std::filesystem;

namespace {

fs::path past_folder(const std::string& name) {
  const fs::path folder = fs::temp_directory_path() / "latent-kept-epochs-test" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

/// A run's file as a save leaves it: another file under the same name.
void save_as(const fs::path& run, const std::string& text) {
  const fs::path fresh = run.string() + ".fresh";
  std::ofstream(fresh) << text;
  fs::rename(fresh, run);
}

std::string kept_text_of(const fs::path& path) {
  std::ifstream in{path};
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<int> epochs_of(const std::vector<KeptEpoch>& kept) {
  std::vector<int> epochs;
  for (const KeptEpoch& each : kept) epochs.push_back(each.epoch);
  return epochs;
}

/// What a run of so many epochs has kept at its end, thinned after each.
std::vector<int> kept_of(int epochs, const KeepBudget& budget, std::uintmax_t bytes = 1) {
  std::vector<KeptEpoch> kept;
  for (int epoch = 0; epoch <= epochs; ++epoch) {
    kept.push_back({epoch, {}, bytes});
    kept = thinned(std::move(kept), budget);
  }
  return epochs_of(kept);
}

constexpr KeepBudget kRoomy{64, 1 << 30};

}  // namespace

TEST_CASE("a short run keeps every epoch", "[kept_epochs]") {
  CHECK(kept_of(63, kRoomy).size() == 64);
  CHECK(kept_of(3, {4, 4}) == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a long run stays within its number of epochs and of bytes", "[kept_epochs]") {
  CHECK(kept_of(64, kRoomy).size() == 64);
  CHECK(kept_of(1000, kRoomy).size() == 64);
  CHECK(kept_of(100, {64, 1000}, 50).size() == 20);
}

TEST_CASE("the beginning and the present stay, and what is near them is dense", "[kept_epochs]") {
  for (const int length : {80, 200, 1000, 3000}) {
    CAPTURE(length);
    const std::vector<int> kept = kept_of(length, kRoomy);
    CHECK(kept.front() == 0);
    CHECK(kept.back() == length);
    CHECK(kept[1] == 1);
    CHECK(kept[kept.size() - 2] == length - 1);
    // Nowhere is a gap larger than a share of the way to the nearer end.
    for (std::size_t i = 1; i < kept.size(); ++i) {
      const int to_end = std::min(kept[i], length - kept[i - 1]);
      CHECK(kept[i] - kept[i - 1] <= 1 + to_end / 2);
    }
  }
}

TEST_CASE("the first and the last epoch are kept whatever they weigh", "[kept_epochs]") {
  CHECK(kept_of(10, {64, 1}, 100) == std::vector<int>{0, 10});
  CHECK(thinned({}, {0, 0}).empty());
}

TEST_CASE("a kept epoch is the run's file of that moment", "[kept_epochs]") {
  const fs::path run = past_folder("moment") / "run.safetensors";
  for (int epoch = 0; epoch < 4; ++epoch) {
    save_as(run, "weights of epoch " + std::to_string(epoch));
    keep_epoch(run, epoch, kRoomy);
  }
  const auto kept = list_kept_epochs(run);
  REQUIRE(epochs_of(kept) == std::vector<int>{0, 1, 2, 3});
  for (const KeptEpoch& each : kept) {
    CHECK(kept_text_of(each.path) == "weights of epoch " + std::to_string(each.epoch));
    CHECK(each.bytes == fs::file_size(each.path));
  }
  CHECK(kept[0].path.parent_path() == run.parent_path() / "run.epochs");
}

TEST_CASE("keeping an epoch drops what the budget has no room for, and a future that did not come",
          "[kept_epochs]") {
  const fs::path run = past_folder("thinning") / "run.safetensors";
  for (int epoch = 0; epoch <= 12; ++epoch) {
    save_as(run, std::to_string(epoch));
    CHECK(keep_epoch(run, epoch, {6, 1 << 20}).size() <= 6);
  }
  CHECK(list_kept_epochs(run).size() == 6);
  CHECK(epochs_of(list_kept_epochs(run)).back() == 12);
  save_as(run, "back");
  const auto kept = keep_epoch(run, 3, {6, 1 << 20});
  CHECK(kept.back().epoch == 3);
  CHECK(epochs_of(list_kept_epochs(run)) == epochs_of(kept));
}

TEST_CASE("what is kept goes along with the run's file, and away with it", "[kept_epochs]") {
  const fs::path folder = past_folder("along");
  const fs::path run = folder / "run.safetensors";
  const fs::path other = folder / "other.safetensors";
  save_as(other, "stale");
  keep_epoch(other, 9, kRoomy);
  for (int epoch = 0; epoch < 3; ++epoch) {
    save_as(run, std::to_string(epoch));
    keep_epoch(run, epoch, kRoomy);
  }
  share_kept_epochs(run, other);
  CHECK(epochs_of(list_kept_epochs(other)) == std::vector<int>{0, 1, 2});
  remove_kept_epochs(run);
  CHECK(list_kept_epochs(run).empty());
  CHECK_FALSE(fs::exists(folder / "run.epochs"));
  CHECK(fs::exists(run));
  CHECK(kept_text_of(list_kept_epochs(other)[1].path) == "1");
}

TEST_CASE("files of other names in the folder are nobody's epochs and stay", "[kept_epochs]") {
  const fs::path run = past_folder("strangers") / "run.safetensors";
  save_as(run, "0");
  keep_epoch(run, 0, kRoomy);
  const fs::path folder = kept_epochs_folder(run);
  for (const char* name : {"epoch-x.safetensors", "epoch-.safetensors", "notes.txt",
                           "epoch-000001.safetensors.new", "epoch--00002.safetensors"}) {
    std::ofstream(folder / name) << "mine";
  }
  CHECK(epochs_of(list_kept_epochs(run)) == std::vector<int>{0});
  remove_kept_epochs(run);
  CHECK(fs::exists(folder / "notes.txt"));
}

TEST_CASE("an epoch whose file cannot be kept is a sentence", "[kept_epochs]") {
  const fs::path folder = past_folder("blocked");
  const fs::path run = folder / "run.safetensors";
  CHECK_THROWS_AS(keep_epoch(run, 0, kRoomy), Error);  // nothing was saved
  save_as(run, "0");
  std::ofstream(folder / "run.epochs") << "a file where the folder should be";
  CHECK_THROWS_AS(keep_epoch(run, 0, kRoomy), Error);
}
