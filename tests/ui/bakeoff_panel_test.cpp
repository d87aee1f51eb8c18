#include "ui/panels/bakeoff_panel.h"

#include <QAction>
#include <QCheckBox>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <filesystem>

#include "support/catch.h"
#include "ui/run_controller.h"
#include "window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

/// The panel over the fake engine, with one system chosen.
struct BakeoffFixture : WindowFixture {
  ui::BakeoffPanel* panel = nullptr;

  BakeoffFixture() {
    open();
    REQUIRE(waitFor([&] { return window->run()->engine() != nullptr; }));
    find<QAction>("actionBakeoff")->trigger();
    panel = find<ui::BakeoffPanel>("bakeoffPanel");
    REQUIRE(waitFor([&] { return panel->isVisible(); }));
    panel->setFolder((folder.path() + "/bakeoff").toStdString());
    auto* systems = find<QListWidget>("bakeoffSystems");
    for (int i = 0; i < systems->count(); ++i) {
      const bool vae = systems->item(i)->data(Qt::UserRole).toString() == "vae";
      systems->item(i)->setCheckState(vae ? Qt::Checked : Qt::Unchecked);
    }
    find<QSpinBox>("bakeoffSeeds")->setValue(2);
    find<QSpinBox>("bakeoffEpochs")->setValue(1);
    find<QSpinBox>("bakeoffLatent")->setValue(4);
  }

  QString cell(int row, int column) {
    const QTableWidgetItem* item = find<QTableWidget>("bakeoffTable")->item(row, column);
    return item != nullptr ? item->text() : QString();
  }
  void click(const char* name) { QTest::mouseClick(find<QPushButton>(name), Qt::LeftButton); }
};

}  // namespace

TEST_CASE("a bake-off fills its table, and a double click opens its run") {
  BakeoffFixture fixture;
  fixture.click("bakeoffStart");
  CHECK(fixture.panel->isRunning());
  REQUIRE(waitFor([&] { return !fixture.panel->isRunning(); }, 60'000));
  INFO(fixture.find<QLabel>("bakeoffActivity")->text().toStdString());
  CHECK(fixture.cell(0, 0) == "VAE");
  CHECK(fixture.cell(0, 1).contains(QStringLiteral(" ± ")));
  CHECK(std::filesystem::exists(fixture.panel->folder() / "report.html"));
  CHECK(fixture.find<QPushButton>("bakeoffReport")->isEnabled());

  CHECK(fixture.find<QLabel>("bakeoffNothingYet")->isHidden());
  QSignalSpy chosen(fixture.panel, &ui::BakeoffPanel::runChosen);
  auto* table = fixture.find<QTableWidget>("bakeoffTable");
  const QPoint at = table->visualItemRect(table->item(0, 0)).center();
  QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, at);
  QTest::mouseDClick(table->viewport(), Qt::LeftButton, {}, at);
  CHECK(chosen.count() == 1);
  CHECK(waitFor([&] { return fixture.window->run()->hasRun(); }));

  // The structure of the codes is measured by the same box as by the command.
  QStringList columns;
  for (int c = 0; c < table->columnCount(); ++c) {
    columns << table->horizontalHeaderItem(c)->text();
  }
  const int trust = columns.indexOf(QStringLiteral("UMAP trust\n15 nearest"));
  REQUIRE(trust > 0);
  CHECK(fixture.cell(0, trust).startsWith(QLatin1String("0.")));
  CHECK(std::filesystem::exists(fixture.panel->folder() / "pictures" / "vae-umap.png"));

  SECTION("its folder is shown again as it was") {
    fixture.panel->setFolder(fixture.folder.path().toStdString());
    CHECK(fixture.cell(0, 0).isEmpty());
    CHECK_FALSE(fixture.find<QLabel>("bakeoffNothingYet")->isHidden());
    fixture.find<QSpinBox>("bakeoffEpochs")->setValue(7);
    fixture.panel->setFolder((fixture.folder.path() + "/bakeoff").toStdString());
    CHECK(waitFor([&] { return fixture.cell(0, 0) == "VAE"; }));
    CHECK(fixture.find<QSpinBox>("bakeoffEpochs")->value() == 1);
  }
}

TEST_CASE("a bake-off measures the tasks whose boxes are checked") {
  BakeoffFixture fixture;
  for (const BakeoffTaskInfo& task : bakeoff_tasks()) {
    const QString id = QString::fromStdString(task.id);
    auto* box = fixture.find<QCheckBox>(
        ("bakeoff" + id.left(1).toUpper() + id.mid(1)).toUtf8().constData());
    CHECK(box->isChecked());
    if (task.id != "structure") {
      QTest::mouseClick(box, Qt::LeftButton, {}, QPoint(10, box->height() / 2));
      CHECK_FALSE(box->isChecked());
    }
  }
  fixture.click("bakeoffStart");
  REQUIRE(waitFor([&] { return !fixture.panel->isRunning(); }, 60'000));
  const auto results =
      read_bakeoff_results(fixture.panel->folder(), read_bakeoff_config(fixture.panel->folder()));
  REQUIRE(results.size() == 2);
  CHECK(results[0].figures.count("umap_trustworthiness") == 1);
  CHECK(results[0].figures.count("probe_accuracy") == 0);
  CHECK(std::filesystem::exists(fixture.panel->folder() / "pictures" / "vae-umap.png"));
  CHECK_FALSE(std::filesystem::exists(fixture.panel->folder() / "pictures" / "vae-map.png"));
}

TEST_CASE("a bake-off is stopped by its button and goes on") {
  BakeoffFixture fixture;
  fixture.engine.behaviour().batch_microseconds = 20'000;
  fixture.click("bakeoffStart");
  QTest::qWait(100);
  fixture.click("bakeoffStart");
  CHECK(waitFor([&] { return !fixture.panel->isRunning(); }, 5'000));
  CHECK(fixture.find<QLabel>("bakeoffActivity")->text().contains("goes on where it was"));
  fixture.engine.behaviour().batch_microseconds = 500;
  fixture.click("bakeoffStart");
  REQUIRE(waitFor([&] { return !fixture.panel->isRunning(); }, 60'000));
  CHECK(fixture.cell(0, 1).contains(QStringLiteral(" ± ")));
}
