#include "ui/panels/losses_panel.h"

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>

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

constexpr int kBehindMilliseconds = 500;

/// The losses of whole epochs, training's as their means, with the terms of `of` as `model` has
/// them, by their titles: not finite where it has none of that name.
std::vector<LossPlot::Point> wholeEpochs(const std::vector<LossPoint>& losses, const ModelInfo& of,
                                         const ModelInfo& model) {
  const auto inOrder = [&](const std::vector<double>& terms) {
    std::vector<float> ordered;
    for (const LossTerm& wanted : model.loss_terms) {
      const auto found =
          std::find_if(of.loss_terms.begin(), of.loss_terms.end(),
                       [&](const LossTerm& term) { return term.title == wanted.title; });
      const auto at = static_cast<std::size_t>(found - of.loss_terms.begin());
      ordered.push_back(at < terms.size() ? static_cast<float>(terms[at])
                                          : std::numeric_limits<float>::quiet_NaN());
    }
    return ordered;
  };
  std::vector<LossPlot::Point> points;
  double count = 0.0;
  double total = 0.0;
  std::vector<double> terms;
  for (const LossPoint& loss : losses) {
    if (loss.part == LossPoint::Part::Validation) {
      points.push_back(
          {true, loss.epoch, loss.total, inOrder({loss.terms.begin(), loss.terms.end()})});
      continue;
    }
    count += 1.0;
    total += loss.total;
    terms.resize(loss.terms.size());
    for (std::size_t i = 0; i < terms.size(); ++i) terms[i] += loss.terms[i];
    if (std::abs(loss.epoch - std::round(loss.epoch)) > 1e-9) continue;
    for (double& term : terms) term /= count;
    points.push_back({false, loss.epoch, static_cast<float>(total / count), inOrder(terms)});
    count = total = 0.0;
    std::fill(terms.begin(), terms.end(), 0.0);
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
  m_behindTimer.setSingleShot(true);
  m_behindTimer.setInterval(kBehindMilliseconds);
  connect(&m_behindTimer, &QTimer::timeout, this, &LossesPanel::showBehind);
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
  showBehind();
}

void LossesPanel::setBeside(RunController* beside) {
  m_beside = beside;
  if (m_beside != nullptr) {
    const auto later = [this] {
      if (!m_behindTimer.isActive()) m_behindTimer.start();
    };
    connect(m_beside, &RunController::runChanged, this, later);
    connect(m_beside, &RunController::runReset, this, later);
    connect(m_beside, &RunController::lossesArrived, this, later);
  }
  showBehind();
}

void LossesPanel::showBehind() {
  if (!m_run->hasRun()) return;
  if (m_beside != nullptr && m_beside->hasRun()) {
    m_plot->setBackground(
        wholeEpochs(m_beside->history(), *m_beside->model(), *m_run->model()),
        tr("pale: %1, right").arg(QString::fromStdString(m_beside->model()->title)));
    return;
  }
  m_plot->setBackground(toPoints(m_run->parentHistory()), tr("pale: branched off"));
}

void LossesPanel::append(const std::vector<LossPoint>& losses) {
  m_plot->append(toPoints(losses));
}

}  // namespace latent::ui
