// One training step of a VAE, 784-512-256-L or convolutional: samples/s, and of the dense one the
// rate at which its products are done, counted over the whole step, beside that of oneDNN's bare
// products on the same shapes.
//
//   training_step [--batch 128] [--threads 2] [--latent 20] [--model vae] [--data mnist]
//                 [--network dense] [--seconds 2] [--rounds 7] [--plain]
//   training_step --serve     prints {"ready": …}, then for each line of seconds
//   {"samples_per_second": …}

#include <dnnl.h>

#include <cstdio>
#include <iostream>
#include <thread>

#include "latent/engine.h"
#include "nn/kernels/kernels.h"
#include "support.h"

extern "C" const latent::Engine* latent_engine_entry();

namespace {

using namespace latent;
using bench::Clock;

/// A session that trains only while it is measured.
struct Run {
  std::unique_ptr<Session> session;

  /// samples/s over `seconds`.
  double rate(double seconds) {
    session->play();
    const std::int64_t first = next_step(session->progress().step);
    const Clock::time_point begin = Clock::now();
    std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
    const std::int64_t last = next_step(session->progress().step);
    const double elapsed = bench::seconds_since(begin);
    session->pause();
    while (session->progress().state == SessionState::Running) nap();
    session->take_losses();
    session->take_events();
    return static_cast<double>((last - first) * session->config().batch_size) / elapsed;
  }

 private:
  static void nap() { std::this_thread::sleep_for(std::chrono::microseconds{100}); }
  /// Waits for the end of the batch under way, so that a window holds whole batches.
  std::int64_t next_step(std::int64_t step) const {
    std::int64_t now = step;
    while ((now = session->progress().step) == step) nap();
    return now;
  }
};

std::vector<std::pair<std::int64_t, std::int64_t>> layers_of(int latent) {
  return {{784, 512}, {512, 256}, {256, 2 * latent}, {latent, 256}, {256, 512}, {512, 784}};
}

/// Of the products of one step.
double operations(std::int64_t n, int latent) {
  double sum = 0.0;
  bool first = true;
  for (const auto& [in, out] : layers_of(latent)) {
    // Forward, the weight's gradient, and the input's but for the first.
    sum += (first ? 2.0 : 3.0) * 2.0 * static_cast<double>(n * in * out);
    first = false;
  }
  return sum;
}

/// The products of one step alone, by oneDNN, on memory aligned as LibTorch's is: operations/s.
double bare_products(std::int64_t n, int latent, double seconds) {
  const auto layers = layers_of(latent);
  const auto room = [] { return std::vector<float>(784 * 1024 + 16, 0.5F); };
  struct Memory {
    std::vector<float> x, w, y;
  };
  std::vector<Memory> memory(layers.size(), {room(), room(), room()});
  const auto aligned = [](std::vector<float>& v) {
    const auto address = reinterpret_cast<std::uintptr_t>(v.data());
    return v.data() + (64 - address % 64) % 64 / sizeof(float);
  };
  std::int64_t steps = 0;
  const Clock::time_point begin = Clock::now();
  do {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto [in, out] = layers[i];
      nn::kernels::multiply_forward(aligned(memory[i].x), aligned(memory[i].w),
                                    aligned(memory[i].y), n, in, out);
    }
    for (std::size_t i = layers.size(); i-- > 0;) {
      const auto [in, out] = layers[i];
      nn::kernels::multiply_weight_gradient(aligned(memory[i].y), aligned(memory[i].x),
                                            aligned(memory[i].w), n, in, out, false);
      if (i > 0) {
        nn::kernels::multiply_input_gradient(aligned(memory[i].y), aligned(memory[i].w),
                                             aligned(memory[i].x), n, in, out);
      }
    }
    ++steps;
  } while (bench::seconds_since(begin) < seconds);
  return static_cast<double>(steps) * operations(n, latent) / bench::seconds_since(begin);
}

}  // namespace

int main(int argc, char** argv) {
  const auto text = [&](const char* name, const char* otherwise) {
    return bench::option(argc, argv, name, otherwise);
  };
  TrainingConfig config;
  config.model = text("model", "vae");
  config.latent_dim = std::stoi(text("latent", "20"));
  config.batch_size = std::stoi(text("batch", "128"));
  config.threads = std::stoi(text("threads", "2"));
  config.epochs = 1'000'000;
  const bool dense = text("network", "dense") == "dense";
  if (!dense) config.network = NetworkKind::Convolutional;
  config.fast_path = !bench::flag(argc, argv, "plain");
  const std::string data_id = text("data", "noise");
  const DataSplit data = data_id == "noise" ? bench::noise_images(55000) : load_data(data_id);

  const Engine& engine = *latent_engine_entry();
  engine.set_thread_count(config.threads);
  Run run{engine.make_session(config, data, {.snapshots_per_second = 0.0})};
  run.rate(0.5);

  if (bench::flag(argc, argv, "serve")) {
    std::printf("{\"ready\": \"latent\"}\n");
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
      std::printf("{\"samples_per_second\": %.1f}\n", run.rate(std::stod(line)));
      std::fflush(stdout);
    }
    return 0;
  }

  const double seconds = std::stod(text("seconds", "2"));
  const int rounds = std::stoi(text("rounds", "7"));
  std::vector<double> rates, bare_rates;
  for (int round = 0; round < rounds; ++round) {
    rates.push_back(run.rate(seconds));
    if (!dense) continue;
    bare_rates.push_back(bare_products(config.batch_size, config.latent_dim, seconds / 4) / 1e9);
  }
  const double step = config.batch_size / bench::median(rates);
  std::printf("%s %s, code of %d, batch %d, %d threads, %s path\n", dense ? "784-512-256" : "conv",
              config.model.c_str(), config.latent_dim, config.batch_size,
              run.session->progress().threads, config.fast_path ? "fused" : "plain");
  std::printf("  %8.0f samples/s, %.2f ms a step (median of %d rounds)\n", bench::median(rates),
              step * 1e3, rounds);
  if (dense && config.model == "vae") {
    const double reached = operations(config.batch_size, config.latent_dim) / step / 1e9;
    std::printf(
        "  %8.0f GFLOP/s in products over the whole step, %.0f by oneDNN's alone: %.1f %%\n",
        reached, bench::median(bare_rates), 100 * reached / bench::median(bare_rates));
    bench::figure("products of a step, over the whole step", reached, "GFLOP/s",
                  "the rate of oneDNN's bare products", reached / bench::median(bare_rates));
  }
  return 0;
}
