#include "ui/panels/health_panel.h"

#include <QDockWidget>
#include <QHelpEvent>
#include <QImage>
#include <QLabel>
#include <QToolTip>

#include "latent/aggregate_posterior.h"
#include "support/catch.h"
#include "ui/run_controller.h"
#include "ui/widgets/code_histograms.h"
#include "window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

struct HealthFixture : WindowFixture {
  explicit HealthFixture(const std::string& model) {
    config.model = model;
    train();
    REQUIRE(comeToRest());
    find<QDockWidget>("healthDock")->raise();
    codes = find<ui::CodeHistograms>("healthCodes");
  }
  ui::CodeHistograms* codes;
};

/// `dim` dimensions, of which every third is far too wide.
AggregatePosterior madeUpMatch(int dim) {
  std::vector<float> rows;
  for (int i = 0; i < 200; ++i) {
    for (int d = 0; d < dim; ++d) {
      const auto z = static_cast<float>(normal_quantile((i + 0.5) / 200.0));
      rows.push_back(d % 3 == 2 ? 4.0F * z : z);
    }
  }
  return match_prior(rows, {}, dim);
}

}  // namespace

TEST_CASE("the codes of the run on screen are held against its prior") {
  HealthFixture fixture("vae");
  REQUIRE(waitFor([&] { return !fixture.codes->match().dimensions.empty(); }));
  CHECK_FALSE(fixture.codes->isHidden());
  CHECK(fixture.codes->match().own_prior);
  CHECK(fixture.codes->match().images == fixture.window->run()->data().test->size());
  const auto agrees = [&] {
    const AggregatePosterior expected =
        aggregate_posterior(*fixture.window->run()->snapshot()->model,
                            *fixture.window->run()->data().test, 2000, fixture.config.seed);
    const auto& shown = fixture.codes->match().dimensions;
    for (std::size_t d = 0; d < shown.size(); ++d) {
      if (shown[d].mean != expected.dimensions[d].mean) return false;
      if (shown[d].distance != expected.dimensions[d].distance) return false;
    }
    return shown.size() == expected.dimensions.size();
  };
  CHECK(waitFor(agrees));
  // It follows the weights.
  const double before = fixture.codes->match().dimensions[0].mean;
  fixture.window->run()->stepEpoch();
  CHECK(waitFor([&] { return fixture.codes->match().dimensions[0].mean != before; }));
  CHECK(waitFor(agrees));
}

TEST_CASE("a system without a prior is held against N(0, 1), and told so") {
  HealthFixture fixture("deep-ae");
  REQUIRE(waitFor([&] { return !fixture.codes->match().dimensions.empty(); }));
  CHECK_FALSE(fixture.codes->match().own_prior);
}

TEST_CASE("a system without an encoder says why there is nothing to compare") {
  HealthFixture fixture("no_encoder");
  REQUIRE(waitFor([&] { return fixture.codes->reason().contains("no encoder"); }));
  CHECK(fixture.codes->match().dimensions.empty());
}

TEST_CASE("of many dimensions the histograms show those that match least, and all of few") {
  ui::CodeHistograms few;
  few.resize(400, 300);
  few.setMatch(madeUpMatch(5), 200);
  CHECK(few.shown() == std::vector<int>{0, 1, 2, 3, 4});
  CHECK(few.accessibleDescription().contains("z3"));

  ui::CodeHistograms many;
  many.resize(400, 300);
  many.setMatch(madeUpMatch(90), 200);
  REQUIRE(many.shown().size() == std::size_t(ui::CodeHistograms::kMostCells));
  for (const int dimension : many.shown()) CHECK(dimension % 3 == 2);
  // Every cell has its place, one beside another and none over another.
  many.resize(400, many.minimumHeight());
  for (int i = 0; i < ui::CodeHistograms::kMostCells; ++i) {
    CHECK(many.rect().contains(many.cellRect(i)));
    for (int j = 0; j < i; ++j) CHECK_FALSE(many.cellRect(i).intersects(many.cellRect(j)));
  }
}

TEST_CASE("a histogram's tooltip says its figures") {
  ui::CodeHistograms histograms;
  histograms.resize(400, 300);
  histograms.setMatch(madeUpMatch(3), 200);
  histograms.show();
  const QPoint at = histograms.cellRect(2).center();
  QHelpEvent event(QEvent::ToolTip, at, histograms.mapToGlobal(at));
  QApplication::sendEvent(&histograms, &event);
  CHECK(QToolTip::text().contains("z3"));
  CHECK(QToolTip::text().contains("standard deviation 3.9"));
}
