#include "ui/panels/umap_row.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

#include "ui/explorer_service.h"
#include "ui/panels/caption.h"
#include "ui/theme.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/named.h"
#include "ui/widgets/steady_label.h"

namespace latent::ui {
namespace {

constexpr int kMostNeighbours = 200;
constexpr double kLargestMinDist = 0.99;
constexpr int kProgressWidth = 72;

/// A control and what it is called, kept together where the row wraps.
QWidget* labelled(const QString& text, QWidget* control) {
  auto* pair = new QWidget;
  auto* layout = new QHBoxLayout(pair);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(Theme::kTight);
  layout->addWidget(new QLabel(text));
  layout->addWidget(control);
  return pair;
}

}  // namespace

UmapRow::UmapRow(ExplorerService* explorer, QWidget* parent)
    : QWidget(parent), m_explorer(explorer) {
  const UmapSettings settings = explorer->umapSettings();
  m_neighbours =
      named(new QSpinBox, "umapNeighbours", tr("Number of neighbours"),
            tr("How many of its nearest codes each code is held together with. Few show fine "
               "structure, many the large one."));
  m_neighbours->setRange(2, kMostNeighbours);
  m_neighbours->setValue(settings.neighbours);
  m_minDist = named(new QDoubleSpinBox, "umapMinDist", tr("Smallest distance"),
                    tr("How near points may come to each other on the map."));
  m_minDist->setRange(0.0, kLargestMinDist);
  m_minDist->setSingleStep(0.05);
  m_minDist->setValue(settings.min_dist);
  m_metric = named(new QComboBox, "umapMetric", tr("Metric"),
                   tr("What makes codes neighbours: the distance between them, or the angle."));
  m_metric->addItem(tr("Euclidean"));
  m_metric->addItem(tr("Cosine"));
  m_metric->setCurrentIndex(settings.metric == UmapMetric::Cosine ? 1 : 0);
  m_run = named(new QPushButton, "umapRun", tr("Run UMAP"),
                tr("Moves the points until neighbours lie together. It goes on by itself when the "
                   "codes change, and can be stopped and taken up again at any moment."));
  m_progress = named(new QProgressBar, "umapProgress", tr("Progress of UMAP"));
  m_progress->setTextVisible(false);
  m_progress->setFixedWidth(kProgressWidth);
  m_state = new SteadyLabel;
  m_state->setObjectName(QStringLiteral("umapState"));
  m_limits = makeCaption({});
  m_limits->setObjectName(QStringLiteral("umapLimits"));

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(Theme::kMedium, 0, Theme::kMedium, Theme::kTight);
  column->setSpacing(Theme::kTight);
  auto* controls = new QWidget;
  auto* line = new FlowLayout(Theme::kSmall, controls);
  line->addWidget(m_run);
  line->addWidget(labelled(tr("Neighbours"), m_neighbours));
  line->addWidget(labelled(tr("Min. distance"), m_minDist));
  line->addWidget(labelled(tr("Metric"), m_metric));
  auto* progress = new QWidget;
  auto* both = new QHBoxLayout(progress);
  both->setContentsMargins(0, 0, 0, 0);
  both->setSpacing(Theme::kSmall);
  both->addWidget(m_progress);
  both->addWidget(m_state);
  line->addWidget(progress);
  column->addWidget(controls);
  column->addWidget(m_limits);

  connect(m_neighbours, &QSpinBox::valueChanged, this, &UmapRow::apply);
  connect(m_minDist, &QDoubleSpinBox::valueChanged, this, &UmapRow::apply);
  connect(m_metric, &QComboBox::currentIndexChanged, this, &UmapRow::apply);
  connect(m_run, &QPushButton::clicked, this, &UmapRow::press);
  connect(m_explorer, &ExplorerService::umapChanged, this, &UmapRow::follow);
  follow();
}

void UmapRow::apply() {
  UmapSettings settings = m_explorer->umapSettings();
  settings.neighbours = m_neighbours->value();
  settings.min_dist = m_minDist->value();
  settings.metric = m_metric->currentIndex() == 1 ? UmapMetric::Cosine : UmapMetric::Euclidean;
  m_explorer->setUmapSettings(settings);
}

void UmapRow::press() {
  const UmapProgress& progress = m_explorer->umapProgress();
  m_explorer->setUmapRunning(!progress.running || progress.isFinished());
}

void UmapRow::follow() {
  const UmapSettings settings = m_explorer->umapSettings();
  const QSignalBlocker blockers[] = {QSignalBlocker(m_neighbours), QSignalBlocker(m_minDist),
                                     QSignalBlocker(m_metric)};
  m_neighbours->setValue(settings.neighbours);
  m_minDist->setValue(settings.min_dist);
  m_metric->setCurrentIndex(settings.metric == UmapMetric::Cosine ? 1 : 0);
  const UmapProgress& progress = m_explorer->umapProgress();
  const bool done = progress.running && progress.isFinished();
  m_run->setText(done                 ? tr("Run again")
                 : progress.running   ? tr("Stop")
                 : progress.epoch > 0 ? tr("Go on")
                                      : tr("Run"));
  m_progress->setRange(0, std::max(1, progress.epochs));
  m_progress->setValue(progress.epoch);
  const QString limits =
      progress.problem.isEmpty()
          ? tr("UMAP has no inverse: no code belongs to an empty place. A click takes the code of "
               "the nearest point, and there is no manifold grid; the path is placed between its "
               "neighbours.")
          : progress.problem;
  if (m_limits->text() != limits) m_limits->setText(limits);
  if (!progress.problem.isEmpty()) {
    m_state->setText(tr("cannot be made"));
  } else if (done) {
    m_state->setText(tr("done"));
  } else if (progress.epochs > 0) {
    m_state->setText(tr("epoch %1 of %2").arg(progress.epoch).arg(progress.epochs));
  } else {
    m_state->setText(progress.running ? tr("looking for neighbours") : tr("not begun"));
  }
}

}  // namespace latent::ui
