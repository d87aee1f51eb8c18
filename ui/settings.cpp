#include "ui/settings.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>

#include "latent/error.h"

namespace latent::ui {
namespace {

constexpr int kRecentRuns = 10;
// Raised when docks are added or renamed: an older arrangement would misplace them.
constexpr int kArrangementVersion = 2;

QString arrangementKey() {
  return QStringLiteral("window/arrangement%1").arg(kArrangementVersion);
}

}  // namespace

Settings::ThemeChoice Settings::theme() {
  const QString name = QSettings().value("window/theme").toString();
  if (name == QLatin1String("light")) return ThemeChoice::Light;
  if (name == QLatin1String("dark")) return ThemeChoice::Dark;
  return ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice choice) {
  QSettings().setValue("window/theme", choice == ThemeChoice::Light  ? "light"
                                       : choice == ThemeChoice::Dark ? "dark"
                                                                     : "system");
}

QByteArray Settings::geometry() {
  return QSettings().value("window/geometry").toByteArray();
}

QByteArray Settings::arrangement() {
  return QSettings().value(arrangementKey()).toByteArray();
}

void Settings::setLayout(const QByteArray& geometry, const QByteArray& arrangement) {
  QSettings settings;
  settings.setValue("window/geometry", geometry);
  settings.setValue(arrangementKey(), arrangement);
}

void Settings::forgetArrangement() {
  QSettings().remove(arrangementKey());
}

QStringList Settings::recentRuns() {
  QStringList paths = QSettings().value("runs/recent").toStringList();
  paths.removeIf([](const QString& path) { return !QFileInfo(path).isFile(); });
  return paths;
}

void Settings::addRecentRun(const QString& path) {
  QStringList paths = recentRuns();
  paths.removeAll(path);
  paths.prepend(path);
  QSettings().setValue("runs/recent", QStringList(paths.mid(0, kRecentRuns)));
}

void Settings::clearRecentRuns() {
  QSettings().remove("runs/recent");
}

std::vector<Direction> Settings::directions(int latentDim) {
  std::vector<Direction> directions;
  const QByteArray text =
      QSettings().value(QStringLiteral("directions/%1").arg(latentDim)).toByteArray();
  for (const QJsonValue& value : QJsonDocument::fromJson(text).array()) {
    Direction direction;
    direction.name = value[QStringLiteral("name")].toString();
    for (const QJsonValue& number : value[QStringLiteral("vector")].toArray()) {
      direction.vector.push_back(static_cast<float>(number.toDouble()));
    }
    // What somebody else wrote there is left out.
    if (static_cast<int>(direction.vector.size()) == latentDim && !direction.name.isEmpty()) {
      directions.push_back(std::move(direction));
    }
  }
  return directions;
}

void Settings::setDirections(int latentDim, const std::vector<Direction>& directions) {
  QJsonArray list;
  for (const Direction& direction : directions) {
    QJsonArray vector;
    for (const float number : direction.vector) vector.append(double(number));
    list.append(
        QJsonObject{{QStringLiteral("name"), direction.name}, {QStringLiteral("vector"), vector}});
  }
  QSettings().setValue(QStringLiteral("directions/%1").arg(latentDim),
                       QJsonDocument(list).toJson(QJsonDocument::Compact));
}

QStringList Settings::mapOverlays() {
  return QSettings().value("map/overlays").toStringList();
}

void Settings::setMapOverlays(const QStringList& ids) {
  QSettings().setValue("map/overlays", ids);
}

std::optional<TrainingConfig> Settings::experiment() {
  const QString json = QSettings().value("experiment/config").toString();
  if (json.isEmpty()) return std::nullopt;
  try {
    return training_config_from_json(json.toStdString());
  } catch (const Error&) {
    return std::nullopt;  // written by another version: start from the defaults
  }
}

void Settings::setExperiment(const TrainingConfig& config) {
  QSettings().setValue("experiment/config", QString::fromStdString(to_json(config)));
}

}  // namespace latent::ui
