#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace latent::app {

bool output_is_terminal();
/// Columns of the terminal, 80 when there is none.
int terminal_width();

/// Number of columns that UTF-8 text takes (every character counts one).
std::size_t columns_of(const std::string& text);
/// Padded with blanks to `width` columns.
std::string left(const std::string& text, std::size_t width);
std::string right(const std::string& text, std::size_t width);
/// Broken between words into lines of at most `width` columns.
std::vector<std::string> wrap(const std::string& text, std::size_t width);

std::string fixed(double value, int decimals);
/// "14 203": groups of three.
std::string grouped(std::int64_t value);
/// "3:07", "1:02:45".
std::string duration(double seconds);
/// The shortest text that reads back as the same number.
std::string exact(float value);
std::string exact(double value);

/// One line on a terminal that is overwritten as the work goes on; nothing at all elsewhere, where
/// lines are printed when something is done. On stderr, so that stdout stays clean.
class ProgressLine {
 public:
  ProgressLine();
  /// Takes the line away.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `share` in [0, 1] draws a bar; below 0 there is none. Draws at most ten times a second.
  void show(double share, const std::string& before, const std::string& after);
  /// Makes room for a line of other output.
  void clear();

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_{};
};

/// Turns Ctrl-C and SIGTERM into a question; a second one ends the program at once, as ever.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  static bool requested();
};

}  // namespace latent::app
