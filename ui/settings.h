#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "latent/training_config.h"
#include "ui/directions.h"

namespace latent::ui {

/// What the window remembers between two starts.
class Settings {
 public:
  enum class ThemeChoice { System, Light, Dark };

  static ThemeChoice theme();
  static void setTheme(ThemeChoice choice);

  static QByteArray geometry();
  static QByteArray arrangement();  ///< of docks
  static void setLayout(const QByteArray& geometry, const QByteArray& arrangement);
  static void forgetArrangement();

  static QStringList recentRuns();  ///< newest first, only files that are there
  static void addRecentRun(const QString& path);
  static void clearRecentRuns();

  /// Directions through a latent space of that many numbers.
  static std::vector<Direction> directions(int latentDim);
  static void setDirections(int latentDim, const std::vector<Direction>& directions);

  /// The overlays of the map that are wanted, by their ids.
  static QStringList mapOverlays();
  static void setMapOverlays(const QStringList& ids);

  /// The controls as they were last used.
  static std::optional<TrainingConfig> experiment();
  static void setExperiment(const TrainingConfig& config);
};

}  // namespace latent::ui
