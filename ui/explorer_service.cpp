#include "ui/explorer_service.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "latent/procrustes.h"
#include "latent/thread_priority.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

// Of one core, while training runs.
constexpr double kBackgroundShare = 0.15;
constexpr double kTurnSeconds = 0.08;
constexpr int kUpkeepNiceness = 5;  // behind whoever waits for an answer, and behind training
constexpr qint64 kReconstructionMilliseconds = 100;
constexpr qint64 kAccuracyMilliseconds = 20'000;
constexpr qint64 kPastAccuracyMilliseconds = 700;
constexpr std::size_t kEncodeChunk = 500;
constexpr std::size_t kPlaceChunk = 8;  // a search takes tens of milliseconds
constexpr int kSamples = 12;
constexpr int kStyles = 3;        // of a system that is told the class
constexpr int kMostClasses = 12;  // beside each other
constexpr int kNeighbours = 15;

double threadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::size_t pixelsOf(const FrozenModel& model) {
  return static_cast<std::size_t>(model.shape().pixels());
}

std::vector<std::int32_t> repeatedLabel(const FrozenModel& model, int label, std::size_t count) {
  if (!model.info().conditional) return {};
  return std::vector<std::int32_t>(count, std::max(0, label));
}

std::vector<float> decodeCodes(const FrozenModel& model, std::span<const float> codes,
                               std::span<const std::int32_t> labels) {
  const std::size_t n = codes.size() / static_cast<std::size_t>(model.latent_dim());
  std::vector<float> pixels(n * pixelsOf(model));
  model.decode(codes, labels, pixels);
  return pixels;
}

QVector<QImage> toImages(const FrozenModel& model, std::span<const float> pixels) {
  const ImageShape shape = model.shape();
  const std::size_t size = pixelsOf(model);
  QVector<QImage> images;
  for (std::size_t at = 0; at + size <= pixels.size(); at += size) {
    images.append(
        imageFromFloats(pixels.subspan(at, size), shape.channels, shape.height, shape.width));
  }
  return images;
}

/// The plane of the first two numbers of the code; of a sequence's, of their means over the steps.
Projection firstAxes(const FrozenModel& model) {
  const int width = model.latent_dim() / model.code_steps();
  return over_steps(axis_projection(width, 0, std::min(1, width - 1)), model.code_steps());
}

/// The named rows of a data set, as one block.
struct Rows {
  std::vector<std::uint8_t> images;
  std::vector<std::int32_t> labels;
};

Rows gather(const Dataset& data, const std::vector<std::int64_t>& indices) {
  Rows rows;
  for (const std::int64_t index : indices) {
    const auto image = data.image(index);
    rows.images.insert(rows.images.end(), image.begin(), image.end());
    rows.labels.push_back(std::max(0, data.labels[static_cast<std::size_t>(index)]));
  }
  return rows;
}

/// Appends the mean over the steps of a code [steps · width] to `means`.
void appendMean(std::vector<float>& means, const float* code, int width, int steps) {
  for (int l = 0; l < width; ++l) {
    double sum = 0.0;
    for (int step = 0; step < steps; ++step) sum += code[step * width + l];
    means.push_back(static_cast<float>(sum / steps));
  }
}

/// Turns the plane within itself.
void turnAxes(Projection& projection, const PlaneTurn& turn) {
  const auto dims = static_cast<std::size_t>(projection.latent_dim);
  for (std::size_t l = 0; l < dims; ++l) {
    const double right = projection.axes[l];
    const double up = projection.axes[dims + l];
    projection.axes[l] = static_cast<float>(turn[0] * right + turn[1] * up);
    projection.axes[dims + l] = static_cast<float>(turn[2] * right + turn[3] * up);
  }
}

/// Turns the plane of `frame` until its points lie as those of `previous`, which shows the same
/// pictures in a plane of the same kind.
void alignFrame(MapFrame& frame, const MapFrame& previous) {
  const bool isPlane =
      frame.latentDim / frame.steps > 1 && (frame.choice.kind != ProjectionChoice::Kind::Axes ||
                                            frame.choice.horizontal != frame.choice.vertical);
  if (!isPlane || previous.laidOut || !(previous.choice == frame.choice) ||
      previous.points.size() != frame.points.size()) {
    return;
  }
  const PlaneTurn turn = procrustes(frame.points, previous.points);
  turnAxes(frame.projection, turn);
  turnAxes(frame.planeOfMeans, turn);
  frame.projection.project(*frame.codes, frame.points);
  frame.turned = true;
}

/// Fills points, and for principal components the projection, from the codes of `frame`.
void projectFrame(MapFrame& frame, const ProjectionChoice& choice, const MapFrame* previous,
                  const UmapTurns& umap, bool aligned) {
  const auto dims = static_cast<std::size_t>(frame.latentDim);
  const std::vector<float>& codes = *frame.codes;
  const std::size_t n = codes.size() / dims;
  frame.choice = choice;
  // A sequence is seen by the mean over its steps.
  const int width = frame.latentDim / frame.steps;
  if (choice.kind != ProjectionChoice::Kind::Axes && width > 1) {
    std::vector<float> finite;
    finite.reserve(codes.size() / static_cast<std::size_t>(frame.steps));
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isfinite(codes[i * dims])) appendMean(finite, &codes[i * dims], width, frame.steps);
    }
    const bool follows = previous != nullptr && previous->latentDim == frame.latentDim &&
                         previous->steps == frame.steps &&
                         previous->choice.kind != ProjectionChoice::Kind::Axes;
    frame.projection = fit_pca(finite, width, follows ? &previous->planeOfMeans : nullptr);
  } else {
    const int last = width - 1;
    frame.projection =
        axis_projection(width, std::min(choice.horizontal, last), std::min(choice.vertical, last));
  }
  frame.planeOfMeans = frame.projection;
  if (frame.steps > 1) frame.projection = over_steps(frame.projection, frame.steps);
  frame.laidOut = false;
  frame.turned = false;
  if (choice.kind == ProjectionChoice::Kind::Umap) {
    const auto places = umap.points();
    frame.laidOut = places && places->size() == 2 * n;
    if (frame.laidOut) {
      frame.points = *places;
      return;
    }
  }
  frame.points.resize(n * 2);
  frame.projection.project(codes, frame.points);
  if (aligned && previous != nullptr) alignFrame(frame, *previous);
}

void measureSpread(MapFrame& frame) {
  const auto dims = static_cast<std::size_t>(frame.latentDim);
  const std::vector<float>& codes = *frame.codes;
  std::vector<double> sum(dims);
  std::vector<double> squares(dims);
  double count = 0.0;
  for (std::size_t i = 0; i < codes.size() / dims; ++i) {
    if (!std::isfinite(codes[i * dims])) continue;
    count += 1.0;
    for (std::size_t l = 0; l < dims; ++l) {
      const double value = codes[i * dims + l];
      sum[l] += value;
      squares[l] += value * value;
    }
  }
  frame.mean.resize(dims);
  frame.deviation.resize(dims);
  for (std::size_t l = 0; l < dims && count > 0.0; ++l) {
    const double mean = sum[l] / count;
    frame.mean[l] = static_cast<float>(mean);
    frame.deviation[l] =
        static_cast<float>(std::sqrt(std::max(0.0, squares[l] / count - mean * mean)));
  }
}

}  // namespace

std::vector<float> MapFrame::code(std::int64_t index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= size()) return {};
  const auto from = codes->begin() + static_cast<std::ptrdiff_t>(index) * latentDim;
  return {from, from + latentDim};
}

QPointF MapFrame::project(const std::vector<float>& code) const {
  if (static_cast<int>(code.size()) != latentDim) return {};
  float point[2] = {0.0F, 0.0F};
  projection.project(code, point);
  return {point[0], point[1]};
}

/// Codes of all test images, some of them of older weights where a pass takes several turns.
struct ExplorerService::Encoding {
  std::vector<float> codes;
  std::vector<float> logVariances;  ///< of Gaussian posteriors; empty for all others
  std::size_t next = 0;             ///< image that is encoded next
  std::size_t older = 0;            ///< images whose code is of older weights
  std::int64_t snapshot = -1;
};

ExplorerService::ExplorerService(QObject* parent) : QObject(parent) {
  m_clock.start();
  m_timer.setSingleShot(true);
  connect(&m_timer, &QTimer::timeout, this, &ExplorerService::schedule);
}

ExplorerService::~ExplorerService() {
  m_umap->interrupt();
  m_background.reset();
  m_interactive.reset();
}

void ExplorerService::setEngine(const Engine* engine) {
  m_engine = engine;
  const auto onError = [this](const std::string&, const std::string& what) {
    QMetaObject::invokeMethod(
        this, [this, sentence = QString::fromStdString(what)] { emit failed(sentence); },
        Qt::QueuedConnection);
  };
  m_interactive = std::make_unique<RequestLane>([engine] {
    expect_short_turns();
    engine->set_thread_count(1);
  });
  m_background = std::make_unique<RequestLane>([engine] {
    engine->set_thread_count(1);
    set_niceness(kUpkeepNiceness);
  });
  m_interactive->set_error_handler(onError);
  m_background->set_error_handler(onError);
}

void ExplorerService::setRun(std::shared_ptr<const Dataset> test) {
  ++m_generation;
  m_test = std::move(test);
  m_snapshot = nullptr;
  m_frame = nullptr;
  m_earlier = nullptr;
  m_umapContinues = false;
  m_encoding = std::make_shared<Encoding>();
  m_placedWith = nullptr;
  m_toPlace.clear();
  // A turn that is under way keeps the old one until it ends.
  m_umap->interrupt();
  const UmapSettings umapSettings = m_umap->settings();
  m_umap = std::make_shared<UmapTurns>();
  m_umap->setSettings(umapSettings);
  const bool umapRunning = m_umapProgress.running;
  m_umapProgress = {.running = umapRunning};
  m_umapCodes = nullptr;
  emit umapChanged(m_umapProgress);
  m_upkeep = {};
  m_restUntil = 0;
  m_busy = false;
}

void ExplorerService::setSnapshot(const std::shared_ptr<const Snapshot>& snapshot) {
  m_snapshot = snapshot;
  takeEarlierPlaces();
  if (placesOnDemand()) emit placementChanged(placement());
  schedule();
}

void ExplorerService::continueFrom(std::shared_ptr<const MapFrame> frame,
                                   const UmapProgress& umap) {
  m_earlier = std::move(frame);
  if (m_earlier->laidOut) {
    m_umap->continueFrom(std::make_shared<const std::vector<float>>(m_earlier->points), umap.epoch);
    m_umap->resume();
    m_umapProgress = umap;
    m_umapProgress.isCurrent = false;
    m_umapContinues = true;
    emit umapChanged(m_umapProgress);
  }
  takeEarlierPlaces();
  schedule();
}

/// What was searched for before is there with the first weights.
void ExplorerService::takeEarlierPlaces() {
  if (!placesOnDemand() || m_placedWith || !m_earlier || !m_earlier->codes ||
      m_earlier->latentDim != m_snapshot->model->latent_dim()) {
    return;
  }
  m_placedWith = m_snapshot;
  auto frame = std::make_shared<MapFrame>(*m_earlier);
  frame->snapshot = m_snapshot->number;
  frame->step = m_snapshot->step;
  frame->epoch = m_snapshot->epoch;
  measureSpread(*frame);
  projectFrame(*frame, m_choice, m_earlier.get(), *m_umap, m_aligned);
  adoptFrame(frame);
}

void ExplorerService::setTraining(bool training) {
  m_training = training;
  if (!training) {
    m_restUntil = 0;
    for (Upkeep& kind : m_upkeep) kind.notBefore = 0;
  }
  schedule();
}

void ExplorerService::setWhole(bool whole) {
  m_whole = whole;
}

void ExplorerService::setAligned(bool aligned) {
  if (aligned == m_aligned) return;
  m_aligned = aligned;
  reproject();
}

void ExplorerService::setProjection(const ProjectionChoice& choice) {
  if (choice == m_choice) return;
  m_choice = choice;
  reproject();
  schedule();
}

void ExplorerService::reproject() {
  if (!m_frame) return;
  ask("project", 1,
      [this, frame = m_frame, choice = m_choice, umap = m_umap,
       aligned = m_aligned](const FrozenModel&) -> Deliver {
        auto next = std::make_shared<MapFrame>(*frame);
        projectFrame(*next, choice, frame.get(), *umap, aligned);
        return [this, next] { adoptFrame(next); };
      });
}

void ExplorerService::adoptFrame(std::shared_ptr<const MapFrame> frame) {
  if (m_frame && frame->snapshot < m_frame->snapshot) return;
  m_frame = std::move(frame);
  emit mapReady(m_frame);
  if (!(m_frame->choice == m_choice)) {
    reproject();
    return;
  }
  // While a layout moves the accuracy of each of its pictures would take more than the layout.
  if (!m_training && !isWanted(Layout)) {
    m_upkeep[Accuracy].wanted = true;
    // Who moves through the past waits for the next map, not for this.
    if (m_whole) m_upkeep[Accuracy].notBefore = m_clock.elapsed() + kPastAccuracyMilliseconds;
  }
  schedule();
}

void ExplorerService::setWatched(std::vector<std::int64_t> indices) {
  m_watched = std::move(indices);
  m_upkeep[Reconstructions].wanted = true;
  schedule();
}

void ExplorerService::setSampleSeed(quint64 seed) {
  m_sampleSeed = seed;
  m_upkeep[Samples].wanted = true;
  schedule();
}

void ExplorerService::setManifold(const std::optional<QRectF>& view, const std::vector<float>& base,
                                  int label) {
  m_manifoldView = view;
  m_manifoldBase = base;
  m_manifoldLabel = label;
  m_upkeep[Manifold].wanted = view.has_value();
  schedule();
}

void ExplorerService::measureAccuracy() {
  m_upkeep[Accuracy].wanted = true;
  schedule();
}

void ExplorerService::ask(const char* kind, int priority, Answer answer) {
  if (!m_interactive || !m_snapshot) return;
  m_interactive->ask(
      kind, priority,
      [this, generation = m_generation, snapshot = m_snapshot, answer = std::move(answer)] {
        Deliver deliver = answer(*snapshot->model);
        QMetaObject::invokeMethod(
            this,
            [this, generation, deliver = std::move(deliver)] {
              if (generation == m_generation) deliver();
            },
            Qt::QueuedConnection);
      });
}

void ExplorerService::setChore(Chore* chore) {
  m_chore = chore;
  schedule();
}

bool ExplorerService::placesOnDemand() const {
  return m_snapshot && !m_snapshot->model->info().has_encoder;
}

void ExplorerService::placeAll() {
  if (!placesOnDemand() || !m_test) return;
  m_placedWith = m_snapshot;
  m_toPlace.clear();
  for (std::int64_t index = std::min(kPlaced, m_test->size()); index-- > 0;) {
    m_toPlace.push_back(index);
  }
  emit placementChanged(placement());
  schedule();
}

void ExplorerService::placeOne(std::int64_t index) {
  if (!placesOnDemand() || !m_test || index < 0 || index >= m_test->size()) return;
  if (!m_placedWith) m_placedWith = m_snapshot;
  std::erase(m_toPlace, index);
  m_toPlace.push_back(index);
  emit placementChanged(placement());
  schedule();
}

Placement ExplorerService::placement() const {
  Placement placement;
  placement.waiting = static_cast<std::int64_t>(m_toPlace.size());
  if (!m_placedWith) return placement;
  placement.epoch = m_placedWith->epoch;
  placement.outdated = m_snapshot && m_snapshot->step != m_placedWith->step;
  if (m_frame && m_frame->snapshot == m_placedWith->number) {
    for (std::size_t i = 0; i < m_frame->size(); ++i) {
      placement.placed += std::isfinite(m_frame->points[2 * i]) ? 1 : 0;
    }
  }
  return placement;
}

void ExplorerService::decode(const std::vector<float>& code, int label) {
  ask("decode", 0, [this, code, label](const FrozenModel& model) -> Deliver {
    if (static_cast<int>(code.size()) != model.latent_dim()) return [] {};
    const auto pixels = decodeCodes(model, code, repeatedLabel(model, label, 1));
    const QImage picture = toImages(model, pixels).value(0);
    return [this, picture] { emit decoded(picture); };
  });
}

void ExplorerService::findNeighbours(const std::vector<float>& code, int count) {
  if (!m_frame || static_cast<int>(code.size()) != m_frame->latentDim) return;
  ask("neighbours", 3,
      [this, code, count, frame = m_frame, test = m_test](const FrozenModel&) -> Deliver {
        const auto dims = static_cast<std::size_t>(frame->latentDim);
        std::vector<float> codes;
        std::vector<std::int64_t> rows;
        for (std::size_t i = 0; i < frame->size(); ++i) {
          const auto from = frame->codes->begin() + static_cast<std::ptrdiff_t>(i * dims);
          if (!std::isfinite(*from)) continue;
          codes.insert(codes.end(), from, from + static_cast<std::ptrdiff_t>(dims));
          rows.push_back(static_cast<std::int64_t>(i));
        }
        std::vector<CodeNeighbour> found;
        for (const Neighbour& near : nearest_neighbours(codes, frame->latentDim, code, count)) {
          const std::int64_t row = rows[static_cast<std::size_t>(near.index)];
          found.push_back({row, near.distance, test->labels[static_cast<std::size_t>(row)]});
        }
        return [this, found] { emit neighboursReady(found); };
      });
}

void ExplorerService::reconstruct(std::int64_t index) {
  if (!m_test || index < 0 || index >= m_test->size()) return;
  ask("reconstruct", 2,
      [this, index, test = m_test, known = m_frame ? m_frame->code(index) : std::vector<float>{}](
          const FrozenModel& model) -> Deliver {
        if (!model.info().has_encoder) {
          // Searched for once, not at every look.
          if (static_cast<int>(known.size()) != model.latent_dim() || !std::isfinite(known[0])) {
            return [] {};
          }
          const QImage picture = toImages(model, decodeCodes(model, known, {})).value(0);
          return [this, index, picture] { emit reconstructed(index, picture, -1.0); };
        }
        const Rows rows = gather(*test, {index});
        std::vector<float> code(static_cast<std::size_t>(model.latent_dim()));
        model.encode(rows.images, rows.labels, code, {});
        const auto pixels = decodeCodes(model, code, repeatedLabel(model, rows.labels[0], 1));
        float nats = 0.0F;
        model.reconstruction_error(rows.images, rows.labels, {&nats, 1});
        const QImage picture = toImages(model, pixels).value(0);
        return [this, index, picture, nats] { emit reconstructed(index, picture, nats); };
      });
}

void ExplorerService::decodePath(const std::vector<float>& codes, int label) {
  ask("path", 1, [this, codes, label](const FrozenModel& model) -> Deliver {
    const auto dims = static_cast<std::size_t>(model.latent_dim());
    if (codes.empty() || codes.size() % dims != 0) return [] {};
    const auto pixels = decodeCodes(model, codes, repeatedLabel(model, label, codes.size() / dims));
    return [this, pictures = toImages(model, pixels)] { emit pathDecoded(pictures); };
  });
}

void ExplorerService::decodeFrames(const std::vector<float>& codes, int label) {
  ask("frames", 4, [this, codes, label](const FrozenModel& model) -> Deliver {
    const auto dims = static_cast<std::size_t>(model.latent_dim());
    if (codes.size() % dims != 0) return [] {};
    const std::size_t count = codes.size() / dims;
    auto pixels = decodeCodes(model, codes, repeatedLabel(model, label, count));
    return [this, pixels = std::move(pixels), shape = model.shape()] {
      emit framesReady(pixels, shape);
    };
  });
}

void ExplorerService::samplePrior(quint64 seed) {
  ask("prior", 0, [this, seed](const FrozenModel& model) -> Deliver {
    const std::vector<float> code = model.sample_prior(1, seed);
    if (code.empty()) return [] {};
    return [this, code] { emit priorSampled(code); };
  });
}

bool ExplorerService::isWanted(int kind) const {
  const Upkeep& upkeep = m_upkeep[static_cast<std::size_t>(kind)];
  const bool fresh = upkeep.shown == m_snapshot->number && !upkeep.wanted;
  const ModelInfo& info = m_snapshot->model->info();
  switch (kind) {
    case Reconstructions:
      return !fresh && !m_watched.empty();
    case Samples:
      return !fresh && info.has_prior;
    case Map:
      return m_test && (info.has_encoder ? !fresh : !m_toPlace.empty());
    case Layout:
      return m_choice.kind == ProjectionChoice::Kind::Umap && m_frame &&
             (m_umapContinues || (m_umapProgress.running &&
                                  !(m_umapProgress.isFinished() && m_umapCodes == m_frame->codes)));
    case Manifold:
      return !fresh && m_manifoldView && (m_frame || !info.has_encoder);
    case Others:
      return m_chore != nullptr && m_chore->isWanted(*m_snapshot);
    case Accuracy:
      return upkeep.wanted && m_frame && m_test && !m_test->class_names.empty();
    default:
      return false;
  }
}

bool ExplorerService::isUpToDate() const {
  if (!m_snapshot || m_busy) return false;
  for (int kind = 0; kind < KindCount; ++kind) {
    if (isWanted(kind)) return false;
  }
  return true;
}

void ExplorerService::drain() {
  if (m_background) m_background->drain();
  if (m_interactive) m_interactive->drain();
}

void ExplorerService::schedule() {
  if (!m_background || !m_snapshot || m_busy) return;
  const qint64 now = m_clock.elapsed();
  qint64 soonest = std::numeric_limits<qint64>::max();
  int chosen = -1;
  for (int kind = 0; kind < KindCount; ++kind) {
    if (!isWanted(kind)) continue;
    const Upkeep& upkeep = m_upkeep[static_cast<std::size_t>(kind)];
    const qint64 due = std::max(m_restUntil, upkeep.notBefore);
    soonest = std::min(soonest, due);
    // Of those that are due, the one that has waited longest.
    if (due <= now &&
        (chosen < 0 || upkeep.served < m_upkeep[static_cast<std::size_t>(chosen)].served)) {
      chosen = kind;
    }
  }
  if (chosen >= 0) {
    startUpkeep(chosen);
  } else if (soonest != std::numeric_limits<qint64>::max()) {
    m_timer.start(static_cast<int>(std::max<qint64>(1, soonest - now)));
  }
}

void ExplorerService::startUpkeep(int kind) {
  m_busy = true;
  m_upkeep[static_cast<std::size_t>(kind)].wanted = false;
  const std::int64_t shown = m_snapshot->number;
  m_background->ask(
      "upkeep", 0,
      [this, kind, shown, generation = m_generation,
       snapshot = kind == Map && placesOnDemand() ? m_placedWith : m_snapshot,
       work = upkeep(kind)] {
        const double before = threadSeconds();
        Deliver deliver;
        std::string what;
        try {
          deliver = work(*snapshot->model);
        } catch (const std::exception& error) {
          what = error.what();
        }
        const double spent = threadSeconds() - before;
        QMetaObject::invokeMethod(
            this,
            [this, kind, shown, generation, spent, what, deliver = std::move(deliver)] {
              if (generation != m_generation) return;
              // Marked first: what is delivered may want more.
              m_upkeep[static_cast<std::size_t>(kind)].shown = shown;
              if (deliver) deliver();
              if (!what.empty()) emit failed(QString::fromStdString(what));
              upkeepDone(kind, spent);
            },
            Qt::QueuedConnection);
      });
}

void ExplorerService::upkeepDone(int kind, double seconds) {
  m_busy = false;
  const qint64 now = m_clock.elapsed();
  Upkeep& upkeep = m_upkeep[static_cast<std::size_t>(kind)];
  upkeep.served = now;
  if (m_training) {
    if (kind == Accuracy) {
      // Long and rare: the others do not rest for it.
      upkeep.notBefore = now + kAccuracyMilliseconds;
    } else {
      m_restUntil = now + static_cast<qint64>(1000.0 * seconds * (1.0 / kBackgroundShare - 1.0));
      if (kind == Reconstructions || kind == Samples) {
        upkeep.notBefore = now + kReconstructionMilliseconds;
      }
    }
  }
  schedule();
}

ExplorerService::Answer ExplorerService::placeSome() {
  const std::size_t count = std::min(kPlaceChunk, m_toPlace.size());
  const std::vector<std::int64_t> rows(m_toPlace.rbegin(),
                                       m_toPlace.rbegin() + static_cast<std::ptrdiff_t>(count));
  const bool grows = m_frame && m_frame->snapshot == m_placedWith->number;
  return [this, rows, test = m_test, with = m_placedWith, choice = m_choice,
          previous = m_frame ? m_frame : m_earlier, umap = m_umap, aligned = m_aligned,
          codes = grows ? m_frame->codes : nullptr](const FrozenModel& model) -> Deliver {
    const auto dims = static_cast<std::size_t>(model.latent_dim());
    const Rows pictures = gather(*test, rows);
    std::vector<float> found(rows.size() * dims);
    model.encode(pictures.images, pictures.labels, found, {});
    std::vector<float> all = codes
                                 ? *codes
                                 : std::vector<float>(static_cast<std::size_t>(test->size()) * dims,
                                                      std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::copy_n(
          found.begin() + static_cast<std::ptrdiff_t>(i * dims), dims,
          all.begin() + static_cast<std::ptrdiff_t>(rows[i]) * static_cast<std::ptrdiff_t>(dims));
    }
    auto frame = std::make_shared<MapFrame>();
    frame->snapshot = with->number;
    frame->step = with->step;
    frame->epoch = with->epoch;
    frame->latentDim = model.latent_dim();
    frame->steps = model.code_steps();
    frame->codes = std::make_shared<const std::vector<float>>(std::move(all));
    measureSpread(*frame);
    projectFrame(*frame, choice, previous.get(), *umap, aligned);
    return [this, frame, rows] {
      for (const std::int64_t row : rows) std::erase(m_toPlace, row);
      adoptFrame(frame);
      emit placementChanged(placement());
    };
  };
}

ExplorerService::Answer ExplorerService::upkeep(int kind) {
  switch (kind) {
    case Reconstructions:
      return [this, test = m_test, watched = m_watched](const FrozenModel& model) -> Deliver {
        const Rows rows = gather(*test, watched);
        std::vector<float> codes(watched.size() * static_cast<std::size_t>(model.latent_dim()));
        model.encode(rows.images, rows.labels, codes, {});
        const std::span<const std::int32_t> labels =
            model.info().conditional ? std::span<const std::int32_t>(rows.labels)
                                     : std::span<const std::int32_t>();
        const auto pixels = decodeCodes(model, codes, labels);
        std::vector<float> nats;
        if (model.info().has_encoder) {  // otherwise it would search again
          nats.resize(watched.size());
          model.reconstruction_error(rows.images, rows.labels, nats);
        }
        return [this, pictures = toImages(model, pixels), nats] {
          emit reconstructionsReady(pictures, nats);
        };
      };
    case Samples:
      return [this, seed = m_sampleSeed,
              classes = m_test ? std::max<std::size_t>(1, m_test->class_names.size())
                               : 1](const FrozenModel& model) -> Deliver {
        if (!model.info().conditional) {
          const auto codes = model.sample_prior(kSamples, seed);
          const auto pixels = decodeCodes(model, codes, {});
          return [this, pictures = toImages(model, pixels)] { emit samplesReady(pictures, 0); };
        }
        // Each style in every class.
        const auto shown = static_cast<int>(std::min<std::size_t>(classes, kMostClasses));
        const auto styles = model.sample_prior(kStyles, seed);
        const auto dims = static_cast<std::ptrdiff_t>(model.latent_dim());
        std::vector<float> codes;
        std::vector<std::int32_t> labels;
        for (int style = 0; style < kStyles; ++style) {
          for (int label = 0; label < shown; ++label) {
            codes.insert(codes.end(), styles.begin() + style * dims,
                         styles.begin() + (style + 1) * dims);
            labels.push_back(label);
          }
        }
        const auto pixels = decodeCodes(model, codes, labels);
        return [this, pictures = toImages(model, pixels), shown] {
          emit samplesReady(pictures, shown);
        };
      };
    case Map:
      if (placesOnDemand()) return placeSome();
      return [this, test = m_test, encoding = m_encoding, choice = m_choice,
              previous = m_frame ? m_frame : m_earlier, umap = m_umap, snapshot = m_snapshot,
              aligned = m_aligned, budget = m_training ? kTurnSeconds : 2.0 * kTurnSeconds](
                 const FrozenModel& model) -> Deliver {
        const auto n = static_cast<std::size_t>(test->size());
        const auto dims = static_cast<std::size_t>(model.latent_dim());
        const std::size_t pixels = pixelsOf(model);
        if (encoding->codes.size() != n * dims) {
          encoding->codes.assign(n * dims, std::numeric_limits<float>::quiet_NaN());
          encoding->logVariances.clear();
          if (model.info().gaussian_posterior) encoding->logVariances = encoding->codes;
          encoding->next = 0;
        }
        if (encoding->snapshot != snapshot->number) encoding->older = n;
        encoding->snapshot = snapshot->number;
        const double start = threadSeconds();
        while (encoding->older > 0 && threadSeconds() - start < budget) {
          const std::size_t from = encoding->next;
          const std::size_t count = std::min({kEncodeChunk, n - from, encoding->older});
          model.encode({test->images.data() + from * pixels, count * pixels},
                       {test->labels.data() + from, count},
                       {encoding->codes.data() + from * dims, count * dims},
                       encoding->logVariances.empty()
                           ? std::span<float>()
                           : std::span{encoding->logVariances}.subspan(from * dims, count * dims));
          encoding->older -= count;
          encoding->next = (from + count) % n;
        }
        auto frame = std::make_shared<MapFrame>();
        frame->snapshot = snapshot->number;
        frame->older = encoding->older;
        frame->step = snapshot->step;
        frame->epoch = snapshot->epoch;
        frame->latentDim = model.latent_dim();
        frame->steps = model.code_steps();
        frame->codes = std::make_shared<const std::vector<float>>(encoding->codes);
        if (!encoding->logVariances.empty()) {
          frame->logVariances = std::make_shared<const std::vector<float>>(encoding->logVariances);
        }
        if (model.info().discrete_code) frame->levels = model.code_levels();
        measureSpread(*frame);
        projectFrame(*frame, choice, previous.get(), *umap, aligned);
        return [this, frame, whole = encoding->older == 0] {
          // Codes of older weights are still among them: another turn.
          if (!whole) m_upkeep[Map].wanted = true;
          if (whole || !m_whole) adoptFrame(frame);
        };
      };
    case Layout:
      return layOut();
    case Manifold:
      return [this, view = *m_manifoldView, base = m_manifoldBase, label = m_manifoldLabel,
              perTile = m_manifoldSecondsPerTile,
              frame = m_frame](const FrozenModel& model) -> Deliver {
        const ImageShape shape = model.shape();
        const double ratio = view.width() > 0.0 ? view.height() / view.width() : 1.0;
        int columns = 22;
        // As many tiles as two turns can decode.
        if (perTile > 0.0) {
          columns =
              static_cast<int>(std::sqrt(2.0 * kTurnSeconds / perTile / std::max(ratio, 0.01)));
        }
        columns = std::clamp(columns, 6, 26);
        const int rows = std::clamp(static_cast<int>(std::lround(columns * ratio)), 2, 26);
        const Projection projection =
            frame && frame->latentDim == model.latent_dim() ? frame->projection : firstAxes(model);
        const std::vector<float> through =
            static_cast<int>(base.size()) == model.latent_dim() ? base : std::vector<float>{};
        // Codes at the middle of their tiles, so that the tiles fill the view.
        const double dx = view.width() / columns / 2.0;
        const double dy = view.height() / rows / 2.0;
        const auto codes = manifold_grid(projection, through, static_cast<float>(view.left() + dx),
                                         static_cast<float>(view.right() - dx),
                                         static_cast<float>(view.top() + dy),
                                         static_cast<float>(view.bottom() - dy), rows, columns);
        const double before = threadSeconds();
        const auto count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
        const auto pixels = decodeCodes(model, codes, repeatedLabel(model, label, count));
        const double spent = (threadSeconds() - before) / static_cast<double>(count);
        const QVector<QImage> tiles = toImages(model, pixels);
        QImage grid(columns * shape.width, rows * shape.height,
                    shape.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB32);
        const int bytes = grid.depth() / 8;
        for (int i = 0; i < tiles.size(); ++i) {
          const QImage tile = tiles[i].convertToFormat(grid.format());
          for (int y = 0; y < shape.height; ++y) {
            std::copy_n(
                tile.constScanLine(y), shape.width * bytes,
                grid.scanLine(i / columns * shape.height + y) + i % columns * shape.width * bytes);
          }
        }
        return [this, grid, view, spent] {
          m_manifoldSecondsPerTile = spent;
          if (m_manifoldView) emit manifoldReady(grid, view);
        };
      };
    case Others:
      return m_chore->turn(*m_snapshot, kTurnSeconds);
    default:
      return [this, frame = m_frame, test = m_test](const FrozenModel&) -> Deliver {
        std::vector<float> points;
        std::vector<std::int32_t> labels;
        for (std::size_t i = 0; i < frame->size(); ++i) {
          if (!std::isfinite(frame->points[2 * i])) continue;
          points.insert(points.end(), {frame->points[2 * i], frame->points[2 * i + 1]});
          labels.push_back(test->labels[i]);
        }
        const double accuracy = knn_accuracy(points, 2, labels, kNeighbours);
        return [this, accuracy] { emit accuracyReady(accuracy); };
      };
  }
}

}  // namespace latent::ui
