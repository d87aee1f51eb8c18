#include "ui/run_export.h"

#include <QAction>
#include <QFile>
#include <QSignalSpy>

#include "support/catch.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;
using ui::RunExport;

namespace {

/// A window with a run whose map is drawn, and where its exports go.
struct ExportFixture : WindowFixture {
  ExportFixture() {
    train();
    REQUIRE(waitFor([this] { return window->explorer()->frame() != nullptr; }));
    REQUIRE(comeToRest());
  }

  QString at(const char* name) const { return folder.filePath(QLatin1String(name)); }
  QByteArray written(const QString& path, const std::function<void()>& act) {
    QSignalSpy saved(window->runExport(), &RunExport::saved);
    act();
    REQUIRE(waitFor([&] { return saved.size() == 1; }));
    CHECK(saved.first().first().toString() == path);
    QFile file(path);
    REQUIRE(file.open(QIODevice::ReadOnly));
    return file.readAll();
  }
};

}  // namespace

TEST_CASE("the exported table names each picture as its source does") {
  ExportFixture fixture;
  const QString path = fixture.at("codes.csv");
  const QList<QByteArray> lines =
      fixture.written(path, [&] { fixture.window->runExport()->writeCodes(path); })
          .trimmed()
          .split('\n');
  const auto frame = fixture.window->explorer()->frame();
  const DataSplit& data = fixture.window->run()->data();
  REQUIRE(lines.size() == static_cast<qsizetype>(frame->size()) + 1);
  CHECK(lines[0].startsWith("test_index,source_index,label,x,y,z1,z2"));
  for (const std::size_t row : {std::size_t{0}, frame->size() / 2, frame->size() - 1}) {
    const QList<QByteArray> cells = lines[static_cast<qsizetype>(row) + 1].split(',');
    CHECK(cells[1].toLongLong() == data.test_index[row]);
    CHECK(cells[2].toInt() == data.test->labels[row]);
    CHECK(cells[5].toFloat() ==
          Approx((*frame->codes)[row * static_cast<std::size_t>(frame->latentDim)]).epsilon(1e-4));
  }
}

TEST_CASE("the codes are exported as arrays where the name asks for them") {
  ExportFixture fixture;
  const QString path = fixture.at("codes.npz");
  const QByteArray archive =
      fixture.written(path, [&] { fixture.window->runExport()->writeCodes(path); });
  CHECK(archive.startsWith("PK"));
  for (const char* name :
       {"test_index.npy", "source_index.npy", "label.npy", "plane.npy", "z.npy"}) {
    CHECK(archive.contains(name));
  }
}

TEST_CASE("encoder and decoder are written from the weights that are shown") {
  ExportFixture fixture;
  const QString path = fixture.at("decoder.pt");
  CHECK(fixture.written(path, [&] {
    fixture.window->runExport()->writeNetwork(NetworkHalf::Decoder, path);
  }) == "vae decoder");
  CHECK(fixture.written(fixture.at("encoder.pt"), [&] {
    fixture.window->runExport()->writeNetwork(NetworkHalf::Encoder, fixture.at("encoder.pt"));
  }) == "vae encoder");
}

TEST_CASE("an export that cannot be written says so in the window") {
  ExportFixture fixture;
  fixture.window->runExport()->writeCodes("/dev/null/codes.csv");
  CHECK(waitFor([&] { return !fixture.window->messages()->isHidden(); }));
}

TEST_CASE("there is nothing to export before a run") {
  WindowFixture fixture;
  fixture.open();
  for (const char* name :
       {"actionExportMap", "actionExportCodes", "actionExportDecoder", "actionExportEncoder"}) {
    CHECK_FALSE(fixture.find<QAction>(name)->isEnabled());
  }
  fixture.train();
  for (const char* name :
       {"actionExportMap", "actionExportCodes", "actionExportDecoder", "actionExportEncoder"}) {
    CHECK(fixture.find<QAction>(name)->isEnabled());
  }
}
