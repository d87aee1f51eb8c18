#pragma once

class QCustomPlot;

namespace latent::ui {

class Theme;

/// Canvas, axes, grid and fonts of a plot in the theme's colours.
void stylePlot(QCustomPlot* plot, const Theme& theme);

}  // namespace latent::ui
