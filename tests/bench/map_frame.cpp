// Frame time of the latent map, 1000×1000 pixels: the splatter alone, the whole map with axes and
// letters while it is panned, and beside it QCustomPlot's own scatter.
#include <qcustomplot.h>

#include <QApplication>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "ui/plots/latent_map.h"
#include "ui/plots/point_splatter.h"
#include "ui/theme.h"

using namespace latent::ui;

namespace {

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

template <typename Work>
void measure(const char* what, std::size_t count, int frames, const Work& work) {
  std::vector<double> milliseconds;
  work(0);
  for (int frame = 1; frame <= frames; ++frame) {
    const auto begin = std::chrono::steady_clock::now();
    work(frame);
    milliseconds.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = [&](double share) {
    return milliseconds[static_cast<std::size_t>(share * double(milliseconds.size() - 1))];
  };
  std::printf("%9zu points  %-22s  median %8.2f ms   p99 %8.2f ms\n", count, what, at(0.5),
              at(0.99));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char* argv[]) {
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  Theme::apply(application, Theme::Scheme::Light);

  for (const std::size_t count :
       {std::size_t{10'000}, std::size_t{70'000}, std::size_t{1'000'000}}) {
    const auto points = makePoints(count);
    const int frames = count > 500'000 ? 100 : 300;

    LatentMap map;
    map.setPoints(points);
    map.resize(1130, 1100);
    map.show();
    QApplication::processEvents();
    map.setView(QRectF(-4, -4, 8, 8));

    auto scale = std::make_shared<PointScale>();
    auto selection = std::make_shared<PointSelection>();
    for (std::size_t i = 0; i < count; ++i) {
      scale->steps.push_back(static_cast<std::uint8_t>(i % PointScale::kSteps));
      selection->marks.push_back(i % 4 == 0 ? 1 : 0);
    }
    selection->count = (count + 3) / 4;

    PointSplatter splatter;
    QImage image(1000, 1000, QImage::Format_ARGB32_Premultiplied);
    SplatStyle style;
    style.diameter = map.pointSize();
    style.opacity = 0.6F;
    for (int i = 0; i < 10; ++i) {
      style.classColors.push_back(Theme::get(Theme::Scheme::Light).classColor(i).rgb());
    }
    measure("splatter", count, frames, [&](int frame) {
      const double shift = frame % 50;
      splatter.draw(*points, PlaneToPixel{125, 500 + shift, -125, 500 - shift}, style, image);
    });
    measure("whole map, panned", count, frames, [&](int frame) {
      map.setView(QRectF(-4 + 0.01 * (frame % 50), -4, 8, 8));
      map.plot()->replot(QCustomPlot::rpImmediateRefresh);
    });

    map.setScale(scale);
    map.setSelection(selection);
    measure("a scale, a selection", count, frames, [&](int frame) {
      map.setView(QRectF(-4 + 0.01 * (frame % 50), -4, 8, 8));
      map.plot()->replot(QCustomPlot::rpImmediateRefresh);
    });

    QCustomPlot plain;
    plain.resize(1000, 1000);
    std::vector<QCPGraph*> graphs;
    for (int i = 0; i < 10; ++i) {
      QCPGraph* graph = plain.addGraph();
      graph->setLineStyle(QCPGraph::lsNone);
      graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc,
                                             Theme::get(Theme::Scheme::Light).classColor(i),
                                             std::max(1.0, map.pointSize())));
      graphs.push_back(graph);
    }
    for (std::size_t i = 0; i < count; ++i) {
      graphs[static_cast<std::size_t>(points->label(i))]->addData(
          double(points->positions[2 * i]), double(points->positions[2 * i + 1]));
    }
    plain.show();
    QApplication::processEvents();
    measure("QCustomPlot's scatter", count, count > 500'000 ? 5 : 30, [&](int frame) {
      plain.xAxis->setRange(-4 + 0.01 * frame, 4 + 0.01 * frame);
      plain.yAxis->setRange(-4, 4);
      plain.replot(QCustomPlot::rpImmediateRefresh);
    });
  }
}
