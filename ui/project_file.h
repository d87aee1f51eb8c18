#pragma once

#include <QJsonObject>
#include <QString>
#include <filesystem>
#include <vector>

#include "latent/kept_epochs.h"
#include "latent/session.h"

namespace latent::ui {

/// How much of a run's past goes into a project, thinned by the rule that a run thins it by: first
/// and last always, and the epoch that is looked at. The rest can be trained again from what is
/// there.
inline constexpr KeepBudget kProjectPast{24, std::uintmax_t{96} << 20U};

/// A run of a project and where its files are outside of it.
struct ProjectRun {
  QString name;
  std::filesystem::path file;   ///< the run as it is: weights, optimiser, configuration, log
  std::vector<KeptEpoch> kept;  ///< ascending
  std::vector<LossPoint> history;
  std::vector<LossPoint> parentHistory;  ///< of the run that it branched off
};

/// All that the window holds: its runs, and how they are looked at.
struct Project {
  std::vector<ProjectRun> runs;
  int shown = -1;   ///< the run that the panels show
  int beside = -1;  ///< the run beside it; -1: no comparison is open
  QJsonObject state;
};

constexpr const char* kProjectEnding = ".latentproject";

/// Writes a zip archive, atomically: project.json, and for each run N its file
/// runs/N/run.safetensors, its losses runs/N/losses.json and what is kept of its past
/// runs/N/epochs/epoch-NNNNNN.safetensors. Throws Error{WriteFailed}.
void writeProject(const std::filesystem::path& path, const Project& project);

/// The runs' files are put into `folder` under their numbers, N.safetensors and its kept epochs
/// beside it. Throws Error{RunFileCorrupt} with a sentence for what is no project, was cut short,
/// or was saved by a newer version; Error{WriteFailed}.
Project readProject(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace latent::ui
