// What the questions of an exploration cost, on one thread as in the window: planes, neighbours by
// code and by pixels, the accuracy of the map, and the decoded plane.
//
//   explore [--points 10000] [--rounds 15] [--latent 20]

#include <cstdio>
#include <functional>
#include <random>
#include <thread>

#include "latent/engine.h"
#include "latent/latent_space.h"
#include "latent/neighbourhood.h"
#include "support.h"

extern "C" const latent::Engine* latent_engine_entry();

namespace {

using namespace latent;
using bench::Clock;

void measure(const char* what, int rounds, const std::function<void()>& work) {
  std::vector<double> times;
  work();
  for (int i = 0; i < rounds; ++i) {
    const Clock::time_point begin = Clock::now();
    work();
    times.push_back(1e3 * bench::seconds_since(begin));
  }
  const double middle = bench::quantile(times, 0.5);
  std::printf("  %-44s median %8.3f ms, longest %8.3f ms\n", what, middle, times.back());
  std::fflush(stdout);
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
  engine.set_thread_count(1);
  const FrozenModel& model = *snapshot->model;
  constexpr int kSide = 26;
  std::vector<float> pixels(static_cast<std::size_t>(kSide * kSide * model.shape().pixels()));
  measure("the decoded plane, 26 x 26 pictures", rounds, [&] {
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

  std::printf("%zu codes of %d numbers\n", count, latent);
  const Projection plane = fit_pca(codes, latent);
  std::vector<float> points(2 * count);
  measure("PCA fitted", rounds, [&] { fit_pca(codes, latent, &plane); });
  measure("projected", rounds, [&] { plane.project(codes, points); });
  measure("8 nearest codes of one", rounds, [&] { nearest_neighbours(codes, latent, one, 8); });
  const DataSplit noise = bench::noise_images(static_cast<std::int64_t>(count));
  std::vector<float> picture(static_cast<std::size_t>(noise.train->shape.pixels()), 0.1F);
  measure("8 nearest pictures of one", rounds, [&] { nearest_pictures(*noise.train, picture, 8); });
  std::vector<float> purity(count);
  measure("purity of all points, 15 nearest", std::max(1, rounds / 5),
          [&] { neighbour_purity(points, 2, labels, 15, 0, purity); });
  measure("accuracy of the map, 15 nearest", std::max(1, rounds / 5),
          [&] { knn_accuracy(points, 2, labels, 15); });
  measure_grid(latent, rounds);
  return 0;
}
