#include "ui/project_file.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "latent/error.h"
#include "latent/zip_file.h"

namespace latent::ui {
namespace {

constexpr const char* kMain = "project.json";
constexpr const char* kFormat = "latent-studio-project";
constexpr int kVersion = 1;
constexpr int kMostRuns = 1000;

QString nameOf(const std::filesystem::path& path) {
  return QString::fromStdString(path.filename().string());
}

[[noreturn]] void refuse(const QString& sentence, const std::string& detail = {}) {
  throw Error(ErrorCode::RunFileCorrupt, sentence.toStdString(), detail);
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& detail) {
  refuse(QStringLiteral("%1 is damaged or was cut short: it cannot be opened.").arg(nameOf(path)),
         detail);
}

std::string runFolder(std::size_t number) {
  return "runs/" + std::to_string(number + 1) + "/";
}

/// "validation", "step", "epoch", "total", "terms" of each, a number that is not finite as null.
QJsonArray toJson(const std::vector<LossPoint>& losses) {
  QJsonArray list;
  for (const LossPoint& loss : losses) {
    QJsonArray terms;
    for (const float term : loss.terms) terms.append(double{term});
    list.append(QJsonArray{loss.part == LossPoint::Part::Validation, static_cast<qint64>(loss.step),
                           loss.epoch, double{loss.total}, terms});
  }
  return list;
}

std::vector<LossPoint> lossesFrom(const QJsonValue& json) {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::vector<LossPoint> losses;
  for (const QJsonValue& each : json.toArray()) {
    const QJsonArray point = each.toArray();
    if (point.size() != 5) continue;
    LossPoint loss;
    loss.part = point[0].toBool() ? LossPoint::Part::Validation : LossPoint::Part::Train;
    loss.step = point[1].toInteger();
    loss.epoch = point[2].toDouble();
    loss.total = static_cast<float>(point[3].toDouble(kUnknown));
    for (const QJsonValue& term : point[4].toArray()) {
      loss.terms.push_back(static_cast<float>(term.toDouble(kUnknown)));
    }
    losses.push_back(std::move(loss));
  }
  return losses;
}

std::string compact(const QJsonObject& json) {
  return QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString();
}

QJsonObject objectIn(const ZipFile& archive, const std::string& name,
                     const std::filesystem::path& path) {
  QJsonParseError error;
  const QJsonDocument document =
      QJsonDocument::fromJson(QByteArray::fromStdString(archive.read(name)), &error);
  if (!document.isObject()) damaged(path, name + ": " + error.errorString().toStdString());
  return document.object();
}

void readRun(const ZipFile& archive, const QJsonObject& json, std::size_t number,
             const std::filesystem::path& folder, const std::filesystem::path& path,
             ProjectRun& run) {
  const std::string within = runFolder(number);
  run.name = json[QStringLiteral("name")].toString();
  run.file = folder / (std::to_string(number) + ".safetensors");
  const std::filesystem::path scratch = folder / "epoch.safetensors";
  archive.extract(within + "run.safetensors", run.file);
  for (const QJsonValue& each : json[QStringLiteral("epochs")].toArray()) {
    const QJsonObject kept = each.toObject();
    const int epoch = kept[QStringLiteral("epoch")].toInt(-1);
    if (epoch < 0) damaged(path, "an epoch below 0");
    archive.extract(within + kept[QStringLiteral("file")].toString().toStdString(), scratch);
    keep_epoch_from(scratch, run.file, epoch);
    std::filesystem::remove(scratch);
  }
  run.kept = list_kept_epochs(run.file);
  const QJsonObject losses = objectIn(archive, within + "losses.json", path);
  run.history = lossesFrom(losses[QStringLiteral("history")]);
  run.parentHistory = lossesFrom(losses[QStringLiteral("parent_history")]);
}

}  // namespace

void writeProject(const std::filesystem::path& path, const Project& project) {
  std::vector<ZipSource> members;
  QJsonArray runs;
  for (std::size_t i = 0; i < project.runs.size(); ++i) {
    const ProjectRun& run = project.runs[i];
    const std::string within = runFolder(i);
    members.push_back({within + "run.safetensors", run.file, {}});
    QJsonArray kept;
    for (const KeptEpoch& each : run.kept) {
      const std::string name = "epochs/" + each.path.filename().string();
      members.push_back({within + name, each.path, {}});
      kept.append(QJsonObject{{QStringLiteral("epoch"), each.epoch},
                              {QStringLiteral("file"), QString::fromStdString(name)}});
    }
    const QJsonObject losses{
        {QStringLiteral("columns"), QJsonArray{"validation", "step", "epoch", "total", "terms"}},
        {QStringLiteral("history"), toJson(run.history)},
        {QStringLiteral("parent_history"), toJson(run.parentHistory)}};
    members.push_back({within + "losses.json", {}, compact(losses), true});
    runs.append(QJsonObject{{QStringLiteral("name"), run.name}, {QStringLiteral("epochs"), kept}});
  }
  const QJsonObject main{{QStringLiteral("format"), QLatin1String(kFormat)},
                         {QStringLiteral("version"), kVersion},
                         {QStringLiteral("program"), QStringLiteral(LATENT_VERSION)},
                         {QStringLiteral("runs"), runs},
                         {QStringLiteral("shown"), project.shown},
                         {QStringLiteral("beside"), project.beside},
                         {QStringLiteral("state"), project.state}};
  members.insert(members.begin(), {kMain, {}, compact(main), true});
  write_zip(path, members);
}

Project readProject(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto noProject = [&path](const std::string& detail) {
    refuse(QStringLiteral("%1 is not a project of Latent Studio.").arg(nameOf(path)), detail);
  };
  std::optional<ZipFile> archive;
  try {
    archive.emplace(path);
  } catch (const Error& error) {
    std::ifstream in(path, std::ios::binary);
    char start[2] = {};
    in.read(start, 2);
    if (start[0] == 'P' && start[1] == 'K') damaged(path, error.what());
    noProject(error.what());
  }
  try {
    if (!archive->contains(kMain)) noProject("no project.json");
    const QJsonObject main = objectIn(*archive, kMain, path);
    if (main[QStringLiteral("format")].toString() != QLatin1String(kFormat)) {
      noProject("another format");
    }
    const int version = main[QStringLiteral("version")].toInt();
    if (version > kVersion) {
      refuse(QStringLiteral("%1 was saved by a newer version of Latent Studio (project format %2, "
                            "this one reads up to %3): open it there.")
                 .arg(nameOf(path))
                 .arg(version)
                 .arg(kVersion));
    }
    const QJsonArray runs = main[QStringLiteral("runs")].toArray();
    if (version < 1 || runs.size() > kMostRuns) damaged(path, "no version, or too many runs");
    Project project;
    for (const QJsonValue& each : runs) {
      project.runs.emplace_back();
      readRun(*archive, each.toObject(), project.runs.size() - 1, folder, path,
              project.runs.back());
    }
    const auto place = [&](const char* key) {
      const int row = main[QLatin1String(key)].toInt(-1);
      return row < static_cast<int>(project.runs.size()) ? std::max(row, -1) : -1;
    };
    project.shown = place("shown");
    project.beside = place("beside");
    project.state = main[QStringLiteral("state")].toObject();
    return project;
  } catch (const Error& error) {
    // What an archive says of itself is told in a project's words.
    if (error.code() == ErrorCode::DatasetCorrupt) damaged(path, error.what());
    throw;
  }
}

}  // namespace latent::ui
