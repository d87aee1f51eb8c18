#include "ui/panels/health_panel.h"

#include <QLabel>
#include <QResizeEvent>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "latent/aggregate_posterior.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/bar_chart.h"
#include "ui/widgets/code_histograms.h"
#include "ui/widgets/named.h"

namespace latent::ui {

namespace {

/// Of the test part: more would say the same.
constexpr std::int64_t kMatchedImages = 2000;
constexpr int kChartHeight = 116;

}  // namespace

HealthPanel::HealthPanel(RunController* run, QWidget* parent) : QWidget(parent), m_run(run) {
  setObjectName(QStringLiteral("healthPanel"));
  auto* inside = new QWidget;
  auto* column = new QVBoxLayout(inside);
  column->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  column->setSpacing(Theme::kMedium);
  m_empty =
      makeCaption(tr("Which numbers of the code are in use, and what is wrong when a run goes "
                     "wrong. It fills while a run trains."));
  column->addWidget(m_empty);
  m_rows = new QBoxLayout(QBoxLayout::TopToBottom);
  m_rows->setSpacing(Theme::kMedium);
  column->addLayout(m_rows, 1);
  m_codes = named(new CodeHistograms, "healthCodes", tr("Codes against the prior"));
  m_codes->hide();
  column->addWidget(m_codes);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  // Not a ScrolledColumn: charts side by side would keep the panel from becoming narrow again.
  auto* scroll = new QScrollArea;
  scroll->setWidget(inside);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  layout->addWidget(scroll);
  connect(run, &RunController::snapshotArrived, this, &HealthPanel::show);
  connect(run, &RunController::runChanged, this, [this, run] {
    m_empty->setText(tr("%1 reports nothing of its state yet.")
                         .arg(QString::fromStdString(run->model()->title)));
    m_codes->hide();
    show(std::make_shared<const Snapshot>());
  });
  auto* measurement = new SnapshotMeasurement(
      run, this, [this](const Snapshot& snapshot) { return prepare(snapshot); }, this);
  connect(measurement, &SnapshotMeasurement::failed, this, [this](const QString& sentence) {
    m_codes->setReason(sentence);
    m_codes->show();
    updateEmpty();
  });
}

SnapshotMeasurement::Work HealthPanel::prepare(const Snapshot& snapshot) {
  const std::shared_ptr<const Dataset> test = m_run->data().test;
  if (!test || !snapshot.model) return {};
  const std::string reason = why_no_aggregate_posterior(*snapshot.model, *test);
  if (!reason.empty()) {
    m_codes->setReason(QString::fromStdString(reason));
    m_codes->show();
    updateEmpty();
    return {};
  }
  return [this, test, seed = m_run->config().seed](
             const FrozenModel& model,
             const WorkObserver& observer) -> SnapshotMeasurement::Deliver {
    AggregatePosterior match = aggregate_posterior(model, *test, kMatchedImages, seed, observer);
    return [this, test, match = std::move(match)] {
      m_codes->setMatch(match, test->size());
      m_codes->show();
      updateEmpty();
    };
  };
}

void HealthPanel::updateEmpty() {
  m_empty->setVisible(m_charts.empty() && m_codes->isHidden());
}

/// The charts stand side by side in a panel that is wider than high and has room for them, else one
/// below another.
void HealthPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  int side = 4 * Theme::kMedium;
  for (const auto& [id, chart] : m_charts) side += chart->minimumSizeHint().width();
  m_rows->setDirection(width() > std::max(height(), side) ? QBoxLayout::LeftToRight
                                                          : QBoxLayout::TopToBottom);
}

void HealthPanel::show(const std::shared_ptr<const Snapshot>& snapshot) {
  const auto& diagnostics = snapshot->diagnostics;
  bool same = diagnostics.size() == m_charts.size();
  for (std::size_t i = 0; same && i < diagnostics.size(); ++i) {
    same = diagnostics[i].id == m_charts[i].first;
  }
  if (!same) {
    for (const auto& [id, chart] : m_charts) chart->deleteLater();
    m_charts.clear();
    for (const Diagnostic& diagnostic : diagnostics) {
      auto* chart = named(new BarChart, ("health_" + diagnostic.id).c_str(),
                          QString::fromStdString(diagnostic.title));
      chart->setMinimumHeight(kChartHeight);  // the codes below are not to take its room
      m_rows->addWidget(chart, 1);
      m_charts.emplace_back(diagnostic.id, chart);
    }
  }
  updateEmpty();
  for (std::size_t i = 0; i < diagnostics.size(); ++i) {
    BarChart* chart = m_charts[i].second;
    chart->setTitle(QString::fromStdString(diagnostics[i].title));
    chart->setHelp(QString::fromStdString(diagnostics[i].help));
    chart->setUnit(QString::fromStdString(diagnostics[i].unit));
    chart->setValues(diagnostics[i].values);
    chart->setVerdict(QString::fromStdString(diagnostics[i].verdict));
  }
}

}  // namespace latent::ui
