#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMainWindow>
#include <QScrollArea>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>
#include <QToolButton>
#include <cmath>

#include "support/catch.h"
#include "support/mouse.h"
#include "ui/theme.h"
#include "ui/widgets/bar_chart.h"
#include "ui/widgets/code_sliders.h"
#include "ui/widgets/film_strip.h"
#include "ui/widgets/flow_layout.h"
#include "ui/widgets/hyperparameter_form.h"
#include "ui/widgets/image_grid.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/message_bar.h"
#include "ui/widgets/panel_dock.h"
#include "ui/widgets/steady_label.h"
#include "ui/widgets/transport_bar.h"

using namespace latent::ui;
using latent::Hyperparameter;

namespace {

std::vector<Hyperparameter> someKnobs() {
  Hyperparameter rate;
  rate.id = "learning_rate";
  rate.title = "Learning rate";
  rate.help = "Size of each step.";
  rate.initial = 1e-3;
  rate.minimum = 1e-6;
  rate.maximum = 1.0;
  rate.hot = true;
  rate.logarithmic = true;
  Hyperparameter size;
  size.id = "latent_dim";
  size.title = "Latent size";
  size.kind = Hyperparameter::Kind::Integer;
  size.initial = 2;
  size.minimum = 1;
  size.maximum = 512;
  Hyperparameter network;
  network.id = "network";
  network.title = "Network";
  network.kind = Hyperparameter::Kind::Choice;
  network.choices = {"Dense", "Convolutional"};
  return {rate, size, network};
}

QImage picture(int grey) {
  QImage image(28, 28, QImage::Format_Grayscale8);
  image.fill(QColor(grey, grey, grey));
  return image;
}

}  // namespace

TEST_CASE("a code set on the sliders comes back and tells nobody", "[ui][widgets]") {
  CodeSliders sliders;
  QSignalSpy changed(&sliders, &CodeSliders::codeChanged);
  const std::vector<float> code = {0.123456F, -7.5F, 3.0F};
  sliders.setCode(code);
  CHECK(sliders.code() == code);
  CHECK(changed.count() == 0);
  CHECK(sliders.findChild<QDoubleSpinBox*>("codeValue2")->value() == Approx(-7.5));
}

TEST_CASE("moving one slider changes one number of the code", "[ui][widgets]") {
  CodeSliders sliders;
  sliders.setCode({0.25F, 0.5F, -0.75F});
  showAt(sliders, {320, 200});
  std::vector<std::vector<float>> seen;
  QObject::connect(&sliders, &CodeSliders::codeChanged,
                   [&](const std::vector<float>& code) { seen.push_back(code); });
  auto* slider = sliders.findChild<QSlider*>("codeSlider2");
  REQUIRE(slider != nullptr);
  slider->setFocus();
  QTest::keyClick(slider, Qt::Key_Right);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0][0] == 0.25F);
  CHECK(seen[0][1] > 0.5F);
  CHECK(seen[0][2] == -0.75F);
  Mouse reset(sliders.findChild<QToolButton*>("codeReset3"));
  reset.click({8, 8});
  REQUIRE(seen.size() == 2);
  CHECK(seen[1][2] == 0.0F);
}

TEST_CASE("a copied code pastes to the same code", "[ui][widgets]") {
  const std::vector<float> code = {0.1F, -1.0F / 3.0F, 1e-9F, 12345.678F};
  const auto back = CodeSliders::codeFromText(CodeSliders::codeToText(code), 4, nullptr);
  REQUIRE(back.has_value());
  CHECK(*back == code);
  CHECK(CodeSliders::codeFromText("[1, 2;3]\n4", 4, nullptr).has_value());
}

TEST_CASE("pasting nonsense says in one sentence what was expected", "[ui][widgets]") {
  CodeSliders sliders;
  sliders.setCode({1.0F, 2.0F});
  showAt(sliders, {320, 200});
  QSignalSpy errors(&sliders, &CodeSliders::errorOccurred);
  for (const char* text : {"hello world", "", "1, 2, 3", "nan, 1"}) {
    QApplication::clipboard()->setText(QString::fromLatin1(text));
    sliders.pasteCode();
  }
  CHECK(errors.count() == 4);
  CHECK(errors.at(0).at(0).toString().contains("hello"));
  CHECK(errors.at(2).at(0).toString().contains("3"));
  CHECK(sliders.code() == std::vector<float>{1.0F, 2.0F});
  CHECK(sliders.findChild<QLabel*>("codeSentence")->isVisible());
}

TEST_CASE("hundreds of sliders show what they hold once scrolled to", "[ui][widgets]") {
  CodeSliders sliders;
  sliders.setDimensions(200);
  showAt(sliders, {320, 200});
  std::vector<float> code(200, 0.0F);
  code[199] = 1.5F;
  sliders.setCode(code);
  auto* last = sliders.findChild<QDoubleSpinBox*>("codeValue200");
  auto* scroll = sliders.findChild<QScrollArea*>("codeScroll");
  REQUIRE(last != nullptr);
  scroll->ensureWidgetVisible(last);
  QTest::qWait(20);
  CHECK(last->value() == Approx(1.5));
}

TEST_CASE("a hot knob acts at once, by its buttons too", "[ui][widgets]") {
  HyperparameterForm form;
  form.setHyperparameters(someKnobs());
  showAt(form, {360, 200});
  QSignalSpy hot(&form, &HyperparameterForm::knobChanged);
  auto* halve = form.findChild<QToolButton*>("knobHalve_learning_rate");
  auto* twice = form.findChild<QToolButton*>("knobDouble_learning_rate");
  REQUIRE(halve != nullptr);
  REQUIRE(twice != nullptr);
  Mouse(halve).click(halve->rect().center());
  CHECK(form.value("learning_rate") == Approx(5e-4));
  Mouse(twice).click(twice->rect().center());
  Mouse(twice).click(twice->rect().center());
  CHECK(form.value("learning_rate") == Approx(2e-3));
  CHECK(hot.count() == 3);
  form.setValue("learning_rate", 0.5);
  CHECK(hot.count() == 3);
}

TEST_CASE("a cold knob is marked while a run has another value", "[ui][widgets]") {
  HyperparameterForm form;
  form.setHyperparameters(someKnobs());
  showAt(form, {360, 200});
  auto* mark = form.findChild<QLabel*>("knobMark_latent_dim");
  REQUIRE(mark != nullptr);
  form.setValue("latent_dim", 20);
  CHECK_FALSE(mark->isVisible());
  form.setRunningValues({{"latent_dim", 2.0}});
  CHECK(mark->isVisible());
  CHECK(form.pending() == std::vector<std::string>{"latent_dim"});
  form.setValue("latent_dim", 2);
  CHECK_FALSE(mark->isVisible());
  QSignalSpy hot(&form, &HyperparameterForm::knobChanged);
  QSignalSpy any(&form, &HyperparameterForm::valueChanged);
  form.findChild<QComboBox*>("knob_network")->setCurrentIndex(1);
  CHECK(hot.count() == 0);
  CHECK(any.count() == 1);
}

TEST_CASE("a knob that has no effect with another's choice is not shown, and keeps its value",
          "[ui][widgets]") {
  std::vector<Hyperparameter> knobs = someKnobs();
  knobs[0].only_with = {"network", {1}};
  HyperparameterForm form;
  form.setHyperparameters(knobs);
  showAt(form, {360, 200});
  auto* row = form.findChild<QWidget*>("knobRow_learning_rate");
  REQUIRE(row != nullptr);
  CHECK_FALSE(row->isVisible());
  form.setValue("learning_rate", 0.5);
  auto* network = form.findChild<QComboBox*>("knob_network");
  network->setFocus();
  QTest::keyClick(network, Qt::Key_Down);
  CHECK(row->isVisible());
  CHECK(form.value("learning_rate") == Approx(0.5));
  form.setValue("network", 0);
  CHECK_FALSE(row->isVisible());
}

TEST_CASE("a click in the grid names the picture that is there", "[ui][widgets]") {
  ImageGrid grid;
  QVector<ImageGrid::Cell> cells;
  for (int i = 0; i < 23; ++i)
    cells << ImageGrid::Cell{picture(i * 10), picture(255 - i * 10), QString::number(i)};
  grid.setCells(cells);
  grid.setRowNames("original", "reconstruction");
  showAt(grid, {400, grid.heightForWidth(400)});
  QSignalSpy clicked(&grid, &ImageGrid::cellClicked);
  for (const int index : {0, 5, 22}) {
    Mouse(&grid).click(grid.cellRect(index).center());
    REQUIRE(clicked.count() > 0);
    CHECK(clicked.last().at(0).toInt() == index);
  }
  CHECK(grid.cellAt({399, grid.height() - 1}) == -1);
  CHECK(grid.rect().contains(grid.cellRect(22)));
}

TEST_CASE("the film strip scrubs where it is dragged", "[ui][widgets]") {
  FilmStrip strip;
  strip.setPictures(QVector<QImage>(11, picture(200)));
  showAt(strip, {420, 72});
  std::vector<double> seen;
  QObject::connect(&strip, &FilmStrip::positionChanged, [&](double t) { seen.push_back(t); });
  strip.setPosition(0.3);
  CHECK(seen.empty());
  Mouse(&strip).drag({10, 50}, {410, 50}, Qt::LeftButton, 4);
  REQUIRE(seen.size() >= 4);
  CHECK(seen.front() == Approx(0.0).margin(0.01));
  CHECK(seen.back() == Approx(1.0).margin(0.01));
  strip.setFocus();
  QTest::keyClick(&strip, Qt::Key_Left);
  CHECK(strip.position() == Approx(0.9));
}

TEST_CASE("a high film strip shows smaller pictures rather than few", "[ui][widgets]") {
  FilmStrip strip;
  QVector<QImage> pictures;
  for (int i = 0; i < 11; ++i) pictures << picture(20 * i + 30);
  strip.setPictures(pictures);
  strip.setPosition(0.0);
  showAt(strip, {420, 200});
  const QImage image = strip.grab().toImage();
  QSet<QRgb> greys;
  for (int x = 20; x < 400; ++x) greys << (image.pixel(x, 108) & 0xffU);
  int seen = 0;
  for (int i = 0; i < 11; ++i) seen += greys.contains(QRgb(20 * i + 30)) ? 1 : 0;
  CHECK(seen == 7);
}

TEST_CASE("a picture that cannot be written is said in a sentence", "[ui][widgets]") {
  ImageView view;
  QSignalSpy errors(&view, &ImageView::errorOccurred);
  CHECK_FALSE(view.savePng("/nowhere/x.png"));
  view.setImage(picture(80));
  CHECK_FALSE(view.savePng("/nowhere/x.png"));
  CHECK(errors.count() == 2);
  QTemporaryDir folder;
  CHECK(view.savePng(folder.filePath("x.png")));
  CHECK(QImage(folder.filePath("x.png")).pixelColor(3, 3).red() == 80);
}

TEST_CASE("pictures are made from floats and bytes of one or three channels", "[ui][widgets]") {
  const std::vector<float> planes = {0.0F, 1.0F, 0.5F, 2.0F, -1.0F, std::nanf("")};
  const QImage rgb = imageFromFloats(planes, 3, 1, 2);
  CHECK(rgb.pixelColor(0, 0) == QColor(0, 128, 0));
  CHECK(rgb.pixelColor(1, 0) == QColor(255, 255, 0));
  CHECK(imageFromFloats(planes, 1, 2, 3).pixelColor(1, 0).red() == 255);
  CHECK(imageFromFloats(planes, 1, 4, 4).isNull());
}

TEST_CASE("the play button asks for what the state allows", "[ui][widgets]") {
  TransportBar bar;
  showAt(bar, {320, 90});
  QSignalSpy play(&bar, &TransportBar::playRequested);
  QSignalSpy pause(&bar, &TransportBar::pauseRequested);
  auto* button = bar.findChild<QToolButton*>("playButton");
  Mouse(button).click(button->rect().center());
  bar.setState(TransportBar::State::Running);
  Mouse(button).click(button->rect().center());
  CHECK(play.count() == 1);
  CHECK(pause.count() == 1);
  CHECK(TransportBar::durationText(83.4) == "1 min 23 s");
}

TEST_CASE("the message bar says its sentence and goes when closed", "[ui][widgets]") {
  MessageBar bar;
  bar.showMessage(MessageBar::Kind::Error, "The disk is full.", "Save elsewhere…");
  showAt(bar, {500, 50});
  QSignalSpy action(&bar, &MessageBar::actionTriggered);
  auto* button = bar.findChild<QWidget*>("messageAction");
  Mouse(button).click(button->rect().center());
  CHECK(action.count() == 1);
  auto* close = bar.findChild<QWidget*>("messageClose");
  Mouse(close).click(close->rect().center());
  CHECK_FALSE(bar.isVisible());
}

TEST_CASE("each icon exists and follows the palette", "[ui][theme]") {
  CHECK(themedIconNames().size() > 30);
  for (const char* name : {"play", "pause", "decode", "pan", "box-zoom", "fit", "manifold"}) {
    CHECK_FALSE(themedIcon(QLatin1String(name)).isNull());
  }
  const QPalette before = QApplication::palette();
  const auto ink = [] {
    return themedIcon(QStringLiteral("stop")).pixmap(16, 16).toImage().pixelColor(8, 8).lightness();
  };
  QApplication::setPalette(Theme::palette(Theme::Scheme::Light));
  const int onLight = ink();
  QApplication::setPalette(Theme::palette(Theme::Scheme::Dark));
  CHECK(onLight < 80);
  CHECK(ink() > 180);
  QApplication::setPalette(before);
}

TEST_CASE("text is readable on its backgrounds in both themes", "[ui][theme]") {
  const auto luminance = [](const QColor& color) {
    const auto linear = [](double value) {
      return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
  };
  const auto contrast = [&](const QColor& a, const QColor& b) {
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
  };
  for (const auto scheme : {Theme::Scheme::Light, Theme::Scheme::Dark}) {
    const Theme& theme = Theme::get(scheme);
    for (const QColor& back : {theme.window, theme.panel, theme.canvas, theme.raised}) {
      CHECK(contrast(theme.text, back) >= 7.0);
      CHECK(contrast(theme.secondaryText, back) >= 4.5);
    }
    CHECK(contrast(theme.error, theme.panel) >= 4.5);
    CHECK(contrast(theme.warning, theme.panel) >= 4.5);
    CHECK(contrast(theme.accentText, theme.accent) >= 4.5);
    for (int i = 0; i < 10; ++i) {
      CHECK(contrast(theme.classColor(i), theme.canvas) >=
            (scheme == Theme::Scheme::Light ? 2.3 : 3.4));
    }
  }
}

TEST_CASE("sliders of a discrete code step through the levels of each position", "[ui][widgets]") {
  CodeSliders sliders;
  showAt(sliders, {320, 200});
  latent::CodeLevels levels;
  levels.positions = 2;
  levels.levels = 3;
  levels.size = 2;
  levels.values = {0, 0, 1, 0, 1, 1, 5, 5, 6, 5, 6, 6};
  sliders.setDimensions(4);
  sliders.setLevels(levels);
  REQUIRE(sliders.findChildren<QSlider*>().size() == 2);
  sliders.setCode({0.9F, 0.1F, 6.1F, 5.8F});
  auto* first = sliders.findChild<QSlider*>("codeSlider1");
  auto* second = sliders.findChild<QSlider*>("codeSlider2");
  CHECK(first->value() == 1);
  CHECK(second->value() == 2);
  std::vector<float> code;
  QObject::connect(&sliders, &CodeSliders::codeChanged,
                   [&](const std::vector<float>& now) { code = now; });
  first->setFocus();
  QTest::keyClick(first, Qt::Key_Right);
  CHECK(first->value() == 2);
  REQUIRE(code.size() == 4);
  CHECK(code[0] == 1.0F);
  CHECK(code[1] == 1.0F);
  CHECK(code[2] == 6.1F);
  sliders.setLevels({});
  CHECK(sliders.findChildren<QSlider*>().size() == 4);
}

TEST_CASE("a steady label grows to its widest text and asks for no layout after that") {
  QWidget window;
  auto* row = new QHBoxLayout(&window);
  auto* label = new SteadyLabel;
  row->addWidget(label);
  row->addStretch(1);
  showAt(window, {300, 40});
  label->setText("22,300 samples/s");
  QCoreApplication::processEvents();
  const int width = label->width();
  CHECK(width >= label->fontMetrics().horizontalAdvance("22,300 samples/s"));
  label->setText("9 samples/s");
  QCoreApplication::processEvents();
  CHECK(label->width() == width);
  CHECK(label->text() == "9 samples/s");
}

TEST_CASE("what does not fit beside the others begins a new line") {
  QWidget window;
  auto* flow = new FlowLayout(4, &window);
  std::vector<QWidget*> words;
  for (int i = 0; i < 5; ++i) {
    auto* word = new QWidget;
    word->setFixedSize(50, 20);
    flow->addWidget(word);
    words.push_back(word);
  }
  showAt(window, {120, 200});
  CHECK(words[0]->pos() == QPoint(0, 0));
  CHECK(words[1]->pos() == QPoint(54, 0));
  CHECK(words[2]->pos() == QPoint(0, 24));
  CHECK(words[4]->pos() == QPoint(0, 48));
  CHECK(flow->heightForWidth(120) == 68);
  CHECK(flow->heightForWidth(400) == 20);
}

TEST_CASE("a dock behind tabs leaves its name to the tab") {
  QMainWindow window;
  auto* first = new PanelDock("First", &window);
  auto* second = new PanelDock("Second", &window);
  first->setWidget(new QLabel("1"));
  second->setWidget(new QLabel("2"));
  window.addDockWidget(Qt::BottomDockWidgetArea, first);
  window.addDockWidget(Qt::BottomDockWidgetArea, second);
  showAt(window, {400, 300});
  CHECK(first->hasTitleBar());
  window.tabifyDockWidget(first, second);
  CHECK(QTest::qWaitFor([&] { return !first->hasTitleBar() && !second->hasTitleBar(); }));
  second->setFloating(true);
  CHECK(QTest::qWaitFor([&] { return first->hasTitleBar() && second->hasTitleBar(); }));
}
