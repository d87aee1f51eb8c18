#include "ui/map_coloring.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "latent/anomaly.h"
#include "latent/neighbourhood.h"
#include "ui/exploration.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"

namespace latent::ui {
namespace {

constexpr std::size_t kChunk = 250;
constexpr double kTail = 0.01;      // of the values, at either end, beyond the scale
constexpr double kTolerance = 0.1;  // of the scale, before its ends move
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

/// Number `dimension` of a code; of a sequence's, its mean over the steps.
float numberOf(const MapFrame& frame, std::size_t row, int dimension) {
  const int width = frame.latentDim / frame.steps;
  const float* code = frame.codes->data() + row * static_cast<std::size_t>(frame.latentDim);
  double sum = 0.0;
  for (int step = 0; step < frame.steps; ++step) sum += code[step * width + dimension];
  return static_cast<float>(sum / frame.steps);
}

}  // namespace

/// Numbers of all points, some of them of older weights where a pass takes several turns.
struct MapColoring::Work {
  std::vector<float> values;
  std::size_t next = 0;   ///< point that is measured next
  std::size_t older = 0;  ///< points whose number is of older weights
  std::int64_t snapshot = -1;
  std::shared_ptr<const MapFrame> frame;  ///< what was measured on, where that is the map itself
  std::shared_ptr<const NeighbourPurity> purity;  ///< of its codes

  /// A pass begins where the last one was cut short, so that each point has its turn.
  void renew(std::size_t count) {
    if (values.size() != count) {
      values.assign(count, kUnknown);
      next = 0;
    }
    older = count;
  }

  /// Calls `measure(first, count)` until all is new or the time is over.
  template <typename Measure>
  void proceed(double seconds, const Measure& measure) {
    const auto start = std::chrono::steady_clock::now();
    while (older > 0) {
      const std::size_t count = std::min({kChunk, values.size() - next, older});
      measure(next, count);
      older -= count;
      next = (next + count) % values.size();
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
      if (spent.count() >= seconds) return;
    }
  }
};

void fitEnds(PointScale& scale, const PointScale* previous) {
  std::vector<float> finite;
  finite.reserve(scale.values.size());
  for (const float value : scale.values) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  if (finite.empty()) return;
  const auto at = [&](double share) {
    const auto place =
        finite.begin() + static_cast<std::ptrdiff_t>(share * double(finite.size() - 1));
    std::nth_element(finite.begin(), place, finite.end());
    return double(*place);
  };
  scale.low = at(kTail);
  scale.high = at(1.0 - kTail);
  scale.fitted = true;
  if (previous != nullptr && previous->title == scale.title && previous->fitted) {
    const double room = kTolerance * (scale.high - scale.low);
    if (std::abs(previous->low - scale.low) < room &&
        std::abs(previous->high - scale.high) < room) {
      scale.low = previous->low;
      scale.high = previous->high;
    }
  }
  if (!(scale.high > scale.low)) scale.high = scale.low + 1e-6 + 1e-3 * std::abs(scale.low);
}

void fillSteps(PointScale& scale) {
  scale.beyondLow = scale.beyondHigh = false;
  scale.steps.resize(scale.values.size());
  const double perUnit = PointScale::kSteps / (scale.high - scale.low);
  for (std::size_t i = 0; i < scale.values.size(); ++i) {
    const double value = scale.values[i];
    scale.beyondLow = scale.beyondLow || value < scale.low;
    scale.beyondHigh = scale.beyondHigh || value > scale.high;
    scale.steps[i] = std::isfinite(value)
                         ? static_cast<std::uint8_t>(std::clamp((value - scale.low) * perUnit, 0.0,
                                                                PointScale::kSteps - 1.0))
                         : PointScale::kUnknown;
  }
}

MapColoring::MapColoring(RunController* run, ExplorerService* explorer, Exploration* exploration,
                         LatentMap* map, QObject* parent)
    : QObject(parent), m_run(run), m_explorer(explorer), m_exploration(exploration), m_map(map) {
  m_explorer->setChore(this);
  connect(m_run, &RunController::runChanged, this, &MapColoring::offerChoices);
  connect(m_exploration, &Exploration::latentDimChanged, this, &MapColoring::offerChoices);
  connect(m_map, &LatentMap::coloringChosen, this, [this](int index) {
    if (index >= 0 && static_cast<std::size_t>(index) < m_choices.size()) {
      setChoice(m_choices[static_cast<std::size_t>(index)]);
    }
  });
}

MapColoring::~MapColoring() {
  unshare();
}

void MapColoring::shareWith(MapColoring* other) {
  unshare();
  other->unshare();
  m_partner = other;
  other->m_partner = this;
  m_hasBar = true;
  other->m_hasBar = false;
  m_choice = other->m_choice;
  if (m_run->hasRun()) begin();
  other->showScale();
}

void MapColoring::unshare() {
  if (m_partner == nullptr) return;
  MapColoring* partner = std::exchange(m_partner, nullptr);
  partner->m_partner = nullptr;
  for (MapColoring* each : {this, partner}) each->m_hasBar = true;
  // What only the other one has is not waited for.
  if (!partner->isOffered(partner->m_choice)) {
    partner->setChoice({});
  } else {
    partner->showScale();
  }
}

bool MapColoring::isOffered(const ColorChoice& choice) const {
  return std::find(m_choices.begin(), m_choices.end(), choice) != m_choices.end();
}

std::shared_ptr<const PointScale> MapColoring::fitted() const {
  return m_own && m_own->fitted ? m_own : nullptr;
}

void MapColoring::expectEnds(double low, double high) {
  if (!m_own || !(high > low)) return;
  auto expected = std::make_shared<PointScale>(*m_own);
  expected->low = low;
  expected->high = high;
  expected->fitted = true;
  adopt(std::move(expected));
}

QString MapColoring::titleOf(const ColorChoice& choice) const {
  switch (choice.kind) {
    case ColorChoice::Kind::Class:
      return tr("Class");
    case ColorChoice::Kind::Error:
      return tr("Reconstruction error");
    case ColorChoice::Kind::Kl:
      return tr("KL of the posterior");
    case ColorChoice::Kind::Purity:
      return tr("Neighbour purity");
    case ColorChoice::Kind::Dimension:
      break;
  }
  return QStringLiteral("z%1").arg(choice.dimension + 1);
}

/// For the choice beside the map, which is narrow; the scale below it has the whole title.
QString MapColoring::shortName(const ColorChoice& choice) const {
  switch (choice.kind) {
    case ColorChoice::Kind::Error:
      return tr("Error");
    case ColorChoice::Kind::Kl:
      return tr("KL");
    case ColorChoice::Kind::Purity:
      return tr("Purity");
    default:
      return titleOf(choice);
  }
}

void MapColoring::offerChoices() {
  const ModelInfo* model = m_run->model();
  const auto& test = m_run->data().test;
  if (model == nullptr || !test) return;
  m_choices = {ColorChoice{}};
  if (model->has_encoder) m_choices.push_back({ColorChoice::Kind::Error, 0});
  if (model->has_encoder && model->gaussian_posterior) {
    m_choices.push_back({ColorChoice::Kind::Kl, 0});
  }
  if (!test->class_names.empty()) m_choices.push_back({ColorChoice::Kind::Purity, 0});
  for (int l = 0; l < m_exploration->latentDim() / m_exploration->steps(); ++l) {
    m_choices.push_back({ColorChoice::Kind::Dimension, l});
  }
  QStringList names;
  for (const ColorChoice& choice : m_choices) names << shortName(choice);
  m_map->setColorings(names);
  const bool elsewhere = m_partner != nullptr && m_partner->isOffered(m_choice);
  if (!isOffered(m_choice) && !elsewhere) m_choice = {};
  begin();
}

void MapColoring::setChoice(const ColorChoice& choice) {
  if (choice == m_choice) return;
  m_choice = choice;
  if (!isOffered(choice) && (m_partner == nullptr || !m_partner->isOffered(choice))) m_choice = {};
  begin();
  if (m_partner != nullptr) m_partner->setChoice(m_choice);
}

void MapColoring::begin() {
  const auto place = std::find(m_choices.begin(), m_choices.end(), m_choice);
  m_map->setColoring(place == m_choices.end() ? -1 : static_cast<int>(place - m_choices.begin()));
  m_work = std::make_shared<Work>();
  std::shared_ptr<PointScale> pending;
  if (m_choice.kind != ColorChoice::Kind::Class && m_run->data().test) {
    // Until the first numbers are there: none is known.
    pending = std::make_shared<PointScale>();
    pending->title = titleOf(m_choice);
    pending->fresh = 0.0;
    pending->values.assign(static_cast<std::size_t>(m_run->data().test->size()), kUnknown);
    pending->steps.assign(pending->values.size(), PointScale::kUnknown);
    if (place == m_choices.end() && m_run->hasRun()) {
      pending->none = true;
      pending->note = tr("%1 has none").arg(QString::fromStdString(m_run->model()->title));
    }
  }
  adopt(std::move(pending));
  m_explorer->choreChanged();
}

void MapColoring::adopt(std::shared_ptr<const PointScale> scale) {
  m_own = std::move(scale);
  showScale();
  if (m_partner != nullptr) m_partner->showScale();
}

void MapColoring::showScale() {
  m_scale = m_own;
  // A number of the code is of one space alone; nats and shares are the same everywhere.
  const bool comparable = m_choice.kind != ColorChoice::Kind::Dimension;
  const PointScale* other =
      m_partner != nullptr && m_own && comparable && m_partner->m_choice == m_choice
          ? m_partner->m_own.get()
          : nullptr;
  bool common = false;
  if (other != nullptr && isOffered(m_choice) && m_partner->isOffered(m_choice)) {
    common = true;
    auto scale = std::make_shared<PointScale>(*m_own);
    if (!m_own->fitted || (other->fitted && other->low < scale->low)) scale->low = other->low;
    if (!m_own->fitted || (other->fitted && other->high > scale->high)) scale->high = other->high;
    fillSteps(*scale);
    for (const float value : other->values) {
      scale->beyondLow = scale->beyondLow || double{value} < scale->low;
      scale->beyondHigh = scale->beyondHigh || double{value} > scale->high;
    }
    scale->note = tr("for both maps");
    m_scale = std::move(scale);
  }
  m_map->setScaleBarShown(!common || m_hasBar);
  m_map->setScale(m_scale);
  emit scaleChanged();
}

bool MapColoring::isWanted(const Snapshot& snapshot) const {
  const auto frame = m_explorer->frame();
  if (!isOffered(m_choice)) return false;
  switch (m_choice.kind) {
    case ColorChoice::Kind::Class:
      return false;
    case ColorChoice::Kind::Error:
    case ColorChoice::Kind::Kl:
      return m_work->snapshot != snapshot.number || m_work->older > 0;
    case ColorChoice::Kind::Purity:
    case ColorChoice::Kind::Dimension:
      // Not while the length of the code is changing.
      return frame && frame->latentDim == m_exploration->latentDim() &&
             (m_work->frame != frame || m_work->older > 0);
  }
  return false;
}

ExplorerService::Answer MapColoring::turn(const Snapshot& snapshot, double seconds) {
  return [this, seconds, choice = m_choice, work = m_work, number = snapshot.number,
          frame = m_explorer->frame(), test = m_run->data().test, previous = m_own,
          threads = m_run->state() == SessionState::Running ? 1 : 0,
          title = titleOf(m_choice)](const FrozenModel& model) -> ExplorerService::Deliver {
    const auto n = static_cast<std::size_t>(test->size());
    const auto dims = static_cast<std::size_t>(model.latent_dim());
    const auto pixels = static_cast<std::size_t>(test->shape.pixels());
    auto scale = std::make_shared<PointScale>();
    scale->title = title;
    double encoded = 1.0;  // share of the map that is itself up to date
    if (choice.kind == ColorChoice::Kind::Error || choice.kind == ColorChoice::Kind::Kl) {
      if (work->snapshot != number) work->renew(n);
      work->snapshot = number;
      scale->unit = tr("nats");
      std::vector<std::int32_t> labels;
      std::vector<float> mean(kChunk * dims);
      std::vector<float> logVariance(kChunk * dims);
      work->proceed(seconds, [&](std::size_t first, std::size_t count) {
        const std::span<const std::uint8_t> images(test->images.data() + first * pixels,
                                                   count * pixels);
        labels.assign(test->labels.begin() + static_cast<std::ptrdiff_t>(first),
                      test->labels.begin() + static_cast<std::ptrdiff_t>(first + count));
        for (std::int32_t& label : labels) label = std::max(0, label);
        if (choice.kind == ColorChoice::Kind::Error) {
          model.reconstruction_error(images, labels, {work->values.data() + first, count});
          return;
        }
        model.encode(images, labels, {mean.data(), count * dims},
                     {logVariance.data(), count * dims});
        for (std::size_t i = 0; i < count; ++i) {
          work->values[first + i] = static_cast<float>(
              gaussian_kl({mean.data() + i * dims, dims}, {logVariance.data() + i * dims, dims}));
        }
      });
    } else {
      if (work->frame != frame) work->renew(frame->size());
      if (choice.kind == ColorChoice::Kind::Purity && work->frame != frame) {
        work->purity =
            std::make_shared<NeighbourPurity>(*frame->codes, frame->latentDim, test->labels);
      }
      work->frame = frame;
      encoded = 1.0 - double(frame->older) / double(std::max<std::size_t>(1, frame->size()));
      work->proceed(seconds, [&](std::size_t first, std::size_t count) {
        if (choice.kind == ColorChoice::Kind::Purity) {
          work->purity->measure(kNeighbours, first, {work->values.data() + first, count}, threads);
          return;
        }
        for (std::size_t i = first; i < first + count; ++i) {
          work->values[i] = numberOf(*frame, i, choice.dimension);
        }
      });
    }
    scale->values = work->values;
    const auto all = double(std::max<std::size_t>(1, work->values.size()));
    scale->fresh = std::min(encoded, 1.0 - double(work->older) / all);
    // A share has ends of its own.
    if (choice.kind != ColorChoice::Kind::Purity) fitEnds(*scale, previous.get());
    fillSteps(*scale);
    return [this, work, scale] {
      if (work == m_work) adopt(scale);
    };
  };
}

}  // namespace latent::ui
