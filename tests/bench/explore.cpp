// What the questions of an exploration cost, on one thread as while training runs and, where they
// take several, on all: planes, neighbours by code and by pixels, the accuracy of the map, and the
// decoded plane. Of a million points, what looks at each of them once.
//
//   explore [--points 10000] [--rounds 15] [--latent 20]

#include <algorithm>
#include <cstdio>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "latent/engine.h"
#include "latent/latent_space.h"
#include "latent/neighbourhood.h"
#include "support.h"

extern "C" const latent::Engine* latent_engine_entry();

namespace {

using namespace latent;
using bench::Clock;

std::string g_codes;  // "70000 codes: ", before the names of figures

double median_of(int rounds, const std::function<void()>& work) {
  std::vector<double> times;
  work();
  for (int i = 0; i < rounds; ++i) {
    const Clock::time_point begin = Clock::now();
    work();
    times.push_back(1e3 * bench::seconds_since(begin));
  }
  return bench::median(times);
}

void measure(const char* what, int rounds, const std::function<void()>& work) {
  const double median = median_of(rounds, work);
  std::printf("  %-44s %9.3f ms\n", what, median);
  std::fflush(stdout);
  bench::figure(g_codes + what, median, "ms");
}

/// `work` of a number of threads, 0: all. In turns, so that a busy neighbour is busy for both.
void measure_threads(const char* what, int rounds, const std::function<void(int)>& work) {
  std::vector<double> one;
  std::vector<double> all;
  std::vector<double> ratios;
  for (int i = 0; i < std::max(3, rounds); ++i) {
    one.push_back(median_of(1, [&] { work(1); }));
    all.push_back(median_of(1, [&] { work(0); }));
    ratios.push_back(one.back() / all.back());
  }
  std::printf("  %-44s %9.3f ms, on all threads %9.3f ms: %.2f times as fast\n", what,
              bench::median(one), bench::median(all), bench::median(ratios));
  std::fflush(stdout);
  bench::figure(g_codes + what, bench::median(all), "ms", "as fast as one thread",
                bench::median(ratios));
}

/// A picture of the decoded plane, 26 × 26 tiles.
void measure_grid(int latent, int rounds) {
  TrainingConfig config;
  config.latent_dim = latent;
  const Engine& engine = *latent_engine_entry();
  const auto session = engine.make_session(config, bench::noise_images(2000), {});
  session->step_batch();
  while (session->progress().step < 1) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  const auto snapshot = session->latest_snapshot();
  const FrozenModel& model = *snapshot->model;
  constexpr int kSide = 26;
  std::vector<float> pixels(static_cast<std::size_t>(kSide * kSide * model.shape().pixels()));
  const int all = static_cast<int>(std::thread::hardware_concurrency());
  measure("codes of the plane, 26 x 26", rounds,
          [&] { manifold_grid(axis_projection(latent, 0, 1), {}, -3, 3, -3, 3, kSide, kSide); });
  measure_threads("the decoded plane, 26 x 26 pictures", rounds, [&](int threads) {
    engine.set_thread_count(threads > 0 ? threads : all);
    const std::vector<float> codes =
        manifold_grid(axis_projection(latent, 0, 1), {}, -3, 3, -3, 3, kSide, kSide);
    model.decode(codes, {}, pixels);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = std::stoul(bench::option(argc, argv, "points", "10000"));
  const int rounds = std::stoi(bench::option(argc, argv, "rounds", "15"));
  const int latent = std::stoi(bench::option(argc, argv, "latent", "20"));
  std::mt19937 random{1};
  std::normal_distribution<float> normal;
  std::vector<float> codes(count * static_cast<std::size_t>(latent));
  for (float& value : codes) value = normal(random);
  std::vector<std::int32_t> labels(count);
  for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random() % 10);
  const std::span<const float> one(codes.data(), static_cast<std::size_t>(latent));

  std::printf("%zu codes of %d numbers, median\n", count, latent);
  g_codes = std::to_string(count) + " codes: ";
  const Projection plane = fit_pca(codes, latent);
  std::vector<float> points(2 * count);
  measure("PCA fitted", rounds, [&] { fit_pca(codes, latent, &plane); });
  measure("projected", rounds, [&] { plane.project(codes, points); });
  measure("8 nearest codes of one", rounds, [&] { nearest_neighbours(codes, latent, one, 8); });
  const DataSplit noise = bench::noise_images(static_cast<std::int64_t>(count));
  const auto pixels = static_cast<std::size_t>(noise.train->shape.pixels());
  std::vector<float> picture(pixels, 0.1F);
  measure_threads("8 nearest pictures of one", rounds,
                  [&](int threads) { nearest_pictures(*noise.train, picture, 8, threads); });
  measure_threads("nearest pictures of 24", rounds / 5, [&](int threads) {
    distances_to_nearest(*noise.train, 24, *noise.train, threads);
  });
  std::vector<float> purity(count);
  measure_threads("purity of all points, 15 nearest", rounds / 5, [&](int threads) {
    NeighbourPurity{points, 2, labels}.measure(15, 0, purity, threads);
  });
  measure_threads("accuracy of the map, 15 nearest", rounds / 5,
                  [&](int threads) { knn_accuracy(points, 2, labels, 15, threads); });
  const std::size_t asked = std::min<std::size_t>(count, 1000);
  measure_threads("purity of 1000 codes, 15 nearest", rounds / 5, [&](int threads) {
    NeighbourPurity{codes, latent, labels}.measure(15, 0, std::span{purity}.first(asked), threads);
  });
  measure_threads("distance of 1000 codes to the 15th", rounds / 5, [&](int threads) {
    NearestDistances{codes, latent}.measure(
        std::span{codes}.first(asked * static_cast<std::size_t>(latent)), 15,
        std::span{purity}.first(asked), threads);
  });
  measure_grid(latent, rounds);

  constexpr std::size_t kMany = 1'000'000;
  std::printf("1000000 codes of %d numbers, median\n", latent);
  g_codes = "1000000 codes: ";
  codes.resize(kMany * static_cast<std::size_t>(latent));
  for (float& value : codes) value = normal(random);
  const std::vector<float> query(codes.begin(), codes.begin() + latent);
  points.resize(2 * kMany);
  measure("projected", rounds, [&] { plane.project(codes, points); });
  measure("8 nearest codes of one", rounds, [&] { nearest_neighbours(codes, latent, query, 8); });
  return 0;
}
