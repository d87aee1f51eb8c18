#include "ui/plots/plot_style.h"

#include <qcustomplot.h>

#include "ui/theme.h"

namespace latent::ui {

void stylePlot(QCustomPlot* plot, const Theme& theme) {
  plot->setBackground(QBrush(theme.canvas));
  plot->axisRect()->setBackground(QBrush(theme.canvas));
  plot->setNotAntialiasedElements(QCP::aeAxes | QCP::aeGrid);
  for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
    axis->setBasePen(QPen(theme.line, 1));
    axis->setTickPen(QPen(theme.line, 1));
    axis->setSubTickPen(Qt::NoPen);
    axis->setTickLength(0, 4);
    axis->setSubTicks(false);
    axis->setTickLabelFont(Theme::captionFont());
    axis->setTickLabelColor(theme.secondaryText);
    axis->setTickLabelPadding(4);
    axis->setLabelFont(Theme::bodyFont());
    axis->setLabelColor(theme.text);
    axis->setLabelPadding(3);
    axis->grid()->setPen(QPen(theme.grid, 1));
    axis->grid()->setZeroLinePen(QPen(theme.line, 1));
    axis->grid()->setSubGridVisible(false);
  }
}

}  // namespace latent::ui
