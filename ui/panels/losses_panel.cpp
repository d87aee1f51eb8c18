#include "ui/panels/losses_panel.h"

#include <QVBoxLayout>

#include "ui/plots/loss_plot.h"
#include "ui/run_controller.h"
#include "ui/widgets/named.h"

namespace latent::ui {
namespace {

std::vector<LossPlot::Point> toPoints(const std::vector<LossPoint>& losses) {
  std::vector<LossPlot::Point> points;
  points.reserve(losses.size());
  for (const LossPoint& loss : losses) {
    points.push_back(
        {loss.part == LossPoint::Part::Validation, loss.epoch, loss.total, loss.terms});
  }
  return points;
}

}  // namespace

LossesPanel::LossesPanel(RunController* run, QWidget* parent) : QWidget(parent), m_run(run) {
  setObjectName(QStringLiteral("lossesPanel"));
  m_plot = named(new LossPlot, "lossPlot", tr("Losses"));
  m_plot->setEmptyText(
      tr("How wrong the network is, lower is better: solid on the pictures it trains on, dashed on "
         "pictures it never sees."));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_plot);

  connect(m_run, &RunController::runChanged, this, &LossesPanel::followRun);
  connect(m_run, &RunController::runReset, this, [this] { m_plot->clear(); });
  connect(m_run, &RunController::lossesArrived, this, &LossesPanel::append);
  connect(m_run, &RunController::knobTurned, this, [this](const QString& id, double value) {
    const Hyperparameter* knob = find_hyperparameter(*m_run->model(), id.toStdString());
    const QString name = knob != nullptr         ? QString::fromStdString(knob->title)
                         : id == "learning_rate" ? tr("learning rate")
                                                 : id;
    m_plot->addMarker(m_run->progress().epoch,
                      QStringLiteral("%1 %2").arg(name, QString::number(value, 'g', 3)));
  });
  connect(m_run->timeMachine(), &TimeMachine::epochChanged, this,
          [this] { m_plot->setCursor(m_run->timeMachine()->epoch()); });
  connect(m_plot, &LossPlot::errorOccurred, this,
          [this](const QString& sentence) { emit errorOccurred(sentence, {}); });
}

void LossesPanel::followRun() {
  QStringList titles;
  QStringList helps;
  QString unit = tr("nats per image");
  for (const LossTerm& term : m_run->model()->loss_terms) {
    titles.append(QString::fromStdString(term.title));
    helps.append(QString::fromStdString(term.help));
    unit = QString::fromStdString(term.unit);
  }
  m_plot->setTerms(titles, helps, unit);
  append(m_run->history());
  m_plot->setBackground(toPoints(m_run->parentHistory()));
}

void LossesPanel::append(const std::vector<LossPoint>& losses) {
  m_plot->append(toPoints(losses));
}

}  // namespace latent::ui
