// How soon the window answers while a network trains beside it: the real window, the real engine,
// MNIST (or MNIST 10k where it is not there), a dense VAE.
//
//   window_response [seconds] [data]
//
// Prints the time from the start of the process to the first painted window; from a mouse event in
// the map, and from a slider's move, to the end of the paint that shows the decoded answer; and how
// late the window's thread came to its timers, beside the time it waited for a core.
#include <qcustomplot.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>

#include "latent/numeric_environment.h"
#include "process_clock.h"
#include "support.h"
#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/panels/map_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"
#include "ui/widgets/image_view.h"
#include "window.h"

namespace {

using namespace latent;
using Clock = bench::Clock;

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// Milliseconds that this thread could have run but had no core.
double waitedForCore() {
  std::ifstream in("/proc/thread-self/schedstat");
  double ran = 0.0;
  double waited = 0.0;
  in >> ran >> waited;
  return waited / 1e6;
}

/// Calls back after each paint of a widget is done and on its way to the screen.
class PaintTap : public QObject {
 public:
  PaintTap(QWidget* widget, std::function<void()> painted) : m_painted(std::move(painted)) {
    widget->installEventFilter(this);
  }
  bool eventFilter(QObject* object, QEvent* event) override {
    if (event->type() != QEvent::Paint || m_inside) return false;
    m_inside = true;
    QCoreApplication::sendEvent(object, event);
    m_inside = false;
    m_painted();
    return true;
  }

 private:
  std::function<void()> m_painted;
  bool m_inside = false;
};

/// p99 in ms.
double print(const char* what, std::vector<double> values) {
  if (values.empty()) {
    std::printf("%-46s nothing measured\n", what);
    return 0.0;
  }
  const double middle = bench::quantile(values, 0.5);  // sorts them
  const double p99 = bench::quantile(values, 0.99);
  std::printf("%-46s n %5zu  median %7.2f  p99 %7.2f  longest %7.2f ms\n", what, values.size(),
              middle, p99, values.back());
  std::fflush(stdout);
  return p99;
}

/// Sends mouse moves of a drag over the map, 30 a second, each once the answer to the one before is
/// painted or a second has gone.
class DragBench {
 public:
  explicit DragBench(ui::MainWindow& window)
      : m_window(window),
        m_map(window.mapPanel()->map()),
        m_picture(window.findChild<ui::ImageView*>(QStringLiteral("decodedPicture"))),
        m_tap(m_picture, [this] { painted(); }) {
    QObject::connect(window.explorer(), &ui::ExplorerService::decoded, m_picture, [this] {
      // The newest question's answer is in the picture; the next paint shows it.
      if (m_asked) m_answered = true;
    });
  }

  std::vector<double> run(int seconds) {
    const QRectF view = m_map->view();
    QElapsedTimer clock;
    clock.start();
    send(QEvent::MouseButtonPress, place(view, 0.0));
    while (clock.elapsed() < 1000 * seconds) {
      const double t = static_cast<double>(clock.elapsed()) / 1000.0;
      // Nothing that was asked before may be taken for the answer.
      m_window.explorer()->drain();
      QCoreApplication::sendPostedEvents();
      m_asked = true;
      m_answered = false;
      m_done = false;
      m_sent = Clock::now();
      send(QEvent::MouseMove, place(view, t));
      QElapsedTimer patience;
      patience.start();
      while (!m_done && patience.elapsed() < 1000) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 50);
      }
      m_asked = false;
      bench::wait(std::max(1, 33 - static_cast<int>(patience.elapsed())));
    }
    send(QEvent::MouseButtonRelease, place(view, 0.0));
    return m_times;
  }

 private:
  QPointF place(const QRectF& view, double t) const {
    const QPointF plane = view.center() + QPointF(0.3 * view.width() * std::cos(1.7 * t),
                                                  0.3 * view.height() * std::sin(2.3 * t));
    return m_map->plot()->mapFrom(m_map, m_map->pixelAt(plane).toPoint());
  }
  void send(QEvent::Type type, const QPointF& at) {
    const bool release = type == QEvent::MouseButtonRelease;
    QMouseEvent event(type, at, m_map->plot()->mapToGlobal(at),
                      type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton,
                      release ? Qt::NoButton : Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_map->plot(), &event);
  }
  void painted() {
    if (!m_asked || !m_answered || m_done) return;
    m_done = true;
    m_times.push_back(milliseconds(Clock::now() - m_sent));
  }

  ui::MainWindow& m_window;
  ui::LatentMap* m_map;
  ui::ImageView* m_picture;
  PaintTap m_tap;
  bool m_asked = false;
  bool m_answered = false;
  bool m_done = false;
  Clock::time_point m_sent;
  std::vector<double> m_times;
};

/// How late a timer of 5 ms comes: as long as the window's thread did something else, or nothing
/// for want of a core.
void measureStalls(int seconds) {
  constexpr int kTick = 5;
  std::vector<double> late;
  auto last = Clock::now();
  QTimer timer;
  timer.setTimerType(Qt::PreciseTimer);
  QObject::connect(&timer, &QTimer::timeout, [&] {
    const auto now = Clock::now();
    late.push_back(std::max(0.0, milliseconds(now - last) - kTick));
    last = now;
  });
  const double waitedBefore = waitedForCore();
  timer.start(kTick);
  bench::wait(1000 * seconds);
  timer.stop();
  const double waited = waitedForCore() - waitedBefore;
  if (late.empty()) return;
  const double p99 = bench::quantile(late, 0.99);
  const double p999 = bench::quantile(late, 0.999);
  std::printf("%-46s n %5zu  p99 %7.2f  p99.9 %7.2f  longest %7.2f ms\n",
              "stalls of the window's thread", late.size(), p99, p999, late.back());
  bench::figure("stalls of the window's thread while a VAE trains, p99.9", p999, "ms");
  std::printf("%-46s %.1f ms in %d s (%.2f %%)\n", "  of it, waiting for a core", waited, seconds,
              waited / (10.0 * seconds));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char* argv[]) {
  restart_if_settings_came_late(argv);  // as the program does
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  const int seconds = argc > 1 ? std::max(2, std::atoi(argv[1])) : 60;
  QApplication application(argc, argv);
  QTemporaryDir folder;

  TrainingConfig config;
  config.data = argc > 2 ? argv[2] : "mnist";
  config.model = "vae";
  config.epochs = 100'000;

  ui::MainWindow window(bench::window_options(folder, QSize(1600, 1000)));
  double shown = -1.0;
  {
    const PaintTap tap(&window, [&] {
      if (shown < 0.0) shown = bench::milliseconds_since_start();
    });
    window.show();
    bench::wait_for([&] { return shown >= 0.0; }, 10'000);
  }
  std::printf("%-46s %.0f ms\n", "from the start of the process to the window", shown);

  bool failed = false;
  bench::watch_errors(window, failed);
  window.trainWhenReady(config, true);
  window.start();
  const bool training = bench::wait_for(
      [&] { return failed || (window.run()->progress().step > 100 && window.explorer()->frame()); },
      120'000);
  if (!training || failed) return 1;
  bench::wait(3000);

  std::vector<double> rates;
  QObject::connect(window.run(), &ui::RunController::progressChanged,
                   [&](const Progress& progress) {
                     if (progress.samples_per_second > 0.0)
                       rates.push_back(progress.samples_per_second);
                   });
  measureStalls(seconds);
  std::printf("%-46s %.0f samples/s, %d threads\n", "  training meanwhile",
              rates.empty() ? 0.0 : bench::median(rates), window.run()->progress().threads);
  rates.clear();
  double answered = 0.0;
  {
    DragBench drag(window);
    answered =
        print("mouse move in the map to painted picture", drag.run(std::max(2, seconds / 2)));
  }
  const double rate = rates.empty() ? 0.0 : bench::median(rates);
  std::printf("%-46s %.0f samples/s\n", "  training meanwhile", rate);
  window.run()->pause();
  bench::wait_for([&] { return window.run()->state() == SessionState::Paused; }, 5000);
  {
    DragBench drag(window);
    const double paused = print("the same, paused", drag.run(std::max(2, seconds / 6)));
    bench::figure("mouse move to painted picture while a VAE trains, p99", answered, "ms",
                  "as long as while paused", answered / paused);
    bench::figure("training while the mouse moves in the map", rate, "samples/s");
  }
  window.close();
  bench::wait_for([&] { return !window.isVisible(); }, 10'000);
  return 0;
}
