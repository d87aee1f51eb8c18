#include "ui/panels/neighbours_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "latent/neighbourhood.h"
#include "latent/thread_priority.h"
#include "ui/exploration.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr std::int64_t kTypicalPictures = 200;
constexpr int kTypicalNiceness = 10;
constexpr int kAllThreads = 0;  // somebody waits, and it takes milliseconds

}  // namespace

NeighboursView::NeighboursView(RunController* run, ExplorerService* explorer,
                               Exploration* exploration, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration) {
  setObjectName(QStringLiteral("neighbours"));
  m_heading = makeCaption({});
  m_heading->setObjectName(QStringLiteral("neighboursHeading"));
  m_space = named(new QComboBox, "neighbourSpace", tr("Nearest in"),
                  tr("<b>Codes</b>: whose codes lie nearest to the current code.<br><b>Pixels</b>: "
                     "which test pictures are most like its picture, pixel by "
                     "pixel.<br><b>Training</b>: which training pictures are most like the decoded "
                     "one. Is it remembered, or invented?"));
  m_space->addItem(tr("Codes"));
  m_space->addItem(tr("Pixels"));
  m_space->addItem(tr("Training"));
  m_grid = named(new ImageGrid, "nearestDigits", tr("Nearest test pictures"));
  m_grid->setColumns(8);
  m_grid->setTileSizes(24, 56);
  m_grid->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Minimum);
  m_grid->setEmptyText(tr("Real pictures that are nearest appear here."));
  auto* line = new QHBoxLayout;
  line->setSpacing(Theme::kSmall);
  line->addWidget(m_heading, 1);
  line->addWidget(m_space);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(Theme::kTight);
  layout->addLayout(line);
  layout->addWidget(m_grid);
  m_verdict = makeCaption({});
  m_verdict->setObjectName(QStringLiteral("rememberedVerdict"));
  m_verdict->setToolTip(
      tr("Euclidean distance of the pixels, 0 to 1. A blurred picture is near to many, a plain one "
         "as well: look at the pictures above."));
  m_verdict->hide();
  layout->addWidget(m_verdict);

  connect(m_explorer, &ExplorerService::neighboursReady, this,
          [this](const std::vector<CodeNeighbour>& neighbours) {
            if (space() == Space::Codes) show(neighbours);
          });
  connect(m_exploration, &Exploration::codeChanged, this, &NeighboursView::askPixels);
  connect(m_exploration, &Exploration::labelChanged, this, &NeighboursView::askPixels);
  connect(m_explorer, &ExplorerService::mapReady, this, &NeighboursView::askPixels);
  connect(m_space, &QComboBox::currentIndexChanged, this, &NeighboursView::follow);
  connect(m_run, &RunController::runChanged, this, &NeighboursView::askTraining);
  connect(m_grid, &ImageGrid::cellClicked, this, [this](int cell) {
    if (space() == Space::Training) return;  // they are not on the map
    if (cell >= 0 && static_cast<std::size_t>(cell) < m_neighbours.size()) {
      m_exploration->goToDigit(m_neighbours[static_cast<std::size_t>(cell)].index);
    }
  });
  updateHeading();
}

NeighboursView::Space NeighboursView::space() const {
  return static_cast<Space>(std::max(0, m_space->currentIndex()));
}

void NeighboursView::clear() {
  m_neighbours.clear();
  m_grid->setCells({});
  updateHeading();
  updateVerdict();
}

void NeighboursView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  askPixels();
}

void NeighboursView::follow() {
  updateHeading();
  if (space() == Space::Training) {
    m_neighbours.clear();
    m_grid->setCells({});
  }
  updateVerdict();
  if (space() != Space::Codes) {
    askPixels();
  } else if (m_exploration->hasCode()) {
    m_explorer->findNeighbours(m_exploration->code(), Exploration::kNeighbours);
  }
}

void NeighboursView::askPixels() {
  updateHeading();
  if (space() == Space::Training) askTraining();
  const auto test = m_run->data().test;
  if (space() != Space::Pixels || !m_exploration->hasCode() || !test || !isVisible()) return;
  m_explorer->ask(
      "pixelNeighbours", 3,
      [this, test, digit = m_exploration->digit(), code = m_exploration->code(),
       label = m_exploration->label()](const FrozenModel& model) -> ExplorerService::Deliver {
        std::vector<float> picture(static_cast<std::size_t>(test->shape.pixels()));
        if (digit >= 0 && digit < test->size()) {
          const auto image = test->image(digit);
          std::transform(image.begin(), image.end(), picture.begin(),
                         [](std::uint8_t value) { return static_cast<float>(value) / 255.0F; });
        } else {
          if (static_cast<int>(code.size()) != model.latent_dim()) return [] {};
          std::vector<std::int32_t> labels;
          if (model.info().conditional) labels.push_back(std::max(0, label));
          model.decode(code, labels, picture);
        }
        std::vector<CodeNeighbour> found;
        for (const Neighbour& near :
             nearest_pictures(*test, picture, Exploration::kNeighbours, kAllThreads)) {
          found.push_back(
              {near.index, near.distance, test->labels[static_cast<std::size_t>(near.index)]});
        }
        return [this, found] {
          if (space() == Space::Pixels) show(found);
        };
      });
}

/// Always of what is decoded: a chosen picture itself was never in the training part.
void NeighboursView::askTraining() {
  const auto train = m_run->data().train;
  if (space() != Space::Training || !train || !isVisible()) return;
  measureTypical();
  if (!m_exploration->hasCode()) return;
  m_explorer->ask("trainingNeighbours", 4,
                  [this, train, code = m_exploration->code(), label = m_exploration->label()](
                      const FrozenModel& model) -> ExplorerService::Deliver {
                    if (static_cast<int>(code.size()) != model.latent_dim() ||
                        !(model.shape() == train->shape)) {
                      return [] {};
                    }
                    std::vector<float> picture(static_cast<std::size_t>(train->shape.pixels()));
                    std::vector<std::int32_t> labels;
                    if (model.info().conditional) labels.push_back(std::max(0, label));
                    model.decode(code, labels, picture);
                    std::vector<CodeNeighbour> found;
                    for (const Neighbour& near :
                         nearest_pictures(*train, picture, Exploration::kNeighbours, kAllThreads)) {
                      found.push_back({near.index, near.distance,
                                       train->labels[static_cast<std::size_t>(near.index)]});
                    }
                    return [this, found] {
                      if (space() == Space::Training) show(found);
                    };
                  });
}

/// How far pictures that training never saw are from what it saw; once for a data set.
void NeighboursView::measureTypical() {
  const DataSplit& data = m_run->data();
  const std::string of = data.id + data.fingerprint;
  if (!data.train || !data.test || of == m_typicalOf) return;
  m_typicalOf = of;
  m_typical.clear();
  m_measuring.start(
      [this, train = data.train, test = data.test,
       threads = m_run->state() == SessionState::Running ? 1 : kAllThreads](
          const std::stop_token& stop, const ProgressFunction&) -> std::function<void()> {
        set_niceness(kTypicalNiceness);
        std::vector<float> distances = distances_to_nearest(
            *test, kTypicalPictures, *train, threads, [&] { return stop.stop_requested(); });
        std::sort(distances.begin(), distances.end());
        return [this, distances = std::move(distances)] {
          m_typical = distances;
          updateVerdict();
        };
      },
      [this](const Error&) { m_typicalOf.clear(); });
}

void NeighboursView::updateVerdict() {
  m_verdict->setVisible(space() == Space::Training);
  if (space() != Space::Training || m_neighbours.empty()) {
    m_verdict->clear();
    return;
  }
  const float nearest = m_neighbours.front().distance;
  if (m_typical.empty()) {
    m_verdict->setText(tr("%1 from the nearest training picture. How far test pictures are from "
                          "theirs is being measured.")
                           .arg(double(nearest), 0, 'f', 2));
    return;
  }
  const auto quantile = [&](double share) {
    return m_typical[static_cast<std::size_t>(share * static_cast<double>(m_typical.size() - 1))];
  };
  const float low = quantile(0.05);
  const float high = quantile(0.95);
  const QString verdict =
      nearest < low    ? tr("nearer than nearly every one of them: remembered, or so plain that "
                               "many are like it.")
      : nearest > high ? tr("farther than nearly every one of them: invented.")
                       : tr("as near as a picture is that training never saw: new, and of the "
                            "same kind.");
  m_verdict->setText(
      tr("%1 from the nearest training picture. Test pictures are %2 from theirs (median of %3; "
         "nine in ten from %4 to %5). It is %6")
          .arg(double(nearest), 0, 'f', 2)
          .arg(double(quantile(0.5)), 0, 'f', 2)
          .arg(m_typical.size())
          .arg(double(low), 0, 'f', 2)
          .arg(double(high), 0, 'f', 2)
          .arg(verdict));
}

void NeighboursView::updateHeading() {
  const qint64 digit = m_exploration->digit();
  if (space() == Space::Training) {
    m_heading->setText(tr("Nearest training pictures to the decoded one, and their distance"));
    return;
  }
  QString what = space() == Space::Codes ? tr("Nearest codes") : tr("Nearest pictures");
  if (digit >= 0) {
    what += tr(" to test #%1").arg(digit);
  } else if (space() == Space::Pixels) {
    what += tr(" to the decoded one");
  }
  m_heading->setText(what + tr(", and their distance"));
}

void NeighboursView::show(const std::vector<CodeNeighbour>& neighbours) {
  const DataSplit& data = m_run->data();
  const auto& from = space() == Space::Training ? data.train : data.test;
  if (!from) return;
  m_neighbours = neighbours;
  QVector<ImageGrid::Cell> cells;
  for (const CodeNeighbour& near : neighbours) {
    ImageGrid::Cell cell;
    if (near.index >= from->size()) continue;
    cell.top = imageFromBytes(from->image(near.index), from->shape.channels, from->shape.height,
                              from->shape.width);
    cell.caption = QString::number(double(near.distance), 'f', 2);
    cells.append(cell);
  }
  m_grid->setCells(cells);
  updateVerdict();
}

}  // namespace latent::ui
