#pragma once

#include <QSize>
#include <QString>
#include <QStringList>
#include <filesystem>
#include <optional>

#include "latent/training_config.h"
#include "ui/settings.h"

namespace latent::studio {

/// What the program was asked to do.
struct CommandLine {
  enum class Action { Run, Help, Version, Refuse };
  Action action = Action::Run;
  QString text;  ///< for Help, Version, and the sentence of Refuse

  TrainingConfig config;
  bool configured = false;  ///< something of `config` was named
  bool dataNamed = false;
  bool train = false;
  std::string besideModel;  ///< of a comparison with `config`; empty: none
  std::filesystem::path open;
  std::filesystem::path screenshot;
  std::optional<QSize> size;
  std::optional<ui::Settings::ThemeChoice> theme;
  std::optional<QStringList> overlays;  ///< of the map, by their ids
};

/// `remembered`: what is not named on the command line.
CommandLine parseCommandLine(const QStringList& arguments, const TrainingConfig& remembered);

}  // namespace latent::studio
