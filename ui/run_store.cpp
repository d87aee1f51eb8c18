#include "ui/run_store.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <algorithm>
#include <system_error>

#include "latent/data_catalogue.h"
#include "latent/kept_epochs.h"

namespace latent::ui {
namespace {

constexpr const char* kLockEnding = ".lock";

QString fileNamePart(const std::string& text) {
  QString part = QString::fromStdString(text);
  // A folder's path would make a file name of any length: its last part says enough.
  part = part.section(QLatin1Char('/'), -1);
  part.replace(QRegularExpression(QStringLiteral("[^A-Za-z0-9_-]+")), QStringLiteral("-"));
  return part.isEmpty() ? QStringLiteral("data") : part.left(40);
}

QString toQString(const std::filesystem::path& path) {
  return QString::fromStdString(path.string());
}

}  // namespace

RunStore::RunStore(std::filesystem::path directory) : m_directory(std::move(directory)) {}

std::filesystem::path RunStore::standardDirectory() {
  return user_data_directory() / "runs";
}

std::filesystem::path RunStore::newRunPath(const TrainingConfig& config) const {
  const QString stem = QStringLiteral("%1-%2-%3")
                           .arg(QDateTime::currentDateTime().toString("yyyyMMdd-HHmmss"),
                                fileNamePart(config.model), fileNamePart(config.data));
  for (int number = 1;; ++number) {
    const QString name = number == 1 ? stem : QStringLiteral("%1-%2").arg(stem).arg(number);
    const auto path = m_directory / (name + ".safetensors").toStdString();
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored) &&
        !std::filesystem::exists(path.string() + kLockEnding, ignored)) {
      return path;
    }
  }
}

std::unique_ptr<QLockFile> RunStore::mark(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  auto lock = std::make_unique<QLockFile>(toQString(path) + kLockEnding);
  lock->setStaleLockTime(0);
  return lock->tryLock(0) ? std::move(lock) : nullptr;
}

bool RunStore::begin(const std::filesystem::path& path) {
  end();
  m_lock = mark(path);
  if (!m_lock) return false;
  removeOldest();
  return true;
}

bool RunStore::isOpenElsewhere(const std::filesystem::path& path) const {
  const QString lockPath = toQString(path) + kLockEnding;
  if (!QFileInfo::exists(lockPath)) return false;
  if (m_lock && m_lock->fileName() == lockPath) return false;
  QLockFile lock(lockPath);
  lock.setStaleLockTime(0);
  return !lock.tryLock(0) && lock.error() == QLockFile::LockFailedError;
}

void RunStore::removeOldest() const {
  // Only what newRunPath named; the lock of a run in progress, or of one that waits to be offered
  // again, keeps it.
  static const QRegularExpression ownName(QStringLiteral("^\\d{8}-\\d{6}-.*\\.safetensors$"));
  int kept = 0;
  const QFileInfoList runs =
      QDir(toQString(m_directory))
          .entryInfoList({QStringLiteral("*.safetensors")}, QDir::Files, QDir::Time);
  for (const QFileInfo& run : runs) {
    if (!ownName.match(run.fileName()).hasMatch()) continue;
    if (QFileInfo::exists(run.filePath() + kLockEnding)) continue;
    ++kept;
    if (kept > kKeptPasts) remove_kept_epochs(run.filePath().toStdString());
    if (kept > kKept) QFile::remove(run.filePath());
  }
  // Epochs whose run is gone: it never trained, or was deleted by hand.
  static const QRegularExpression ownPast(QStringLiteral("^\\d{8}-\\d{6}-.*\\.epochs$"));
  const QFileInfoList pasts =
      QDir(toQString(m_directory)).entryInfoList({QStringLiteral("*.epochs")}, QDir::Dirs);
  for (const QFileInfo& past : pasts) {
    const QString run = past.filePath().chopped(7) + QStringLiteral(".safetensors");
    if (!ownPast.match(past.fileName()).hasMatch() || QFileInfo::exists(run) ||
        QFileInfo::exists(run + kLockEnding)) {
      continue;
    }
    remove_kept_epochs(run.toStdString());
  }
}

void RunStore::end() {
  m_lock.reset();
}

std::vector<std::filesystem::path> RunStore::takeInterrupted() {
  std::vector<QFileInfo> runs;
  const QDir directory(toQString(m_directory));
  const QFileInfoList locks =
      directory.entryInfoList({QStringLiteral("*") + kLockEnding}, QDir::Files);
  for (const QFileInfo& lockInfo : locks) {
    QLockFile lock(lockInfo.filePath());
    lock.setStaleLockTime(0);
    if (!lock.tryLock(0)) continue;  // its process lives
    const QFileInfo run(lockInfo.filePath().chopped(static_cast<int>(qstrlen(kLockEnding))));
    if (run.isFile()) runs.push_back(run);
  }
  std::stable_sort(runs.begin(), runs.end(), [](const QFileInfo& a, const QFileInfo& b) {
    return a.lastModified() > b.lastModified();
  });
  std::vector<std::filesystem::path> paths;
  for (const QFileInfo& run : runs) paths.emplace_back(run.filePath().toStdString());
  return paths;
}

}  // namespace latent::ui
