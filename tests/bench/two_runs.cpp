// What two runs side by side leave each other: the real window, the real engine, MNIST (or the data
// that are named), a deep AE beside a VAE.
//
//   two_runs [seconds of a turn] [turns] [data]
//
// In turns, so that what else the machine does falls on all alike: each run alone with the threads
// that it has beside the other, then both. Prints samples/s of each turn and the medians, and what
// each keeps of its speed alone: 100 % is a core of its own.
#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <functional>

#include "support.h"
#include "ui/explored_run.h"
#include "ui/main_window.h"
#include "ui/panels/comparison_panel.h"
#include "ui/run_controller.h"

namespace {

using namespace latent;

void wait(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, Qt::PreciseTimer, &loop, &QEventLoop::quit);
  loop.exec();
}

bool waitFor(const std::function<bool()>& condition, int longest) {
  QElapsedTimer clock;
  clock.start();
  while (!condition() && clock.elapsed() < longest) wait(20);
  return condition();
}

struct Rates {
  double left = 0.0;
  double right = 0.0;
};

/// Samples/s of both over so many seconds, after one to settle.
Rates measure(ui::RunController& left, ui::RunController& right, int seconds) {
  wait(1000);
  QElapsedTimer clock;
  const auto l = left.progress().step;
  const auto r = right.progress().step;
  clock.start();
  wait(1000 * seconds);
  const double spent = static_cast<double>(clock.elapsed()) / 1000.0;
  const auto rate = [spent](const ui::RunController& run, std::int64_t before) {
    return static_cast<double>((run.progress().step - before) * run.config().batch_size) / spent;
  };
  return {rate(left, l), rate(right, r)};
}

}  // namespace

int main(int argc, char* argv[]) {
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

  ui::MainWindow::Options options;
  options.remembers = false;
  options.offersRecovery = false;
  options.runDirectory = folder.filePath("runs").toStdString();
  options.size = QSize(1366, 768);
  ui::MainWindow window(options);
  window.show();
  QObject::connect(&window, &ui::MainWindow::errorShown, [](const QString& sentence) {
    std::fprintf(stderr, "%s\n", qUtf8Printable(sentence));
    std::exit(1);
  });
  window.compareWhenReady(config, beside);
  window.start();
  const auto second = [&] {
    return window.comparison()->beside() != nullptr ? window.comparison()->beside()->run()
                                                    : nullptr;
  };
  ui::RunController& left = *window.run();
  if (!waitFor([&] { return second() && second()->progress().step > 100; }, 120'000)) return 1;
  ui::RunController& right = *second();
  const int each = std::max(1, QThread::idealThreadCount() / 2);

  std::vector<double> aloneLeft;
  std::vector<double> aloneRight;
  std::vector<double> bothLeft;
  std::vector<double> bothRight;
  for (int turn = 0; turn < turns; ++turn) {
    right.pause();
    left.play();
    waitFor([&] { return right.state() == SessionState::Paused; }, 5000);
    left.setKnob("threads", each);
    aloneLeft.push_back(measure(left, right, seconds).left);
    left.pause();
    right.play();
    waitFor([&] { return left.state() == SessionState::Paused; }, 5000);
    right.setKnob("threads", each);
    aloneRight.push_back(measure(left, right, seconds).right);
    left.play();
    waitFor([&] { return left.state() == SessionState::Running; }, 5000);
    const Rates both = measure(left, right, seconds);
    bothLeft.push_back(both.left);
    bothRight.push_back(both.right);
    std::printf("alone %6.0f %6.0f   both %6.0f %6.0f samples/s, %d and %d threads\n",
                aloneLeft.back(), aloneRight.back(), both.left, both.right, left.progress().threads,
                right.progress().threads);
    std::fflush(stdout);
  }
  std::printf("median: deep AE %.0f alone, %.0f beside the VAE (%.0f %%)\n",
              bench::median(aloneLeft), bench::median(bothLeft),
              100.0 * bench::median(bothLeft) / bench::median(aloneLeft));
  std::printf("median: VAE     %.0f alone, %.0f beside the deep AE (%.0f %%)\n",
              bench::median(aloneRight), bench::median(bothRight),
              100.0 * bench::median(bothRight) / bench::median(aloneRight));
  window.close();
  waitFor([&] { return !window.isVisible(); }, 10'000);
  return 0;
}
