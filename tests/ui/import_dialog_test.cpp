#include "ui/panels/import_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

#include "support/catch.h"
#include "ui/widgets/image_grid.h"

using namespace latent::ui;

namespace {

/// Two classes of five grey pictures, 40 wide and 20 high: dark paper for "a", light for "b".
struct Pictures {
  QTemporaryDir folder;

  Pictures() {
    for (const auto& [name, grey] : {std::pair{"a", 30}, std::pair{"b", 220}}) {
      QDir(folder.path()).mkdir(QString::fromLatin1(name));
      for (int i = 0; i < 5; ++i) {
        QImage picture(40, 20, QImage::Format_Grayscale8);
        picture.fill(QColor(grey, grey, grey));
        REQUIRE(picture.save(folder.filePath(QStringLiteral("%1/%2.png").arg(name).arg(i))));
      }
    }
  }
};

struct ShownDialog {
  ImportDialog dialog;
  ImageGrid* grid = dialog.findChild<ImageGrid*>(QStringLiteral("importPreview"));
  QPushButton* accept = dialog.findChild<QPushButton*>(QStringLiteral("importAccept"));

  explicit ShownDialog(const QString& folder) : dialog(Backend::standard(), folder) {
    dialog.show();
  }
  QImage first() const { return grid->cells().isEmpty() ? QImage() : grid->cells().first().top; }
  QString text(const char* label) const {
    return dialog.findChild<QLabel*>(QLatin1String(label))->text();
  }
};

}  // namespace

TEST_CASE("the pictures of a folder are shown as they would be taken", "[ui][data]") {
  const Pictures pictures;
  ShownDialog shown(pictures.folder.path());
  REQUIRE(QTest::qWaitFor([&] { return shown.grid->cells().size() == 10; }, 5000));
  CHECK(shown.first().size() == QSize(28, 28));
  CHECK(shown.first().pixelColor(14, 14).red() == 30);
  CHECK(shown.text("importSummary").startsWith(QStringLiteral("10 pictures of 2 classes: a, b")));

  QTest::mouseClick(shown.dialog.findChild<QCheckBox*>(QStringLiteral("importInvert")),
                    Qt::LeftButton, {}, QPoint(8, 8));
  CHECK(QTest::qWaitFor([&] { return shown.first().pixelColor(14, 14).red() == 225; }, 5000));

  shown.dialog.findChild<QSpinBox*>(QStringLiteral("importHeight"))->setValue(32);
  shown.dialog.findChild<QSpinBox*>(QStringLiteral("importWidth"))->setValue(64);
  CHECK(QTest::qWaitFor([&] { return shown.first().size() == QSize(64, 32); }, 5000));
}

TEST_CASE("what was chosen in the preview is the data set's specification", "[ui][data]") {
  const Pictures pictures;
  ShownDialog shown(pictures.folder.path());
  QSignalSpy chosen(&shown.dialog, &ImportDialog::chosen);
  shown.dialog.findChild<QSpinBox*>(QStringLiteral("importHeight"))->setValue(16);
  shown.dialog.findChild<QSpinBox*>(QStringLiteral("importWidth"))->setValue(16);
  shown.dialog.findChild<QComboBox*>(QStringLiteral("importShape"))->setCurrentIndex(1);
  shown.dialog.findChild<QCheckBox*>(QStringLiteral("importColour"))->setChecked(true);
  REQUIRE(QTest::qWaitFor([&] { return shown.first().size() == QSize(16, 16); }, 5000));
  QTest::mouseClick(shown.accept, Qt::LeftButton);
  REQUIRE(chosen.size() == 1);
  CHECK(chosen.first().first().toString() ==
        QStringLiteral("folder[16x16,colour,fit]:") + pictures.folder.path());
  CHECK(shown.dialog.result() == QDialog::Accepted);
}

TEST_CASE("a folder without pictures cannot be taken, and the preview says why", "[ui][data]") {
  const QTemporaryDir empty;
  ShownDialog shown(empty.path());
  CHECK(QTest::qWaitFor([&] { return !shown.accept->isEnabled(); }, 5000));
  CHECK(shown.grid->cells().isEmpty());
}
