// One code to one picture, as a drag in the map asks for it: on a second thread, while nobody
// trains and while training runs.
//
//   decode_one [--seconds 4] [--threads 0] [--latent 20]

#include <cstdio>
#include <thread>

#include "latent/engine.h"
#include "support.h"

extern "C" const latent::Engine* latent_engine_entry();

namespace {

using namespace latent;
using bench::Clock;

/// p99 in ms.
double measure(const char* what, const FrozenModel& model, double seconds, int pause_us) {
  std::vector<float> code(static_cast<std::size_t>(model.latent_dim()), 0.1F);
  std::vector<float> pixels(static_cast<std::size_t>(model.shape().pixels()));
  std::vector<double> times;
  for (int i = 0; i < 200; ++i) model.decode(code, {}, pixels);
  const Clock::time_point begin = Clock::now();
  while (bench::seconds_since(begin) < seconds) {
    code[0] += 1e-3F;
    const Clock::time_point asked = Clock::now();
    model.decode(code, {}, pixels);
    times.push_back(bench::seconds_since(asked) * 1e3);
    std::this_thread::sleep_for(std::chrono::microseconds{pause_us});
  }
  const double p99 = bench::quantile(times, 0.99);
  std::printf("  %-28s median %.3f ms, p99 %.3f ms, longest %.3f ms (%zu decodes)\n", what,
              bench::quantile(times, 0.5), p99, times.back(), times.size());
  return p99;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = std::stod(bench::option(argc, argv, "seconds", "4"));
  TrainingConfig config;
  config.latent_dim = std::stoi(bench::option(argc, argv, "latent", "20"));
  config.threads = std::stoi(bench::option(argc, argv, "threads", "0"));
  config.epochs = 1'000'000;
  const Engine& engine = *latent_engine_entry();
  const auto session = engine.make_session(config, bench::noise_images(20000), {});
  session->step_batch();
  while (session->progress().step < 1) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  const auto snapshot = session->latest_snapshot();

  std::printf("one code decoded, 784-512-256-%d\n", config.latent_dim);
  engine.set_thread_count(1);
  const double idle = measure("nobody trains", *snapshot->model, seconds, 5000);
  session->play();
  std::this_thread::sleep_for(std::chrono::seconds{3});
  const double beside = measure("while training runs", *snapshot->model, seconds, 5000);
  bench::figure("one code decoded while training runs, p99", beside, "ms",
                "as long as with nobody training", beside / idle);
  const Progress progress = session->progress();
  std::printf("  training meanwhile: %.0f samples/s on %d threads\n", progress.samples_per_second,
              progress.threads);
  return 0;
}
