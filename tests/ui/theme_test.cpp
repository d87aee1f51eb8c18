#include "ui/theme.h"

#include <QImage>
#include <QLabel>
#include <QRegularExpression>
#include <QScrollArea>

#include "support/catch.h"
#include "ui/window_fixture.h"

using namespace latent;
using namespace latent::test;

namespace {

bool isNear(const QColor& a, const QColor& b) {
  return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) +
             std::abs(a.blue() - b.blue()) <
         12;
}

bool contains(QWidget* widget, const QColor& color) {
  const QImage image = widget->grab().toImage();
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      if (isNear(image.pixelColor(x, y), color)) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("what the style sheet draws needs no plugin to be read, at any scale") {
  for (const auto scheme : {ui::Theme::Scheme::Dark, ui::Theme::Scheme::Light}) {
    const QString sheet = ui::Theme::styleSheet(scheme);
    CHECK_FALSE(sheet.contains('%'));
    QRegularExpressionMatchIterator urls =
        QRegularExpression("url\\(([^)]+)\\)").globalMatch(sheet);
    int count = 0;
    while (urls.hasNext()) {
      const QString path = urls.next().captured(1);
      INFO(path.toStdString());
      CHECK(path.endsWith(".png"));
      const QImage image(path);
      CHECK(image.size() == QSize(16, 16));
      CHECK(QImage(QString(path).replace(".png", "@3x.png")).size() == QSize(48, 48));
      // Something is on it.
      bool drawn = false;
      for (int y = 0; y < 16; ++y) {
        for (int x = 0; x < 16; ++x) drawn = drawn || qAlpha(image.pixel(x, y)) > 100;
      }
      CHECK(drawn);
      ++count;
    }
    CHECK(count >= 6);
  }
}

TEST_CASE("a theme that is switched while the window is open reaches every part of it") {
  ui::Theme::apply(*qApp, ui::Theme::Scheme::Light);
  WindowFixture fixture;
  fixture.train();
  REQUIRE(fixture.comeToRest());
  auto* paper = fixture.find<QLabel>("paper");
  paper->setText("<a href=\"https://example.org\">██ A paper</a>");
  paper->show();
  auto* caption = fixture.find<QLabel>("dataHelp");
  caption->setText("██ said below");
  auto* legend = fixture.find<QScrollArea>("mapLegendArea");
  for (const auto scheme : {ui::Theme::Scheme::Dark, ui::Theme::Scheme::Light}) {
    ui::Theme::apply(*qApp, scheme);
    const ui::Theme& theme = ui::Theme::get(scheme);
    const ui::Theme& other = ui::Theme::get(
        scheme == ui::Theme::Scheme::Dark ? ui::Theme::Scheme::Light : ui::Theme::Scheme::Dark);
    waitFor([] { return false; }, 50);
    CHECK(contains(legend, theme.canvas));
    CHECK_FALSE(contains(legend, other.canvas));
    CHECK(contains(caption, theme.secondaryText));
    CHECK(contains(paper, theme.accent));
    CHECK_FALSE(contains(paper, other.accent));
  }
}
