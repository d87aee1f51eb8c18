// What two runs side by side leave each other: the real window, the real engine, MNIST (or the data
// that are named), a deep AE beside a VAE.
//
//   two_runs [seconds of a turn] [turns] [data]
//
// In turns, so that what else the machine does falls on all alike: each run alone with as many
// threads as there are processors, each alone with those that it has beside the other, then both.
// Prints samples/s of each turn, the medians, and what each keeps: of its equal share, which is
// half of what the whole machine gives it, and of its speed alone with as many threads.
#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QThread>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>

#include "latent/numeric_environment.h"
#include "support.h"
#include "ui/explored_run.h"
#include "ui/panels/comparison_panel.h"
#include "ui/run_controller.h"
#include "window.h"

namespace {

using namespace latent;

struct Rates {
  double left = 0.0;
  double right = 0.0;
};

/// Samples/s of both over so many seconds, after one to settle.
Rates measure(ui::RunController& left, ui::RunController& right, int seconds) {
  bench::wait(1000);
  QElapsedTimer clock;
  const auto l = left.progress().step;
  const auto r = right.progress().step;
  clock.start();
  bench::wait(1000 * seconds);
  const double spent = static_cast<double>(clock.elapsed()) / 1000.0;
  const auto rate = [spent](const ui::RunController& run, std::int64_t before) {
    return static_cast<double>((run.progress().step - before) * run.config().batch_size) / spent;
  };
  return {rate(left, l), rate(right, r)};
}

/// Only `run` trains, with so many threads.
void alone(ui::RunController& run, ui::RunController& other, int threads) {
  other.pause();
  run.play();
  bench::wait_for([&] { return other.state() == SessionState::Paused; }, 5000);
  run.setKnob("threads", threads);
}

/// Samples/s of one run, turn by turn.
struct Kept {
  std::vector<double> machine;  // alone, with all processors
  std::vector<double> alone;    // with the threads that it has beside the other
  std::vector<double> both;

  void print(const char* name) const {
    const double beside = bench::median(both);
    const double share = bench::median(machine) / 2.0;
    std::printf(
        "%-8s %6.0f side by side: %3.0f %% of its equal share (%.0f), %3.0f %% of alone with "
        "as many threads (%.0f)\n",
        name, beside, 100.0 * beside / share, share, 100.0 * beside / bench::median(alone),
        bench::median(alone));
    bench::figure(std::string(name) + " beside the other run", beside, "samples/s",
                  "its equal share of the machine", beside / share);
  }
};

}  // namespace

int main(int argc, char* argv[]) {
  restart_if_settings_came_late(argv);  // as the program does
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  const int seconds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 8;
  const int turns = argc > 2 ? std::max(1, std::atoi(argv[2])) : 4;
  QApplication application(argc, argv);
  QTemporaryDir folder;
  TrainingConfig config;
  config.data = argc > 3 ? argv[3] : "mnist";
  config.model = "deep-ae";
  config.epochs = 100'000;
  TrainingConfig beside = config;
  beside.model = "vae";

  ui::MainWindow window(bench::window_options(folder, QSize(1366, 768)));
  window.show();
  bool failed = false;
  bench::watch_errors(window, failed);
  window.compareWhenReady(config, beside);
  window.start();
  const auto second = [&] {
    return window.comparison()->beside() != nullptr ? window.comparison()->beside()->run()
                                                    : nullptr;
  };
  ui::RunController& left = *window.run();
  const auto isTraining = [&] { return second() && second()->progress().step > 100; };
  if (!bench::wait_for([&] { return failed || isTraining(); }, 120'000) || failed) return 1;
  ui::RunController& right = *second();
  const int each = std::max(1, QThread::idealThreadCount() / 2);

  Kept deepAe;
  Kept vae;
  for (int turn = 0; turn < turns; ++turn) {
    alone(left, right, 2 * each);
    deepAe.machine.push_back(measure(left, right, seconds).left);
    alone(right, left, 2 * each);
    vae.machine.push_back(measure(left, right, seconds).right);
    alone(left, right, each);
    deepAe.alone.push_back(measure(left, right, seconds).left);
    alone(right, left, each);
    vae.alone.push_back(measure(left, right, seconds).right);
    left.play();
    bench::wait_for([&] { return left.state() == SessionState::Running; }, 5000);
    const Rates both = measure(left, right, seconds);
    deepAe.both.push_back(both.left);
    vae.both.push_back(both.right);
    std::printf(
        "whole machine %6.0f %6.0f   alone %6.0f %6.0f   both %6.0f %6.0f samples/s, "
        "%d and %d threads\n",
        deepAe.machine.back(), vae.machine.back(), deepAe.alone.back(), vae.alone.back(), both.left,
        both.right, left.progress().threads, right.progress().threads);
    std::fflush(stdout);
  }
  deepAe.print("deep AE");
  vae.print("VAE");
  window.close();
  bench::wait_for([&] { return !window.isVisible(); }, 10'000);
  return 0;
}
