#include "ui/theme.h"
#include "ui/style_images.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QPalette>
#include <QStyleFactory>
#include <QStyleHints>
#include <QWidget>
#include <algorithm>
#include <cmath>

/// Qt drops the resources of a static library unless somebody asks for them, outside any namespace.
static void registerResources() {
  Q_INIT_RESOURCE(icons);
  Q_INIT_RESOURCE(style);
}

namespace latent::ui {
namespace {

[[maybe_unused]] const bool resourcesRegistered = [] {
  registerResources();
  return true;
}();

Theme lightTheme() {
  Theme theme;
  theme.scheme = Theme::Scheme::Light;
  theme.window = QColor("#eceef1");
  theme.panel = QColor("#f7f8fa");
  theme.canvas = QColor("#ffffff");
  theme.raised = QColor("#ffffff");
  theme.hovered = QColor("#eef1f6");
  theme.line = QColor("#d5d9e0");
  theme.grid = QColor("#edeff3");
  theme.text = QColor("#1b1f27");
  theme.secondaryText = QColor("#5a6270");
  theme.disabledText = QColor("#a0a7b3");
  theme.accent = QColor("#2f62d9");
  theme.accentText = QColor("#ffffff");
  theme.error = QColor("#c2303a");
  theme.warning = QColor("#9a6200");
  theme.success = QColor("#24784a");
  theme.handleA = QColor("#2f62d9");
  theme.handleB = QColor("#c04a12");
  theme.marker = QColor("#11141a");
  return theme;
}

Theme darkTheme() {
  Theme theme;
  theme.scheme = Theme::Scheme::Dark;
  theme.window = QColor("#131519");
  theme.panel = QColor("#1b1e24");
  theme.canvas = QColor("#16181d");
  theme.raised = QColor("#262a32");
  theme.hovered = QColor("#303641");
  theme.line = QColor("#343a45");
  theme.grid = QColor("#23272f");
  theme.text = QColor("#e6e9ef");
  theme.secondaryText = QColor("#9ba4b3");
  theme.disabledText = QColor("#5f6775");
  theme.accent = QColor("#6c9bff");
  theme.accentText = QColor("#0d1424");
  theme.error = QColor("#ff7a80");
  theme.warning = QColor("#e8b04a");
  theme.success = QColor("#5cc98c");
  theme.handleA = QColor("#6c9bff");
  theme.handleB = QColor("#ff9a5c");
  theme.marker = QColor("#ffffff");
  return theme;
}

// Found by annealing in OKLCH: the smallest OKLab distance between any two, as seen with normal
// vision and with protanopia, deuteranopia and tritanopia (Machado, Oliveira & Fernandes 2009,
// severity 1), is as large as a contrast of at least 2.4 (light) and 3.6 (dark) with the canvas
// allows. Entry i has the same hue in both lists, so that a class keeps its name.
constexpr std::array<QRgb, 10> kLightClasses = {0xff595deb, 0xffe19901, 0xff139dad, 0xff680a30,
                                                0xfff64875, 0xff6f7f00, 0xffc785ff, 0xff734800,
                                                0xff1a567b, 0xff2d039e};
constexpr std::array<QRgb, 10> kDarkClasses = {0xffa3c3ff, 0xffbe971b, 0xff83fcfa, 0xfffe71a3,
                                               0xffcc3942, 0xffe4f226, 0xff8d6094, 0xfff4bd8e,
                                               0xff1c9ffd, 0xff5261e6};

QFont scaledFont(double factor, QFont::Weight weight = QFont::Normal) {
  QFont font = QApplication::font();
  font.setPointSizeF(font.pointSizeF() * factor);
  font.setWeight(weight);
  return font;
}

/// The first of these that is installed; the platform's own otherwise.
QString preferredFamily() {
  const QStringList installed = QFontDatabase::families();
  for (const char* name : {"Inter", "Inter Variable", "IBM Plex Sans", "Noto Sans", "Open Sans",
                           "Cantarell", "Source Sans 3", "DejaVu Sans"}) {
    if (installed.contains(QLatin1String(name))) return QLatin1String(name);
  }
  return QApplication::font().family();
}

QString css(const QColor& color) {
  return color.name(QColor::HexRgb);
}

QColor mix(const QColor& a, const QColor& b, double share) {
  return QColor::fromRgbF(a.redF() + (b.redF() - a.redF()) * share,
                          a.greenF() + (b.greenF() - a.greenF()) * share,
                          a.blueF() + (b.blueF() - a.blueF()) * share);
}

}  // namespace

void Theme::prepare(Scheme scheme) {
  static const double basePointSize = [&] {
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    // 13 px at the usual 96 dpi; a desktop that asks for more gets more.
    return std::max(9.75, QApplication::font().pointSizeF());
  }();
  QFont font(preferredFamily());
  font.setPointSizeF(basePointSize);
  font.setHintingPreference(QFont::PreferVerticalHinting);
  QApplication::setFont(font);
  QApplication::setPalette(palette(scheme));
}

void Theme::apply(QApplication& application, Scheme scheme) {
  prepare(scheme);
  application.setStyleSheet(styleSheet(scheme));
}

Theme::Scheme Theme::preferredScheme() {
  const QPalette desktop = QGuiApplication::palette();
  return desktop.color(QPalette::Window).lightnessF() < 0.5 ? Scheme::Dark : Scheme::Light;
}

const Theme& Theme::get(Scheme scheme) {
  static const Theme light = lightTheme();
  static const Theme dark = darkTheme();
  return scheme == Scheme::Dark ? dark : light;
}

const Theme& Theme::of(const QPalette& palette) {
  // A role that no rule of the style sheet changes for a single widget.
  return get(palette.color(QPalette::Mid).lightnessF() < 0.5 ? Scheme::Dark : Scheme::Light);
}

const Theme& Theme::of(const QWidget* widget) {
  return of(widget != nullptr ? widget->palette() : QApplication::palette());
}

QColor Theme::classColor(int index) const {
  if (index < 0) return scheme == Scheme::Dark ? QColor("#8b93a1") : QColor("#8a919d");
  const auto& colors = scheme == Scheme::Dark ? kDarkClasses : kLightClasses;
  const auto count = static_cast<int>(colors.size());
  QColor color = QColor::fromRgb(colors[static_cast<std::size_t>(index % count)]);
  // Beyond ten no set of colours stays apart for everybody: hues are turned by the golden angle per
  // round, and the letters at the medians tell classes apart.
  if (const int round = index / count; round > 0) {
    const double hue = std::fmod(color.hslHueF() + 0.381966 * 0.25 * round, 1.0);
    const double shift = (round % 2 == 1 ? 0.12 : -0.12) * (scheme == Scheme::Dark ? 1 : -1);
    color = QColor::fromHslF(std::max(0.0, hue), std::max(0.25, color.hslSaturationF() * 0.85),
                             std::clamp(color.lightnessF() + shift, 0.22, 0.82));
  }
  return color;
}

QColor Theme::termColor(int index) const {
  if (index <= 0) return text;
  constexpr std::array<QRgb, 6> kLight = {0xff2f62d9, 0xffc04a12, 0xff24784a,
                                          0xff8a3fb5, 0xff9a6200, 0xff0b7f93};
  constexpr std::array<QRgb, 6> kDark = {0xff6c9bff, 0xffff9a5c, 0xff5cc98c,
                                         0xffc990ec, 0xffe8b04a, 0xff56c7da};
  const auto slot = static_cast<std::size_t>(index - 1) % kLight.size();
  return QColor::fromRgb(scheme == Scheme::Dark ? kDark[slot] : kLight[slot]);
}

QFont Theme::bodyFont() {
  return QApplication::font();
}
QFont Theme::captionFont() {
  return scaledFont(0.88);
}
QFont Theme::titleFont() {
  return scaledFont(1.0, QFont::DemiBold);
}

QFont Theme::numberFont() {
  QFont font = scaledFont(0.94);
  const QStringList installed = QFontDatabase::families();
  for (const char* name : {"JetBrains Mono", "IBM Plex Mono", "DejaVu Sans Mono"}) {
    if (installed.contains(QLatin1String(name))) {
      font.setFamily(QLatin1String(name));
      font.setPointSizeF(font.pointSizeF() * 0.94);  // monospaced faces run wide
      break;
    }
  }
  font.setStyleHint(QFont::Monospace);
  return font;
}

QPalette Theme::palette(Scheme scheme) {
  const Theme& theme = get(scheme);
  QPalette palette;
  const auto all = [&](QPalette::ColorRole role, const QColor& color) {
    palette.setColor(role, color);
  };
  all(QPalette::Window, theme.panel);
  all(QPalette::WindowText, theme.text);
  all(QPalette::Base, theme.canvas);
  all(QPalette::AlternateBase, theme.panel);
  all(QPalette::ToolTipBase, theme.raised);
  all(QPalette::ToolTipText, theme.text);
  all(QPalette::Text, theme.text);
  all(QPalette::PlaceholderText, theme.secondaryText);
  all(QPalette::Button, theme.raised);
  all(QPalette::ButtonText, theme.text);
  all(QPalette::BrightText, theme.error);
  all(QPalette::Light, mix(theme.raised, Qt::white, scheme == Scheme::Dark ? 0.06 : 1.0));
  all(QPalette::Midlight, theme.line);
  all(QPalette::Mid, theme.line);
  all(QPalette::Dark, mix(theme.line, theme.text, 0.2));
  all(QPalette::Shadow, scheme == Scheme::Dark ? QColor("#000000") : QColor("#9aa1ad"));
  all(QPalette::Highlight, theme.accent);
  all(QPalette::HighlightedText, theme.accentText);
  all(QPalette::Link, theme.accent);
  all(QPalette::LinkVisited, theme.accent);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, theme.disabledText);
  }
  palette.setColor(QPalette::Disabled, QPalette::Highlight, theme.line);
  palette.setColor(QPalette::Disabled, QPalette::HighlightedText, theme.disabledText);
  return palette;
}

QString Theme::styleSheet(Scheme scheme) {
  const Theme& theme = get(scheme);
  QFile file(QStringLiteral(":/style/studio.qss"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QString sheet = QString::fromUtf8(file.readAll());
  const std::pair<const char*, QColor> names[] = {
      {"@window", theme.window},
      {"@panel", theme.panel},
      {"@canvas", theme.canvas},
      {"@raised", theme.raised},
      {"@hovered", theme.hovered},
      {"@pressed", mix(theme.hovered, theme.text, 0.10)},
      {"@line", theme.line},
      {"@strongLine", mix(theme.line, theme.text, 0.22)},
      {"@groove", mix(theme.line, theme.panel, 0.25)},
      {"@textSecondary", theme.secondaryText},
      {"@textDisabled", theme.disabledText},
      {"@text", theme.text},
      {"@accentText", theme.accentText},
      {"@accentHover", mix(theme.accent, theme.text, 0.12)},
      {"@accentSoft", mix(theme.panel, theme.accent, scheme == Scheme::Dark ? 0.28 : 0.14)},
      {"@accent", theme.accent},
      {"@error", theme.error},
      {"@warning", theme.warning},
  };
  for (const auto& [name, color] : names) sheet.replace(QLatin1String(name), css(color));
  sheet.replace(QLatin1String("%scheme%"),
                scheme == Scheme::Dark ? QLatin1String("dark") : QLatin1String("light"));
  sheet.replace(QLatin1String("%images%"), styleImageFolder());
  sheet.replace(QLatin1String("%ending%"), styleImageEnding());
  return sheet;
}

QColor sampleColorMap(ColorMap map, double position) {
  // Nine knots of matplotlib's viridis and magma (van der Walt & Smith 2015, CC0), and of a blue -
  // grey - orange scale made for signed values; linear between.
  static constexpr std::array<std::array<QRgb, 9>, 3> kKnots = {{
      {0xff440154, 0xff472d7b, 0xff3b528b, 0xff2c728e, 0xff21918c, 0xff28ae80, 0xff5ec962,
       0xffaddc30, 0xfffde725},
      {0xff000004, 0xff1d1147, 0xff51127c, 0xff832681, 0xffb73779, 0xffe75263, 0xfffc8961,
       0xfffec488, 0xfffcfdbf},
      {0xff1f4fa3, 0xff4a79c4, 0xff83a7da, 0xffbfd0e6, 0xffe6e6e6, 0xfff0cdb0, 0xffe8a067,
       0xffcf6f2a, 0xff9c4510},
  }};
  const auto& knots = kKnots[static_cast<std::size_t>(map)];
  const double at = std::clamp(std::isfinite(position) ? position : 0.0, 0.0, 1.0) * 8.0;
  const auto low = static_cast<std::size_t>(std::min(7.0, std::floor(at)));
  return mix(QColor::fromRgb(knots[low]), QColor::fromRgb(knots[low + 1]),
             at - static_cast<double>(low));
}

}  // namespace latent::ui
