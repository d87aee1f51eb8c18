#include "ui/plots/small_plot.h"

#include <qcustomplot.h>

#include <QLabel>
#include <QVBoxLayout>

#include "ui/plots/plot_style.h"
#include "ui/theme.h"

namespace latent::ui {
namespace {

// Left of and below the axes' rectangle: their numbers and titles.
constexpr int kSmallPlotLeft = 56;
constexpr int kSmallPlotBelow = 44;
constexpr int kLeastSide = 40;

}  // namespace

SmallPlot makeSmallPlot(QWidget* owner) {
  SmallPlot made;
  made.plot = new QCustomPlot(owner);
  made.plot->setFocusPolicy(Qt::NoFocus);
  made.plot->setMinimumSize(kLeastSide, kLeastSide);
  made.plot->setInteractions(QCP::Interactions());
  made.plot->setCursor(Qt::PointingHandCursor);
  made.plot->installEventFilter(owner);
  made.empty = new QLabel(made.plot);
  made.empty->setAlignment(Qt::AlignCenter);
  made.empty->setWordWrap(true);
  made.empty->setAttribute(Qt::WA_TransparentForMouseEvents);
  made.empty->setProperty("role", "caption");
  auto* over = new QVBoxLayout(made.plot);
  over->setContentsMargins(kSmallPlotLeft, Theme::kSmall, Theme::kMedium, kSmallPlotBelow);
  over->addWidget(made.empty);
  auto* layout = new QVBoxLayout(owner);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(made.plot);
  return made;
}

void styleSmallPlot(QCustomPlot* plot, const Theme& theme) {
  stylePlot(plot, theme);
  for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
    axis->setLabelFont(Theme::captionFont());
    axis->setLabelColor(theme.secondaryText);
  }
}

}  // namespace latent::ui
