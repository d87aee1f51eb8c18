#include "ui/panels/compared_run_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/panels/caption.h"
#include "ui/panels/map_panel.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr std::size_t kAveraged = 50;      // batches
constexpr qint64 kTextMilliseconds = 250;  // a number that changes faster cannot be read
constexpr int kDecodedSize = 72;
constexpr int kRebuiltColumns = 12;

/// A line that never makes its column wider.
QLabel* quietLine(const char* name) {
  QLabel* label = makeCaption({});
  label->setObjectName(QLatin1String(name));
  label->setWordWrap(false);
  label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  return label;
}

}  // namespace

ComparedRunView::ComparedRunView(ExploredRun* explored, MapPanel* map, Neighbour neighbour,
                                 QWidget* parent)
    : QWidget(parent), m_explored(explored), m_map(map) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  m_header = makeHeader();
  m_footer = makeFooter(neighbour);
  layout->addWidget(m_header);
  layout->addWidget(m_map, 1);
  layout->addWidget(m_footer);
  setCompared(false);

  const RunController* run = m_explored->run();
  const Exploration* exploration = m_explored->exploration();
  const ExplorerService* explorer = m_explored->explorer();
  connect(run, &RunController::runChanged, this, &ComparedRunView::followRun);
  connect(run, &RunController::stateChanged, this, &ComparedRunView::followState);
  connect(run, &RunController::progressChanged, this, &ComparedRunView::followState);
  connect(run->timeMachine(), &TimeMachine::epochChanged, this, [this] {
    m_sinceText.invalidate();
    followState();
  });
  connect(run, &RunController::lossesArrived, this, &ComparedRunView::append);
  connect(run, &RunController::runReset, this, [this] {
    m_newest.clear();
    m_validated.clear();
    showLosses();
  });
  connect(m_play, &QToolButton::clicked, run, &RunController::togglePlay);
  connect(m_strip, &FilmStrip::positionChanged, exploration, &Exploration::setPosition);
  connect(exploration, &Exploration::positionChanged, m_strip, &FilmStrip::setPosition);
  connect(exploration, &Exploration::pathChanged, this, [this] {
    if (!m_explored->exploration()->hasPath()) m_strip->setPictures({});
  });
  connect(explorer, &ExplorerService::pathDecoded, this, [this](const QVector<QImage>& pictures) {
    if (m_explored->exploration()->hasPath()) m_strip->setPictures(pictures);
  });
  connect(explorer, &ExplorerService::decoded, m_decoded, &ImageView::setImage);
  connect(explorer, &ExplorerService::reconstructionsReady, this, &ComparedRunView::showRebuilt);
  connect(m_rebuilt, &ImageGrid::cellClicked, this, [this](int index) {
    if (index < 0 || static_cast<std::size_t>(index) >= m_shown.size()) return;
    emit digitChosen(m_shown[static_cast<std::size_t>(index)]);
  });
  followRun();
}

QWidget* ComparedRunView::makeHeader() {
  auto* header = new QWidget;
  header->setAutoFillBackground(true);
  m_play = named(new QToolButton, "comparedPlay", tr("Play or pause this run"),
                 tr("Plays or pauses the run of this side alone"));
  m_title = makeHeading({});
  m_title->setObjectName(QStringLiteral("comparedTitle"));
  m_progress = quietLine("comparedProgress");
  m_losses = quietLine("comparedLosses");
  m_losses->setFont(Theme::numberFont());
  m_losses->setToolTip(tr("The loss now, a mean over the last %1 batches, and its terms; and the "
                          "loss on pictures never trained on, at the end of the last epoch. Nats "
                          "per image.")
                           .arg(kAveraged));
  auto* first = new QHBoxLayout;
  first->setSpacing(Theme::kSmall);
  first->addWidget(m_title);
  first->addWidget(m_progress, 1);
  auto* lines = new QVBoxLayout;
  lines->setSpacing(0);
  lines->addLayout(first);
  lines->addWidget(m_losses);
  auto* layout = new QHBoxLayout(header);
  layout->setContentsMargins(Theme::kMedium, Theme::kTight, Theme::kMedium, Theme::kTight);
  layout->setSpacing(Theme::kSmall);
  layout->addWidget(m_play);
  layout->addLayout(lines, 1);
  return header;
}

QWidget* ComparedRunView::makeFooter(Neighbour neighbour) {
  auto* footer = new QWidget;
  footer->setAutoFillBackground(true);
  m_strip =
      named(new FilmStrip, "comparedStrip", tr("Pictures from A to B"),
            tr("The path between the two digits, decoded by this run. Click or drag moves the "
               "position in both runs."));
  m_strip->setEmptyText(tr("The path is decoded as soon as both digits have a code."));
  m_strip->setFixedHeight(kDecodedSize);
  m_decoded = named(new ImageView, "comparedDecoded", tr("Picture at the position"),
                    tr("What this run decodes at the position on the path, or at the place that "
                       "was clicked in its map"));
  m_decoded->setFixedSize(kDecodedSize, kDecodedSize);
  m_rebuilt = named(new ImageGrid, "comparedRebuilt", tr("Originals over reconstructions"),
                    tr("Above: pictures never trained on. Below: what this run rebuilds from "
                       "their codes. Click one to go to its code in both runs."));
  m_rebuilt->setColumns(kRebuiltColumns);
  m_rebuilt->setTileSizes(16, 40);
  auto* path = new QHBoxLayout;
  path->setSpacing(Theme::kSmall);
  path->addWidget(m_strip, 1);
  path->insertWidget(neighbour == Neighbour::Right ? 1 : 0, m_decoded);
  auto* layout = new QVBoxLayout(footer);
  layout->setContentsMargins(Theme::kMedium, Theme::kTight, Theme::kMedium, Theme::kTight);
  layout->setSpacing(Theme::kTight);
  layout->addLayout(path);
  layout->addWidget(m_rebuilt);
  return footer;
}

void ComparedRunView::setCompared(bool compared) {
  m_header->setVisible(compared);
  m_footer->setVisible(compared);
}

void ComparedRunView::followRun() {
  m_newest.clear();
  m_validated.clear();
  m_shown.clear();
  m_strip->setPictures({});
  m_decoded->setImage({});
  m_rebuilt->setCells({});
  const RunController& run = *m_explored->run();
  m_title->setText(run.hasRun() ? QString::fromStdString(run.model()->title) : QString());
  for (const LossPoint& point : run.history()) {
    if (point.part == LossPoint::Part::Validation) m_validated = {point};
  }
  // Of a run whose every batch is known, those that were trained last.
  std::int64_t next = -1;
  for (auto point = run.history().rbegin(); point != run.history().rend(); ++point) {
    if (point->part != LossPoint::Part::Train) continue;
    if ((next >= 0 && point->step != next - 1) || m_newest.size() == kAveraged) break;
    next = point->step;
    m_newest.push_front(*point);
  }
  if (m_newest.size() < kAveraged && next > 1) m_newest.clear();
  followState();
  showLosses();
}

void ComparedRunView::followState() {
  const RunController& run = *m_explored->run();
  const bool running = run.state() == SessionState::Running;
  m_play->setEnabled(run.hasRun());
  if (m_play->isChecked() != running || m_play->icon().isNull()) {
    m_play->setCheckable(true);
    m_play->setIcon(themedIcon(running ? QStringLiteral("pause") : QStringLiteral("play")));
  }
  m_play->setChecked(running);
  if (m_sinceText.isValid() && m_sinceText.elapsed() < kTextMilliseconds && running) return;
  m_sinceText.start();
  if (!run.hasRun()) {
    m_progress->setText(run.isPreparing() ? tr("Getting ready…") : QString());
    return;
  }
  const Progress& progress = run.progress();
  const auto shown = run.timeMachine()->epoch();
  QString text = shown ? tr("epoch %1 is shown · ").arg(*shown) : QString();
  text += tr("epoch %1 of %2").arg(QLocale().toString(progress.epoch, 'f', 1)).arg(progress.epochs);
  if (running && progress.samples_per_second > 0.0) {
    const auto rate = static_cast<qint64>(std::round(progress.samples_per_second / 100.0) * 100.0);
    text += tr(" · %1 samples/s").arg(QLocale().toString(rate));
  } else if (!running) {
    text += progress.state == SessionState::Finished ? tr(" · finished")
            : progress.state == SessionState::Failed ? tr(" · stopped by an error")
                                                     : tr(" · paused");
  }
  m_progress->setText(text);
  showLosses();
}

void ComparedRunView::append(const std::vector<LossPoint>& losses) {
  for (const LossPoint& point : losses) {
    if (point.part == LossPoint::Part::Validation) {
      m_validated = {point};
      continue;
    }
    m_newest.push_back(point);
    if (m_newest.size() > kAveraged) m_newest.pop_front();
  }
}

void ComparedRunView::showLosses() {
  const ModelInfo* model = m_explored->run()->model();
  QString text;
  if (model != nullptr && !m_newest.empty()) {
    const auto count = static_cast<double>(m_newest.size());
    double total = 0.0;
    std::vector<double> terms(model->loss_terms.size());
    for (const LossPoint& point : m_newest) {
      total += point.total / count;
      for (std::size_t i = 0; i < terms.size() && i < point.terms.size(); ++i) {
        terms[i] += point.terms[i] / count;
      }
    }
    text = tr("loss %1").arg(total, 0, 'f', 1);
    for (std::size_t i = 0; terms.size() > 1 && i < terms.size(); ++i) {
      text += i == 0 ? tr(" = ") : tr(" + ");
      text += QStringLiteral("%1 %2").arg(QString::number(terms[i], 'f', 1),
                                          QString::fromStdString(model->loss_terms[i].title));
    }
  }
  if (!m_validated.empty()) {
    if (!text.isEmpty()) text += QStringLiteral(" · ");
    text += tr("validation %1").arg(double{m_validated.front().total}, 0, 'f', 1);
  }
  m_losses->setText(text);
}

void ComparedRunView::showRebuilt(const QVector<QImage>& pictures) {
  const auto& watched = m_explored->explorer()->watched();
  const auto& test = m_explored->run()->data().test;
  if (!test || pictures.size() != static_cast<qsizetype>(watched.size())) return;
  if (watched == m_shown) {
    m_rebuilt->setBottoms(pictures);
    return;
  }
  m_shown = watched;
  QVector<ImageGrid::Cell> cells;
  for (std::size_t i = 0; i < watched.size(); ++i) {
    ImageGrid::Cell cell;
    cell.top = imageFromBytes(test->image(watched[i]), test->shape.channels, test->shape.height,
                              test->shape.width);
    cell.bottom = pictures[static_cast<qsizetype>(i)];
    cells.append(cell);
  }
  m_rebuilt->setCells(cells);
}

}  // namespace latent::ui
