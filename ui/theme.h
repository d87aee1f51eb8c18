#pragma once

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QString>
#include <QStringList>
#include <array>

class QApplication;
class QPalette;
class QWidget;

namespace latent::ui {

/// Every colour, distance and type size of the window. Two instances exist, light and dark; a
/// widget asks `Theme::of(this)` when it paints and so follows each change of its palette.
class Theme {
 public:
  enum class Scheme { Light, Dark };

  /// Fusion, our palette and style sheet, for the whole program. May be called again at any time:
  /// every widget follows.
  static void apply(QApplication& application, Scheme scheme);
  /// The same without the style sheet, for a program that has yet to make its widgets: under a
  /// style sheet each of them is styled again whenever it or what it is in is given a parent.
  static void prepare(Scheme scheme);
  /// What the desktop asks for, as far as Qt can tell.
  static Scheme preferredScheme();
  static const Theme& get(Scheme scheme);
  /// The one that fits the palette.
  static const Theme& of(const QPalette& palette);
  static const Theme& of(const QWidget* widget);

  Scheme scheme = Scheme::Light;
  QColor window;         ///< behind docks
  QColor panel;          ///< of docks and forms
  QColor canvas;         ///< of plots
  QColor raised;         ///< buttons, cards, fields
  QColor hovered;        ///< raised, under the pointer
  QColor line;           ///< hairlines and borders
  QColor grid;           ///< of plots
  QColor text;           ///< 4.5:1 or more on window, panel, canvas and raised
  QColor secondaryText;  ///< captions, axis numbers; 4.5:1
  QColor disabledText;
  QColor accent;      ///< the one colour that means "this can be acted on" or "current"
  QColor accentText;  ///< on accent
  QColor error;
  QColor warning;
  QColor success;
  QColor handleA;  ///< first end of an interpolation
  QColor handleB;  ///< second end
  QColor marker;   ///< current code

  /// Colour of class `index` ≥ 0: ten that stay apart for colour-blind people, then further hues.
  /// Index -1 (no label) is a grey.
  QColor classColor(int index) const;
  /// Colour of loss term `index`: 0 is the total.
  QColor termColor(int index) const;

  // Distances in device-independent pixels.
  static constexpr int kTight = 4;
  static constexpr int kSmall = 8;
  static constexpr int kMedium = 12;
  static constexpr int kLarge = 20;
  static constexpr int kRadius = 6;
  static constexpr int kControlHeight = 26;
  static constexpr int kIconSize = 16;

  // The type scale, over the application's font.
  static QFont bodyFont();
  static QFont captionFont();
  static QFont titleFont();
  static QFont numberFont();  ///< figures of one width, for values that change

  static QPalette palette(Scheme scheme);
  static QString styleSheet(Scheme scheme);
};

/// A monochrome icon of resources/icons ("play", "pause", "step-batch", "step-epoch", "stop",
/// "reset", "new-seed", "decode", "pan", "box-zoom", "lasso", "fit", "follow", "manifold",
/// "random", "copy", "paste", "swap", "export", "close", "help", "open", "save", "halve", "double",
/// "settings", "thumbnails", "info", "warning", "error", "zoom"), in the text colour of the palette
/// in use when it is painted: it follows a change of theme and is crisp at any scale.
QIcon themedIcon(const QString& name);
/// The names that `themedIcon` knows.
QStringList themedIconNames();

/// Continuous colour maps, perceptually even and safe for colour-blind people.
enum class ColorMap { Viridis, Magma, Diverging };
/// Colour at `position`, clamped to 0 … 1.
QColor sampleColorMap(ColorMap map, double position);

}  // namespace latent::ui
