#include "ui/projects.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <algorithm>
#include <system_error>
#include <utility>

#include "latent/error.h"
#include "ui/explored_run.h"
#include "ui/panels/comparison_panel.h"
#include "ui/run_controller.h"
#include "ui/run_list.h"

namespace latent::ui {
namespace {

constexpr qint64 kSecondsADay = 86'400;

/// Beside the runs: what is linked or moved stays on one disk.
std::shared_ptr<QTemporaryDir> scratchFolder(const std::filesystem::path& runs) {
  const QString directory = QString::fromStdString(runs.string());
  QDir().mkpath(directory);
  // What a crash has left of an earlier one; another window may be at work on a young one.
  const QFileInfoList left = QDir(directory).entryInfoList(
      {QStringLiteral("project-*")}, QDir::Dirs | QDir::NoDotAndDotDot | QDir::NoSymLinks);
  for (const QFileInfo& folder : left) {
    if (folder.lastModified().secsTo(QDateTime::currentDateTime()) > kSecondsADay) {
      QDir(folder.filePath()).removeRecursively();
    }
  }
  auto scratch = std::make_shared<QTemporaryDir>(directory + QStringLiteral("/project-XXXXXX"));
  if (!scratch->isValid()) {
    throw Error(ErrorCode::WriteFailed,
                "Nothing can be written to " + runs.string() +
                    ", where runs are kept: check the space on the disk.",
                scratch->errorString().toStdString());
  }
  return scratch;
}

std::filesystem::path within(const QTemporaryDir& folder, std::size_t number) {
  return std::filesystem::path(folder.path().toStdString()) /
         (std::to_string(number) + ".safetensors");
}

/// The runs of a project that is being opened; what comes of it is removed unless it is kept.
struct OpenedRuns {
  std::vector<std::shared_ptr<HeldRun>> held;
  std::vector<std::filesystem::path> files;
  bool kept = false;

  OpenedRuns() = default;
  OpenedRuns(const OpenedRuns&) = delete;
  OpenedRuns& operator=(const OpenedRuns&) = delete;
  ~OpenedRuns() {
    if (kept) return;
    held.clear();  // first: a session saves itself as it ends
    for (const auto& file : files) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
      remove_kept_epochs(file);
    }
  }
};

}  // namespace

struct Projects::Saving {
  QString path;
  Project project;
  std::vector<std::optional<int>> looked;  ///< the epoch that each run is looked at
  std::vector<std::filesystem::path> originals;
  std::shared_ptr<QTemporaryDir> scratch;
  std::size_t waiting = 0;
  bool failed = false;
};

Projects::Projects(RunController* run, ComparisonPanel* comparison, RunList* runs, QObject* parent)
    : QObject(parent), m_run(run), m_comparison(comparison), m_runs(runs) {
  connect(&m_task, &BackgroundTask::progressed, this, &Projects::progressed);
  connect(&m_task, &BackgroundTask::runningChanged, this, [this] { emit busyChanged(isBusy()); });
}

void Projects::cancel() {
  m_saving = nullptr;
  m_task.cancel();
  emit busyChanged(isBusy());
}

void Projects::fail(const Error& error) {
  if (error.code() == ErrorCode::Cancelled) return;
  emit errorOccurred(QString::fromUtf8(error.what()), QString::fromStdString(error.detail()));
}

void Projects::save(const QString& path, const QJsonObject& state) {
  if (isBusy() || m_runs->rowCount() == 0) return;
  auto saving = std::make_shared<Saving>();
  saving->path = path;
  saving->project.state = state;
  try {
    saving->scratch = scratchFolder(m_run->store().directory());
  } catch (const Error& error) {
    fail(error);
    return;
  }
  const int rows = m_runs->rowCount();
  const auto count = static_cast<std::size_t>(rows);
  saving->project.runs.resize(count);
  saving->looked.resize(count);
  saving->waiting = count;
  for (int row = 0; row < rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const RunList::Place place = m_runs->place(row);
    if (place == RunList::Place::Current) {
      saving->project.shown = row;
      saving->looked[at] = m_run->timeMachine()->epoch();
    } else if (place == RunList::Place::Beside) {
      saving->project.beside = row;
      saving->looked[at] = m_comparison->beside()->run()->timeMachine()->epoch();
    }
    saving->project.runs[at].name = m_runs->name(row);
    saving->project.runs[at].file = within(*saving->scratch, at);
    saving->originals.push_back(m_runs->file(row));
  }
  m_saving = saving;
  emit busyChanged(true);
  emit progressed(0, 0, tr("Saving the project"));
  for (int row = 0; row < rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    m_runs->saveCopy(row, saving->project.runs[at].file,
                     [this, saving, at, original = saving->originals[at]](const Error* failed) {
                       const int now = m_runs->rowOfFile(original);
                       if (failed == nullptr && now >= 0) {
                         saving->project.runs[at].history = m_runs->history(now);
                         saving->project.runs[at].parentHistory = m_runs->parentHistory(now);
                       }
                       copied(saving, failed);
                     });
  }
}

void Projects::copied(const std::shared_ptr<Saving>& saving, const Error* failed) {
  --saving->waiting;
  if (saving != m_saving) return;
  if (failed != nullptr) {
    const Error error = *failed;
    cancel();
    fail(error);
  } else if (saving->waiting == 0) {
    write(saving);
    m_saving = nullptr;
  }
}

void Projects::write(const std::shared_ptr<Saving>& saving) {
  m_task.start(
      [this, saving, engine = m_run->engine()](
          const std::stop_token&, const ProgressFunction& progress) -> std::function<void()> {
        int leftOut = 0;
        for (std::size_t i = 0; i < saving->project.runs.size(); ++i) {
          ProjectRun& run = saving->project.runs[i];
          const RunFileInfo info = engine->read_run_info(run.file);
          // What has been told since belongs to a run that has gone on.
          std::erase_if(run.history,
                        [&](const LossPoint& point) { return point.step > info.step; });
          if (list_kept_epochs(run.file).empty()) share_kept_epochs(saving->originals[i], run.file);
          std::vector<KeptEpoch> all = list_kept_epochs(run.file);
          std::erase_if(all, [&](const KeptEpoch& each) {
            return engine->read_run_info(each.path).step > info.step;
          });
          run.kept = thinned(all, kProjectPast);
          for (const KeptEpoch& each : all) {
            const bool isLookedAt = saving->looked[i] == each.epoch;
            const bool isThere =
                std::any_of(run.kept.begin(), run.kept.end(),
                            [&](const KeptEpoch& kept) { return kept.epoch == each.epoch; });
            if (isLookedAt && !isThere) run.kept.push_back(each);
          }
          std::sort(run.kept.begin(), run.kept.end(),
                    [](const KeptEpoch& a, const KeptEpoch& b) { return a.epoch < b.epoch; });
          leftOut += static_cast<int>(all.size() - run.kept.size());
        }
        progress(0, 0, "Writing the project");
        writeProject(saving->path.toStdString(), saving->project);
        return [this, saving, leftOut] {
          m_path = saving->path;
          emit saved(saving->path, leftOut);
        };
      },
      [this](const Error& error) { fail(error); });
}

void Projects::open(const QString& path) {
  if (m_run->engine() == nullptr) return;
  if (isBusy()) cancel();
  m_task.start(
      [this, path, shown = m_run->data(), engine = m_run->engine(),
       runs = m_run->store().directory()](
          const std::stop_token& stop, const ProgressFunction& progress) -> std::function<void()> {
        progress(0, 0, "Opening the project");
        const auto scratch = scratchFolder(runs);
        auto project = std::make_shared<Project>(
            readProject(path.toStdString(), scratch->path().toStdString()));
        if (project->runs.empty()) {
          throw Error(ErrorCode::RunFileCorrupt,
                      QDir(path).dirName().toStdString() + " holds no run.");
        }
        auto fresh = std::make_shared<OpenedRuns>();
        std::vector<DataSplit> known = {shown};
        for (const ProjectRun& run : project->runs) {
          if (stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
          const TrainingConfig config = engine->read_run_info(run.file).config;
          const auto file = m_run->store().newRunPath(config);
          fresh->files.push_back(file);
          std::filesystem::rename(run.file, file);
          if (!run.kept.empty()) {
            std::filesystem::rename(kept_epochs_folder(run.file), kept_epochs_folder(file));
          }
          const auto same = std::find_if(known.begin(), known.end(), [&](const DataSplit& data) {
            return data.train && data.id == config.data;
          });
          auto held = m_run->load(file, same != known.end() ? *same : DataSplit{}, progress, stop);
          if (same == known.end()) known.push_back(held->data);
          held->mark = RunStore::mark(file);
          held->history = run.history;
          held->retold.known = run.history.size();
          held->parentHistory = run.parentHistory;
          fresh->held.push_back(std::move(held));
        }
        return [this, path, project, fresh] {
          fresh->kept = true;
          std::vector<RunList::Loaded> loaded;
          for (std::size_t i = 0; i < fresh->held.size(); ++i) {
            loaded.push_back(
                {project->runs[i].name, std::make_unique<HeldRun>(std::move(*fresh->held[i]))});
          }
          m_runs->replace(std::move(loaded), std::max(0, project->shown), project->beside);
          m_path = path;
          emit opened(path, project->state);
        };
      },
      [this](const Error& error) { fail(error); });
}

}  // namespace latent::ui
