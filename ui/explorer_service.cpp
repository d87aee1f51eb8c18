#include "ui/explorer_service.h"

#include <algorithm>

#include "latent/thread_priority.h"
#include "ui/explorer_encoding.h"
#include "ui/model_pictures.h"

namespace latent::ui {
namespace {

constexpr int kUpkeepNiceness = 5;  // behind whoever waits for an answer, and behind training
constexpr qint64 kPastAccuracyMilliseconds = 700;

}  // namespace

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

void ExplorerService::drain() {
  if (m_background) m_background->drain();
  if (m_interactive) m_interactive->drain();
}

}  // namespace latent::ui
