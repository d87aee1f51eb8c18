#include "ui/comparison.h"

#include <QRandomGenerator>

#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/panels/map_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"
#include "ui/selection.h"

namespace latent::ui {
namespace {

/// The first test picture of class `label`, -1 where there is none.
qint64 firstOfClass(const Dataset& test, int label) {
  for (qint64 index = 0; index < test.size(); ++index) {
    if (test.labels[static_cast<std::size_t>(index)] == label) return index;
  }
  return -1;
}

/// For the time that one side follows the other.
class Following {
 public:
  explicit Following(bool& flag) : m_flag(flag), m_first(!flag) { m_flag = true; }
  ~Following() {
    if (m_first) m_flag = false;
  }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;

 private:
  bool& m_flag;
  bool m_first;
};

}  // namespace

Comparison::Comparison(const Side& first, const Side& second, Selection* selection, QObject* parent)
    : QObject(parent), m_sides{first, second}, m_selection(selection) {
  LatentMap* beside = second.map->map();
  connect(beside, &LatentMap::selectionRequested, this,
          [this](const std::vector<qint64>& indices, SelectMode mode) {
            if (sameData()) m_selection->apply(indices, mode);
          });
  connect(m_selection, &Selection::changed, this, [this, beside] {
    if (sameData()) beside->setSelection(m_selection->marks());
  });
  beside->setSelection(m_selection->marks());
  beside->setBrightClasses(first.map->map()->brightClasses());
  beside->setTool(first.map->map()->tool());
  for (int side = 0; side < 2; ++side) join(side);
  begin();
}

void Comparison::join(int side) {
  const Side& here = m_sides[static_cast<std::size_t>(side)];
  const Side& there = m_sides[static_cast<std::size_t>(1 - side)];
  Exploration* exploration = here.explored->exploration();
  Exploration* other = there.explored->exploration();
  ExplorerService* explorer = here.explored->explorer();
  LatentMap* map = here.map->map();
  LatentMap* otherMap = there.map->map();

  connect(map, &LatentMap::hoveredPoint, this,
          [this, panel = there.map](qint64 index) { panel->echo(sameData() ? index : -1); });
  connect(map, &LatentMap::pointChosen, other, [this, other](qint64 index) {
    if (sameData()) other->goToDigit(index);
  });
  if (side == 1) connect(map, &LatentMap::pointChosen, exploration, &Exploration::goToDigit);
  connect(map, &LatentMap::brightClassesChanged, otherMap, &LatentMap::setBrightClasses);
  connect(map, &LatentMap::toolChanged, otherMap, &LatentMap::setTool);

  connect(exploration, &Exploration::pathChanged, this, [this, side] { followEnds(side); });
  connect(exploration, &Exploration::positionChanged, this, [this, other](double t) {
    if (m_following || !sameData()) return;
    const Following following(m_following);
    other->setPosition(t);
  });
  connect(exploration, &Exploration::labelChanged, other, &Exploration::setLabel);

  connect(here.explored->run(), &RunController::runReset, this, [this, side] { giveEnds(side); });
  connect(here.explored->run(), &RunController::runChanged, this, [this, side] {
    begin();
    giveEnds(side);
  });
  if (side == 0) {
    // The pictures that are rebuilt are the same ones.
    connect(explorer, &ExplorerService::reconstructionsReady, this, [this, explorer] {
      ExplorerService* beside = m_sides[1].explored->explorer();
      if (sameData() && beside->watched() != explorer->watched()) {
        beside->setWatched(explorer->watched());
      }
    });
  }
}

bool Comparison::sameData() const {
  const DataSplit& first = m_sides[0].explored->run()->data();
  const DataSplit& second = m_sides[1].explored->run()->data();
  return first.test && second.test && m_sides[0].explored->run()->hasRun() &&
         m_sides[1].explored->run()->hasRun() && first.fingerprint == second.fingerprint &&
         first.test->size() == second.test->size();
}

/// When both are there: the path that is shown already, or a first one.
void Comparison::begin() {
  if (!sameData()) return;
  ExplorerService* beside = m_sides[1].explored->explorer();
  beside->setWatched(m_sides[0].explored->explorer()->watched());
  const Dataset& test = *m_sides[0].explored->run()->data().test;
  if (test.size() < 2) return;
  const Exploration& shown = *m_sides[0].explored->exploration();
  if (shown.end(0).digit >= 0 && shown.end(1).digit >= 0) {
    m_digits = {shown.end(0).digit, shown.end(1).digit};
  }
  if (m_digits[0] < 0 || m_digits[0] >= test.size() || m_digits[1] >= test.size()) {
    const auto classes = static_cast<int>(test.class_names.size());
    m_digits = {firstOfClass(test, 0), firstOfClass(test, classes / 2)};
    if (m_digits[0] < 0 || m_digits[1] < 0 || m_digits[0] == m_digits[1]) {
      m_digits = {0, test.size() - 1};
    }
  }
  giveEnds(0);
  giveEnds(1);
}

void Comparison::setDigits(qint64 a, qint64 b) {
  m_digits = {a, b};
  giveEnds(0);
  giveEnds(1);
}

void Comparison::chooseOtherDigits() {
  if (!sameData()) return;
  const Dataset& test = *m_sides[0].explored->run()->data().test;
  auto* chance = QRandomGenerator::global();
  const auto any = [&] { return static_cast<qint64>(chance->bounded(double(test.size()))); };
  const auto labelOf = [&](qint64 index) { return test.labels[static_cast<std::size_t>(index)]; };
  const qint64 a = any();
  qint64 b = any();
  // A part of one class only has no other: after so many draws any other picture does.
  for (int draw = 0; draw < 100 && labelOf(a) == labelOf(b); ++draw) b = any();
  setDigits(a, b);
}

void Comparison::giveEnds(int side) {
  if (!sameData()) return;
  const Following following(m_following);
  Exploration* exploration = m_sides[static_cast<std::size_t>(side)].explored->exploration();
  for (int which = 0; which < 2; ++which) {
    const qint64 digit = m_digits[static_cast<std::size_t>(which)];
    if (digit >= 0 && exploration->end(which).digit != digit) {
      exploration->setEndToDigit(which, digit);
    }
  }
  exploration->setPosition(
      m_sides[static_cast<std::size_t>(1 - side)].explored->exploration()->position());
}

void Comparison::followEnds(int side) {
  if (m_following || !sameData()) return;
  const Following following(m_following);
  const Exploration& here = *m_sides[static_cast<std::size_t>(side)].explored->exploration();
  Exploration* there = m_sides[static_cast<std::size_t>(1 - side)].explored->exploration();
  for (int which = 0; which < 2; ++which) {
    const qint64 digit = here.end(which).digit;
    if (digit < 0 || digit == there->end(which).digit) continue;
    m_digits[static_cast<std::size_t>(which)] = digit;
    there->setEndToDigit(which, digit);
  }
  there->setPathKind(here.pathKind());
}

}  // namespace latent::ui
