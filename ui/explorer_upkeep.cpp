#include <time.h>

#include <QScopeGuard>
#include <QThread>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/explorer_encoding.h"
#include "ui/explorer_service.h"
#include "ui/model_pictures.h"

// What of the explorer service keeps the map, the reconstructions and the samples fresh: one turn
// after another on the background thread.

namespace latent::ui {
namespace {

// Of one core, while training runs.
constexpr double kBackgroundShare = 0.15;
constexpr double kTurnSeconds = 0.08;
constexpr qint64 kReconstructionMilliseconds = 100;
constexpr qint64 kAccuracyMilliseconds = 20'000;
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

/// The plane of the first two numbers of the code; of a sequence's, of their means over the steps.
Projection firstAxes(const FrozenModel& model) {
  const int width = model.latent_dim() / model.code_steps();
  return over_steps(axis_projection(width, 0, std::min(1, width - 1)), model.code_steps());
}

}  // namespace

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

ExplorerService::Answer ExplorerService::reconstructWatched() {
  return [this, test = m_test, watched = m_watched](const FrozenModel& model) -> Deliver {
    const Rows rows = gather(*test, watched);
    std::vector<float> codes(watched.size() * static_cast<std::size_t>(model.latent_dim()));
    model.encode(rows.images, rows.labels, codes, {});
    const std::span<const std::int32_t> labels = model.info().conditional
                                                     ? std::span<const std::int32_t>(rows.labels)
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
}

ExplorerService::Answer ExplorerService::drawSamples() {
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
    return
        [this, pictures = toImages(model, pixels), shown] { emit samplesReady(pictures, shown); };
  };
}

ExplorerService::Answer ExplorerService::encodeSome() {
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
}

ExplorerService::Answer ExplorerService::drawManifold() {
  return [this, view = *m_manifoldView, base = m_manifoldBase, label = m_manifoldLabel,
          perTile = m_manifoldSecondsPerTile, frame = m_frame, engine = m_engine,
          threads =
              m_training ? 1 : QThread::idealThreadCount()](const FrozenModel& model) -> Deliver {
    const ImageShape shape = model.shape();
    const double ratio = view.width() > 0.0 ? view.height() / view.width() : 1.0;
    int columns = 22;
    // As many tiles as two turns can decode.
    if (perTile > 0.0) {
      columns = static_cast<int>(std::sqrt(2.0 * kTurnSeconds / perTile / std::max(ratio, 0.01)));
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
    const auto codes =
        manifold_grid(projection, through, static_cast<float>(view.left() + dx),
                      static_cast<float>(view.right() - dx), static_cast<float>(view.top() + dy),
                      static_cast<float>(view.bottom() - dy), rows, columns);
    engine->set_thread_count(threads);
    const auto one = qScopeGuard([engine] { engine->set_thread_count(1); });
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
}

ExplorerService::Answer ExplorerService::judgeMap() {
  return [this, frame = m_frame, test = m_test,
          threads = m_training ? 1 : 0](const FrozenModel&) -> Deliver {
    std::vector<float> points;
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < frame->size(); ++i) {
      if (!std::isfinite(frame->points[2 * i])) continue;
      points.insert(points.end(), {frame->points[2 * i], frame->points[2 * i + 1]});
      labels.push_back(test->labels[i]);
    }
    const double accuracy = knn_accuracy(points, 2, labels, kNeighbours, threads);
    return [this, accuracy] { emit accuracyReady(accuracy); };
  };
}

ExplorerService::Answer ExplorerService::upkeep(int kind) {
  switch (kind) {
    case Reconstructions:
      return reconstructWatched();
    case Samples:
      return drawSamples();
    case Map:
      return placesOnDemand() ? placeSome() : encodeSome();
    case Layout:
      return layOut();
    case Manifold:
      return drawManifold();
    case Others:
      return m_chore->turn(*m_snapshot, kTurnSeconds);
    default:
      return judgeMap();
  }
}

}  // namespace latent::ui
