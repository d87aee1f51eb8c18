#include "ui/plots/point_splatter.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "support/catch.h"
#include "ui/plots/point_index.h"
#include "ui/plots/splat_passes.h"

using namespace latent::ui;

namespace {

struct Cloud {
  MapPoints points;
  std::shared_ptr<PointClasses> classes = std::make_shared<PointClasses>();

  void add(float x, float y, int label) {
    points.positions.push_back(x);
    points.positions.push_back(y);
    classes->labels.push_back(label);
    points.classes = classes;
  }
};

SplatStyle twoColors() {
  SplatStyle style;
  style.diameter = 5.0;
  style.classColors = {0xffff0000, 0xff0000ff};
  style.opacity = 0.7F;
  return style;
}

ColoredPoints colored(const MapPoints& points, const PointAppearance& appearance = {}) {
  return {std::make_shared<OrderedPoints>(std::make_shared<MapPoints>(points)), appearance};
}

QImage draw(const ColoredPoints& points, const SplatStyle& style,
            const PlaneToPixel& transform = {1.0, 0.0, 1.0, 0.0},
            const SplatPasses* passes = nullptr) {
  QImage image(301, 203, QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::green);
  PointSplatter splatter;
  if (passes != nullptr) splatter.setPasses(*passes);
  splatter.draw(points, transform, style, image);
  return image;
}

QImage draw(const MapPoints& points, const SplatStyle& style) {
  return draw(colored(points), style);
}

/// The largest difference of a channel where both pictures are, `b` moved by (x, y).
int difference(const QImage& a, const QImage& b, int x = 0, int y = 0) {
  int most = 0;
  for (int row = std::max(0, -y); row < std::min(a.height(), a.height() - y); ++row) {
    for (int column = std::max(0, -x); column < std::min(a.width(), a.width() - x); ++column) {
      const auto p = reinterpret_cast<const QRgb*>(a.constScanLine(row))[column];
      const auto q = reinterpret_cast<const QRgb*>(b.constScanLine(row + y))[column + x];
      most = std::max({most, std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)),
                       std::abs(qBlue(p) - qBlue(q)), std::abs(qAlpha(p) - qAlpha(q))});
    }
  }
  return most;
}

Cloud randomCloud(std::size_t count) {
  Cloud cloud;
  std::mt19937 generator(7);
  std::normal_distribution<float> normal;
  for (std::size_t i = 0; i < count; ++i) {
    cloud.add(150 + 50 * normal(generator), 100 + 30 * normal(generator), static_cast<int>(i % 2));
  }
  return cloud;
}

}  // namespace

TEST_CASE("a dot lies where its point is, on tile borders too", "[ui][splatter]") {
  for (const auto& [x, y] :
       {std::pair{20.5F, 30.5F}, {64.0F, 64.0F}, {128.25F, 63.5F}, {299.0F, 201.0F}}) {
    Cloud cloud;
    cloud.add(x, y, 0);
    const QImage image = draw(cloud.points, twoColors());
    double mass = 0, mx = 0, my = 0;
    for (int row = 0; row < image.height(); ++row) {
      for (int column = 0; column < image.width(); ++column) {
        const double alpha = qAlpha(image.pixel(column, row));
        mass += alpha;
        mx += alpha * (column + 0.5);
        my += alpha * (row + 0.5);
      }
    }
    REQUIRE(mass > 0);
    CHECK(mx / mass == Approx(x).margin(x > 290 ? 1.0 : 0.4));
    CHECK(my / mass == Approx(y).margin(y > 190 ? 1.0 : 0.4));
  }
}

TEST_CASE("the picture does not depend on the order of the points", "[ui][splatter]") {
  const Cloud cloud = randomCloud(3000);
  std::vector<std::size_t> order(cloud.points.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  Cloud shuffled;
  for (const std::size_t i : order) {
    shuffled.add(cloud.points.positions[2 * i], cloud.points.positions[2 * i + 1],
                 cloud.classes->labels[i]);
  }
  const QImage a = draw(cloud.points, twoColors());
  const QImage b = draw(shuffled.points, twoColors());
  // Floats are summed in another order.
  CHECK(difference(a, b) <= 3);
}

TEST_CASE("several threads draw what one draws", "[ui][splatter]") {
  const Cloud cloud = randomCloud(PointSplatter::kParallelFrom);
  MapPoints fewer = cloud.points;
  fewer.positions.resize(fewer.positions.size() - 2);
  const QImage two = draw(cloud.points, twoColors());
  const QImage one = draw(fewer, twoColors());
  int different = 0;
  for (int y = 0; y < two.height(); ++y) {
    for (int x = 0; x < two.width(); ++x) {
      different += std::abs(qAlpha(two.pixel(x, y)) - qAlpha(one.pixel(x, y))) > 1 ? 1 : 0;
    }
  }
  CHECK(different <= 49);  // the last dot alone
}

TEST_CASE("a crowd is more opaque and deeper than one, however many they are", "[ui][splatter]") {
  Cloud one;
  one.add(50.5F, 50.5F, 0);
  Cloud many;
  for (int i = 0; i < 20000; ++i) many.add(50.5F, 50.5F, 0);
  const QRgb alone = draw(one.points, twoColors()).pixel(50, 50);
  const QRgb crowd = draw(many.points, twoColors()).pixel(50, 50);
  CHECK(qAlpha(alone) == Approx(0.7 * 255).margin(4));
  CHECK(qAlpha(crowd) == 255);
  CHECK(qRed(crowd) < 230);
  CHECK(qRed(crowd) > 60);
  CHECK(qBlue(crowd) == 0);
}

TEST_CASE("dimmed classes stay visible below the bright ones", "[ui][splatter]") {
  Cloud cloud;
  cloud.add(30.5F, 30.5F, 0);
  cloud.add(60.5F, 30.5F, 1);
  for (int i = 0; i < 500; ++i) cloud.add(90.5F, 30.5F, 1);
  cloud.add(90.5F, 30.5F, 0);
  SplatStyle style = twoColors();
  style.dimmed = 0xffd0d0d0;
  PointAppearance appearance;
  appearance.bright = {1, 0};
  const QImage image = draw(colored(cloud.points, appearance), style);
  CHECK(qAlpha(image.pixel(60, 30)) > 20);
  CHECK(qAlpha(image.pixel(60, 30)) < qAlpha(image.pixel(30, 30)));
  // One bright dot is seen over five hundred dimmed ones.
  CHECK(qRed(image.pixel(90, 30)) > qBlue(image.pixel(90, 30)) + 40);
}

TEST_CASE("every instruction set draws the same picture", "[ui][splatter]") {
  const Cloud cloud = randomCloud(5000);
  auto selection = std::make_shared<PointSelection>();
  for (std::size_t i = 0; i < cloud.points.size(); ++i) selection->marks.push_back(i % 3 == 0);
  PointAppearance appearance;
  appearance.selection = selection;
  for (const double diameter : {1.0, 2.6, 6.0, 17.0}) {
    SplatStyle style = twoColors();
    style.diameter = diameter;
    for (const ColoredPoints& points : {colored(cloud.points), colored(cloud.points, appearance)}) {
      const QImage plain = draw(points, style, {1.0, 0.25, 1.0, 0.5}, splatPassesHere().front());
      for (const SplatPasses* passes : splatPassesHere()) {
        const QImage image = draw(points, style, {1.0, 0.25, 1.0, 0.5}, passes);
        INFO(passes->name << ", dots of " << diameter);
        // Where one rounds once and the other twice a dot may begin a quarter pixel further.
        int other = 0;
        for (int y = 0; y < image.height(); ++y) {
          for (int x = 0; x < image.width(); ++x) {
            other += std::abs(qAlpha(image.pixel(x, y)) - qAlpha(plain.pixel(x, y))) > 2 ? 1 : 0;
          }
        }
        CHECK(other <= 40);
      }
    }
  }
}

TEST_CASE("tiles leave no seams: a picture moved by whole pixels is the same picture",
          "[ui][splatter]") {
  const Cloud cloud = randomCloud(4000);
  for (const double diameter : {1.0, 3.0, 14.0}) {
    SplatStyle style = twoColors();
    style.diameter = diameter;
    for (const SplatPasses* passes : splatPassesHere()) {
      const ColoredPoints points = colored(cloud.points);
      const QImage image = draw(points, style, {1.0, 0.0, 1.0, 0.0}, passes);
      for (const auto& [x, y] : {std::pair{41, 13}, {-77, 29}, {64, -64}, {5, 1}}) {
        INFO(passes->name << ", dots of " << diameter << ", moved by " << x << ", " << y);
        const QImage moved = draw(points, style, {1.0, double(x), 1.0, double(y)}, passes);
        CHECK(difference(image, moved, x, y) <= 1);
      }
    }
  }
}

TEST_CASE("dots stay where their points are however deep the zoom", "[ui][splatter]") {
  // Two neighbours among the numbers that a float can say, 60 pixels apart.
  const float first = 3.25F;
  const float second = std::nextafterf(first, 4.0F);
  const double scale = 60.0 / (double(second) - double(first));
  Cloud cloud;
  cloud.add(first, first, 0);
  cloud.add(second, first, 0);
  const QImage image = draw(colored(cloud.points), twoColors(),
                            {scale, 100.5 - scale * first, -scale, 90.5 + scale * first});
  CHECK(qAlpha(image.pixel(100, 90)) == Approx(0.7 * 255).margin(4));
  CHECK(qAlpha(image.pixel(160, 90)) == Approx(0.7 * 255).margin(4));
  CHECK(qAlpha(image.pixel(130, 90)) == 0);
}

TEST_CASE("points in order are all of them, each in a block that holds it", "[ui][splatter]") {
  Cloud cloud = randomCloud(5000);
  for (int i = 0; i < 700; ++i) cloud.add(10.0F, 20.0F, 1);  // more in one place than a block holds
  cloud.add(1e30F, -1e30F, 0);
  cloud.add(std::nanf(""), 1.0F, 0);
  const OrderedPoints ordered(std::make_shared<MapPoints>(cloud.points));
  std::vector<std::uint32_t> found = ordered.index();
  for (const OrderedPoints::Block& block : ordered.blocks()) {
    for (std::uint32_t i = block.begin; i < block.end; ++i) {
      const std::size_t point = ordered.index()[i];
      CHECK(ordered.x()[i] == cloud.points.positions[2 * point]);
      CHECK(ordered.y()[i] == cloud.points.positions[2 * point + 1]);
      CHECK((ordered.x()[i] >= block.left && ordered.x()[i] <= block.right));
      CHECK((ordered.y()[i] >= block.low && ordered.y()[i] <= block.high));
    }
  }
  std::sort(found.begin(), found.end());
  REQUIRE(found.size() == cloud.points.size() - 1);
  for (std::uint32_t i = 0; i < found.size(); ++i) REQUIRE(found[i] == i);
}

TEST_CASE("points that are no numbers or far away are left out", "[ui][splatter]") {
  Cloud cloud;
  cloud.add(std::nanf(""), 20, 0);
  cloud.add(20, std::numeric_limits<float>::infinity(), 0);
  cloud.add(1e30F, -1e30F, 0);
  const QImage image = draw(cloud.points, twoColors());
  QImage nothing(image.size(), image.format());
  nothing.fill(0);
  CHECK(image == nothing);
}

TEST_CASE("the index finds what a search through all points finds", "[ui][index]") {
  auto points = std::make_shared<MapPoints>(randomCloud(2000).points);
  points->positions[10] = std::nanf("");
  const PointIndex index(points);
  std::mt19937 generator(3);
  std::uniform_real_distribution<double> where(0, 300);
  for (int trial = 0; trial < 100; ++trial) {
    const QPointF at(where(generator), where(generator) / 2);
    qint64 best = -1;
    double nearest = 12.0 * 12.0;
    qint64 inside = 0;
    const QRectF area(at.x(), at.y(), 40, 25);
    for (std::size_t i = 0; i < points->size(); ++i) {
      const double x = points->positions[2 * i];
      const double y = points->positions[2 * i + 1];
      const double d = (x - at.x()) * (x - at.x()) + (y - at.y()) * (y - at.y());
      if (d < nearest) {
        nearest = d;
        best = static_cast<qint64>(i);
      }
      if (x >= area.left() && x <= area.right() && y >= area.top() && y <= area.bottom()) ++inside;
    }
    CHECK(index.nearest(at, 12.0) == best);
    CHECK(index.countIn(area, 1'000'000) == inside);
  }
  CHECK(PointIndex(nullptr).nearest({0, 0}, 1e9) == -1);
}

TEST_CASE("a class is named at its median, and not where the name would hide all of it",
          "[ui][index]") {
  Cloud cloud;
  cloud.add(0, 0, 0);
  cloud.add(1, 4, 0);
  cloud.add(8, 2, 0);
  cloud.add(5, 5, 1);
  cloud.add(6, 6, 1);
  const auto medians = classMedians(cloud.points);
  REQUIRE(medians.size() == 1);
  CHECK(medians[0].first == 0);
  CHECK(medians[0].second == QPointF(1, 2));
}
