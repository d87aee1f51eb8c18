#include "ui/directions.h"

#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <cmath>

#include "latent/neighbourhood.h"
#include "support/catch.h"
#include "support/mouse.h"
#include "ui/panels/directions_view.h"
#include "ui/panels/neighbours_view.h"
#include "ui/selection.h"
#include "ui/selection_summary.h"
#include "ui/widgets/image_grid.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct DecodedFixture : WindowFixture {
  DecodedFixture() {
    train();
    REQUIRE(comeToRest());
    window->exploration()->goToDigit(11);
  }
  ui::Directions& directions() { return *find<ui::DirectionsView>("directions")->directions(); }
  std::vector<float> meanOf(const std::vector<qint64>& rows) {
    return ui::summarize(window->explorer()->frame().get(), *window->run()->data().test, rows).mean;
  }
  /// Makes one through the dialog, of the ends as they are offered, or of those named.
  void make(const QString& from = {}, const QString& to = {}) {
    const auto before = directions().list().size();
    QTest::mouseClick(find<QPushButton>("directionNew"), Qt::LeftButton);
    auto* dialog = find<QDialog>("directionDialog");
    if (!from.isEmpty()) {
      auto* box = find<QComboBox>("directionFrom");
      box->setCurrentIndex(box->findText(from, Qt::MatchStartsWith));
      box = find<QComboBox>("directionTo");
      box->setCurrentIndex(box->findText(to, Qt::MatchStartsWith));
    }
    QTest::mouseClick(dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok),
                      Qt::LeftButton);
    waitFor([&] { return directions().list().size() > before; });
    waitFor([&] { return window->findChild<QDialog*>("directionDialog") == nullptr; });
  }
};

}  // namespace

TEST_CASE("a kept and a present selection make a direction: the difference of their mean codes") {
  DecodedFixture fixture;
  ui::Selection& selection = *fixture.window->selection();
  const std::vector<qint64> first = {1, 5, 9, 200};
  const std::vector<qint64> second = {2, 7, 299};
  selection.apply(first, ui::SelectMode::Replace);
  QTest::mouseClick(fixture.find<QPushButton>("selectionKeep"), Qt::LeftButton);
  selection.keep();
  selection.apply(second, ui::SelectMode::Replace);
  fixture.make();
  REQUIRE(fixture.directions().list().size() == 1);
  const ui::Direction& made = fixture.directions().list()[0];
  CHECK(made.name == "kept → selection");
  const auto from = fixture.meanOf(first);
  const auto to = fixture.meanOf(second);
  for (std::size_t l = 0; l < 2; ++l) {
    CHECK(made.vector[l] == Approx(to[l] - from[l]).margin(1e-5));
  }
}

TEST_CASE("a direction's slider moves the code of any digit, and a new code is a new beginning") {
  DecodedFixture fixture;
  auto& exploration = *fixture.window->exploration();
  fixture.make("3 (", "8 (");
  REQUIRE(fixture.directions().list().size() == 1);
  const std::vector<float> way = fixture.directions().list()[0].vector;
  for (const qint64 digit : {11, 42}) {
    exploration.goToDigit(digit);
    const std::vector<float> start = exploration.code();
    CHECK(exploration.digit() == digit);
    auto* slider = fixture.find<QSlider>("directionSlider1");
    CHECK(slider->value() == 0);
    slider->setFocus();
    for (int i = 0; i < 4; ++i) QTest::keyClick(slider, Qt::Key_PageUp);
    CHECK(fixture.directions().amount(0) == Approx(1.0));
    CHECK(fixture.find<QLabel>("directionAmount1")->text() == "1.00");
    for (std::size_t l = 0; l < 2; ++l) {
      CHECK(exploration.code()[l] == Approx(start[l] + way[l]).margin(1e-5));
    }
    QTest::keyClick(slider, Qt::Key_PageDown);
    for (std::size_t l = 0; l < 2; ++l) {
      CHECK(exploration.code()[l] == Approx(start[l] + 0.75F * way[l]).margin(1e-5));
    }
  }
}

TEST_CASE("directions are combined, renamed, removed, and are there at the next start") {
  DecodedFixture fixture;
  fixture.make("0 (", "1 (");
  fixture.make("2 (", "3 (");
  fixture.make("2 (", "3 (");
  ui::Directions& directions = fixture.directions();
  REQUIRE(directions.list().size() == 3);
  CHECK(directions.list()[2].name == "2 → 3 2");
  auto* name = fixture.find<QLineEdit>("directionName1");
  name->setFocus();
  name->selectAll();
  QTest::keyClicks(name, "rounder");
  QTest::keyClick(name, Qt::Key_Return);
  CHECK(directions.list()[0].name == "rounder");
  QApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);

  QTest::mouseClick(fixture.find<QToolButton>("directionMenu1"), Qt::LeftButton);
  auto* combine = fixture.find<QMenu>("directionCombine");
  REQUIRE(combine->actions().size() == 2);
  combine->actions().front()->trigger();
  fixture.find<QMenu>("directionActions")->close();
  REQUIRE(directions.list().size() == 4);
  CHECK(directions.list()[3].name == "rounder + 2 → 3");
  for (std::size_t l = 0; l < 2; ++l) {
    CHECK(directions.list()[3].vector[l] ==
          Approx(directions.list()[0].vector[l] + directions.list()[1].vector[l]));
  }
  directions.remove(2);
  const auto kept = directions.list();

  // Another start of the window: those of this length of code are there, of another none.
  ui::Exploration exploration(fixture.window->explorer());
  ui::Directions later(&exploration);
  CHECK(later.list().empty());
  exploration.setLatentDim(2);
  REQUIRE(later.list().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(later.list()[i].name == kept[i].name);
    for (std::size_t l = 0; l < 2; ++l) {
      CHECK(later.list()[i].vector[l] == Approx(kept[i].vector[l]));
    }
  }
  exploration.setLatentDim(5);
  CHECK(later.list().empty());
}

TEST_CASE("neighbours are found by code or by pixels, of a chosen picture or of the decoded one") {
  DecodedFixture fixture;
  auto* view = fixture.find<ui::NeighboursView>("neighbours");
  auto* heading = fixture.find<QLabel>("neighboursHeading");
  auto* space = fixture.find<QComboBox>("neighbourSpace");
  auto& exploration = *fixture.window->exploration();
  REQUIRE(waitFor(
      [&] { return !view->neighbours().empty() && view->neighbours().front().index == 11; }));
  CHECK(view->neighbours().front().distance == 0.0F);
  CHECK(heading->text().contains("#11"));
  space->setFocus();
  QTest::keyClick(space, Qt::Key_Down);
  const auto test = fixture.window->run()->data().test;
  std::vector<float> original;
  for (const std::uint8_t value : test->image(11)) original.push_back(float(value) / 255.0F);
  const auto wanted = nearest_pictures(*test, original, ui::Exploration::kNeighbours);
  REQUIRE(waitFor([&] {
    return view->neighbours().size() == wanted.size() &&
           view->neighbours()[1].index == wanted[1].index;
  }));
  CHECK(view->neighbours()[0].index == 11);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(view->neighbours()[i].index == wanted[i].index);
    CHECK(view->neighbours()[i].distance == Approx(wanted[i].distance).margin(1e-3));
  }
  // A click on a neighbour chooses it.
  auto* grid = fixture.find<ui::ImageGrid>("nearestDigits");
  const qint64 second = view->neighbours()[1].index;
  QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect(1).center());
  CHECK(exploration.digit() == second);
  REQUIRE(waitFor([&] { return view->neighbours().front().index == second; }));
  // A free code: its decoded picture is what is compared.
  exploration.setCode({0.3F, -0.2F});
  CHECK(exploration.digit() == -1);
  CHECK(heading->text().contains("decoded"));
  std::vector<float> decoded(static_cast<std::size_t>(test->shape.pixels()));
  fixture.window->run()->snapshot()->model->decode(exploration.code(), {}, decoded);
  const auto free = nearest_pictures(*test, decoded, 1);
  CHECK(waitFor([&] {
    return view->neighbours().front().index == free[0].index &&
           view->neighbours().front().distance == free[0].distance;
  }));
}

TEST_CASE("the decoded picture is held against the training pictures: remembered or invented") {
  DecodedFixture fixture;
  auto* view = fixture.find<ui::NeighboursView>("neighbours");
  auto* verdict = fixture.find<QLabel>("rememberedVerdict");
  auto* space = fixture.find<QComboBox>("neighbourSpace");
  auto& exploration = *fixture.window->exploration();
  CHECK(verdict->isHidden());
  space->setFocus();
  QTest::keyClick(space, Qt::Key_End);
  REQUIRE(view->space() == ui::NeighboursView::Space::Training);
  CHECK_FALSE(verdict->isHidden());
  CHECK(fixture.find<QLabel>("neighboursHeading")->text().contains("training"));
  const DataSplit& data = fixture.window->run()->data();
  exploration.setCode({0.3F, -0.2F});
  std::vector<float> decoded(static_cast<std::size_t>(data.train->shape.pixels()));
  fixture.window->run()->snapshot()->model->decode(exploration.code(), {}, decoded);
  const auto wanted = nearest_pictures(*data.train, decoded, 1);
  REQUIRE(waitFor([&] {
    return !view->neighbours().empty() && view->neighbours().front().index == wanted[0].index &&
           view->neighbours().front().distance == wanted[0].distance;
  }));
  // The measure of it: test pictures and their nearest training pictures.
  REQUIRE(waitFor([&] { return !view->typicalDistances().empty(); }, 60'000));
  auto typical = distances_to_nearest(*data.test, 200, *data.train);
  std::sort(typical.begin(), typical.end());
  CHECK(view->typicalDistances() == typical);
  CHECK(verdict->text().contains(QString::number(double(wanted[0].distance), 'f', 2)));
  CHECK(verdict->text().contains("median of 200"));
  const bool invented = wanted[0].distance > typical[189];
  const bool remembered = wanted[0].distance < typical[9];
  CHECK(verdict->text().contains("invented") == invented);
  CHECK(verdict->text().contains("remembered") == remembered);
  // They have no place on the map: a click goes nowhere.
  auto* grid = fixture.find<ui::ImageGrid>("nearestDigits");
  QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect(1).center());
  CHECK(exploration.digit() == -1);
  // Back among the codes, the verdict is gone.
  QTest::keyClick(space, Qt::Key_Home);
  CHECK(verdict->isHidden());
}
