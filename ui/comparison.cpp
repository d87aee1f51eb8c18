#include "ui/comparison.h"

#include <QPointer>
#include <QRandomGenerator>
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

#include "ui/exploration.h"
#include "ui/explored_run.h"
#include "ui/explorer_service.h"
#include "ui/panels/map_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"
#include "ui/selection.h"

namespace latent::ui {
namespace {

constexpr int kGapPairs = 48;
constexpr int kGapSteps = 7;  // places between the ends

/// The first test picture of class `label`, -1 where there is none.
qint64 firstOfClass(const Dataset& test, int label) {
  for (qint64 index = 0; index < test.size(); ++index) {
    if (test.labels[static_cast<std::size_t>(index)] == label) return index;
  }
  return -1;
}

/// How far the straight path between two pictures goes from all codes: the largest distance of a
/// place on it to the nearest code, over the root mean square distance of the codes from their
/// mean.
double gapOnPath(const MapFrame& frame, std::int64_t a, std::int64_t b) {
  const auto dims = static_cast<std::size_t>(frame.latentDim);
  const std::vector<float> from = frame.code(a);
  const std::vector<float> to = frame.code(b);
  if (from.size() != dims || to.size() != dims || !std::isfinite(from[0]) ||
      !std::isfinite(to[0])) {
    return 0.0;
  }
  double spread = 0.0;
  for (const float deviation : frame.deviation) spread += double{deviation} * deviation;
  if (!(spread > 0.0)) return 0.0;
  double widest = 0.0;
  std::vector<float> place(dims);
  for (int step = 1; step <= kGapSteps; ++step) {
    const float t = static_cast<float>(step) / (kGapSteps + 1);
    for (std::size_t l = 0; l < dims; ++l) place[l] = from[l] + t * (to[l] - from[l]);
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const float* code = frame.codes->data() + i * dims;
      double distance = 0.0;
      for (std::size_t l = 0; l < dims && distance < nearest; ++l) {
        distance += double{place[l] - code[l]} * (place[l] - code[l]);
      }
      if (distance < nearest) nearest = distance;  // false for codes that are not there yet
    }
    widest = std::max(widest, nearest);
  }
  return std::sqrt(widest / spread);
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
    m_digits = {firstOfClass(test, 0), firstOfClass(test, 1)};
    if (m_digits[0] < 0 || m_digits[1] < 0 || m_digits[0] == m_digits[1]) {
      m_digits = {0, test.size() - 1};
    }
  }
  giveEnds(0);
  giveEnds(1);
}

void Comparison::setHeld(bool held) {
  m_following = held;
  const Exploration& first = *m_sides[0].explored->exploration();
  if (!held && first.end(0).digit >= 0 && first.end(1).digit >= 0) {
    m_digits = {first.end(0).digit, first.end(1).digit};
  }
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

void Comparison::chooseWidestGap() {
  const auto first = m_sides[0].explored->explorer()->frame();
  const auto second = m_sides[1].explored->explorer()->frame();
  const auto test = m_sides[0].explored->run()->data().test;
  if (!sameData() || !first || !second) return;
  m_sides[0].explored->explorer()->ask(
      "gap", 4,
      [guard = QPointer<Comparison>(this), first, second, test,
       seed =
           QRandomGenerator::global()->generate()](const FrozenModel&) -> ExplorerService::Deliver {
        std::mt19937 chance{seed};
        std::uniform_int_distribution<std::int64_t> any{0, test->size() - 1};
        std::pair<std::int64_t, std::int64_t> best{-1, -1};
        double most = -std::numeric_limits<double>::infinity();
        for (int pair = 0; pair < kGapPairs; ++pair) {
          const std::int64_t a = any(chance);
          const std::int64_t b = any(chance);
          if (test->labels[static_cast<std::size_t>(a)] ==
                  test->labels[static_cast<std::size_t>(b)] ||
              a == b) {
            continue;
          }
          const double gain = gapOnPath(*first, a, b) - gapOnPath(*second, a, b);
          if (gain <= most) continue;
          most = gain;
          best = {a, b};
        }
        return [guard, best] {
          if (guard && best.first >= 0) guard->setDigits(best.first, best.second);
        };
      });
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
  there->setWay(here.way());
}

}  // namespace latent::ui
