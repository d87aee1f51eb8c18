#include "ui/panels/neighbours_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "latent/neighbourhood.h"
#include "ui/exploration.h"
#include "ui/panels/caption.h"
#include "ui/run_controller.h"
#include "ui/theme.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/named.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {

NeighboursView::NeighboursView(RunController* run, ExplorerService* explorer,
                               Exploration* exploration, QWidget* parent)
    : QWidget(parent), m_run(run), m_explorer(explorer), m_exploration(exploration) {
  setObjectName(QStringLiteral("neighbours"));
  m_heading = makeCaption({});
  m_heading->setObjectName(QStringLiteral("neighboursHeading"));
  m_space = named(new QComboBox, "neighbourSpace", tr("Nearest in"),
                  tr("<b>Codes</b>: whose codes lie nearest to the current code.<br><b>Pixels</b>: "
                     "which pictures are most like its picture, pixel by pixel. Is the decoded "
                     "picture remembered, or is it new?"));
  m_space->addItem(tr("Codes"));
  m_space->addItem(tr("Pixels"));
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

  connect(m_explorer, &ExplorerService::neighboursReady, this,
          [this](const std::vector<CodeNeighbour>& neighbours) {
            if (space() == Space::Codes) show(neighbours);
          });
  connect(m_exploration, &Exploration::codeChanged, this, &NeighboursView::askPixels);
  connect(m_exploration, &Exploration::labelChanged, this, &NeighboursView::askPixels);
  connect(m_explorer, &ExplorerService::mapReady, this, &NeighboursView::askPixels);
  connect(m_space, &QComboBox::currentIndexChanged, this, &NeighboursView::follow);
  connect(m_grid, &ImageGrid::cellClicked, this, [this](int cell) {
    if (cell >= 0 && static_cast<std::size_t>(cell) < m_neighbours.size()) {
      m_exploration->goToDigit(m_neighbours[static_cast<std::size_t>(cell)].index);
    }
  });
  updateHeading();
}

NeighboursView::Space NeighboursView::space() const {
  return m_space->currentIndex() == 1 ? Space::Pixels : Space::Codes;
}

void NeighboursView::clear() {
  m_neighbours.clear();
  m_grid->setCells({});
  updateHeading();
}

void NeighboursView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  askPixels();
}

void NeighboursView::follow() {
  updateHeading();
  if (space() == Space::Pixels) {
    askPixels();
  } else if (m_exploration->hasCode()) {
    m_explorer->findNeighbours(m_exploration->code(), Exploration::kNeighbours);
  }
}

void NeighboursView::askPixels() {
  updateHeading();
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
        for (const Neighbour& near : nearest_pictures(*test, picture, Exploration::kNeighbours)) {
          found.push_back(
              {near.index, near.distance, test->labels[static_cast<std::size_t>(near.index)]});
        }
        return [this, found] {
          if (space() == Space::Pixels) show(found);
        };
      });
}

void NeighboursView::updateHeading() {
  const qint64 digit = m_exploration->digit();
  QString what = space() == Space::Codes ? tr("Nearest codes") : tr("Nearest pictures");
  if (digit >= 0) {
    what += tr(" to test #%1").arg(digit);
  } else if (space() == Space::Pixels) {
    what += tr(" to the decoded one");
  }
  m_heading->setText(what + tr(", and their distance"));
}

void NeighboursView::show(const std::vector<CodeNeighbour>& neighbours) {
  const auto& test = m_run->data().test;
  if (!test) return;
  m_neighbours = neighbours;
  QVector<ImageGrid::Cell> cells;
  for (const CodeNeighbour& near : neighbours) {
    ImageGrid::Cell cell;
    cell.top = imageFromBytes(test->image(near.index), test->shape.channels, test->shape.height,
                              test->shape.width);
    cell.caption = QString::number(double(near.distance), 'f', 2);
    cells.append(cell);
  }
  m_grid->setCells(cells);
}

}  // namespace latent::ui
