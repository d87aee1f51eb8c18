#include "ui/map_overlays.h"

#include <QComboBox>
#include <QMenu>
#include <QRegularExpression>
#include <QTimer>
#include <QToolButton>
#include <cmath>

#include "core/tasks/function_model.h"
#include "latent/latent_geometry.h"
#include "support/catch.h"
#include "support/mouse.h"
#include "ui/panels/comparison_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/plots/map_tool_bar.h"
#include "ui/settings.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;

namespace {

struct OverlayFixture : WindowFixture {
  ui::LatentMap* map = nullptr;

  explicit OverlayFixture(const std::string& model = "vae", int latentDim = 2) {
    config.model = model;
    config.latent_dim = latentDim;
    train();
    REQUIRE(comeToRest());
    map = window->mapPanel()->map();
    settle();
    map->setFollowing(false);
    settle();
  }

  void settle() {
    REQUIRE(waitFor([&] {
      return window->run()->state() == SessionState::Paused && window->explorer()->isUpToDate() &&
             window->mapPanel()->isStill() && window->overlays()->isUpToDate();
    }));
    QTest::qWait(50);
  }
  QAction* entry(const char* id) {
    auto* found = map->findChild<QAction*>(QStringLiteral("mapOverlay-%1").arg(id));
    REQUIRE(found != nullptr);
    return found;
  }
  /// Opens the menu by a click on its button and clicks the entry.
  void clickEntry(const char* id) {
    QAction* action = entry(id);
    auto* menu = find<QMenu>("mapOverlaysMenu");
    QTimer clicker;
    QObject::connect(&clicker, &QTimer::timeout, [&] {
      if (!menu->isVisible()) return;
      clicker.stop();
      QTest::mouseClick(menu, Qt::LeftButton, {}, menu->actionGeometry(action).center());
      menu->close();
    });
    clicker.start(20);
    Mouse(find<QToolButton>("mapOverlays")).click({8, 8});
    REQUIRE(waitFor([&] { return !menu->isVisible() && !clicker.isActive(); }));
  }
  const ui::PlaneImage& image(const char* id) {
    const auto* picture =
        dynamic_cast<const ui::PlaneImage*>(map->overlay(QLatin1String(id)).get());
    REQUIRE(picture != nullptr);
    return *picture;
  }
  double unit() const { return map->frameSize().width() / map->view().width(); }
  /// Opacity of an overlay's picture at a place of the plane, the highest around it.
  int opacityAt(const ui::PlaneImage& picture, const QPointF& at, int reach = 1) {
    const double x = (at.x() - picture.area.left()) / picture.area.width();
    const double y = (picture.area.bottom() - at.y()) / picture.area.height();
    int most = 0;
    for (int dy = -reach; dy <= reach; ++dy) {
      for (int dx = -reach; dx <= reach; ++dx) {
        const QPoint pixel(static_cast<int>(x * picture.image.width()) + dx,
                           static_cast<int>(y * picture.image.height()) + dy);
        if (picture.image.rect().contains(pixel)) {
          most = std::max(most, qAlpha(picture.image.pixel(pixel)));
        }
      }
    }
    return most;
  }
};

/// What an overlay says of a network of plain functions, seen from −2 to 2.
std::shared_ptr<ui::OverlaySubject> subjectOf(std::shared_ptr<FunctionModel> model) {
  auto subject = std::make_shared<ui::OverlaySubject>();
  auto snapshot = std::make_shared<Snapshot>();
  subject->plane = axis_projection(model->length, 0, std::min(1, model->length - 1));
  snapshot->model = std::move(model);
  subject->weights = snapshot;
  subject->theme = &ui::Theme::get(ui::Theme::Scheme::Light);
  subject->view = QRectF(-2, -2, 4, 4);
  subject->size = QSize(200, 200);
  return subject;
}

const ui::Overlay& overlayNamed(const QString& id) {
  for (const auto& overlay : ui::overlays()) {
    if (overlay->description().id == id) return *overlay;
  }
  throw std::runtime_error("no such overlay");
}

/// Every code [L] becomes a picture of its own numbers.
std::shared_ptr<FunctionModel> identityModel(int length) {
  return std::make_shared<FunctionModel>(ImageShape{1, 1, length}, length);
}

}  // namespace

TEST_CASE("an overlay is laid over the map and taken away again by its entry in the menu") {
  OverlayFixture fixture;
  auto* button = fixture.find<QToolButton>("mapOverlays");
  CHECK(button->isVisible());
  CHECK(button->accessibleName() == "Overlays");
  CHECK_FALSE(button->isChecked());
  const QImage plain = fixture.map->picture(1.0);
  fixture.clickEntry("posteriors");
  fixture.settle();
  CHECK(fixture.entry("posteriors")->isChecked());
  CHECK(button->isChecked());
  REQUIRE(fixture.map->overlay("posteriors") != nullptr);
  CHECK(fixture.map->picture(1.0) != plain);
  fixture.clickEntry("posteriors");
  fixture.settle();
  CHECK(fixture.map->overlay("posteriors") == nullptr);
  CHECK(fixture.map->picture(1.0) == plain);
}

TEST_CASE("a key pressed on the map shows an overlay, and the next start shows it too") {
  OverlayFixture fixture;
  fixture.map->setFocus();
  QTest::keyClick(fixture.map, Qt::Key_U);
  CHECK(fixture.window->overlays()->shown() == QStringList{"posteriors"});
  CHECK(ui::Settings::mapOverlays() == QStringList{"posteriors"});
  QTest::keyClick(fixture.map, Qt::Key_N);
  CHECK(ui::Settings::mapOverlays() == QStringList{"posteriors", "prior"});
  QTest::keyClick(fixture.map, Qt::Key_U);
  fixture.window.reset();
  fixture.train();
  CHECK(fixture.window->overlays()->shown() == QStringList{"prior"});
}

TEST_CASE("the ellipse of a point ends one standard deviation away from it") {
  OverlayFixture fixture;
  fixture.window->overlays()->setShown({"posteriors"});
  fixture.settle();
  const auto frame = fixture.window->explorer()->frame();
  REQUIRE(frame->logVariances != nullptr);
  const double sigma = std::exp(-0.5);  // the fake encoder's log-variance is −1
  CHECK((*frame->logVariances)[7] == -1.0F);
  std::size_t right = 0;  // nothing lies beyond its ellipse
  for (std::size_t i = 0; i < frame->size(); ++i) {
    if (frame->points[2 * i] > frame->points[2 * right]) right = i;
  }
  const QPointF at(frame->points[2 * right], frame->points[2 * right + 1]);
  fixture.map->setView(QRectF(at.x() - 0.5, at.y() - 1.0, 2.0, 2.0));
  fixture.settle();
  const auto& picture = fixture.image("posteriors");
  const double pixel = 1.0 / fixture.unit();
  CHECK(fixture.opacityAt(picture, at + QPointF(sigma, 0.0)) > 60);
  CHECK(fixture.opacityAt(picture, at + QPointF(sigma + 6.0 * pixel, 0.0)) == 0);
  CHECK(fixture.map->overlay("posteriors")->note == "Posteriors at 1 σ");
}

TEST_CASE("ellipses too small to be seen are left out, and the map says how many") {
  OverlayFixture fixture;
  fixture.window->overlays()->setShown({"posteriors"});
  fixture.map->setView(QRectF(-800, -800, 1600, 1600));
  fixture.settle();
  CHECK(fixture.map->overlay("posteriors")->note.contains("but for 300 of 300"));
}

TEST_CASE("the ellipses of what is not selected are dimmed") {
  OverlayFixture fixture;
  fixture.window->overlays()->setShown({"posteriors"});
  fixture.settle();
  const QImage all = fixture.image("posteriors").image;
  QTest::keyClick(fixture.map, Qt::Key_B);
  const Mouse mouse(fixture.map->plot());
  const QPointF middle(fixture.map->plot()->width() / 2.0, fixture.map->plot()->height() / 2.0);
  mouse.drag(middle - QPointF(60, 60), middle);
  fixture.settle();
  REQUIRE(fixture.map->selection() != nullptr);
  CHECK(fixture.image("posteriors").image != all);
  QTest::keyClick(fixture.map, Qt::Key_Escape);
  fixture.settle();
  CHECK(fixture.image("posteriors").image == all);
}

TEST_CASE("what does not apply is disabled and says why") {
  OverlayFixture fixture("deep-ae");
  CHECK_FALSE(fixture.entry("posteriors")->isEnabled());
  CHECK(fixture.entry("posteriors")->toolTip().contains("no Gaussian posterior"));
  CHECK_FALSE(fixture.entry("quantiser")->isEnabled());
  CHECK_FALSE(fixture.entry("shortest-path")->isEnabled());
  CHECK(fixture.entry("shortest-path")->toolTip().contains("Shift+click"));
  CHECK(fixture.entry("stretch")->isEnabled());
  CHECK(fixture.entry("off-manifold")->isEnabled());
  // Nor does its key.
  QTest::keyClick(fixture.map, Qt::Key_U);
  CHECK(fixture.window->overlays()->shown().isEmpty());
  // A system without a prior shows where its codes are.
  fixture.window->overlays()->setShown({"prior"});
  fixture.settle();
  CHECK(fixture.map->overlay("prior")->note.startsWith("No prior"));
}

TEST_CASE("no overlay lies on UMAP's map, and each comes back with a plane") {
  OverlayFixture fixture("vae", 4);
  fixture.window->overlays()->setShown({"prior"});
  fixture.settle();
  CHECK(fixture.map->overlay("prior") != nullptr);
  auto* plane = fixture.find<QComboBox>("plane");
  plane->setCurrentIndex(2);
  REQUIRE(waitFor([&] { return fixture.window->explorer()->frame()->laidOut; }));
  REQUIRE(waitFor([&] { return fixture.map->overlay("prior") == nullptr; }));
  CHECK_FALSE(fixture.entry("prior")->isEnabled());
  plane->setCurrentIndex(1);
  REQUIRE(waitFor([&] { return fixture.map->overlay("prior") != nullptr; }));
}

TEST_CASE("overlays follow the weights while a run trains") {
  OverlayFixture fixture;
  fixture.window->overlays()->setShown({"stretch"});
  fixture.settle();
  const auto before = fixture.map->overlay("stretch");
  REQUIRE(before != nullptr);
  fixture.window->run()->play();
  CHECK(waitFor([&] { return fixture.map->overlay("stretch") != before; }));
}

TEST_CASE("the interpolation goes along the shortest path, from A to B and no farther round") {
  OverlayFixture fixture;
  ui::Exploration* exploration = fixture.window->exploration();
  exploration->setEndToDigit(0, 3);
  exploration->setEndToDigit(1, 8);
  fixture.settle();
  CHECK(fixture.entry("shortest-path")->isEnabled());
  const auto decodedLength = [&] {
    const FrozenModel& model = *fixture.window->run()->snapshot()->model;
    const std::vector<float> codes = exploration->pathCodes(65);
    std::vector<float> pictures(65 * static_cast<std::size_t>(model.shape().pixels()));
    model.decode(codes, {}, pictures);
    double sum = 0.0;
    for (const double step : step_lengths(pictures, 65)) sum += step;
    return sum;
  };
  const double straight = decodedLength();
  fixture.find<QComboBox>("pathKind")->setCurrentIndex(2);
  CHECK(exploration->way() == ui::Exploration::Way::Shortest);
  fixture.settle();
  CHECK(decodedLength() <= 1.001 * straight);
  const auto frame = fixture.window->explorer()->frame();
  for (std::size_t l = 0; l < 2; ++l) {
    CHECK(exploration->codeAt(0.0)[l] == Approx(frame->code(3)[l]));
    CHECK(exploration->codeAt(1.0)[l] == Approx(frame->code(8)[l]));
  }
  // It is walked along, but not laid over the map.
  CHECK(fixture.map->overlay("shortest-path") == nullptr);
  CHECK(fixture.window->overlays()->shown().isEmpty());
  fixture.window->overlays()->setShown({"shortest-path"});
  fixture.settle();
  CHECK(fixture.map->overlay("shortest-path") != nullptr);
}

TEST_CASE("a shortest path is bent along when its ends move") {
  ui::ExplorerService explorer;
  ui::Exploration exploration(&explorer);
  exploration.setLatentDim(2);
  exploration.setWay(ui::Exploration::Way::Shortest);
  exploration.setEndCode(0, {0.0F, 0.0F});
  exploration.setEndCode(1, {2.0F, 0.0F});
  CHECK(exploration.codeAt(0.5) == std::vector<float>{1.0F, 0.0F});  // none is known
  exploration.setShortest({0.0F, 0.0F, 1.0F, 3.0F, 2.0F, 0.0F});
  CHECK(exploration.codeAt(0.5) == std::vector<float>{1.0F, 3.0F});
  CHECK(exploration.codeAt(0.25) == std::vector<float>{0.5F, 1.5F});
  exploration.setEndCode(1, {2.0F, 1.0F});
  CHECK(exploration.codeAt(0.5) == std::vector<float>{1.0F, 3.5F});
  CHECK(exploration.codeAt(1.0) == std::vector<float>{2.0F, 1.0F});
  exploration.swapEnds();
  CHECK(exploration.codeAt(0.5) == std::vector<float>{1.0F, 0.5F});
}

TEST_CASE("two maps side by side have the same overlays") {
  OverlayFixture fixture;
  TrainingConfig other = fixture.config;
  other.model = "deep-ae";
  fixture.window->overlays()->setShown({"off-manifold"});
  fixture.window->compare(fixture.config, other);
  ui::ComparisonPanel* panel = fixture.window->comparison();
  REQUIRE(waitFor([&] { return panel->besideOverlays() != nullptr; }));
  CHECK(panel->besideOverlays()->shown() == QStringList{"off-manifold"});
  panel->besideOverlays()->setShown({"stretch"});
  CHECK(fixture.window->overlays()->shown() == QStringList{"stretch"});
}

TEST_CASE("the stretch of a linear decoder is its matrix's norm everywhere") {
  auto model = identityModel(2);
  model->picture = {1, 1, 3};
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{2.0F * z[0], z[0] - z[1], 0.5F * z[1]};
  };
  const auto drawing = overlayNamed("stretch").draw(*subjectOf(model), {});
  REQUIRE(drawing != nullptr);
  REQUIRE(drawing->scale);
  CHECK(drawing->scale->low == Approx(std::log10(std::sqrt(4.0 + 1.0 + 1.0 + 0.25))).margin(1e-3));
}

TEST_CASE("the stretch is highest where the decoder changes its mind") {
  auto model = identityModel(2);
  model->picture = {1, 1, 1};
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{1.0F / (1.0F + std::exp(-8.0F * (z[0] - 1.0F)))};
  };
  const auto drawing = overlayNamed("stretch").draw(*subjectOf(model), {});
  const auto* heat = dynamic_cast<const ui::PlaneImage*>(drawing.get());
  REQUIRE(heat != nullptr);
  const auto lightness = [&](double x) {
    const int column = static_cast<int>((x + 2.0) / 4.0 * heat->image.width());
    return heat->image.pixelColor(column, heat->image.height() / 2).lightness();
  };
  CHECK(lightness(1.0) > lightness(0.4) + 40);
  CHECK(lightness(0.4) > lightness(-1.0));
  // At the seam the slope of the sigmoid is a quarter of 8.
  CHECK(drawing->scale->high == Approx(std::log10(2.0)).margin(0.02));
}

TEST_CASE("a standard normal prior is drawn exactly, and no other is taken for it") {
  auto model = identityModel(3);
  model->model.has_prior = true;
  model->prior = standard_normal(3);
  const auto subject = subjectOf(model);
  subject->plane.origin = {0.5F, 0.0F, 0.0F};
  const auto drawing = overlayNamed("prior").draw(*subject, {});
  const auto* lines = dynamic_cast<const ui::PlaneLines*>(drawing.get());
  REQUIRE(lines != nullptr);
  REQUIRE(lines->lines.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    for (const QPointF& at : lines->lines[i].points) {
      CHECK(std::hypot(at.x() + 0.5, at.y()) == Approx(double(i) + 1.0));
    }
  }
  CHECK(drawing->note.startsWith("Prior N(0, I)"));
  model->prior = [](std::span<const float> codes) {  // wider along the last number
    auto nats = standard_normal(3)(codes);
    for (std::size_t i = 0; i < nats.size(); ++i) {
      nats[i] += 0.1F * codes[3 * i + 2] * codes[3 * i + 2];
    }
    return nats;
  };
  const auto other = overlayNamed("prior").draw(*subject, {});
  CHECK((other == nullptr || !other->note.contains("N(0, I)")));
}

TEST_CASE("the shortest path goes round what the decoder makes much of") {
  // A hill in the straight way from (−1.5, 0) to (1.5, 0).
  auto model = identityModel(2);
  model->picture = {1, 1, 3};
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{z[0], z[1], 8.0F * std::exp(-6.0F * (z[0] * z[0] + z[1] * z[1]))};
  };
  const auto subject = subjectOf(model);
  auto frame = std::make_shared<ui::MapFrame>();
  frame->latentDim = 2;
  frame->codes =
      std::make_shared<const std::vector<float>>(std::vector<float>{-2.0F, -2.0F, 2.0F, 2.0F});
  frame->points = *frame->codes;
  subject->frame = frame;
  subject->from = {-1.5F, 0.0F};
  subject->to = {1.5F, 0.0F};
  const auto drawing = overlayNamed("shortest-path").draw(*subject, {});
  const auto* lines = dynamic_cast<const ui::PlaneLines*>(drawing.get());
  REQUIRE(lines != nullptr);
  REQUIRE(lines->lines.size() == 1);
  const QPolygonF& path = lines->lines[0].points;
  CHECK(path.first() == QPointF(-1.5, 0.0));
  CHECK(path.last() == QPointF(1.5, 0.0));
  double nearest = 10.0;
  double length = 0.0;
  for (qsizetype i = 0; i < path.size(); ++i) {
    nearest = std::min(nearest, std::hypot(path[i].x(), path[i].y()));
    if (i > 0) length += std::hypot(path[i].x() - path[i - 1].x(), path[i].y() - path[i - 1].y());
  }
  CHECK(nearest > 0.5);
  CHECK(length < 5.0);
  // Over the hill it is 16 up and down and more; around it, little more than half a circle.
  const auto number = [&](const QString& before) {
    const QString rest = drawing->note.mid(drawing->note.indexOf(before) + before.size());
    return rest.left(rest.indexOf(QRegularExpression("[,:]"))).toDouble();
  };
  double over = 0.0;
  for (int i = 0; i < 3000; ++i) {
    const double x = -1.5 + 0.001 * (i + 0.5);
    const double slope = -96.0 * x * std::exp(-6.0 * x * x);
    over += 0.001 * std::sqrt(1.0 + slope * slope);
  }
  CHECK(number("straight ") == Approx(over).epsilon(0.01));
  CHECK(number("path ") < 5.5);
  // On flat ground there is none shorter.
  model->to_picture = [](const std::vector<float>& z) {
    return std::vector<float>{z[0], z[1], 0.0F};
  };
  const auto flat = overlayNamed("shortest-path").draw(*subject, {});
  CHECK(flat->note.startsWith("No path was found"));
}

TEST_CASE("with more than two numbers the shortest path goes from picture to picture") {
  // Codes on three quarters of a circle in three dimensions; the decoder sees the place only.
  auto model = identityModel(3);
  const auto subject = subjectOf(model);
  auto frame = std::make_shared<ui::MapFrame>();
  frame->latentDim = 3;
  std::vector<float> codes;
  for (int i = 0; i <= 90; ++i) {
    const double angle = 3.14159265 * i / 60.0;
    codes.insert(codes.end(),
                 {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle)), 0.0F});
  }
  // Between the ends the decoder makes a spectacle of everything off the circle.
  model->picture = {1, 1, 4};
  model->to_picture = [](const std::vector<float>& z) {
    const float off = std::abs(std::hypot(z[0], z[1]) - 1.0F);
    return std::vector<float>{z[0], z[1], z[2], 20.0F * off};
  };
  subject->from = {codes[0], codes[1], codes[2]};
  subject->to = {codes[270], codes[271], codes[272]};
  frame->codes = std::make_shared<const std::vector<float>>(codes);
  frame->points.resize(2 * 91);
  subject->frame = frame;
  const auto drawing = overlayNamed("shortest-path").draw(*subject, {});
  const auto* lines = dynamic_cast<const ui::PlaneLines*>(drawing.get());
  REQUIRE(lines != nullptr);
  REQUIRE(lines->lines.size() == 1);
  for (const QPointF& at : lines->lines[0].points) {
    CHECK(std::hypot(at.x(), at.y()) == Approx(1.0).margin(0.05));
  }
}

TEST_CASE("what lies far from all codes is shaded, what lies among them is not") {
  auto model = identityModel(2);
  const auto subject = subjectOf(model);
  auto frame = std::make_shared<ui::MapFrame>();
  frame->latentDim = 2;
  std::vector<float> codes;
  for (int i = 0; i < 400; ++i) {  // the left half of the view
    codes.push_back(-2.0F + 0.1F * static_cast<float>(i % 20));
    codes.push_back(-2.0F + 0.2F * static_cast<float>(i / 20));
  }
  frame->codes = std::make_shared<const std::vector<float>>(codes);
  frame->points = codes;
  subject->frame = frame;
  const auto drawing = overlayNamed("off-manifold").draw(*subject, {});
  const auto* shade = dynamic_cast<const ui::PlaneImage*>(drawing.get());
  REQUIRE(shade != nullptr);
  const auto opacity = [&](int x, int y) {
    int most = 0;
    for (int i = 0; i < 12; ++i) most = std::max(most, qAlpha(shade->image.pixel(x + i, y)));
    return most;
  };
  CHECK(opacity(40, 100) == 0);
  CHECK(opacity(180, 100) > 60);
}

TEST_CASE("a quantiser's cells part where its nearest vector changes") {
  auto model = identityModel(2);
  model->model.discrete_code = true;
  model->levels = {1, 2, 2, {-1.0F, 0.0F, 1.0F, 0.0F}};
  const auto subject = subjectOf(model);
  CHECK(overlayNamed("quantiser").whyNot(*subject).isEmpty());
  CHECK_FALSE(overlayNamed("stretch").whyNot(*subject).isEmpty());
  const auto drawing = overlayNamed("quantiser").draw(*subject, {});
  const auto* cells = dynamic_cast<const ui::PlaneImage*>(drawing.get());
  REQUIRE(cells != nullptr);
  const int width = cells->image.width();
  for (int row = 0; row + 1 < cells->image.height(); row += 7) {
    for (int column = 0; column + 1 < width; ++column) {
      const bool border = qAlpha(cells->image.pixel(column, row)) > 0;
      CHECK(border == (column == (width - 1) / 2));
    }
  }
  CHECK(drawing->note.contains("cells: 2 found in sight"));
}
