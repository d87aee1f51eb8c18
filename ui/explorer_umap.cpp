#include "ui/explorer_service.h"

// What of the explorer service makes the map's UMAP: turns on the background thread like those of
// the other upkeep, places for new codes on the thread that answers a person.

namespace latent::ui {
namespace {

constexpr double kUmapSeconds = 0.08;
constexpr double kUmapSecondsAlone = 0.16;  // nobody trains

}  // namespace

void ExplorerService::setUmapSettings(const UmapSettings& settings) {
  if (settings == m_umap->settings()) return;
  m_umap->setSettings(settings);
  m_umapProgress.problem.clear();
  m_umapCodes = nullptr;
  emit umapChanged(m_umapProgress);
  schedule();
}

void ExplorerService::setUmapRunning(bool running) {
  if (running) {
    const bool again = m_umapProgress.isFinished() && m_frame && m_umapCodes == m_frame->codes;
    if (again) {
      m_umap->restart();
      m_umapProgress.epoch = 0;
      m_umapCodes = nullptr;
    }
    m_umapProgress.problem.clear();
    m_umap->resume();
  } else {
    m_umap->interrupt();
  }
  m_umapProgress.running = running;
  emit umapChanged(m_umapProgress);
  schedule();
}

void ExplorerService::place(const std::vector<float>& codes) {
  if (!m_frame) return;
  ask("place", 1,
      [this, codes, umap = m_umap, dim = m_frame->latentDim](const FrozenModel&) -> Deliver {
        return [this, codes, points = umap->place(codes, dim)] { emit placed(codes, points); };
      });
}

ExplorerService::Answer ExplorerService::layOut() {
  m_umapContinues = false;
  m_umapCodes = m_frame->codes;
  return [this, umap = m_umap, codes = m_frame->codes, dim = m_frame->latentDim,
          threads = m_training ? 1 : 0,
          seconds = m_training ? kUmapSeconds : kUmapSecondsAlone](const FrozenModel&) -> Deliver {
    const UmapProgress progress = umap->advance(codes, dim, seconds, threads);
    return [this, umap, progress] {
      if (umap == m_umap) adoptLayout(progress);
    };
  };
}

void ExplorerService::adoptLayout(const UmapProgress& progress) {
  m_umapProgress.epoch = progress.epoch;
  m_umapProgress.epochs = progress.epochs;
  m_umapProgress.isCurrent = progress.isCurrent;
  m_umapProgress.problem = progress.problem;
  // What cannot be made now will not be made by trying again and again.
  if (!progress.problem.isEmpty()) m_umapProgress.running = false;
  emit umapChanged(m_umapProgress);
  const auto places = m_umap->points();
  if (m_choice.kind != ProjectionChoice::Kind::Umap || !m_frame || !places ||
      places->size() != 2 * m_frame->codes->size() / static_cast<std::size_t>(m_frame->latentDim)) {
    return;
  }
  auto next = std::make_shared<MapFrame>(*m_frame);
  next->choice = m_choice;
  next->laidOut = true;
  next->points = *places;
  adoptFrame(next);
}

}  // namespace latent::ui
