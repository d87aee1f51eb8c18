#include "bakeoff/chart.h"

#include "support/catch.h"

using namespace latent::bakeoff;

TEST_CASE("a chart draws each line where its axes say", "[bakeoff]") {
  Chart chart{"epoch", "loss"};
  CHECK(chart.empty());
  chart.add("nothing", {});
  CHECK(chart.empty());
  chart.add("A & B", {{0.0, 10.0}, {5.0, 0.0}, {10.0, 5.0}});
  const std::string svg = chart.svg();
  // The frame is 560 × 300 at (62, 12).
  CHECK_THAT(svg, ContainsSubstring("d=\"M62.0 12.0L342.0 312.0L622.0 162.0\""));
  CHECK_THAT(svg, ContainsSubstring(">A &amp; B</text>"));
  CHECK_THAT(svg, ContainsSubstring("aria-label=\"loss over epoch\""));
}

TEST_CASE("a logarithmic chart has ticks at 1 and 3 of each power, and as far between powers",
          "[bakeoff]") {
  Chart chart{"labels", "accuracy", Chart::Axis::Logarithmic};
  chart.add("tuned", {{100.0, 0.0}, {1000.0, 0.5}, {10000.0, 1.0}}, {{100.0, 0.0}, {10000.0, 0.5}});
  const std::string svg = chart.svg();
  CHECK_THAT(svg, ContainsSubstring("d=\"M62.0 312.0L342.0 162.0L622.0 12.0\""));
  CHECK_THAT(svg, ContainsSubstring("d=\"M62.0 312.0L622.0 162.0\" fill=\"none\" "
                                    "stroke-width=\"1.8\" stroke=\"#0072b2\" "
                                    "stroke-dasharray=\"3 3\""));
  for (const char* tick : {">100<", ">300<", ">1000<", ">3000<", ">10000<"}) {
    CHECK_THAT(svg, ContainsSubstring(tick));
  }
}
