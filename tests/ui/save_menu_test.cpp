#include "ui/widgets/save_menu.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QFile>
#include <QFileDialog>
#include <QImage>
#include <QMenu>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>

#include "latent/anomaly.h"
#include "support/catch.h"
#include "support/mouse.h"
#include "ui/plots/roc_plot.h"
#include "ui/widgets/bar_chart.h"
#include "ui/widgets/confusion_matrix.h"
#include "ui/window_fixture.h"

using namespace latent::ui;
using latent::test::waitFor;

namespace {

QByteArray contents(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Opens the menu by a right click and takes the action of that text.
void choose(QWidget* on, const QString& text) {
  QContextMenuEvent event(QContextMenuEvent::Mouse, QPoint(5, 5), on->mapToGlobal(QPoint(5, 5)));
  QCoreApplication::sendEvent(on, &event);
  auto* menu = on->window()->findChild<QMenu*>("saveMenu");
  if (menu == nullptr) throw std::runtime_error("no menu came up");
  for (QAction* action : menu->actions()) {
    if (action->text() == text) action->trigger();
  }
  menu->close();
}

void answer(QWidget* window, const QString& path) {
  auto* dialog = window->findChild<QFileDialog*>("saveDialog");
  if (dialog == nullptr) throw std::runtime_error("no dialog came up");
  dialog->selectFile(path);
  QTest::keyClick(dialog, Qt::Key_Return);
}

}  // namespace

TEST_CASE("a chart's figures are saved as CSV by its menu", "[ui][widgets]") {
  const QTemporaryDir folder;
  BarChart chart;
  chart.setTitle("KL per dimension");
  chart.setValues({0.5F, 2.25F});
  showAt(chart, {300, 200});
  choose(&chart, "Save as CSV…");
  answer(&chart, folder.filePath("kl"));
  REQUIRE(waitFor([&] { return QFile::exists(folder.filePath("kl.csv")); }));
  CHECK(contents(folder.filePath("kl.csv")) == "number,KL per dimension\n1,0.5\n2,2.25\n");
}

TEST_CASE("a confusion matrix keeps classes with commas apart", "[ui][widgets]") {
  const QTemporaryDir folder;
  ConfusionMatrix matrix;
  matrix.setCounts({1, 2, 3, 4}, {"a, b", "c"});
  showAt(matrix, {200, 200});
  auto* menu = matrix.findChild<SaveMenu*>();
  REQUIRE(menu != nullptr);
  REQUIRE(menu->saveRows(folder.filePath("m.csv")));
  CHECK(contents(folder.filePath("m.csv")) ==
        "class \\ taken for,\"a, b\",c\n\"a, b\",1,2\nc,3,4\n");
}

TEST_CASE("a plot is saved as a drawing and as a picture of twice its size", "[ui][widgets]") {
  const QTemporaryDir folder;
  RocPlot plot;
  showAt(plot, {320, 240});
  const std::vector<float> scores = {0.1F, 0.4F, 0.35F, 0.8F};
  const latent::Roc curve = latent::roc(scores, {false, false, true, true});
  plot.setCurve(std::make_shared<const latent::Roc>(curve));
  auto* menu = plot.findChild<SaveMenu*>();
  REQUIRE(menu != nullptr);
  REQUIRE(menu->savePicture(folder.filePath("roc.svg")));
  const QByteArray svg = contents(folder.filePath("roc.svg"));
  CHECK(svg.contains("<svg"));
  CHECK(svg.contains("false positive rate"));
  CHECK(svg.contains("AUC 0.75"));
  REQUIRE(menu->savePicture(folder.filePath("roc.png")));
  const QImage picture(folder.filePath("roc.png"));
  REQUIRE(picture.size() == QSize(640, 480));
  // It is filled to its far corner: there is ink in the last tenth, across and downwards.
  const auto inked = [&](const QRect& area) {
    for (int y = area.top(); y <= area.bottom(); ++y) {
      for (int x = area.left(); x <= area.right(); ++x) {
        if (picture.pixel(x, y) != picture.pixel(0, 0)) return true;
      }
    }
    return false;
  };
  CHECK(inked(QRect(576, 0, 64, 480)));
  CHECK(inked(QRect(0, 432, 640, 48)));
  REQUIRE(menu->saveRows(folder.filePath("roc.csv")));
  const auto lines = contents(folder.filePath("roc.csv")).trimmed().split('\n');
  CHECK(lines.size() == static_cast<qsizetype>(curve.corners.size()) + 1);
  CHECK(lines.last() == "1,1");
}

TEST_CASE("a table is saved as it is shown", "[ui][widgets]") {
  const QTemporaryDir folder;
  QTableWidget table(2, 2);
  table.setHorizontalHeaderLabels({"system", "nats\nper image"});
  table.setItem(0, 0, new QTableWidgetItem("VAE"));
  table.setItem(0, 1, new QTableWidgetItem("75.4"));
  table.setItem(1, 0, new QTableWidgetItem("β-VAE"));
  SaveMenu menu(&table, "Results");
  showAt(table, {300, 200});
  choose(table.viewport(), "Save as CSV…");
  answer(&table, folder.filePath("results.csv"));
  REQUIRE(waitFor([&] { return QFile::exists(folder.filePath("results.csv")); }));
  CHECK(contents(folder.filePath("results.csv")) ==
        "system,nats per image\nVAE,75.4\n\xce\xb2-VAE,\n");
}

TEST_CASE("what cannot be written is said in the window", "[ui]") {
  latent::test::WindowFixture fixture;
  fixture.open();
  auto* menu = fixture.find<RocPlot>("anomalyCurve")->findChild<SaveMenu*>();
  REQUIRE(menu != nullptr);
  QFile inTheWay(fixture.folder.filePath("file"));
  REQUIRE(inTheWay.open(QIODevice::WriteOnly));
  CHECK_FALSE(menu->saveRows(fixture.folder.filePath("file/roc.csv")));
  CHECK(waitFor([&] { return fixture.window->messages()->isVisible(); }));
  CHECK(fixture.window->messages()->sentence().contains("ROC curve could not be written"));
}
