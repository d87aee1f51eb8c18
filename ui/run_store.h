#pragma once

#include <QLockFile>
#include <QString>
#include <QStringList>
#include <filesystem>
#include <memory>
#include <vector>

#include "latent/training_config.h"

namespace latent::ui {

/// Where runs are kept without being asked, and which of them a crash cut short. A run in progress
/// has a lock file beside it that names its process; one whose process is gone was cut short.
class RunStore {
 public:
  /// So many ended runs are kept; what a person saved under a name of their own always is.
  static constexpr int kKept = 20;
  /// Of these, the newest keep their epochs too (latent/kept_epochs.h), which are large.
  static constexpr int kKeptPasts = 5;

  /// `directory` is made when it is first needed.
  explicit RunStore(std::filesystem::path directory);
  /// `user_data_directory()/runs`.
  static std::filesystem::path standardDirectory();

  const std::filesystem::path& directory() const { return m_directory; }

  /// A new path that no other run has: <stamp>-<model>-<data>.safetensors.
  std::filesystem::path newRunPath(const TrainingConfig& config) const;
  /// Marks the run at `path` as in progress and the one before as ended, and removes the oldest
  /// ended runs beyond kKept, and what was kept of their epochs beyond kKeptPasts. False when the
  /// mark could not be written: the folder cannot be written to, or another window has the run
  /// open.
  bool begin(const std::filesystem::path& path);
  /// The mark of a run in progress that this store does not look after; null when it could not be
  /// written, as for `begin`.
  static std::unique_ptr<QLockFile> mark(const std::filesystem::path& path);
  /// Whether another window that is still there has this run open.
  bool isOpenElsewhere(const std::filesystem::path& path) const;
  /// The run in progress ended as its user wanted.
  void end();
  /// The mark of the run in progress, for as long as somebody else looks after it.
  std::unique_ptr<QLockFile> takeMark() { return std::move(m_lock); }
  /// The run of this mark is the one in progress.
  void putMark(std::unique_ptr<QLockFile> mark) { m_lock = std::move(mark); }

  /// The runs that a crash or a kill cut short and that have something saved, newest first. Looking
  /// clears their marks: the offer is made once.
  std::vector<std::filesystem::path> takeInterrupted();

 private:
  void removeOldest() const;

  std::filesystem::path m_directory;
  std::unique_ptr<QLockFile> m_lock;
};

}  // namespace latent::ui
