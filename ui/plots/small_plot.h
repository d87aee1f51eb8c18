#pragma once

class QCustomPlot;
class QLabel;
class QWidget;

namespace latent::ui {

class Theme;

/// What the small plots beside a panel's controls have in common: the whole of `owner` is one plot
/// without QCustomPlot's own mouse (`owner` filters its events), and a caption fills it while there
/// is nothing to draw.
struct SmallPlot {
  QCustomPlot* plot = nullptr;
  QLabel* empty = nullptr;  ///< the caption; its text and visibility are the owner's
};

SmallPlot makeSmallPlot(QWidget* owner);

/// stylePlot with the quiet axis titles of a small one.
void styleSmallPlot(QCustomPlot* plot, const Theme& theme);

}  // namespace latent::ui
