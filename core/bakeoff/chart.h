#pragma once

#include <string>
#include <utility>
#include <vector>

namespace latent::bakeoff {

/// `text` as HTML and SVG take it.
std::string escaped(const std::string& text);

/// Lines in one frame, x and y in their own units, as SVG.
class Chart {
 public:
  enum class Axis { Linear, Logarithmic };
  using Points = std::vector<std::pair<double, double>>;

  /// What the axes say. A logarithmic one takes x above 0.
  Chart(std::string horizontal, std::string vertical, Axis axis = Axis::Linear)
      : horizontal_(std::move(horizontal)), vertical_(std::move(vertical)), axis_(axis) {}

  /// A line, and dashed in its colour one to compare it with. Without points there is no line.
  void add(const std::string& name, Points points, Points beside = {});
  bool empty() const { return lines_.empty(); }

  std::string svg() const;

 private:
  struct Line {
    std::string name;
    Points points;
    Points beside;
  };
  /// Of an axis: where it begins and ends, and its ticks.
  struct Scale {
    double first = 0.0;
    double last = 1.0;
    std::vector<double> ticks;
    int decimals = 0;
  };
  /// Of all points' x, or of their y.
  Scale scale(bool across, Axis axis) const;

  std::string horizontal_;
  std::string vertical_;
  Axis axis_;
  std::vector<Line> lines_;
};

}  // namespace latent::bakeoff
