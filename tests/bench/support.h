#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "latent/data_catalogue.h"
#include "latent/training_config.h"

namespace latent::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The value below which the share `part` of `values` lies; sorts them.
inline double quantile(std::vector<double>& values, double part) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(part * last + 0.5)];
}
inline double median(std::vector<double> values) {
  return quantile(values, 0.5);
}

/// `count` pictures of noise in MNIST's shape: a step's speed does not depend on what they show.
inline DataSplit noise_images(std::int64_t count) {
  auto data = std::make_shared<Dataset>();
  data->shape = {1, 28, 28};
  data->images.resize(static_cast<std::size_t>(count * data->shape.pixels()));
  std::minstd_rand generator{1};
  for (std::uint8_t& pixel : data->images) {
    const auto value = generator() % 256U;
    pixel = static_cast<std::uint8_t>(value < 200 ? 0 : value);
  }
  data->labels.assign(static_cast<std::size_t>(count), -1);
  auto nothing = std::make_shared<Dataset>();
  nothing->shape = data->shape;
  DataSplit split{.id = "noise", .title = "noise", .fingerprint = "noise"};
  split.train = data;
  split.validation = nothing;
  split.test = nothing;
  return split;
}

/// One figure for the table of `scripts/bench`, on a line of its own where that asks for it. `what`
/// names it, the same in every run. `times` holds it against another one of the same run, and
/// `beside` is read after it: 37 × "as fast as QCustomPlot's scatter".
inline void figure(const std::string& what, double value, const std::string& unit,
                   const std::string& beside = {}, double times = 0.0) {
  static const bool wanted = std::getenv("LATENT_BENCH_FIGURES") != nullptr;
  if (!wanted) return;
  std::printf("{\"figure\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"", what.c_str(), value,
              unit.c_str());
  if (!beside.empty()) std::printf(", \"beside\": \"%s\", \"times\": %.6g", beside.c_str(), times);
  std::printf("}\n");
  std::fflush(stdout);
}

/// "--name value" of the command line, or `otherwise`.
inline std::string option(int argc, char** argv, const std::string& name,
                          const std::string& otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == "--" + name) return argv[i + 1];
  }
  return otherwise;
}
inline bool flag(int argc, char** argv, const std::string& name) {
  return std::any_of(argv + 1, argv + argc,
                     [&](const char* argument) { return argument == "--" + name; });
}

}  // namespace latent::bench
