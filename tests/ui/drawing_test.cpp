#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <cmath>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/drawn_digit.h"
#include "ui/explored_run.h"
#include "ui/panels/comparison_panel.h"
#include "ui/panels/drawing_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/widgets/drawing_canvas.h"
#include "ui/widgets/image_view.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;
using ui::DrawingCanvas;

namespace {

/// A stroke of light on black.
QImage strokeFrom(QPointF from, QPointF to, int width = 22) {
  QImage drawing(280, 280, QImage::Format_Grayscale8);
  drawing.fill(0);
  QPainter painter(&drawing);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(Qt::white, width, Qt::SolidLine, Qt::RoundCap));
  painter.drawLine(from, to);
  return drawing;
}

struct Ink {
  double x = 0.0;  ///< centre of mass
  double y = 0.0;
  int left = 99, right = -1, top = 99, bottom = -1;
};

Ink inkOf(const std::vector<std::uint8_t>& pixels, int side = 28) {
  Ink ink;
  double mass = 0.0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double value = pixels[static_cast<std::size_t>(y * side + x)];
      if (value == 0.0) continue;
      mass += value;
      ink.x += value * (x + 0.5);
      ink.y += value * (y + 0.5);
      ink.left = std::min(ink.left, x);
      ink.right = std::max(ink.right, x);
      ink.top = std::min(ink.top, y);
      ink.bottom = std::max(ink.bottom, y);
    }
  }
  ink.x /= mass;
  ink.y /= mass;
  return ink;
}

struct DrawFixture : WindowFixture {
  explicit DrawFixture(int latentDim = 2) {
    config.latent_dim = latentDim;
    train();
    REQUIRE(comeToRest());
    auto* dock = window->findChild<QDockWidget*>("drawingDock");
    dock->raise();
    QTest::qWait(50);
    panel = find<ui::DrawingPanel>("drawingPanel");
    canvas = find<DrawingCanvas>("drawingCanvas");
  }
  void stroke() {
    const QRectF area = canvas->canvasRect();
    Mouse(canvas).stroke({area.topLeft() + 0.2 * QPointF(area.width(), area.height()),
                          area.center(),
                          area.topLeft() + 0.7 * QPointF(area.width(), area.height())});
  }
  ui::DrawingPanel* panel;
  DrawingCanvas* canvas;
};

}  // namespace

TEST_CASE("wherever it is drawn, a digit is 20 pixels tall and its mass lies in the middle",
          "[ui][drawing]") {
  const ImageShape mnist{1, 28, 28};
  for (const QPointF& at : {QPointF(60, 40), QPointF(200, 30), QPointF(140, 100)}) {
    const auto pixels = ui::frameDrawing(strokeFrom(at, at + QPointF(10, 140)), mnist);
    const Ink ink = inkOf(pixels);
    CHECK(ink.x == Approx(14.0).margin(0.51));
    CHECK(ink.y == Approx(14.0).margin(0.51));
    CHECK(ink.bottom - ink.top + 1 == 20);
  }
  // A wide one is 20 across; it keeps its aspect.
  const Ink wide = inkOf(ui::frameDrawing(strokeFrom({40, 200}, {240, 220}), mnist));
  CHECK(wide.right - wide.left + 1 == 20);
  CHECK(wide.bottom - wide.top + 1 < 7);
  // A heavy end pulls the middle: mass, not the box.
  QImage club = strokeFrom({100, 40}, {100, 200}, 12);
  QPainter painter(&club);
  painter.setBrush(Qt::white);
  painter.drawEllipse(QPointF(100, 200), 40, 40);
  painter.end();
  const Ink heavy = inkOf(ui::frameDrawing(club, mnist));
  CHECK(heavy.y == Approx(14.0).margin(0.51));
  CHECK((heavy.top + heavy.bottom + 1) / 2.0 < 13.0);
  const auto nothing = ui::frameDrawing(QImage(280, 280, QImage::Format_Grayscale8), mnist);
  CHECK(nothing.size() == 784);
}

TEST_CASE("for other shapes a drawing is plainly scaled, in all channels", "[ui][drawing]") {
  const ImageShape shape{3, 20, 24};
  const auto pixels = ui::frameDrawing(strokeFrom({70, 70}, {70, 210}), shape);
  REQUIRE(pixels.size() == 3 * 20 * 24);
  for (std::size_t i = 0; i < 480; ++i) {
    CHECK(pixels[i] == pixels[480 + i]);
    CHECK(pixels[i] == pixels[960 + i]);
  }
  // 280 pixels become 20, two columns of black at either side; nothing is centred.
  double sum = 0.0;
  double across = 0.0;
  for (std::size_t y = 0; y < 20; ++y) {
    for (std::size_t x = 0; x < 24; ++x) {
      sum += pixels[y * 24 + x];
      across += pixels[y * 24 + x] * (double(x) + 0.5);
    }
  }
  CHECK(across / sum == Approx(2.0 + 70.0 / 14.0).margin(0.2));
}

TEST_CASE("dark strokes on light paper are turned over", "[ui][drawing]") {
  QImage paper(100, 50, QImage::Format_RGB32);
  paper.fill(Qt::white);
  for (int y = 10; y < 40; ++y) {
    for (int x = 45; x < 55; ++x) paper.setPixelColor(x, y, Qt::black);
  }
  bool inverted = false;
  const QImage drawing = ui::asDrawing(paper, 280, &inverted);
  CHECK(inverted);
  CHECK(drawing.size() == QSize(280, 280));
  CHECK(qGray(drawing.pixel(140, 140)) > 240);
  CHECK(qGray(drawing.pixel(20, 140)) == 0);
  ui::asDrawing(strokeFrom({10, 10}, {200, 200}), 280, &inverted);
  CHECK_FALSE(inverted);
}

TEST_CASE("what is drawn is encoded while it is drawn, and lies on the map where its code is") {
  DrawFixture fixture;
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  CHECK_FALSE(map->drawn().has_value());
  const QRectF area = fixture.canvas->canvasRect();
  const Mouse mouse(fixture.canvas);
  mouse.press(area.center() - QPointF(0, 60));
  mouse.move(area.center());
  // The button is still down.
  REQUIRE(waitFor([&] { return fixture.panel->encoded().has_value(); }));
  mouse.move(area.center() + QPointF(30, 50));
  mouse.release(area.center() + QPointF(30, 50));
  const ImageShape shape = fixture.window->run()->data().test->shape;
  const auto seen = ui::frameDrawing(fixture.canvas->drawing(), shape);
  REQUIRE(waitFor([&] { return fixture.panel->encoded()->seen == seen; }));
  const auto& encoded = *fixture.panel->encoded();
  std::vector<float> code(2);
  const auto model = fixture.window->run()->snapshot()->model;
  model->encode(seen, {}, code, {});
  CHECK(encoded.mean == code);
  float nats = 0.0F;
  model->reconstruction_error(seen, {}, {&nats, 1});
  CHECK(encoded.nats == nats);
  REQUIRE(map->drawn().has_value());
  CHECK(map->drawn()->position.x() == Approx(code[0]));
  CHECK(map->drawn()->position.y() == Approx(code[1]));
  // The fake's log-variance is -1 in both numbers: a circle of two standard deviations.
  const ui::LatentMap::Drawn drawn = *map->drawn();
  CHECK(drawn.posterior.size() > 30);
  for (const QPointF& corner : drawn.posterior) {
    const QPointF away = corner - drawn.position;
    CHECK(std::hypot(away.x(), away.y()) == Approx(2.0 * std::exp(-0.5)).epsilon(1e-4));
  }
  CHECK(fixture.find<ui::ImageView>("drawingSeen")->image().size() == QSize(28, 28));
  CHECK_FALSE(fixture.find<ui::ImageView>("drawingReconstruction")->image().isNull());
  CHECK(fixture.find<QLabel>("drawingFacts")->text().contains("nats"));
  QTest::mouseClick(fixture.find<QPushButton>("drawingGo"), Qt::LeftButton);
  CHECK(fixture.window->exploration()->code() == code);
  QTest::mouseClick(fixture.find<QToolButton>("drawingClear"), Qt::LeftButton);
  CHECK_FALSE(map->drawn().has_value());
  CHECK_FALSE(fixture.panel->encoded().has_value());
}

TEST_CASE("in a comparison the drawing lies on both maps, with what each run makes of it") {
  DrawFixture fixture;
  TrainingConfig beside = fixture.config;
  beside.model = "deep-ae";
  beside.seed = 5;
  ui::ComparisonPanel& comparison = *fixture.window->comparison();
  comparison.startBeside(beside);
  REQUIRE(waitFor([&] { return comparison.isOpen() && comparison.beside()->explorer()->frame(); }));
  fixture.window->run()->pause();
  comparison.beside()->run()->pause();
  auto* left = fixture.find<ui::LatentMap>("latentMap");
  auto* right = fixture.find<ui::LatentMap>("besideMap");
  fixture.find<QDockWidget>("drawingDock")->show();
  fixture.find<QDockWidget>("drawingDock")->raise();
  QApplication::processEvents();
  const QRectF pad = fixture.canvas->canvasRect();
  Mouse(fixture.canvas).drag(pad.center() - QPointF(20, 30), pad.center() + QPointF(20, 30));
  REQUIRE(waitFor([&] { return left->drawn() && right->drawn(); }));
  REQUIRE(waitFor([&] {
    return comparison.beside()->explorer()->isUpToDate() &&
           fixture.window->explorer()->isUpToDate();
  }));
  // Each where its own network puts it; only a Gaussian posterior has an outline.
  REQUIRE(waitFor([&] { return left->drawn()->position != right->drawn()->position; }));
  CHECK_FALSE(left->drawn()->posterior.isEmpty());
  CHECK(right->drawn()->posterior.isEmpty());
  auto* rebuilt = fixture.find<ui::ImageView>("drawingReconstructionBeside");
  CHECK_FALSE(rebuilt->isHidden());
  CHECK_FALSE(rebuilt->image().isNull());
  CHECK(rebuilt->image() != fixture.find<ui::ImageView>("drawingReconstruction")->image());
  auto* facts = fixture.find<QLabel>("drawingFactsBeside");
  CHECK(facts->text().startsWith("At the right: Reconstruction error "));
  comparison.closeBeside();
  CHECK(rebuilt->isHidden());
  CHECK(facts->isHidden());
  CHECK(left->drawn());
}

TEST_CASE("the drawing moves on the map when the weights change") {
  DrawFixture fixture;
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  fixture.stroke();
  REQUIRE(waitFor([&] { return map->drawn().has_value(); }));
  const QPointF before = map->drawn()->position;
  fixture.window->run()->play();
  CHECK(waitFor([&] { return map->drawn()->position != before; }));
}

TEST_CASE("in UMAP's map a drawing lies among the pictures with the nearest codes") {
  DrawFixture fixture(6);
  auto* map = fixture.find<ui::LatentMap>("latentMap");
  auto* explorer = fixture.window->explorer();
  fixture.stroke();
  REQUIRE(waitFor([&] { return map->drawn().has_value(); }));
  fixture.find<QComboBox>("plane")->setCurrentIndex(2);
  REQUIRE(waitFor(
      [&] { return explorer->frame()->laidOut && explorer->umapProgress().isFinished(); }, 30'000));
  const auto frame = explorer->frame();
  QRectF around;
  for (const Neighbour& near :
       nearest_neighbours(*frame->codes, 6, fixture.panel->encoded()->mean, 5)) {
    const auto at = 2 * static_cast<std::size_t>(near.index);
    const QPointF place(double(frame->points[at]), double(frame->points[at + 1]));
    around = around.isNull()
                 ? QRectF(place - QPointF(1e-4, 1e-4), QSizeF(2e-4, 2e-4))
                 : around.united(QRectF(place - QPointF(1e-4, 1e-4), QSizeF(2e-4, 2e-4)));
  }
  CHECK(waitFor([&] { return map->drawn() && around.contains(map->drawn()->position); }));
  // There is no plane for its Gaussian.
  CHECK(map->drawn()->posterior.isEmpty());
}

TEST_CASE("the canvas stays where it is when the first stroke is answered") {
  DrawFixture fixture;
  const auto place = [&] {
    return fixture.canvas->canvasRect().translated(
        fixture.canvas->mapTo(fixture.window.get(), QPoint()));
  };
  const QRectF before = place();
  const int height = fixture.canvas->height();
  fixture.stroke();
  // The sentences on it take room below.
  REQUIRE(waitFor([&] { return fixture.canvas->height() < height; }));
  CHECK(place() == before);
}

TEST_CASE("pens have widths, and the eraser takes ink away") {
  DrawFixture fixture;
  const auto ink = [&] {
    double sum = 0.0;
    const QImage& drawing = fixture.canvas->drawing();
    for (int y = 0; y < drawing.height(); ++y) {
      for (int x = 0; x < drawing.width(); ++x) sum += drawing.constScanLine(y)[x];
    }
    return sum;
  };
  QTest::mouseClick(fixture.find<QToolButton>("penThin"), Qt::LeftButton);
  fixture.stroke();
  const double thin = ink();
  CHECK(thin > 0.0);
  fixture.canvas->clear();
  QTest::mouseClick(fixture.find<QToolButton>("penThick"), Qt::LeftButton);
  fixture.stroke();
  const double thick = ink();
  CHECK(thick > 1.8 * thin);
  QTest::mouseClick(fixture.find<QToolButton>("penThin"), Qt::LeftButton);
  QTest::mouseClick(fixture.find<QToolButton>("drawingEraser"), Qt::LeftButton);
  fixture.stroke();
  CHECK(ink() < 0.75 * thick);
}

TEST_CASE("a picture is pasted or dropped, and what is no picture is a sentence") {
  DrawFixture fixture;
  QApplication::clipboard()->clear();
  QTest::mouseClick(fixture.find<QToolButton>("drawingPaste"), Qt::LeftButton);
  CHECK(fixture.window->messages()->isVisible());
  CHECK(fixture.canvas->isBlank());
  QApplication::clipboard()->setImage(strokeFrom({30, 30}, {80, 200}));
  QTest::mouseClick(fixture.find<QToolButton>("drawingPaste"), Qt::LeftButton);
  CHECK_FALSE(fixture.canvas->isBlank());
  CHECK(waitFor([&] { return fixture.panel->encoded().has_value(); }));
  fixture.canvas->clear();

  const auto drop = [&](const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(20, 20), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(fixture.canvas, &enter);
    CHECK(enter.isAccepted());
    QDropEvent event(QPointF(20, 20), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(fixture.canvas, &event);
  };
  const QString picture = fixture.folder.path() + "/seven.png";
  REQUIRE(strokeFrom({30, 30}, {80, 200}).save(picture));
  drop(picture);
  CHECK_FALSE(fixture.canvas->isBlank());
  QFile text(fixture.folder.path() + "/notes.txt");
  REQUIRE(text.open(QIODevice::WriteOnly));
  text.write("no picture");
  text.close();
  drop(text.fileName());
  CHECK(fixture.window->messages()->sentence().contains("notes.txt"));
}
