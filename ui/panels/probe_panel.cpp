#include "ui/panels/probe_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/panels/caption.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/probe_curve.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/confusion_matrix.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"
#include "ui/widgets/scrolled_column.h"
#include "ui/widgets/steady_label.h"
#include "ui/widgets/turning_box.h"

namespace latent::ui {
namespace {

constexpr int kProbeSide = 200;
constexpr qint64 kFirstChoice = 550;  // labels, until the person chooses: the bake-off's number

}  // namespace

ProbePanel::ProbePanel(RunController* run, ExplorerService* explorer, Exploration* exploration,
                       LatentMap* map, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration), m_map(map) {
  setObjectName(QStringLiteral("probePanel"));
  m_curve = named(new ProbeCurve, "probeCurve", tr("Accuracy against the number of labels"),
                  tr("Of the whole test part. Click a point, or use the arrow keys: the matrix and "
                     "the regions are those of that number of labels."));
  m_matrix = named(new ConfusionMatrix, "probeMatrix", tr("Confusion matrix"),
                   tr("Rows are true classes, columns what they are taken for. Click a cell to see "
                      "its pictures."));
  auto* box = new TurningBox;
  box->addPart(makeQuestion(), 0);
  box->addPart(m_curve, 4);
  box->addPart(m_matrix, 4);
  box->addPart(makeCell(), 3);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->addWidget(box);

  m_measurement = new SnapshotMeasurement(
      m_run, this, [this](const Snapshot& snapshot) { return prepare(snapshot); }, this);
  connect(m_run, &RunController::runChanged, this, [this] { adopt(nullptr, 0.0); });
  connect(m_run, &RunController::runReset, this, [this] { adopt(nullptr, 0.0); });
  connect(m_explorer, &ExplorerService::mapReady, this, &ProbePanel::updateRegions);
  connect(m_measurement, &SnapshotMeasurement::progressed, this, [this](double share) {
    m_state->setText(tr("Probing, %1 %").arg(static_cast<int>(100.0 * share)));
  });
  connect(m_measurement, &SnapshotMeasurement::failed, this,
          [this](const QString& sentence) { m_curve->setEmptyText(sentence); });
  connect(m_curve, &ProbeCurve::pointChosen, this, &ProbePanel::chooseResult);
  connect(m_matrix, &ConfusionMatrix::cellChosen, this, &ProbePanel::showCell);
  connect(m_regions, &QCheckBox::toggled, this, &ProbePanel::updateRegions);
  connect(m_seed, &QSpinBox::valueChanged, m_measurement, &SnapshotMeasurement::renew);
  connect(m_follow, &QCheckBox::toggled, this, [this](bool follow) {
    m_measurement->setFollowing(follow);
    m_measure->setEnabled(!follow);
  });
  connect(m_measure, &QPushButton::clicked, m_measurement, &SnapshotMeasurement::renew);
  connect(m_grid, &ImageGrid::cellClicked, this, [this](int cell) {
    if (cell >= 0 && static_cast<std::size_t>(cell) < m_shown.size()) {
      m_exploration->goToDigit(m_shown[static_cast<std::size_t>(cell)]);
    }
  });
  m_curve->setEmptyText(tr("Train: what can a straight line read from the codes?"));
  adopt(nullptr, 0.0);
}

QWidget* ProbePanel::makeQuestion() {
  auto* side = new QWidget;
  auto* rows = new QVBoxLayout(side);
  rows->setContentsMargins(0, 0, Theme::kTight, 0);
  rows->setSpacing(Theme::kTight);
  m_accuracy = makeHeading({});
  m_accuracy->setObjectName(QStringLiteral("probeAccuracy"));
  m_accuracy->setWordWrap(true);
  auto* how = makeCaption(tr("Linear layer on posterior means"));
  how->setToolTip(
      tr("Softmax regression on the frozen codes. The labels are balanced over the "
         "classes, fewer among more; the validation part decides when training stops."));
  m_regions =
      named(new QCheckBox(tr("Regions on the map")), "probeRegions", tr("Regions on the map"),
            tr("Colours the plane by the class that the probe gives each code."));
  m_regionsLine = makeCaption({});
  m_regionsLine->setObjectName(QStringLiteral("probeRegionsLine"));
  m_seed = named(new QSpinBox, "probeSeed", tr("Seed of the labels"),
                 tr("Another seed labels other pictures: with few labels it matters which."));
  m_seed->setRange(1, 999'999);
  m_seed->setPrefix(tr("labels of seed "));
  m_seed->setKeyboardTracking(false);
  m_follow = named(new QCheckBox(tr("Follow training")), "probeFollow", tr("Follow training"),
                   tr("Probed again and again while training goes on, at a rate that leaves it "
                      "nearly all of the machine."));
  m_follow->setChecked(true);
  m_measure = named(new QPushButton(tr("Probe")), "probeMeasure", tr("Probe now"),
                    tr("Probes the weights of this moment."));
  m_measure->setEnabled(false);
  m_state = new SteadyLabel;
  m_state->setObjectName(QStringLiteral("probeState"));
  m_state->setFont(Theme::captionFont());
  m_state->setProperty("role", "caption");
  auto* follow = new QHBoxLayout;
  follow->setSpacing(Theme::kSmall);
  follow->addWidget(m_follow, 1);
  follow->addWidget(m_measure);
  rows->addWidget(m_accuracy);
  rows->addWidget(m_regions);
  rows->addWidget(m_regionsLine);
  rows->addWidget(m_seed);
  rows->addLayout(follow);
  rows->addWidget(m_state);
  rows->addWidget(how);
  rows->addStretch(1);
  auto* scroll = new ScrolledColumn(side, "probeQuestion");
  scroll->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
  scroll->setFixedWidth(kProbeSide);
  scroll->setMinimumHeight(96);
  return scroll;
}

QWidget* ProbePanel::makeCell() {
  auto* side = new QWidget;
  auto* rows = new QVBoxLayout(side);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(Theme::kTight);
  m_cellLine = makeCaption({});
  m_cellLine->setObjectName(QStringLiteral("probeCellLine"));
  m_grid = named(new ImageGrid, "probePictures", tr("Pictures of the chosen cell"),
                 tr("Click a picture to go to its code."));
  m_grid->setTileSizes(26, 40);
  rows->addWidget(m_cellLine);
  rows->addWidget(new ScrolledColumn(m_grid, "probeScroll"), 1);
  side->setMinimumSize(110, 90);
  return side;
}

const ProbeResult* ProbePanel::result() const {
  const int chosen = m_curve->chosen();
  return m_report && chosen >= 0 ? &m_report->results[static_cast<std::size_t>(chosen)] : nullptr;
}

SnapshotMeasurement::Work ProbePanel::prepare(const Snapshot& snapshot) {
  const std::string why = why_no_probe(snapshot.model->info(), m_run->data());
  if (!why.empty()) {
    m_curve->setEmptyText(QString::fromStdString(why));
    return {};
  }
  ProbeQuestion question;
  question.seed = static_cast<std::uint64_t>(m_seed->value());
  return [this, question, data = m_run->data(), epoch = snapshot.epoch](
             const FrozenModel& model,
             const WorkObserver& observer) -> SnapshotMeasurement::Deliver {
    auto report = std::make_shared<const ProbeReport>(probe_codes(model, data, question, observer));
    return [this, report, epoch] { adopt(report, epoch); };
  };
}

void ProbePanel::adopt(std::shared_ptr<const ProbeReport> report, double epoch) {
  m_report = std::move(report);
  m_epoch = epoch;
  const qint64 wanted =
      m_curve->chosen() >= 0 ? m_curve->points()[m_curve->chosen()].labels : kFirstChoice;
  QVector<ProbeCurve::Point> points;
  int chosen = -1;
  if (m_report) {
    for (const ProbeResult& result : m_report->results) {
      // The same number as before, or the next below it.
      if (result.labels <= wanted || chosen < 0) chosen = static_cast<int>(points.size());
      points.append({result.labels, result.accuracy});
    }
  }
  m_curve->setPoints(points);
  m_state->setText(m_report ? tr("Weights of epoch %1").arg(epoch, 0, 'f', 2) : QString());
  if (m_report) m_curve->setChosen(chosen);
  chooseResult(chosen);
}

void ProbePanel::chooseResult(int) {
  const ProbeResult* chosen = result();
  const QLocale locale;
  if (chosen == nullptr) {
    m_accuracy->setText(tr("No probe yet"));
    m_matrix->setCounts({}, {});
  } else {
    m_accuracy->setText(tr("%1 % with %2 labels")
                            .arg(locale.toString(100.0 * chosen->accuracy, 'f', 2),
                                 locale.toString(qint64{chosen->labels})));
    const auto counts = confusion_matrix(m_report->truth, chosen->predicted, m_report->classes);
    QStringList names;
    for (const std::string& name : m_run->data().test->class_names) {
      names << QString::fromStdString(name);
    }
    m_matrix->setCounts({counts.begin(), counts.end()}, names);
  }
  showCell(m_matrix->chosenTruth(), m_matrix->chosenTaken());
  updateRegions();
}

void ProbePanel::showCell(int truth, int taken) {
  const ProbeResult* chosen = result();
  m_shown.clear();
  if (chosen == nullptr || truth < 0) {
    m_grid->setCells({});
    m_cellLine->setText(chosen != nullptr ? tr("Click a cell of the matrix to see its pictures.")
                                          : QString());
    return;
  }
  const auto& test = m_run->data().test;
  qint64 count = 0;
  QVector<ImageGrid::Cell> cells;
  for (std::size_t i = 0; i < m_report->rows.size(); ++i) {
    if (m_report->truth[i] != truth || chosen->predicted[i] != taken) continue;
    ++count;
    if (m_shown.size() == kShown) continue;
    const std::int64_t row = m_report->rows[i];
    m_shown.push_back(row);
    ImageGrid::Cell cell;
    cell.top = imageFromBytes(test->image(row), test->shape.channels, test->shape.height,
                              test->shape.width);
    cells.append(cell);
  }
  m_grid->setCells(cells);
  const QLocale locale;
  const auto name = [&](int label) {
    return QString::fromStdString(test->class_names[static_cast<std::size_t>(label)]);
  };
  const QString what = truth == taken ? tr("%1 told right").arg(name(truth))
                                      : tr("%1 taken for %2").arg(name(truth), name(taken));
  m_cellLine->setText(count > static_cast<qint64>(kShown)
                          ? tr("%1: the first %2 of %3")
                                .arg(what, locale.toString(qint64{kShown}), locale.toString(count))
                          : tr("%1: all %2").arg(what, locale.toString(count)));
}

void ProbePanel::updateRegions() {
  const auto frame = m_explorer->frame();
  const ProbeResult* chosen = result();
  const bool fits = chosen != nullptr && frame && frame->latentDim == chosen->probe.latent_dim;
  const bool umap = frame && frame->choice.kind == ProjectionChoice::Kind::Umap;
  m_regions->setEnabled(!umap);
  if (umap) {
    m_regionsLine->setText(tr("UMAP is no plane: choose another view of the map."));
  } else if (frame && frame->latentDim > 2) {
    m_regionsLine->setText(tr("The slice through the mean code: points lie before and behind it."));
  } else {
    m_regionsLine->clear();
  }
  m_regionsLine->setVisible(!m_regionsLine->text().isEmpty());
  if (!m_regions->isChecked() || !fits || umap) {
    m_map->setRegions({});
    return;
  }
  // The score of a class is affine in the code, and the code is affine in the plane: three points
  // of the plane say it all.
  const std::vector<float> base = frame->latentDim > 2 ? frame->mean : std::vector<float>{};
  const auto scores = [&](float x, float y) {
    std::vector<float> code(static_cast<std::size_t>(frame->latentDim));
    frame->projection.lift(x, y, base, code);
    std::vector<double> all;
    for (int label = 0; label < chosen->probe.classes; ++label) {
      all.push_back(chosen->probe.score(label, code));
    }
    return all;
  };
  const auto origin = scores(0.0F, 0.0F);
  const auto right = scores(1.0F, 0.0F);
  const auto up = scores(0.0F, 1.0F);
  std::vector<LatentMap::Region> regions;
  for (int label = 0; label < chosen->probe.classes; ++label) {
    const auto at = static_cast<std::size_t>(label);
    regions.push_back({label, right[at] - origin[at], up[at] - origin[at], origin[at]});
  }
  m_map->setRegions(std::move(regions));
}

}  // namespace latent::ui
