// What a long run costs: the resident memory of the window and the disk that its kept epochs take.
// The real window over the real engine, a dense VAE with two numbers on MNIST, off screen.
//
//   history [epochs] [data]
//
// One line every tenth of the way, then what every kept past weighs beside its budget, and how much
// memory scrubbing through it adds.
#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

#include "latent/kept_epochs.h"
#include "latent/numeric_environment.h"
#include "support.h"
#include "ui/explorer_service.h"
#include "ui/run_controller.h"
#include "ui/time_machine.h"
#include "window.h"

namespace {

using namespace latent;

/// "VmRSS" or "VmHWM" of this process, MiB.
double memory(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024.0;
  }
  return 0.0;
}

struct Past {
  std::size_t epochs = 0;
  double mebibytes = 0.0;  // each file once, however many names it has
};

Past pastOf(const std::filesystem::path& run) {
  Past past;
  for (const KeptEpoch& kept : list_kept_epochs(run)) {
    ++past.epochs;
    past.mebibytes += static_cast<double>(kept.bytes) / (1U << 20U);
  }
  return past;
}

}  // namespace

int main(int argc, char* argv[]) {
  restart_if_settings_came_late(argv);
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QTemporaryDir folder;

  TrainingConfig config;
  config.epochs = argc > 1 ? std::max(10, std::atoi(argv[1])) : 100;
  config.data = argc > 2 ? argv[2] : "mnist";
  config.model = "vae";

  ui::MainWindow window(bench::window_options(folder, QSize(1600, 1000)));
  window.show();
  bench::wait(500);
  std::printf("window without a run: %.0f MiB resident\n", memory("VmRSS"));

  bool failed = false;
  bench::watch_errors(window, failed);
  window.trainWhenReady(config, true);
  window.start();
  double next = 0.0;
  double most = 0.0;
  QElapsedTimer clock;
  clock.start();
  const bool finished = bench::wait_for(
      [&] {
        const double epoch = window.run()->progress().epoch;
        most = std::max(most, memory("VmRSS"));
        if (window.run()->hasRun() && epoch >= next) {
          const Past past = pastOf(window.run()->autosavePath());
          std::printf("epoch %5.1f  %4.0f MiB resident  %3zu epochs kept, %6.1f MiB\n", epoch,
                      memory("VmRSS"), past.epochs, past.mebibytes);
          std::fflush(stdout);
          next += config.epochs / 10.0;
        }
        return failed || window.run()->state() == SessionState::Finished;
      },
      3 * 3600 * 1000);
  if (!finished || failed) return 1;
  bench::wait_for([&] { return window.explorer()->isUpToDate(); }, 30'000);

  const Past past = pastOf(window.run()->autosavePath());
  const double budget = static_cast<double>(kUsualKeepBudget.bytes) / (1U << 20U);
  std::printf("%d epochs in %.0f s\n", config.epochs, static_cast<double>(clock.elapsed()) / 1e3);
  std::printf("history: %zu epochs, %.1f MiB on disk (budget %d epochs, %.0f MiB)\n", past.epochs,
              past.mebibytes, kUsualKeepBudget.epochs, budget);
  std::printf("resident: %.0f MiB at the end, %.0f MiB at most (the kernel says %.0f)\n",
              memory("VmRSS"), most, memory("VmHWM"));

  const std::string run = std::to_string(config.epochs) + " epochs on " + config.data;
  bench::figure(run + ": resident memory", memory("VmRSS"), "MiB");
  bench::figure(run + ": kept on disk", past.mebibytes, "MiB", "the budget",
                past.mebibytes / budget);

  ui::TimeMachine& machine = *window.run()->timeMachine();
  for (const KeptEpoch& kept : std::vector<KeptEpoch>(machine.kept())) {
    machine.goTo(kept.epoch);
    bench::wait_for([&] { return window.explorer()->isUpToDate(); }, 10'000);
    bench::wait(50);
  }
  std::printf("after all kept epochs have been looked at: %.0f MiB, %.0f MiB at most\n",
              memory("VmRSS"), memory("VmHWM"));
  window.close();
  bench::wait_for([&] { return !window.isVisible(); }, 10'000);
  return 0;
}
