#pragma once

#include <QLockFile>
#include <QString>
#include <QStringList>
#include <filesystem>
#include <memory>
#include <optional>

#include "latent/training_config.h"

namespace latent::ui {

/// Where runs are kept without being asked, and which of them a crash cut short. A run in progress
/// has a lock file beside it that names its process; one whose process is gone was cut short.
class RunStore {
 public:
  /// `directory` is made when it is first needed.
  explicit RunStore(std::filesystem::path directory);
  /// `user_data_directory()/runs`.
  static std::filesystem::path standardDirectory();

  const std::filesystem::path& directory() const { return m_directory; }

  /// A new path that no other run has: <stamp>-<model>-<data>.safetensors.
  std::filesystem::path newRunPath(const TrainingConfig& config) const;
  /// Marks the run at `path` as in progress, and the one before as ended.
  void begin(const std::filesystem::path& path);
  /// The run in progress ended as its user wanted.
  void end();

  /// The newest run that a crash or a kill cut short and that has something saved. Looking clears
  /// the marks of all such runs: the offer is made once.
  std::optional<std::filesystem::path> takeInterrupted();

 private:
  std::filesystem::path m_directory;
  std::unique_ptr<QLockFile> m_lock;
};

}  // namespace latent::ui
