#pragma once

#include <QString>

namespace latent::ui {

/// The folder from which the style sheet takes its arrows and ticks: those of :/style drawn as PNG
/// at one, two and three times their size, once, in a folder that is gone with the program. A style
/// sheet reads SVG only through a plugin of Qt's that not every system installs with it; without
/// one, lists would have no arrows and boxes no ticks. ":/style" where no such folder can be made.
QString styleImageFolder();

/// ".png", or ".svg" where the folder is ":/style".
QString styleImageEnding();

}  // namespace latent::ui
