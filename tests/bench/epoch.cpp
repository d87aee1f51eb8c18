// What an epoch of the dense VAE costs, to see how it grows: N pictures in MNIST's shape, 784
// pixels, one epoch after a short one that warms up.
//
//   epoch [--images 10000] [--latent 20] [--widths 512,256] [--batch 128] [--threads 2]
//
// Prints one line of JSON: images, latent, widths' parameters, seconds of the epoch, seconds of
// processor time, and the largest resident memory of the process, MiB.

#include <sys/resource.h>

#include <cstdio>
#include <sstream>
#include <thread>

#include "latent/engine.h"
#include "support.h"

extern "C" const latent::Engine* latent_engine_entry();

namespace {

using namespace latent;
using bench::Clock;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double largest_resident_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void wait_while_running(const Session& session) {
  while (session.progress().state == SessionState::Running) {
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto text = [&](const char* name, const char* otherwise) {
    return bench::option(argc, argv, name, otherwise);
  };
  TrainingConfig config;
  config.latent_dim = std::stoi(text("latent", "20"));
  config.batch_size = std::stoi(text("batch", "128"));
  config.threads = std::stoi(text("threads", "2"));
  config.epochs = 1'000'000;
  config.hidden_widths.clear();
  std::istringstream widths{text("widths", "512,256")};
  for (std::string width; std::getline(widths, width, ',');) {
    config.hidden_widths.push_back(std::stoi(width));
  }
  const std::int64_t images = std::stoll(text("images", "10000"));
  // Of the products: there and back, the encoder's last layer twice as wide.
  std::int64_t parameters = 0;
  std::int64_t before = 784;
  for (const int width : config.hidden_widths) {
    parameters += 2 * before * width;
    before = width;
  }
  parameters += 3 * before * config.latent_dim;

  const Engine& engine = *latent_engine_entry();
  engine.set_thread_count(config.threads);
  const auto session =
      engine.make_session(config, bench::noise_images(images), {.snapshots_per_second = 0.0});
  for (int i = 0; i < 20; ++i) {
    const std::int64_t step = session->progress().step;
    session->step_batch();
    while (session->progress().step == step) std::this_thread::yield();
  }
  wait_while_running(*session);
  const Progress begun = session->progress();
  const Clock::time_point begin = Clock::now();
  const double processor_begin = processor_seconds();
  session->step_epoch();
  while (session->progress().step == begun.step) std::this_thread::yield();
  wait_while_running(*session);
  const double seconds = bench::seconds_since(begin);
  const double processor = processor_seconds() - processor_begin;
  const double share = static_cast<double>(session->progress().step - begun.step) /
                       static_cast<double>(begun.steps_per_epoch);
  std::printf(
      "{\"images\": %lld, \"latent\": %d, \"weights\": %lld, \"seconds\": %.4f, "
      "\"processor_seconds\": %.4f, \"resident_mib\": %.0f}\n",
      static_cast<long long>(images), config.latent_dim, static_cast<long long>(parameters),
      seconds / share, processor / share, largest_resident_mib());
  return 0;
}
