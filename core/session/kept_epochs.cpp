#include "latent/kept_epochs.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>

#include "latent/atomic_file.h"
#include "latent/error.h"

namespace latent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEpochPrefix = "epoch-";
constexpr std::string_view kEpochEnding = ".safetensors";

fs::path epoch_path(const fs::path& run, int epoch) {
  char name[32];
  std::snprintf(name, sizeof name, "epoch-%06d.safetensors", epoch);
  return kept_epochs_folder(run) / name;
}

/// The epoch that a file's name says; −1 for any other name.
int epoch_of(const std::string& name) {
  if (name.size() <= kEpochPrefix.size() + kEpochEnding.size() || !name.starts_with(kEpochPrefix) ||
      !name.ends_with(kEpochEnding)) {
    return -1;
  }
  const char* first = name.data() + kEpochPrefix.size();
  const char* last = name.data() + name.size() - kEpochEnding.size();
  int epoch = -1;
  const auto [end, error] = std::from_chars(first, last, epoch);
  return error == std::errc{} && end == last ? epoch : -1;
}

/// `to` becomes another name of the file `from`, or a copy where that cannot be.
void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  if (!fs::is_regular_file(from, failed)) {
    throw Error{ErrorCode::WriteFailed,
                "Cannot keep an epoch: " + from.string() + ", which holds it, is not there."};
  }
  fs::create_directories(to.parent_path(), failed);
  const fs::path fresh = to.string() + ".new";
  fs::remove(fresh, failed);
  fs::create_hard_link(from, fresh, failed);
  if (!failed) {
    fs::rename(fresh, to, failed);
    if (!failed) {
      // Renaming one name of a file over another name of the same file leaves both.
      std::error_code ignored;
      fs::remove(fresh, ignored);
      return;
    }
    std::error_code ignored;
    fs::remove(fresh, ignored);
  }
  std::ifstream in{from, std::ios::binary};
  if (!in) {
    throw Error{ErrorCode::WriteFailed,
                "Cannot keep an epoch: " + from.string() + " cannot be read."};
  }
  write_atomically(to, [&in](std::ostream& out) { out << in.rdbuf(); });
}

}  // namespace

fs::path kept_epochs_folder(const fs::path& run) {
  fs::path folder = run;
  return folder.replace_extension(".epochs");
}

std::vector<KeptEpoch> list_kept_epochs(const fs::path& run) {
  std::vector<KeptEpoch> kept;
  std::error_code failed;
  for (fs::directory_iterator at{kept_epochs_folder(run), failed}, end; !failed && at != end;
       at.increment(failed)) {
    const int epoch = epoch_of(at->path().filename().string());
    if (epoch < 0) continue;
    std::error_code unreadable;
    const std::uintmax_t bytes = at->file_size(unreadable);
    if (!unreadable) kept.push_back({epoch, at->path(), bytes});
  }
  std::sort(kept.begin(), kept.end(),
            [](const KeptEpoch& a, const KeptEpoch& b) { return a.epoch < b.epoch; });
  return kept;
}

std::vector<KeptEpoch> thinned(std::vector<KeptEpoch> kept, const KeepBudget& budget) {
  std::uintmax_t bytes = 0;
  for (const KeptEpoch& each : kept) bytes += each.bytes;
  while (kept.size() > 2 && (kept.size() > static_cast<std::size_t>(std::max(budget.epochs, 0)) ||
                             bytes > budget.bytes)) {
    const double first = kept.front().epoch;
    const double last = kept.back().epoch;
    std::size_t least = 1;
    double least_gap = 0.0;
    for (std::size_t i = 1; i + 1 < kept.size(); ++i) {
      const double to_end = std::min(kept[i].epoch - first, last - kept[i].epoch);
      const double gap = (kept[i + 1].epoch - kept[i - 1].epoch) / to_end;
      if (i == 1 || gap < least_gap) {
        least = i;
        least_gap = gap;
      }
    }
    bytes -= kept[least].bytes;
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(least));
  }
  return kept;
}

std::vector<KeptEpoch> keep_epoch(const fs::path& run, int epoch, const KeepBudget& budget) {
  keep_epoch_from(run, run, epoch);
  const std::vector<KeptEpoch> there = list_kept_epochs(run);
  std::vector<KeptEpoch> past;
  std::copy_if(there.begin(), there.end(), std::back_inserter(past),
               [epoch](const KeptEpoch& each) { return each.epoch <= epoch; });
  std::vector<KeptEpoch> staying = thinned(std::move(past), budget);
  for (const KeptEpoch& each : there) {
    const bool stays = std::any_of(staying.begin(), staying.end(),
                                   [&](const KeptEpoch& one) { return one.epoch == each.epoch; });
    std::error_code ignored;
    if (!stays) fs::remove(each.path, ignored);
  }
  return staying;
}

void keep_epoch_from(const fs::path& file, const fs::path& run, int epoch) {
  link_or_copy(file, epoch_path(run, epoch));
}

void remove_kept_epochs(const fs::path& run) {
  std::error_code ignored;
  for (const KeptEpoch& each : list_kept_epochs(run)) fs::remove(each.path, ignored);
  fs::remove(kept_epochs_folder(run), ignored);  // only an empty one goes
}

void share_kept_epochs(const fs::path& from, const fs::path& to) {
  if (from == to) return;
  remove_kept_epochs(to);
  std::error_code failed;
  for (const KeptEpoch& each : list_kept_epochs(from)) {
    const fs::path target = epoch_path(to, each.epoch);
    fs::create_directories(target.parent_path(), failed);
    fs::create_hard_link(each.path, target, failed);
    if (failed) {
      // A past with holes that nothing explains would be worse than none.
      remove_kept_epochs(to);
      return;
    }
  }
}

}  // namespace latent
