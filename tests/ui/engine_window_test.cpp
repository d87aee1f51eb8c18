#include <QComboBox>
#include <QLayout>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSlider>
#include <array>
#include <filesystem>

#include "latent/engine.h"
#include "support/catch.h"
#include "ui/explored_run.h"
#include "ui/map_coloring.h"
#include "ui/panels/comparison_panel.h"
#include "ui/plots/latent_map.h"
#include "ui/projects.h"
#include "ui/selection.h"
#include "ui/theme.h"
#include "ui/widgets/code_sliders.h"
#include "ui/widgets/image_view.h"
#include "ui/window_fixture.h"

#include <qcustomplot.h>

using namespace latent;
using namespace latent::test;
using ui::LatentMap;

namespace {

/// The real networks over a few drawn digits.
struct RealFixture : WindowFixture {
  RealFixture() {
    config.data = "glyphs";
    config.epochs = 1;
    config.batch_size = 64;
    config.hidden_widths = {64};
  }

  ui::MainWindow::Options realOptions() {
    ui::MainWindow::Options options;
    options.backend = ui::Backend::standard();
    options.backend.loadData = [](const std::string& id, const DataOptions&,
                                  const ProgressFunction& tell, std::stop_token stop) {
      DataOptions few;
      few.glyph_count = 1500;
      return load_data(id, few, tell, std::move(stop));
    };
    options.runDirectory = (folder.path() + "/runs").toStdString();
    options.size = QSize(1400, 900);
    return options;
  }

  ui::MainWindow& trainReal() {
    window = std::make_unique<ui::MainWindow>(realOptions());
    window->show();
    window->start();
    window->trainWhenReady(config, true);
    return *window;
  }
  bool finished() {
    return waitFor([this] { return window->run()->state() == SessionState::Finished; }, 60'000) &&
           waitFor([this] { return window->explorer()->isUpToDate(); }, 20'000);
  }
};

}  // namespace

TEST_CASE("a real run is trained, clicked into, saved and opened again", "[engine]") {
  RealFixture fixture;
  ui::MainWindow& window = fixture.trainReal();
  REQUIRE(fixture.finished());
  auto* map = fixture.find<LatentMap>("latentMap");
  auto* picture = fixture.find<ui::ImageView>("decodedPicture");
  REQUIRE(waitFor([&] { return !picture->image().isNull(); }));
  const QImage before = picture->image();
  const QPointF place = map->view().center() + QPointF(map->view().width() * 0.3, 0.0);
  QTest::mouseClick(map->plot(), Qt::LeftButton, {},
                    map->plot()->mapFrom(map, map->pixelAt(place).toPoint()));
  REQUIRE(waitFor([&] { return picture->image() != before; }));

  const auto path = std::filesystem::path(fixture.folder.path().toStdString()) / "real.safetensors";
  auto* run = window.run();
  const auto step = run->progress().step;
  run->save(path);
  REQUIRE(waitFor([&] { return run->savedPath() == path; }));
  QSignalSpy changed(run, &ui::RunController::runChanged);
  window.openRun(QString::fromStdString(path.string()));
  REQUIRE(waitFor([&] { return changed.size() == 1; }, 30'000));
  CHECK(run->progress().step == step);
  CHECK(waitFor(
      [&] { return window.explorer()->frame() && window.explorer()->frame()->step == step; }));
  CHECK(window.messages()->isHidden());
}

TEST_CASE("a project of two real runs opens to the same picture", "[engine]") {
  RealFixture fixture;
  fixture.config.latent_dim = 4;
  fixture.config.epochs = 4;
  ui::MainWindow* window = &fixture.trainReal();
  TrainingConfig beside = fixture.config;
  beside.model = "deep-ae";
  REQUIRE(waitFor([&] { return window->run()->hasRun(); }, 60'000));
  window->comparison()->startBeside(beside);
  const auto still = [&] {
    ui::ComparisonPanel& panel = *window->comparison();
    const auto rests = [](ui::ExploredRun* side, ui::MapPanel* map) {
      return side->run()->hasRun() && side->run()->state() != SessionState::Running &&
             side->run()->progress().step > 0 && side->explorer()->isUpToDate() && map->isStill();
    };
    return !window->isProjectOnItsWay() && panel.isOpen() &&
           rests(window->current(), window->mapPanel()) && rests(panel.beside(), panel.besideMap());
  };
  const auto settled = [&] {
    for (int calm = 0; calm < 10; ++calm) {
      if (!waitFor(still, 60'000)) return false;
      waitFor([] { return false; }, 60);
      if (!still()) calm = 0;
    }
    return true;
  };
  REQUIRE(settled());
  window->coloring()->setChoice({ui::ColorChoice::Kind::Error, 0});
  window->exploration()->setEndToDigit(0, 3);
  window->exploration()->setEndToDigit(1, 77);
  window->selection()->apply({1, 5, 9, 11}, ui::SelectMode::Replace);
  window->run()->timeMachine()->goTo(2);
  REQUIRE(settled());
  const auto maps = [&] {
    return std::array{window->mapPanel()->map()->picture(1.0),
                      window->comparison()->besideMap()->map()->picture(1.0)};
  };
  const auto before = maps();
  const auto code = window->exploration()->code();
  const auto losses = window->run()->history().size();
  QSignalSpy saved(window->projects(), &ui::Projects::saved);
  const QString path = fixture.folder.filePath("real.latentproject");
  window->saveProject(path);
  REQUIRE(waitFor([&] { return saved.size() == 1; }, 30'000));

  fixture.window.reset();
  ui::MainWindow::Options options = fixture.realOptions();
  options.runDirectory = (fixture.folder.path() + "/others").toStdString();
  fixture.window = std::make_unique<ui::MainWindow>(options);
  window = fixture.window.get();
  window->show();
  window->openWhenReady(path.toStdString(), false);
  window->start();
  REQUIRE(waitFor([&] { return window->run()->hasRun(); }, 60'000));
  REQUIRE(settled());
  CHECK(window->run()->timeMachine()->epoch() == 2);
  CHECK(window->comparison()->beside()->run()->timeMachine()->epoch() == 2);
  CHECK(window->run()->history().size() == losses);
  CHECK(window->selection()->indices() == std::vector<qint64>{1, 5, 9, 11});
  CHECK(window->exploration()->code() == code);
  const auto after = maps();
  CHECK(before[0] == after[0]);
  CHECK(before[1] == after[1]);
}

TEST_CASE("each registered system trains and is explored in the window", "[engine][systems]") {
  for (const ModelInfo& info : load_engine().models()) {
    DYNAMIC_SECTION(info.id) {
      RealFixture fixture;
      fixture.config.model = info.id;
      fixture.config.latent_dim = 4;
      ui::MainWindow& window = fixture.trainReal();
      REQUIRE(fixture.finished());
      INFO(window.messages()->sentence().toStdString());
      CHECK(window.messages()->isHidden());
      auto* picture = fixture.find<ui::ImageView>("decodedPicture");
      CHECK(waitFor([&] { return !picture->image().isNull(); }));
      const auto& model = *window.run()->snapshot()->model;
      CHECK(window.exploration()->latentDim() == model.latent_dim());
      const CodeLevels levels = model.code_levels();
      auto* sliders = fixture.find<ui::CodeSliders>("codeSliders");
      const auto count = sliders->findChildren<QSlider*>().size();
      // Of a sequence the sliders are one step's.
      CHECK(count ==
            (info.discrete_code ? levels.positions : model.latent_dim() / model.code_steps()));
    }
  }
}

TEST_CASE("no knob of a system is cut, whichever is chosen in a small window", "[engine]") {
  ui::Theme::apply(*qApp, ui::Theme::Scheme::Light);
  RealFixture fixture;
  ui::MainWindow& window = fixture.trainReal();
  window.resize(1366, 700);
  REQUIRE(fixture.finished());
  auto* systems = fixture.find<QComboBox>("model");
  for (int row = 0; row < systems->count(); ++row) {
    systems->setCurrentIndex(row);
    // The last choice of each is the one that brings more knobs.
    for (auto* choice : window.findChildren<QComboBox*>(QRegularExpression("^knob_"))) {
      choice->setCurrentIndex(choice->count() - 1);
    }
    waitFor([] { return false; }, 100);  // the rows come up by and by
    QStringList cut;
    for (const QWidget* knob : window.findChildren<QWidget*>(QRegularExpression("^knobRow_"))) {
      if (knob->isHidden()) continue;
      if (knob->height() < knob->layout()->totalHeightForWidth(knob->width()) ||
          knob->width() < knob->layout()->minimumSize().width()) {
        cut << knob->objectName();
      }
    }
    INFO(systems->currentText().toStdString());
    CHECK(cut.join(QLatin1Char(' ')).toStdString() == "");
  }
}
