// Frame time of the latent map, 1000×1000 pixels: the dots alone, the whole map with axes and
// letters while it is panned and zoomed, and beside it QCustomPlot's own scatter. First with
// nothing else to do, then while a network trains in the same process.
//
//   map_frame [--points N] [--frames N] [--idle]
//
// Beside the time of each frame stands what the window's thread itself computed for it, which other
// work on the machine changes little. A frame is the true one, every dot of it: from the moved view
// to the end of the paint. Points that are new are another matter: theirs come from a thread
// beside, and both times are printed, how long the window's thread computed and how long it was
// until they were seen.
#include <qcustomplot.h>
#include <time.h>

#include <QApplication>
#include <QElapsedTimer>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "latent/engine.h"
#include "latent/thread_priority.h"
#include "support.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/point_splatter.h"
#include "ui/theme.h"

using namespace latent;
using namespace latent::ui;

namespace {

using bench::Clock;

std::shared_ptr<MapPoints> makePoints(std::size_t count) {
  auto points = std::make_shared<MapPoints>();
  auto classes = std::make_shared<PointClasses>();
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (int i = 0; i < 10; ++i) classes->names.push_back(QString::number(i));
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = static_cast<int>(generator() % 10);
    const float angle = 0.628F * static_cast<float>(label);
    classes->labels.push_back(label);
    points->positions.push_back(2.0F * std::cos(angle) + 0.5F * normal(generator));
    points->positions.push_back(2.0F * std::sin(angle) + 0.5F * normal(generator));
  }
  points->classes = classes;
  return points;
}

/// That this thread has computed.
double threadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void print(std::size_t count, const char* what, std::vector<double> milliseconds) {
  std::printf("%9zu points  %-26s  median %7.2f ms   p99 %7.2f ms   n %4zu\n", count, what,
              bench::quantile(milliseconds, 0.5), bench::quantile(milliseconds, 0.99),
              milliseconds.size());
  std::fflush(stdout);
}

/// Of a frame, milliseconds.
struct FrameTime {
  double median = 0.0;
  double p99 = 0.0;
};

FrameTime measure(const char* what, std::size_t count, int frames,
                  const std::function<void(int)>& work) {
  std::vector<double> milliseconds;
  std::vector<double> worked;
  work(0);
  for (int frame = 1; frame <= frames; ++frame) {
    // As often as a screen asks, so that the caches are those of a program that does other things.
    std::this_thread::sleep_for(std::chrono::milliseconds{4});
    const double before = threadSeconds();
    const auto begin = Clock::now();
    work(frame);
    milliseconds.push_back(1e3 * bench::seconds_since(begin));
    worked.push_back(1e3 * (threadSeconds() - before));
  }
  print(count, what, milliseconds);
  std::printf("%9s         %-26s  median %7.2f ms\n", "", "  thread's work",
              bench::quantile(worked, 0.5));
  return {bench::quantile(milliseconds, 0.5), bench::quantile(milliseconds, 0.99)};
}

/// A picture of the frame is 1000×1000 pixels.
void fitFrame(LatentMap& map) {
  map.resize(1100, 1080);
  map.show();
  QApplication::processEvents();
  map.resize(map.size() + QSize(1000, 1000) - map.frameSize());
  QApplication::processEvents();
}

struct MapTimes {
  FrameTime panned;
  FrameTime zoomed;
};

MapTimes measureMap(std::size_t count, int frames) {
  const auto points = makePoints(count);
  LatentMap map;
  map.setPoints(points);
  fitFrame(map);
  map.setView(QRectF(-4, -4, 8, 8));
  QApplication::processEvents();

  PointSplatter splatter;
  QImage image(1000, 1000, QImage::Format_ARGB32_Premultiplied);
  SplatStyle style;
  style.diameter = map.pointSize();
  style.opacity = 0.6F;
  for (int i = 0; i < 10; ++i) {
    style.classColors.push_back(Theme::get(Theme::Scheme::Light).classColor(i).rgb());
  }
  const ColoredPoints colored(std::make_shared<OrderedPoints>(points), {});
  measure("dots alone", count, frames, [&](int frame) {
    const double shift = frame % 50;
    splatter.draw(colored, PlaneToPixel{125, 500 + shift, -125, 500 - shift}, style, image);
  });

  const auto pan = [&](int frame) {
    map.setView(QRectF(-4 + 0.01 * (frame % 50), -4, 8, 8));
    map.plot()->replot(QCustomPlot::rpImmediateRefresh);
  };
  const auto zoom = [&](int frame) {
    const double side = 8.0 * std::pow(0.97, frame % 40);
    map.setView(QRectF(-1.5 - side / 2, -0.5 - side / 2, side, side));
    map.plot()->replot(QCustomPlot::rpImmediateRefresh);
  };
  MapTimes times;
  times.panned = measure("whole map, panned", count, frames, pan);
  times.zoomed = measure("whole map, zoomed", count, frames, zoom);
  measure("pointer moved", count, frames, [&](int frame) {
    map.setCurrentCode(QPointF(0.01 * frame, 0.5));
    map.plot()->repaint();
  });

  std::vector<double> kept;
  std::vector<double> seen;
  for (int round = 0; round < std::max(5, frames / 20); ++round) {
    auto moved = std::make_shared<MapPoints>(*points);
    for (std::size_t i = 0; i < moved->positions.size(); i += 2) {
      moved->positions[i] += 0.01F * static_cast<float>(round + 1);
    }
    QApplication::processEvents();
    const auto begin = Clock::now();
    const double worked = threadSeconds();
    map.setPoints(moved);
    while (!map.isUpToDate()) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    map.plot()->repaint();
    kept.push_back(1e3 * (threadSeconds() - worked));
    seen.push_back(1e3 * bench::seconds_since(begin));
  }
  print(count, "new points: thread's work", kept);
  print(count, "new points: until seen", seen);

  auto scale = std::make_shared<PointScale>();
  auto selection = std::make_shared<PointSelection>();
  for (std::size_t i = 0; i < count; ++i) {
    scale->steps.push_back(static_cast<std::uint8_t>(i % PointScale::kSteps));
    selection->marks.push_back(i % 4 == 0 ? 1 : 0);
  }
  selection->count = (count + 3) / 4;
  map.setScale(scale);
  map.setSelection(selection);
  measure("a scale, a selection: panned", count, frames, pan);
  return times;
}

FrameTime measureScatter(std::size_t count, int frames) {
  const auto points = makePoints(count);
  QCustomPlot plain;
  plain.resize(1000, 1000);
  plain.axisRect()->setAutoMargins(QCP::msNone);
  plain.axisRect()->setMargins({});
  std::vector<QCPGraph*> graphs;
  const double size = std::clamp(0.72 * std::sqrt(1e6 / static_cast<double>(count)), 1.15, 6.0);
  for (int i = 0; i < 10; ++i) {
    QCPGraph* graph = plain.addGraph();
    graph->setLineStyle(QCPGraph::lsNone);
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc,
                                           Theme::get(Theme::Scheme::Light).classColor(i), size));
    graphs.push_back(graph);
  }
  for (std::size_t i = 0; i < count; ++i) {
    graphs[static_cast<std::size_t>(points->label(i))]->addData(
        double(points->positions[2 * i]), double(points->positions[2 * i + 1]));
  }
  plain.show();
  QApplication::processEvents();
  return measure("QCustomPlot's scatter", count, frames, [&](int frame) {
    plain.xAxis->setRange(-4 + 0.01 * frame, 4 + 0.01 * frame);
    plain.yAxis->setRange(-4, 4);
    plain.replot(QCustomPlot::rpImmediateRefresh);
  });
}

}  // namespace

int main(int argc, char* argv[]) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  Theme::apply(application, Theme::Scheme::Light);
  expect_short_turns();  // as the window's thread

  const auto only = std::stoul(bench::option(argc, argv, "points", "0"));
  const int frames = std::stoi(bench::option(argc, argv, "frames", "200"));
  const auto measureAll = [&](const char* meanwhile) {
    std::printf("%s\n", meanwhile);
    for (const std::size_t count :
         {std::size_t{10'000}, std::size_t{70'000}, std::size_t{1'000'000}}) {
      if (only != 0 && only != count) continue;
      const MapTimes times = measureMap(count, frames);
      const double scatter =
          measureScatter(count, std::max(5, frames / (count > 500'000 ? 40 : 10))).median;
      const std::string map = "map of " + std::to_string(count) + " points, " + meanwhile + ", ";
      const char* beside = "as fast as QCustomPlot's scatter";
      bench::figure(map + "panned", times.panned.median, "ms", beside,
                    scatter / times.panned.median);
      bench::figure(map + "panned, p99", times.panned.p99, "ms");
      bench::figure(map + "zoomed", times.zoomed.median, "ms", beside,
                    scatter / times.zoomed.median);
      bench::figure(map + "zoomed, p99", times.zoomed.p99, "ms");
    }
  };
  measureAll("idle");
  if (bench::flag(argc, argv, "idle")) return 0;

  TrainingConfig config;
  config.latent_dim = 20;
  config.epochs = 1'000'000;
  const auto session = load_engine().make_session(config, bench::noise_images(20'000),
                                                  {.niceness = 1});  // as the window's runs
  session->play();
  std::this_thread::sleep_for(std::chrono::seconds{3});
  measureAll("while a VAE trains");
  const Progress progress = session->progress();
  std::printf("training meanwhile: %.0f samples/s on %d threads\n", progress.samples_per_second,
              progress.threads);
}
