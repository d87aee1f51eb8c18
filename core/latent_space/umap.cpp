#include "latent/umap.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "latent/thread_team.h"
#include "latent_space/spectral_start.h"
#include "latent_space/umap_layout.h"

namespace latent {
namespace {

constexpr std::size_t kManyPoints = 10'000;
constexpr int kEpochs = 500;
constexpr int kEpochsOfMany = 200;
constexpr double kStartExtent = 10.0;
constexpr double kStartNoise = 1e-4;
constexpr double kTakenUpAt = 0.6;  // of the epochs: the step is then 0.4 of the first
constexpr int kTransformEpochs = 60;
constexpr float kTransformStep = 0.25F;
constexpr std::size_t kSmallestSpectrum = 8;

void require(bool right, const std::string& what, const std::string& found) {
  if (!right) {
    throw Error{ErrorCode::InvalidConfig, "UMAP needs " + what + "; found " + found + "."};
  }
}

UmapCurve checked(const UmapSettings& settings) {
  require(settings.neighbours >= 2, "at least 2 neighbours", std::to_string(settings.neighbours));
  require(settings.epochs >= 0, "a number of epochs, or 0 for its own choice",
          std::to_string(settings.epochs));
  require(settings.negative_samples >= 0, "a number of negative samples of at least 0",
          std::to_string(settings.negative_samples));
  return fit_umap_curve(settings.min_dist, settings.spread);
}

/// Both coordinates to 0 … 10, as the authors' program does, so that steps mean the same.
void stretch(std::vector<float>& positions) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    float low = positions[axis];
    float high = positions[axis];
    for (std::size_t i = axis; i < positions.size(); i += 2) {
      low = std::min(low, positions[i]);
      high = std::max(high, positions[i]);
    }
    const double extent = double{high} - double{low};
    const double scale = extent > 0.0 ? kStartExtent / extent : 0.0;
    for (std::size_t i = axis; i < positions.size(); i += 2) {
      positions[i] = static_cast<float>((double{positions[i]} - double{low}) * scale);
    }
  }
}

}  // namespace

struct Umap::State {
  UmapSettings settings;
  LayoutForces forces;
  std::vector<float> codes;  ///< [n, dim]
  int dim = 0;
  FuzzyGraph graph;
  std::vector<LayoutSchedule> schedule;  ///< one, when there is a graph
  std::vector<float> positions;          ///< [n, 2]
  std::vector<float> next;               ///< [n, 2]
  int epoch = 0;
  int epochs = 0;
  bool spectrum = false;

  void adopt(const UmapSettings& changed, const UmapCurve& curve) {
    settings = changed;
    forces.curve = curve;
    forces.negative_samples = changed.negative_samples;
    forces.seed = changed.seed;
  }

  void take_up() { epoch = std::min(epoch, static_cast<int>(kTakenUpAt * epochs)); }

  int epochs_for(std::size_t count) const {
    if (settings.epochs > 0) return settings.epochs;
    return count <= kManyPoints ? kEpochs : kEpochsOfMany;
  }
};

Umap::Umap(const UmapSettings& settings) : state_(std::make_unique<State>()) {
  state_->adopt(settings, checked(settings));
}
Umap::~Umap() = default;
Umap::Umap(Umap&&) noexcept = default;
Umap& Umap::operator=(Umap&&) noexcept = default;

void Umap::set_codes(std::span<const float> codes, int dim, const Interrupted& interrupted) {
  const UmapSettings& settings = state_->settings;
  const NeighbourGraph neighbours =
      neighbour_graph(codes, dim, settings.neighbours, settings.metric, settings.search,
                      settings.threads, interrupted);
  FuzzyGraph graph = fuzzy_union(neighbours);
  const std::size_t n = graph.count();
  const int epochs = state_->epochs_for(n);
  const bool goes_on = state_->positions.size() == 2 * n;
  std::vector<float> positions;
  bool spectrum = false;
  if (!goes_on) {
    ThreadTeam team{settings.threads};
    // A graph in pieces has no second eigenvector that says where they lie: their codes do.
    spectrum = n >= kSmallestSpectrum && components_of(graph) == 1;
    if (spectrum) {
      positions = spectral_start(graph, settings.seed, team, interrupted);
    } else {
      positions.resize(2 * n);
      fit_pca(codes, dim).project(codes, positions);
    }
    float largest = 0.0F;
    for (const float value : positions) largest = std::max(largest, std::abs(value));
    // Equal codes start at equal places, where nothing would tell them apart.
    std::mt19937_64 generator{settings.seed};
    for (float& value : positions) {
      const double uniform = static_cast<double>(generator() >> 11) * 0x1p-53 - 0.5;
      value = static_cast<float>((largest > 0.0F ? kStartExtent * double{value} / largest : 0.0) +
                                 std::sqrt(12.0) * kStartNoise * uniform);
    }
    stretch(positions);
  }
  LayoutSchedule schedule{graph.begin, graph.target, graph.weight, epochs};

  State& state = *state_;
  state.codes.assign(codes.begin(), codes.end());
  state.dim = dim;
  state.graph = std::move(graph);
  state.schedule.clear();
  state.schedule.push_back(std::move(schedule));
  state.epochs = epochs;
  if (goes_on) {
    state.take_up();
  } else {
    state.positions = std::move(positions);
    state.next.resize(state.positions.size());
    state.epoch = 0;
    state.spectrum = spectrum;
  }
}

void Umap::set_positions(std::span<const float> positions) {
  if (positions.size() != state_->positions.size()) {
    throw Error{ErrorCode::ShapeMismatch, "UMAP has " + std::to_string(count()) +
                                              " points to go on with; found places for " +
                                              std::to_string(positions.size() / 2) + "."};
  }
  state_->positions.assign(positions.begin(), positions.end());
  state_->take_up();
}

void Umap::resume(std::span<const float> positions, int epoch) {
  set_positions(positions);
  state_->epoch = std::clamp(epoch, 0, state_->epochs);
}

void Umap::set_settings(const UmapSettings& settings) {
  state_->adopt(settings, checked(settings));
  state_->take_up();
}

void Umap::set_threads(int threads) {
  state_->settings.threads = threads;
}

const UmapSettings& Umap::settings() const {
  return state_->settings;
}

bool Umap::step(int epochs, const Interrupted& interrupted) {
  State& state = *state_;
  if (state.schedule.empty() || is_finished()) return false;
  ThreadTeam team{state.settings.threads};
  const int last = std::min(state.epochs, state.epoch + std::max(epochs, 0));
  while (state.epoch < last) {
    if (interrupted && interrupted()) throw Error{ErrorCode::Cancelled, "Cancelled."};
    const float step = 1.0F - static_cast<float>(state.epoch) / static_cast<float>(state.epochs);
    state.schedule.front().advance(state.epoch + 1, step, state.forces, state.positions,
                                   state.positions, state.next, team);
    state.positions.swap(state.next);
    ++state.epoch;
  }
  return !is_finished();
}

int Umap::epoch() const {
  return state_->epoch;
}
int Umap::epochs() const {
  return state_->epochs;
}
std::size_t Umap::count() const {
  return state_->positions.size() / 2;
}
std::span<const float> Umap::positions() const {
  return state_->positions;
}
const FuzzyGraph& Umap::graph() const {
  return state_->graph;
}
bool Umap::started_from_spectrum() const {
  return state_->spectrum;
}

std::vector<float> Umap::transform(std::span<const float> codes) const {
  const State& state = *state_;
  if (state.dim == 0 || codes.size() % static_cast<std::size_t>(state.dim) != 0) {
    throw Error{ErrorCode::ShapeMismatch, "UMAP places codes of " + std::to_string(state.dim) +
                                              " numbers; found " + std::to_string(codes.size()) +
                                              " numbers."};
  }
  const NeighbourGraph near =
      neighbours_among(state.codes, state.dim, codes, state.settings.neighbours,
                       state.settings.metric, state.settings.threads);
  const SmoothDistances smooth = smooth_distances(near, 0);
  std::vector<std::int64_t> begin{0};
  std::vector<std::int32_t> target;
  std::vector<float> weight;
  std::vector<float> positions(2 * near.count, 0.0F);
  for (std::size_t i = 0; i < near.count; ++i) {
    double total = 0.0;
    double x = 0.0;
    double y = 0.0;
    const auto membership_at = [&](std::size_t j) {
      const double distance = near.distances[i * near.k + j];
      return distance > 0.0 ? std::exp(-distance / double{smooth.sigma[i]}) : 1.0;
    };
    // The nearest is drawn in every epoch: a place depends on nothing that is asked beside it.
    const double nearest = std::max(membership_at(0), 1e-30);
    for (std::size_t j = 0; j < near.k; ++j) {
      const double membership = std::max(membership_at(j), 1e-30);
      const auto at = static_cast<std::size_t>(near.indices[i * near.k + j]);
      target.push_back(near.indices[i * near.k + j]);
      weight.push_back(static_cast<float>(membership / nearest));
      total += membership;
      x += membership * double{state.positions[2 * at]};
      y += membership * double{state.positions[2 * at + 1]};
    }
    begin.push_back(static_cast<std::int64_t>(target.size()));
    // A code that is known lies where it lies.
    const bool known = near.distances[i * near.k] == 0.0F;
    const auto first = static_cast<std::size_t>(near.indices[i * near.k]);
    positions[2 * i] = known ? state.positions[2 * first] : static_cast<float>(x / total);
    positions[2 * i + 1] = known ? state.positions[2 * first + 1] : static_cast<float>(y / total);
  }
  LayoutForces forces = state.forces;
  forces.pull = 1.0F;
  forces.among_themselves = false;
  const LayoutSchedule schedule{begin, target, weight, kTransformEpochs};
  std::vector<float> next(positions.size());
  ThreadTeam team{near.count > 256 ? state.settings.threads : 1};
  for (int epoch = 0; epoch < kTransformEpochs; ++epoch) {
    const float step =
        kTransformStep * (1.0F - static_cast<float>(epoch) / static_cast<float>(kTransformEpochs));
    schedule.advance(epoch + 1, step, forces, positions, state.positions, next, team);
    positions.swap(next);
  }
  return positions;
}

}  // namespace latent
