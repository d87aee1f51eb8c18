#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace latent {

/// How much of its past a run may keep. No epochs: nothing is kept.
struct KeepBudget {
  int epochs = 0;
  std::uintmax_t bytes = 0;
};

/// What the window allows each run.
inline constexpr KeepBudget kUsualKeepBudget{64, std::uintmax_t{256} << 20U};

/// A run as it was at the end of an epoch (0: before its first batch): a run file of its own, from
/// which training goes on bit for bit.
struct KeptEpoch {
  int epoch = 0;
  std::filesystem::path path;
  std::uintmax_t bytes = 0;
};

/// The folder beside the run's file: NAME.safetensors keeps its epochs in NAME.epochs.
std::filesystem::path kept_epochs_folder(const std::filesystem::path& run);

/// What is there, ascending; empty where there is nothing.
std::vector<KeptEpoch> list_kept_epochs(const std::filesystem::path& run);

/// What of `kept` (ascending) stays within `budget`: dense near the beginning and near the present,
/// sparser between. While there is too much, the epoch goes whose neighbours would then be the
/// least apart for their distance to the nearer end. The first and the last always stay, whatever
/// they weigh.
std::vector<KeptEpoch> thinned(std::vector<KeptEpoch> kept, const KeepBudget& budget);

/// Keeps the file of `run`, which holds the end of `epoch`, forgets what was kept of later epochs
/// (a past that did not come to be), and thins the rest. Costs no copy where the file system has
/// hard links. Returns what is kept. Throws Error{WriteFailed}.
std::vector<KeptEpoch> keep_epoch(const std::filesystem::path& run, int epoch,
                                  const KeepBudget& budget);

/// Keeps `file`, the state of `run` at the end of `epoch`, beside the run in the same way; nothing
/// is thinned. Throws Error{WriteFailed}.
void keep_epoch_from(const std::filesystem::path& file, const std::filesystem::path& run,
                     int epoch);

/// Deletes what is kept; the folder too, when nothing else is in it.
void remove_kept_epochs(const std::filesystem::path& run);

/// What is kept of `from` is kept of `to` as well, and nothing else is. By hard links alone: where
/// the two are on different file systems the past stays with `from`.
void share_kept_epochs(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace latent
