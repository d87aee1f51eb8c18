#include "ui/umap_turns.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "latent/error.h"

namespace latent::ui {
namespace {

// Between two graphs while the codes go on changing: a graph costs as much as these.
constexpr int kEpochsPerGraph = 100;
constexpr int kEpochsAtOnce = 2;

}  // namespace

void UmapTurns::setSettings(const UmapSettings& settings) {
  const std::lock_guard lock{m_wishes};
  if (settings == m_settings) return;
  m_settings = settings;
  m_settingsChanged = true;
}

UmapSettings UmapTurns::settings() const {
  const std::lock_guard lock{m_wishes};
  return m_settings;
}

void UmapTurns::restart() {
  const std::lock_guard lock{m_wishes};
  m_restart = true;
  m_points = nullptr;
}

void UmapTurns::continueFrom(std::shared_ptr<const std::vector<float>> points, int epoch) {
  const std::lock_guard lock{m_wishes};
  m_earlier = points;
  m_earlierEpoch = epoch;
  m_points = std::move(points);
}

void UmapTurns::interrupt() {
  m_interrupted = true;
}

std::shared_ptr<const std::vector<float>> UmapTurns::points() const {
  const std::lock_guard lock{m_wishes};
  return m_points;
}

UmapProgress UmapTurns::advance(const std::shared_ptr<const std::vector<float>>& codes, int dim,
                                double seconds, int threads) {
  const std::lock_guard working{m_working};
  UmapSettings settings;
  bool restart = false;
  bool anotherGraph = false;
  std::shared_ptr<const std::vector<float>> earlier;
  int earlierEpoch = 0;
  {
    const std::lock_guard lock{m_wishes};
    earlier = m_earlier;
    earlierEpoch = m_earlierEpoch;
    settings = m_settings;
    restart = std::exchange(m_restart, false);
    anotherGraph = std::exchange(m_settingsChanged, false);
  }
  UmapProgress progress;
  try {
    settings.threads = threads;
    if (restart) {
      m_umap = Umap{settings};
      m_graphCodes = nullptr;
    } else if (!(settings == m_umap.settings())) {
      if (anotherGraph) {
        m_umap.set_settings(settings);
      } else {
        m_umap.set_threads(threads);
      }
    }
    const bool changed = m_graphCodes != codes;
    const bool due = m_epochsSinceGraph >= kEpochsPerGraph || m_umap.is_finished();
    if (m_graphCodes == nullptr || dim != m_dim || anotherGraph || (changed && due)) {
      makeGraph(*codes, dim);
      m_graphCodes = codes;
      if (earlier) takeUp(*earlier, earlierEpoch, codes->size() / static_cast<std::size_t>(dim));
      publish(codes->size() / static_cast<std::size_t>(dim));
    } else {
      const auto begin = std::chrono::steady_clock::now();
      const auto spent = [begin] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      };
      const auto interrupted = [this] { return m_interrupted.load(); };
      while (!m_interrupted && m_umap.step(kEpochsAtOnce, interrupted)) {
        m_epochsSinceGraph += kEpochsAtOnce;
        if (spent() > seconds) break;
      }
      publish(codes->size() / static_cast<std::size_t>(dim));
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::Cancelled) {
      progress.problem = QString::fromStdString(error.what());
    } else if (anotherGraph) {
      const std::lock_guard lock{m_wishes};
      m_settingsChanged = true;  // still to be made
    }
  }
  progress.epoch = m_umap.epoch();
  progress.epochs = m_umap.epochs();
  progress.isCurrent = m_graphCodes == codes;
  return progress;
}

void UmapTurns::makeGraph(const std::vector<float>& codes, int dim) {
  const auto width = static_cast<std::size_t>(dim);
  std::vector<std::size_t> rows;
  std::vector<float> finite;
  finite.reserve(codes.size());
  for (std::size_t i = 0; i * width < codes.size(); ++i) {
    const auto from = codes.begin() + static_cast<std::ptrdiff_t>(i * width);
    if (!std::isfinite(*from)) continue;
    rows.push_back(i);
    finite.insert(finite.end(), from, from + static_cast<std::ptrdiff_t>(width));
  }
  const auto interrupted = [this] { return m_interrupted.load(); };
  // Other pictures, or numbers of another network: their places would mean nothing.
  if (rows != m_rows || dim != m_dim) m_umap = Umap{m_umap.settings()};
  m_rows = std::move(rows);
  m_dim = dim;
  m_umap.set_codes(finite, dim, interrupted);
  m_epochsSinceGraph = 0;
}

/// The graph is there: its layout goes on from these places, unless they are those of other rows.
void UmapTurns::takeUp(const std::vector<float>& places, int epoch, std::size_t rows) {
  {
    const std::lock_guard lock{m_wishes};
    m_earlier = nullptr;
  }
  if (places.size() != 2 * rows) return;
  std::vector<float> positions;
  for (const std::size_t row : m_rows) {
    positions.insert(positions.end(), {places[2 * row], places[2 * row + 1]});
  }
  const bool whole = std::all_of(positions.begin(), positions.end(),
                                 [](float place) { return std::isfinite(place); });
  if (whole) m_umap.resume(positions, epoch);
}

void UmapTurns::publish(std::size_t rows) {
  auto points =
      std::make_shared<std::vector<float>>(2 * rows, std::numeric_limits<float>::quiet_NaN());
  const auto places = m_umap.positions();
  for (std::size_t i = 0; i < m_rows.size() && 2 * i + 1 < places.size(); ++i) {
    (*points)[2 * m_rows[i]] = places[2 * i];
    (*points)[2 * m_rows[i] + 1] = places[2 * i + 1];
  }
  const std::lock_guard lock{m_wishes};
  if (!m_restart) m_points = std::move(points);
}

std::vector<float> UmapTurns::place(const std::vector<float>& codes, int dim) const {
  const std::lock_guard working{m_working};
  if (m_umap.count() == 0 || dim != m_dim) return {};
  try {
    return m_umap.transform(codes);
  } catch (const Error&) {
    return {};  // a code of numbers that are not finite has no place
  }
}

}  // namespace latent::ui
