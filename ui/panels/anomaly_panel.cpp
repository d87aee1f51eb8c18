#include "ui/panels/anomaly_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "latent/left_out_class.h"
#include "ui/exploration.h"
#include "ui/panels/caption.h"
#include "ui/plots/roc_plot.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"
#include "ui/widgets/scrolled_column.h"
#include "ui/widgets/steady_label.h"
#include "ui/widgets/turning_box.h"

namespace latent::ui {
namespace {

constexpr int kAnomalyTile = 26;

}  // namespace

AnomalyPanel::AnomalyPanel(RunController* run, Exploration* exploration, QWidget* parent)
    : QWidget(parent), m_run(run), m_exploration(exploration) {
  setObjectName(QStringLiteral("anomalyPanel"));
  m_plot = named(new RocPlot, "anomalyCurve", tr("ROC curve"),
                 tr("Of each threshold: how many anomalies reach it, against how many others do. "
                    "Drag the handle along the curve, or use the arrow keys."));
  auto* box = new TurningBox;
  box->addPart(makeQuestion(), 0);
  box->addPart(m_plot, 3);
  box->addPart(makeAnswer(), 4);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->addWidget(box);

  m_measurement = new SnapshotMeasurement(
      m_run, this, [this](const Snapshot& snapshot) { return prepare(snapshot); }, this);
  connect(m_run, &RunController::runChanged, this, &AnomalyPanel::followRun);
  connect(m_run, &RunController::runReset, this, [this] { adopt(nullptr); });
  connect(m_measurement, &SnapshotMeasurement::progressed, this, [this](double share) {
    showState(tr("Measuring, %1 %").arg(static_cast<int>(100.0 * share)));
  });
  connect(m_measurement, &SnapshotMeasurement::failed, this,
          [this](const QString& sentence) { m_plot->setEmptyText(sentence); });
  connect(m_class, &QComboBox::currentIndexChanged, this, [this] {
    m_atBest = true;
    updateQuestion();
    m_measurement->renew();
  });
  connect(m_score, &QComboBox::currentIndexChanged, this, &AnomalyPanel::chooseScore);
  connect(m_neighbours, &QSpinBox::valueChanged, this, &AnomalyPanel::chooseScore);
  connect(m_train, &QPushButton::clicked, this, &AnomalyPanel::trainWithout);
  connect(m_follow, &QCheckBox::toggled, this, [this](bool follow) {
    m_measurement->setFollowing(follow);
    m_measure->setEnabled(!follow);
  });
  connect(m_measure, &QPushButton::clicked, m_measurement, &SnapshotMeasurement::renew);
  connect(m_plot, &RocPlot::cornerMoved, this, &AnomalyPanel::moveThreshold);
  connect(m_slider, &QSlider::valueChanged, this, &AnomalyPanel::moveThreshold);
  connect(m_best, &QPushButton::clicked, this, [this] {
    m_atBest = true;
    adopt(m_measured);
  });
  const auto goTo = [this](const std::vector<qint64>& rows, int cell) {
    if (cell >= 0 && static_cast<std::size_t>(cell) < rows.size()) {
      m_exploration->goToDigit(rows[static_cast<std::size_t>(cell)]);
    }
  };
  connect(m_flaggedGrid, &ImageGrid::cellClicked, this,
          [this, goTo](int cell) { goTo(m_flagged, cell); });
  connect(m_passedGrid, &ImageGrid::cellClicked, this,
          [this, goTo](int cell) { goTo(m_passed, cell); });
  m_plot->setEmptyText(tr("Train, and choose a class: how well is it told from the others?"));
  updateQuestion();
  adopt(nullptr);
}

QWidget* AnomalyPanel::makeQuestion() {
  auto* side = new QWidget;
  auto* rows = new QVBoxLayout(side);
  rows->setContentsMargins(0, 0, Theme::kTight, 0);
  rows->setSpacing(Theme::kTight);
  m_class = named(new QComboBox, "anomalyClass", tr("Class that is looked for"),
                  tr("Test pictures of this class are the anomalies, all others are not."));
  m_score = named(new QComboBox, "anomalyScore", tr("Score"),
                  tr("What makes a picture an anomaly: the higher, the more."));
  for (const AnomalyScoreInfo& info : anomaly_scores()) {
    m_score->addItem(QString::fromStdString(info.title));
  }
  m_score->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_score->setMinimumContentsLength(16);
  m_neighbours = named(new QSpinBox, "anomalyNeighbours", tr("k"),
                       tr("The distance is that to the k-th nearest training code: 1 is the "
                          "nearest, more forgive single outliers among them."));
  m_neighbours->setRange(1, 1000);
  m_neighbours->setValue(5);
  m_neighbours->setPrefix(tr("k = "));
  m_neighbours->setKeyboardTracking(false);
  m_train = named(new QPushButton, "anomalyTrain", tr("Train without this class"),
                  tr("Starts a run like the present one, with its knobs as they are now, whose "
                     "training and validation never see this class. The run remembers it."));
  m_seen = makeCaption({});
  m_seen->setObjectName(QStringLiteral("anomalySeen"));
  m_follow = named(new QCheckBox(tr("Follow training")), "anomalyFollow", tr("Follow training"),
                   tr("Measured again and again while training goes on, at a rate that leaves it "
                      "nearly all of the machine."));
  m_follow->setChecked(true);
  m_measure = named(new QPushButton(tr("Measure")), "anomalyMeasure", tr("Measure now"),
                    tr("Measures the weights of this moment."));
  m_measure->setEnabled(false);
  m_state = new SteadyLabel;
  m_state->setObjectName(QStringLiteral("anomalyState"));
  m_state->setFont(Theme::captionFont());
  m_state->setProperty("role", "caption");
  auto* classRow = new QHBoxLayout;
  classRow->setSpacing(Theme::kSmall);
  classRow->addWidget(new QLabel(tr("Anomaly")));
  classRow->addWidget(m_class, 1);
  auto* follow = new QHBoxLayout;
  follow->setSpacing(Theme::kSmall);
  follow->addWidget(m_follow, 1);
  follow->addWidget(m_measure);
  rows->addLayout(classRow);
  rows->addWidget(m_train);
  rows->addWidget(m_seen);
  rows->addWidget(m_score);
  rows->addWidget(m_neighbours);
  rows->addLayout(follow);
  rows->addWidget(m_state);
  rows->addStretch(1);
  auto* scroll = new ScrolledColumn(side, "anomalyQuestion");
  scroll->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
  scroll->setFixedWidth(206);
  scroll->setMinimumHeight(96);
  return scroll;
}

QWidget* AnomalyPanel::makeAnswer() {
  auto* side = new QWidget;
  auto* rows = new QVBoxLayout(side);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(Theme::kTight);
  m_slider = named(new QSlider(Qt::Horizontal), "anomalyThreshold", tr("Threshold"),
                   tr("To the right more pictures are flagged, one score after another."));
  m_best = named(new QPushButton(tr("Best")), "anomalyBest", tr("Best threshold"),
                 tr("Where the share of anomalies found exceeds that of false alarms most "
                    "(Youden's index), also as training goes on."));
  auto* line = new QHBoxLayout;
  line->setSpacing(Theme::kSmall);
  line->addWidget(m_slider, 1);
  line->addWidget(m_best);
  m_counts = makeCaption({});
  m_counts->setObjectName(QStringLiteral("anomalyCounts"));
  const auto makeGrid = [](const char* name, const QString& title, const QString& help) {
    auto* grid = named(new ImageGrid, name, title, help);
    grid->setTileSizes(kAnomalyTile, kAnomalyTile);
    return grid;
  };
  m_flaggedGrid = makeGrid("anomalyFlagged", tr("Flagged pictures"),
                           tr("The nearest above the threshold; the framed ones are anomalies. "
                              "Click one to go to its code."));
  m_passedGrid = makeGrid("anomalyPassed", tr("Pictures that pass"),
                          tr("The nearest below the threshold; the framed ones are anomalies that "
                             "are missed. Click one to go to its code."));
  m_flaggedLine = makeCaption({});
  m_flaggedLine->setObjectName(QStringLiteral("anomalyFlaggedLine"));
  m_passedLine = makeCaption({});
  m_passedLine->setObjectName(QStringLiteral("anomalyPassedLine"));
  auto* pictures = new TurningBox;
  const auto addSide = [&](QLabel* caption, ImageGrid* grid, const char* name) {
    auto* part = new QWidget;
    auto* column = new QVBoxLayout(part);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(caption);
    column->addWidget(new ScrolledColumn(grid, name), 1);
    pictures->addPart(part, 1);
  };
  addSide(m_flaggedLine, m_flaggedGrid, "anomalyFlaggedScroll");
  addSide(m_passedLine, m_passedGrid, "anomalyPassedScroll");
  rows->addLayout(line);
  rows->addWidget(m_counts);
  rows->addWidget(pictures, 1);
  side->setMinimumSize(200, 130);
  return side;
}

std::shared_ptr<const Roc> AnomalyPanel::curve() const {
  return m_measured ? m_measured->curve : nullptr;
}

AnomalyScore AnomalyPanel::score() const {
  return anomaly_scores()[static_cast<std::size_t>(std::max(0, m_score->currentIndex()))].score;
}

QString AnomalyPanel::className() const {
  return m_class->currentText();
}

int AnomalyPanel::leftOut() const {
  const auto left = m_run->hasRun() ? left_out_class(m_run->config().data) : std::nullopt;
  return left ? left->label : -1;
}

void AnomalyPanel::trainWithout() {
  if (!m_run->hasRun()) return;
  TrainingConfig config = m_run->config();
  config.learning_rate = m_run->knob("learning_rate");
  for (const Hyperparameter& knob : m_run->model()->hyperparameters) {
    config.hyperparameters[knob.id] = m_run->knob(knob.id);
  }
  // In place of the class that may be left out now.
  const auto now = left_out_class(config.data);
  config.data = to_specification({m_class->currentIndex(), now ? now->data : config.data});
  m_run->startRun(config, true);
}

void AnomalyPanel::followRun() {
  const auto& test = m_run->data().test;
  const int unseen = leftOut();
  {
    const QSignalBlocker blocker(m_class);
    const int before = m_class->currentIndex();
    m_class->clear();
    if (test) {
      for (const std::string& name : test->class_names) {
        m_class->addItem(QString::fromStdString(name));
      }
    }
    m_class->setCurrentIndex(
        unseen >= 0 ? unseen : std::clamp(before, 0, std::max(0, m_class->count() - 1)));
  }
  {
    const QSignalBlocker blocker(m_score);
    auto* items = qobject_cast<QStandardItemModel*>(m_score->model());
    for (const AnomalyScoreInfo& info : anomaly_scores()) {
      const int row = static_cast<int>(&info - anomaly_scores().data());
      const std::string why = why_no_score(info.score, *m_run->model());
      items->item(row)->setEnabled(why.empty());
      items->item(row)->setToolTip(QString::fromStdString(why.empty() ? info.help : why));
      if (!why.empty() && m_score->currentIndex() == row) m_score->setCurrentIndex(0);
    }
  }
  m_atBest = true;
  adopt(nullptr);
  updateQuestion();
}

void AnomalyPanel::chooseScore() {
  m_atBest = true;
  updateQuestion();
  m_measurement->renew();
}

void AnomalyPanel::updateQuestion() {
  const bool any = m_run->hasRun() && m_class->count() > 1;
  const AnomalyScoreInfo& info = anomaly_score_info(score());
  m_score->setToolTip(QString::fromStdString(info.help));
  m_neighbours->setVisible(info.score == AnomalyScore::CodeDistance);
  const bool unseen = any && leftOut() == m_class->currentIndex();
  m_train->setEnabled(any && !unseen);
  m_train->setText(any ? tr("Train without class %1").arg(className())
                       : tr("Train without a class"));
  if (!any) {
    m_seen->setText(m_run->hasRun() ? tr("These data have no two classes to tell apart.")
                                    : tr("A class is left out of training, then looked for."));
  } else if (unseen) {
    m_seen->setText(tr("Training never sees %1; its pictures are framed.").arg(className()));
  } else {
    m_seen->setText(
        tr("Training sees %1: it is only taken for an anomaly. Its pictures are framed.")
            .arg(className()));
  }
}

SnapshotMeasurement::Work AnomalyPanel::prepare(const Snapshot& snapshot) {
  const auto& test = m_run->data().test;
  if (!test || m_class->count() < 2) {
    m_plot->setEmptyText(tr("These data have no two classes to tell apart."));
    return {};
  }
  const std::string why = why_no_score(score(), snapshot.model->info());
  if (!why.empty()) {
    m_plot->setEmptyText(QString::fromStdString(why));
    return {};
  }
  auto next = std::make_shared<Measured>();
  next->score = score();
  next->neighbours = m_neighbours->value();
  next->snapshot = snapshot.number;
  next->epoch = snapshot.epoch;
  next->label = m_class->currentIndex();
  // Another class is another question to the same scores.
  const bool known = m_measured && m_measured->snapshot == next->snapshot &&
                     m_measured->score == next->score && m_measured->neighbours == next->neighbours;
  if (known) {
    next->scores = m_measured->scores;
    next->order = m_measured->order;
  }
  return
      [this, next, test, seen = m_run->data().train,
       threads = m_run->state() == SessionState::Running ? 1 : 0](
          const FrozenModel& model, const WorkObserver& observer) -> SnapshotMeasurement::Deliver {
        if (!next->scores) {
          next->scores = std::make_shared<const std::vector<float>>(
              score_images(model, *test, next->score, *seen, next->neighbours, observer, threads));
          const auto valueOf = [&](qint64 row) {
            const float value = (*next->scores)[static_cast<std::size_t>(row)];
            return std::isnan(value) ? HUGE_VALF : value;
          };
          next->order.resize(next->scores->size());
          std::iota(next->order.begin(), next->order.end(), qint64{0});
          std::stable_sort(next->order.begin(), next->order.end(),
                           [&](qint64 a, qint64 b) { return valueOf(a) > valueOf(b); });
        }
        std::vector<bool> anomalous;
        for (const std::int32_t label : test->labels) anomalous.push_back(label == next->label);
        next->curve = std::make_shared<const Roc>(roc(*next->scores, anomalous));
        return [this, next] { adopt(next); };
      };
}

void AnomalyPanel::adopt(std::shared_ptr<const Measured> measured) {
  m_measured = std::move(measured);
  const auto curve = this->curve();
  const std::size_t count = curve ? curve->corners.size() : 0;
  if (curve && count == 0) {
    m_plot->setEmptyText(curve->anomalies == 0 ? tr("No test picture is of this class.")
                                               : tr("All test pictures are of this class."));
  }
  m_plot->setCurve(curve);
  for (QWidget* control : std::initializer_list<QWidget*>{m_slider, m_best}) {
    control->setEnabled(count > 0);
  }
  const std::size_t corner =
      count == 0 ? 0 : (m_atBest ? curve->best_corner() : curve->corner_at(m_threshold));
  {
    const QSignalBlocker blocker(m_slider);
    m_slider->setRange(0, count > 0 ? static_cast<int>(count) - 1 : 0);
    m_slider->setPageStep(std::max(1, static_cast<int>(count) / 50));
    m_slider->setValue(static_cast<int>(corner));
  }
  m_plot->setCorner(corner);
  showThreshold();
  showState();
}

void AnomalyPanel::moveThreshold(int corner) {
  const auto curve = this->curve();
  if (!curve || curve->corners.empty()) return;
  const auto at = static_cast<std::size_t>(corner);
  m_atBest = false;
  m_threshold = curve->corners[at].threshold;
  m_plot->setCorner(at);
  {
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(corner);
  }
  showThreshold();
}

void AnomalyPanel::showThreshold() {
  const auto curve = this->curve();
  const auto& test = m_run->data().test;
  m_flagged.clear();
  m_passed.clear();
  if (!curve || curve->corners.empty() || !test) {
    m_counts->clear();
    m_flaggedLine->clear();
    m_passedLine->clear();
    m_flaggedGrid->setCells({});
    m_passedGrid->setCells({});
    return;
  }
  const QLocale locale;
  const std::size_t at = m_plot->corner();
  const Roc::Corner& corner = curve->corners[at];
  const auto number = [&](std::int64_t value) { return locale.toString(qint64{value}); };
  const auto percent = [&](double share) { return locale.toString(100.0 * share, 'f', 1); };
  const QString unit = QString::fromStdString(anomaly_score_info(m_measured->score).unit);
  const QString value =
      at == 0 ? tr("beyond all scores")
              : tr("%1 %2")
                    .arg(locale.toString(static_cast<double>(corner.threshold), 'g', 5), unit)
                    .trimmed();
  m_counts->setText(
      tr("Threshold %1: %2 of %3 anomalies found (%4 %), %5 of %6 others flagged (%7 %).")
          .arg(value, number(corner.hits), number(curve->anomalies),
               percent(curve->true_positive_rate(at)), number(corner.alarms), number(curve->others),
               percent(curve->false_positive_rate(at))));

  // In the order of the scores those that are flagged come first.
  const auto flagged = static_cast<std::size_t>(corner.hits + corner.alarms);
  const auto& order = m_measured->order;
  for (std::size_t i = flagged; i-- > 0 && m_flagged.size() < kShown;) {
    m_flagged.push_back(order[i]);
  }
  for (std::size_t i = flagged; i < order.size() && m_passed.size() < kShown; ++i) {
    m_passed.push_back(order[i]);
  }
  const Theme& theme = Theme::of(this);
  const auto cellsOf = [&](const std::vector<qint64>& rows) {
    QVector<ImageGrid::Cell> cells;
    for (const qint64 row : rows) {
      ImageGrid::Cell cell;
      cell.top = imageFromBytes(test->image(row), test->shape.channels, test->shape.height,
                                test->shape.width);
      if (test->labels[static_cast<std::size_t>(row)] == m_measured->label) {
        cell.frame = theme.handleB;
      }
      cells.append(cell);
    }
    return cells;
  };
  m_flaggedGrid->setCells(cellsOf(m_flagged));
  m_passedGrid->setCells(cellsOf(m_passed));
  const auto count = [&](std::size_t value) { return number(static_cast<qint64>(value)); };
  const std::size_t others = order.size() - flagged;
  m_flaggedLine->setText(m_flagged.size() < flagged
                             ? tr("%1 of %2 flagged").arg(count(m_flagged.size()), count(flagged))
                             : tr("all %1 flagged").arg(count(flagged)));
  m_passedLine->setText(m_passed.size() < others
                            ? tr("%1 of %2 passed").arg(count(m_passed.size()), count(others))
                            : tr("all %1 passed").arg(count(others)));
}

void AnomalyPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && m_counts != nullptr) showThreshold();
  QWidget::changeEvent(event);
}

void AnomalyPanel::showState(const QString& activity) {
  if (!activity.isEmpty()) {
    m_state->setText(activity);
  } else {
    m_state->setText(m_measured ? tr("Weights of epoch %1").arg(m_measured->epoch, 0, 'f', 2)
                                : QString());
  }
}

}  // namespace latent::ui
