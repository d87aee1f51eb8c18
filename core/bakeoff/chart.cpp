#include "bakeoff/chart.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "bakeoff/number.h"

namespace latent::bakeoff {
namespace {

constexpr const char* kLineColours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
                                        "#d55e00", "#968c14", "#5a3ca0", "#3c3c3c", "#969696"};
constexpr double kLeft = 62;
constexpr double kTop = 12;
constexpr double kWidth = 560;
constexpr double kHeight = 300;
constexpr int kSteps = 4;

std::string text(double x, double y, const std::string& anchor, const std::string& words) {
  return "<text x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\" text-anchor=\"" + anchor +
         "\" fill=\"#3c4656\">" + escaped(words) + "</text>";
}

std::string level(double y) {
  return "<path d=\"M" + number(kLeft, 1) + " " + number(y, 1) + "h" + number(kWidth, 1) +
         "\" stroke=\"#e6e9ef\"/>";
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

void Chart::add(const std::string& name, Points points, Points beside) {
  if (!points.empty()) lines_.push_back({name, std::move(points), std::move(beside)});
}

Chart::Scale Chart::scale(bool across, Axis axis) const {
  std::vector<double> all;
  for (const Line& line : lines_) {
    for (const Points* points : {&line.points, &line.beside}) {
      for (const auto& [x, y] : *points) all.push_back(across ? x : y);
    }
  }
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  Scale scale{*least, *most > *least ? *most : *least + 1.0, {}, 0};
  if (axis == Axis::Logarithmic) {
    // 1, 3, 10, 30 …
    for (double power = std::pow(10.0, std::floor(std::log10(scale.first))); power <= scale.last;
         power *= 10.0) {
      for (const double tick : {power, 3.0 * power}) {
        if (tick >= scale.first && tick <= scale.last) scale.ticks.push_back(tick);
      }
    }
    return scale;
  }
  for (int i = 0; i <= kSteps; ++i) {
    scale.ticks.push_back(scale.first + (scale.last - scale.first) * i / kSteps);
  }
  scale.decimals = scale.last - scale.first > (across ? 8.0 : 20.0) ? 0 : 2;
  return scale;
}

std::string Chart::svg() const {
  const Scale across = scale(/*across=*/true, axis_);
  const Scale up = scale(/*across=*/false, Axis::Linear);
  const auto along = [&](double x) { return axis_ == Axis::Logarithmic ? std::log(x) : x; };
  const auto px = [&](double x) {
    return kLeft +
           (along(x) - along(across.first)) / (along(across.last) - along(across.first)) * kWidth;
  };
  const auto py = [&](double y) { return kTop + (up.last - y) / (up.last - up.first) * kHeight; };
  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 860 360\" width=\"860\" "
      "height=\"360\" font-family=\"system-ui,sans-serif\" font-size=\"12\" role=\"img\" "
      "aria-label=\"" +
      escaped(vertical_ + " over " + horizontal_) + "\">";
  for (const double tick : up.ticks) {
    out += level(py(tick)) + text(kLeft - 6, py(tick) + 4, "end", number(tick, up.decimals));
  }
  for (const double tick : across.ticks) {
    out += text(px(tick), kTop + kHeight + 18, "middle", number(tick, across.decimals));
  }
  out += text(kLeft + kWidth / 2, kTop + kHeight + 38, "middle", horizontal_);
  out += "<g transform=\"translate(14 " + number(kTop + kHeight / 2, 1) + ") rotate(-90)\">" +
         text(0, 0, "middle", vertical_) + "</g>";
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const std::string colour = kLineColours[i % std::size(kLineColours)];
    const auto line = [&](const Points& points, const std::string& dash) {
      std::string path;
      for (const auto& [x, y] : points) {
        path += (path.empty() ? "M" : "L") + number(px(x), 1) + " " + number(py(y), 1);
      }
      return path.empty()
                 ? path
                 : "<path d=\"" + path + "\" fill=\"none\" stroke-width=\"1.8\" stroke=\"" +
                       colour + "\"" + dash + "/>";
    };
    // The eleventh has the first one's colour.
    const std::string repeated =
        i >= std::size(kLineColours) ? " stroke-dasharray=\"8 3\"" : std::string{};
    out += line(lines_[i].points, repeated);
    out += line(lines_[i].beside, " stroke-dasharray=\"3 3\"");
    const double y = kTop + 10 + 17 * static_cast<double>(i);
    out += "<path d=\"M" + number(kLeft + kWidth + 14, 1) + " " + number(y, 1) +
           "h18\" stroke-width=\"3\" stroke=\"" + colour + "\"" + repeated + "/>";
    out += text(kLeft + kWidth + 38, y + 4, "start", lines_[i].name);
  }
  return out + "</svg>";
}

}  // namespace latent::bakeoff
