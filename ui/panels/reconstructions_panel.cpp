#include "ui/panels/reconstructions_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <numeric>
#include <random>

#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"
#include "ui/widgets/scrolled_column.h"
#include "ui/widgets/steady_label.h"

namespace latent::ui {
namespace {

constexpr std::size_t kWatched = 12;
constexpr int kRevealMilliseconds = 1200;  // from the first row to the last
constexpr int kShortestReveal = 15;

}  // namespace

ReconstructionsPanel::ReconstructionsPanel(RunController* run, ExplorerService* explorer,
                                           Exploration* exploration, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration) {
  setObjectName(QStringLiteral("reconstructionsPanel"));
  m_pairs = named(new ImageGrid, "reconstructions", tr("Originals over reconstructions"),
                  tr("Above: pictures never trained on. Below: what the network rebuilds from "
                     "their codes. Click one to go to its code."));
  m_pairs->setTileSizes(20, 96);
  m_pairs->setEmptyText(tr("Held-out pictures and what the network makes of them."));
  m_samples = named(new ImageGrid, "samples", tr("Pictures drawn from the prior"),
                    tr("Codes drawn by chance from the prior, decoded: pictures nobody drew. Of a "
                       "system that is told the class each row is one code, a style, decoded as "
                       "every class."));
  m_samples->setTileSizes(20, 96);
  m_samples->setEmptyText(tr("Pictures drawn from the prior appear here."));

  auto* other = named(new QToolButton, "otherDigits", tr("Other pictures"),
                      tr("Watch other held-out pictures"));
  other->setIcon(themedIcon(QStringLiteral("random")));
  auto* again = named(new QToolButton, "newSamples", tr("New samples"),
                      tr("Draw other codes from the prior"));
  again->setIcon(themedIcon(QStringLiteral("random")));
  m_error = new SteadyLabel;
  m_error->setFont(Theme::captionFont());
  m_error->setProperty("role", "caption");
  m_error->setObjectName(QStringLiteral("reconstructionError"));

  const auto header = [](const QString& title, QLabel* aside, QToolButton* button) {
    auto* line = new QHBoxLayout;
    line->setSpacing(Theme::kSmall);
    line->addWidget(makeHeading(title));
    if (aside != nullptr) line->addWidget(aside);
    line->addStretch(1);
    line->addWidget(button);
    return line;
  };
  auto* left = new QVBoxLayout;
  left->setSpacing(Theme::kTight);
  left->addLayout(header(tr("Original over reconstruction"), m_error, other));
  left->addWidget(new ScrolledColumn(m_pairs), 1);
  m_samplesSide = new QWidget;
  auto* right = new QVBoxLayout(m_samplesSide);
  right->setContentsMargins(0, 0, 0, 0);
  right->setSpacing(Theme::kTight);
  auto* samplesHeader = header({}, nullptr, again);
  m_samplesTitle = qobject_cast<QLabel*>(samplesHeader->itemAt(0)->widget());
  m_samplesTitle->setObjectName(QStringLiteral("samplesTitle"));
  right->addLayout(samplesHeader);
  right->addWidget(new ScrolledColumn(m_samples), 1);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(Theme::kMedium, Theme::kSmall, Theme::kMedium, Theme::kSmall);
  layout->setSpacing(Theme::kLarge);
  layout->addLayout(left, 3);
  layout->addWidget(m_samplesSide, 2);

  connect(m_run, &RunController::runChanged, this, &ReconstructionsPanel::followRun);
  connect(m_explorer, &ExplorerService::reconstructionsReady, this,
          [this](const QVector<QImage>& pictures, const std::vector<float>& nats) {
            if (pictures.size() != m_pairs->cells().size()) return;
            m_pairs->setBottoms(pictures);
            if (nats.empty()) {
              m_error->setText(tr("found by search"));
              m_error->setToolTip(
                  tr("This system has no encoder: each picture's code is searched for."));
              return;
            }
            const double mean = std::accumulate(nats.begin(), nats.end(), 0.0) /
                                std::max<double>(1.0, static_cast<double>(nats.size()));
            m_error->setText(tr("%1 nats per image").arg(mean, 0, 'f', 1));
            m_error->setToolTip(tr("Mean reconstruction loss of these pictures"));
          });
  connect(m_explorer, &ExplorerService::samplesReady, this,
          [this](const QVector<QImage>& pictures, int classes) {
            m_next = pictures;
            m_classes = classes;
            if (!m_reveal->isActive()) showSamples();
          });
  m_reveal = new QTimer(this);
  connect(m_reveal, &QTimer::timeout, this, [this] { revealRow(); });
  connect(other, &QToolButton::clicked, this, [this] {
    ++m_choice;
    chooseDigits();
  });
  connect(again, &QToolButton::clicked, this,
          [this] { m_explorer->setSampleSeed(++m_sampleSeed); });
  connect(m_pairs, &ImageGrid::cellClicked, this, [this](int index) {
    const auto& watched = m_explorer->watched();
    if (index < 0 || static_cast<std::size_t>(index) >= watched.size()) return;
    m_exploration->goToDigit(watched[static_cast<std::size_t>(index)]);
  });
}

void ReconstructionsPanel::setChoice(const Choice& choice) {
  if (choice.digits != m_choice) {
    m_choice = choice.digits;
    chooseDigits();
  }
  if (choice.samples != m_sampleSeed) {
    m_sampleSeed = choice.samples;
    m_explorer->setSampleSeed(m_sampleSeed);
  }
}

void ReconstructionsPanel::showSamples() {
  m_drawn = m_next;
  m_next.clear();
  m_samples->setColumns(m_classes);
  const auto& test = m_run->data().test;
  const int all = test ? int(test->class_names.size()) : 0;
  if (m_classes == 0) {
    m_samplesTitle->setText(tr("Drawn from the prior"));
  } else if (m_classes < all) {
    m_samplesTitle->setText(tr("Class × style (%1 of %2 classes)").arg(m_classes).arg(all));
  } else {
    m_samplesTitle->setText(tr("Class × style"));
  }
  m_rows = m_drawn.isEmpty() ? 0 : m_drawn.first().height();
  // A sequence is drawn as it comes to be: each row from those above.
  if (m_exploration->steps() > 1 && m_rows > 0) {
    m_rows = 0;
    m_reveal->start(std::max(kShortestReveal, kRevealMilliseconds / m_drawn.first().height()));
  }
  showRows();
}

void ReconstructionsPanel::revealRow() {
  ++m_rows;
  showRows();
  if (m_drawn.isEmpty() || m_rows >= m_drawn.first().height()) {
    m_reveal->stop();
    if (!m_next.isEmpty()) showSamples();
  }
}

void ReconstructionsPanel::showRows() {
  QVector<ImageGrid::Cell> cells;
  const auto& test = m_run->data().test;
  for (QImage picture : m_drawn) {
    for (int row = m_rows; row < picture.height(); ++row) {
      std::fill_n(picture.scanLine(row), picture.bytesPerLine(), uchar{0});
    }
    const auto column = m_classes > 0 ? static_cast<std::size_t>(cells.size() % m_classes) : 0;
    const bool named = m_classes > 0 && test && column < test->class_names.size();
    cells.append(
        {picture, {}, named ? QString::fromStdString(test->class_names[column]) : QString()});
  }
  m_samples->setCells(cells);
}

void ReconstructionsPanel::followRun() {
  m_reveal->stop();
  m_drawn.clear();
  m_next.clear();
  m_samples->setCells({});
  m_error->setText({});
  m_samplesSide->setVisible(m_run->model()->has_prior);
  m_samples->setColumns(0);
  m_samplesTitle->setText(tr("Drawn from the prior"));
  chooseDigits();
}

void ReconstructionsPanel::chooseDigits() {
  const auto& test = m_run->data().test;
  if (!test || !m_run->hasRun()) {
    m_pairs->setCells({});
    m_explorer->setWatched({});
    return;
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(test->size()));
  std::iota(order.begin(), order.end(), 0);
  if (m_choice > 0) std::shuffle(order.begin(), order.end(), std::mt19937_64{m_choice});
  // One of each class first, so that no class is unseen.
  std::vector<std::int64_t> chosen;
  std::vector<bool> seen(test->class_names.size(), false);
  for (const std::int64_t index : order) {
    const auto label = static_cast<std::size_t>(test->labels[static_cast<std::size_t>(index)]);
    if (label < seen.size() && !seen[label] && chosen.size() < kWatched) {
      seen[label] = true;
      chosen.push_back(index);
    }
  }
  std::sort(chosen.begin(), chosen.end(), [&](std::int64_t a, std::int64_t b) {
    return test->labels[static_cast<std::size_t>(a)] < test->labels[static_cast<std::size_t>(b)];
  });
  for (const std::int64_t index : order) {
    if (chosen.size() >= kWatched) break;
    if (std::find(chosen.begin(), chosen.end(), index) == chosen.end()) chosen.push_back(index);
  }
  QVector<ImageGrid::Cell> cells;
  for (const std::int64_t index : chosen) {
    ImageGrid::Cell cell;
    cell.top = imageFromBytes(test->image(index), test->shape.channels, test->shape.height,
                              test->shape.width);
    cell.bottom = QImage(cell.top.size(), QImage::Format_Grayscale8);
    cell.bottom.fill(0);
    cells.append(cell);
  }
  m_pairs->setCells(cells);
  m_explorer->setWatched(chosen);
}

}  // namespace latent::ui
