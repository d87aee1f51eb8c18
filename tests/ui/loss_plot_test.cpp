#include "ui/plots/loss_plot.h"

#include <qcustomplot.h>

#include <QSignalSpy>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/plots/loss_curve.h"

using namespace latent::ui;

namespace {

LossSeries flatWithSpike(std::size_t count, std::size_t spike, float height) {
  LossSeries series;
  for (std::size_t i = 0; i < count; ++i) {
    series.append(static_cast<double>(i) / 1000.0, i == spike ? height : 100.0F);
  }
  return series;
}

}  // namespace

TEST_CASE("a spike of one batch among 100 000 is drawn at every zoom", "[ui][losses]") {
  for (const std::size_t spike :
       {std::size_t{0}, std::size_t{63}, std::size_t{64}, std::size_t{54321}, std::size_t{99999}}) {
    const LossSeries series = flatWithSpike(100'000, spike, 431.0F);
    for (const int columns : {1, 7, 200, 1000}) {
      const QPolygonF line = decimate(series, 0.0, 100.0, columns);
      const auto highest =
          std::max_element(line.begin(), line.end(),
                           [](const QPointF& a, const QPointF& b) { return a.y() < b.y(); });
      REQUIRE(highest != line.end());
      CHECK(highest->y() == 431.0);
      CHECK(highest->x() == Approx(double(spike) / 1000.0 / 100.0 * columns).margin(1.01));
      CHECK(line.size() <= 4 * columns + 2);
    }
  }
}

TEST_CASE("the rendered curve reaches up to the spike", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({});
  showAt(plot, {640, 300});
  std::vector<LossPlot::Point> points;
  for (int i = 0; i < 100'000; ++i) {
    points.push_back({false, i / 1000.0, i == 50'000 ? 900.0F : 100.0F, {}});
  }
  plot.append(points);
  plot.setLogarithmic(false);
  QTest::qWait(80);
  const QImage picture = plot.plot()->grab().toImage();
  const QCPAxisRect* frame = plot.plot()->axisRect();
  const int x = static_cast<int>(std::lround(plot.plot()->xAxis->coordToPixel(50.0)));
  const int y = static_cast<int>(std::lround(plot.plot()->yAxis->coordToPixel(600.0)));
  int darkest = 255;
  for (int dx = -3; dx <= 3; ++dx) {
    darkest = std::min(darkest, qGray(picture.pixel(x + dx, y)));
  }
  CHECK(darkest < qGray(picture.pixel(frame->left() + 20, y)) - 60);
}

TEST_CASE("the columns of a line are those between its points, thickened by the pen",
          "[ui][losses]") {
  // Up from (10, 100) to (12, 60), then level to x = 14.
  const ColumnSpans spans = columnSpans({{10.0, 100.0}, {12.0, 60.0}, {13.5, 60.0}}, 1.0, 1.0);
  CHECK(spans.first == 10);
  REQUIRE(spans.spans.size() == 4);
  CHECK(spans.spans[0].bottom == Approx(100.5));
  CHECK(spans.spans[0].top == Approx(79.5));
  CHECK(spans.spans[1].bottom == Approx(80.5));
  CHECK(spans.spans[1].top == Approx(59.5));
  CHECK(spans.spans[3].top == Approx(59.5));
  CHECK(spans.spans[3].bottom == Approx(60.5));
  // At twice the pixels the same line has twice the columns, a pen of 7 reaches 3.5 pixels down.
  const ColumnSpans fine = columnSpans({{10.0, 100.0}, {20.0, 100.0}}, 7.0, 2.0);
  CHECK(fine.first == 20);
  REQUIRE(fine.spans.size() == 21);
  CHECK(fine.spans[10].bottom == Approx(103.5));
  CHECK(columnSpans({{10.0, 100.0}}, 1.0, 1.0).spans.empty());
}

TEST_CASE("a dense curve keeps its spike and its level on the screen", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({});
  showAt(plot, {640, 300});
  plot.setLogarithmic(false);
  std::vector<LossPlot::Point> points;
  for (int i = 0; i < 3000; ++i) {
    points.push_back({false, i / 100.0, i == 1500 ? 300.0F : (i % 2 == 0 ? 95.0F : 105.0F), {}});
  }
  plot.append(points);
  QTest::qWait(120);
  const QImage picture = plot.plot()->grab().toImage();
  const auto at = [&](double epoch, double value) {
    return picture.pixelColor(static_cast<int>(plot.plot()->xAxis->coordToPixel(epoch)),
                              static_cast<int>(plot.plot()->yAxis->coordToPixel(value)));
  };
  const QColor nothing = at(5.0, 250.0);
  CHECK(at(15.0, 250.0) != nothing);
  CHECK(at(5.0, 100.0) != nothing);
  CHECK(at(25.0, 100.0) != nothing);
}

TEST_CASE("smoothing leaves a constant alone and starts without a bias", "[ui][losses]") {
  LossSeries series;
  series.setSmoothing(0.99);
  for (int i = 0; i < 500; ++i) series.append(i, 42.0F);
  for (std::size_t i = 0; i < series.size(); ++i) CHECK(series.smoothed(i) == Approx(42.0));
  series.append(500, std::nanf(""));
  series.append(501, 42.0F);
  CHECK(series.smoothed(501) == Approx(42.0));
}

TEST_CASE("losses below zero are drawn on a linear axis, unless a person chooses", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({QStringLiteral("Free energy")});
  showAt(plot, {500, 260});
  plot.append({{false, 0.0, 3.0F, {90.0F}}, {false, 0.5, 1.0F, {80.0F}}});
  CHECK(plot.isLogarithmic());
  plot.append({{false, 1.0, -2.0F, {-120.0F}}});
  CHECK_FALSE(plot.isLogarithmic());
  CHECK(plot.plot()->yAxis->range().lower < -120.0);
  auto* button = plot.findChild<QToolButton*>("lossLogarithmic");
  CHECK_FALSE(button->isChecked());
  QTest::mouseClick(button, Qt::LeftButton);
  plot.append({{false, 1.5, -3.0F, {-130.0F}}});
  CHECK(plot.isLogarithmic());
}

TEST_CASE("values at and below zero are safe on a logarithmic axis", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({QStringLiteral("KL")});
  showAt(plot, {500, 260});
  plot.setLogarithmic(true);
  plot.append({{false, 0.0, 0.0F, {0.0F}},
               {false, 0.1, -3.0F, {-1.0F}},
               {false, 0.2, 100.0F, {std::nanf("")}},
               {true, 1.0, 90.0F, {5.0F}}});
  QTest::qWait(40);
  CHECK(plot.plot()->yAxis->range().lower > 0.0);
  CHECK(plot.plot()->yAxis->range().upper >= 100.0);
  CHECK(plot.plot()->grab().toImage().width() > 0);
}

TEST_CASE("the crosshair tells every visible curve's value", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({QStringLiteral("Reconstruction"), QStringLiteral("KL")});
  plot.append({{false, 0.5, 150.0F, {144.0F, 6.0F}},
               {false, 1.0, 140.0F, {134.0F, 6.5F}},
               {true, 1.0, 141.0F, {135.0F, 6.25F}}});
  CHECK(plot.valuesAt(0.6).contains("Total, train: 150.0 nats per image"));
  CHECK(plot.valuesAt(0.9).contains("KL, validation: 6.25 nats per image"));
  plot.setTermVisible(2, false);
  CHECK_FALSE(plot.valuesAt(0.9).contains("KL"));
}

TEST_CASE("a click on a term hides its curves and the wheel ends following", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({QStringLiteral("KL")});
  showAt(plot, {640, 300});
  plot.append({{false, 0.5, 150.0F, {6.0F}}, {false, 1.0, 140.0F, {7.0F}}});
  QSignalSpy hidden(&plot, &LossPlot::termVisibilityChanged);
  auto* button = plot.findChild<QToolButton*>("lossTerm1");
  REQUIRE(button != nullptr);
  Mouse(button).click(button->rect().center());
  CHECK(hidden.count() == 1);
  CHECK_FALSE(plot.isTermVisible(1));
  CHECK(plot.isFollowing());
  const QPointF centre = plot.plot()->axisRect()->rect().center();
  const double width = plot.plot()->xAxis->range().size();
  Mouse(plot.plot()).wheel(centre, 2);
  CHECK_FALSE(plot.isFollowing());
  CHECK(plot.plot()->xAxis->range().size() < width);
  plot.fit();
  CHECK(plot.plot()->xAxis->range().size() == Approx(width));
}

TEST_CASE("another run's losses are pale behind, and in sight with the run's own", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({});
  showAt(plot, {640, 300});
  plot.append({{false, 1.0, 100.0F, {}}, {false, 2.0, 90.0F, {}}});
  CHECK(plot.plot()->xAxis->range().upper < 3.0);
  plot.setBackground({{false, 1.0, 100.0F, {}}, {false, 10.0, 50.0F, {}}});
  CHECK(plot.plot()->xAxis->range().upper > 10.0);
  CHECK(plot.plot()->yAxis->range().lower < 50.0);
  // What the crosshair says is of the run itself.
  CHECK_FALSE(plot.valuesAt(10.0).contains("50"));
  QTest::qWait(120);
  const auto inkAt = [&](double epoch) {
    const QImage picture = plot.plot()->grab().toImage();
    const int x = static_cast<int>(std::lround(plot.plot()->xAxis->coordToPixel(epoch)));
    const QCPAxisRect* frame = plot.plot()->axisRect();
    const QColor empty = plot.plot()->axisRect()->backgroundBrush().color();
    int furthest = 0;
    for (int y = frame->top() + 2; y < frame->bottom() - 2; ++y) {
      furthest = std::max(furthest, std::abs(qGray(picture.pixel(x, y)) - qGray(empty.rgb())));
    }
    return furthest;
  };
  const int pale = inkAt(7.3);
  CHECK(pale > 20);
  CHECK(inkAt(1.6) > pale);
  plot.setBackground({});
  QTest::qWait(120);
  CHECK(plot.plot()->xAxis->range().upper < 3.0);
}

TEST_CASE("the place in the run's past is a line through the plot", "[ui][losses]") {
  LossPlot plot;
  plot.setTerms({});
  showAt(plot, {640, 300});
  plot.append({{false, 0.5, 100.0F, {}}, {false, 4.0, 100.0F, {}}});
  QTest::qWait(120);
  const auto column = [&](double epoch) {
    const QImage picture = plot.plot()->grab().toImage();
    const int x = static_cast<int>(std::round(plot.plot()->xAxis->coordToPixel(epoch)));
    return picture.pixelColor(x, plot.plot()->axisRect()->top() + 12);
  };
  const QColor before = column(3.0);
  plot.setCursor(3.0);
  QTest::qWait(60);
  CHECK(column(3.0) != before);
  plot.setCursor(std::nullopt);
  QTest::qWait(60);
  CHECK(column(3.0) == before);
}
