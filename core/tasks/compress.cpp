#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

constexpr int kMostBits = 12;
constexpr std::int64_t kRangeRows = 1000;  // that the shown pictures' range is taken from

/// Of each of the code's numbers, the values between which it lies.
struct CodeRange {
  std::vector<float> low;   // [L]
  std::vector<float> high;  // [L]

  CodeRange(std::span<const float> codes, std::size_t length)
      : low(length, INFINITY), high(length, -INFINITY) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
      low[i % length] = std::min(low[i % length], codes[i]);
      high[i % length] = std::max(high[i % length], codes[i]);
    }
  }
};

/// Codes in 2^bits steps over their range: which step, and its middle.
struct Quantised {
  std::vector<std::int32_t> steps;  // [n, L]
  std::vector<float> codes;         // [n, L]
};

Quantised quantise(std::span<const float> codes, const CodeRange& range, int bits) {
  const std::size_t length = range.low.size();
  const std::int32_t count = std::int32_t{1} << bits;
  Quantised result{std::vector<std::int32_t>(codes.size()), std::vector<float>(codes.size())};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const double low = range.low[i % length];
    const double width = (static_cast<double>(range.high[i % length]) - low) / count;
    const double place = width > 0.0 ? (static_cast<double>(codes[i]) - low) / width : 0.0;
    const auto step = std::clamp(static_cast<std::int32_t>(std::floor(place)), 0, count - 1);
    result.steps[i] = step;
    result.codes[i] = static_cast<float>(low + (step + 0.5) * width);
  }
  return result;
}

/// Σ over the positions of the entropy of their symbols, in bits: what a coder needs per picture
/// that knows how often each symbol comes at each position. `symbols` [n, positions].
double code_entropy(std::span<const std::int32_t> symbols, std::size_t positions) {
  const std::size_t n = symbols.size() / positions;
  double bits = 0.0;
  for (std::size_t position = 0; position < positions; ++position) {
    std::map<std::int32_t, std::int64_t> counts;
    for (std::size_t i = 0; i < n; ++i) ++counts[symbols[i * positions + position]];
    for (const auto& [symbol, count] : counts) {
      const double share = static_cast<double>(count) / static_cast<double>(n);
      bits -= share * std::log2(share);
    }
  }
  return bits;
}

/// Which level each position of a discrete code has taken.
std::vector<std::int32_t> symbols_of(std::span<const float> codes, const CodeLevels& levels) {
  const auto size = static_cast<std::size_t>(levels.size);
  const auto count = static_cast<std::size_t>(levels.levels);
  const auto positions = static_cast<std::size_t>(levels.positions);
  std::vector<std::int32_t> symbols(codes.size() / size);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const float* code = codes.data() + i * size;
    const float* book = levels.values.data() + i % positions * count * size;
    double nearest = INFINITY;
    for (std::size_t level = 0; level < count; ++level) {
      double distance = 0.0;
      for (std::size_t j = 0; j < size; ++j) {
        const double difference =
            static_cast<double>(code[j]) - static_cast<double>(book[level * size + j]);
        distance += difference * difference;
      }
      if (distance < nearest) {
        nearest = distance;
        symbols[i] = static_cast<std::int32_t>(level);
      }
    }
  }
  return symbols;
}

/// The code instead of the picture: how many bits it takes, and what is lost. Point codes (and
/// posterior means) are quantised to b bits per number; discrete codes are symbols already; and a
/// Gaussian posterior's rate is KL(q(z|x) ‖ p(z)) / ln 2, what bits-back coding spends on z (Hinton
/// & van Camp 1993; Townsend et al. 2019, https://arxiv.org/abs/1901.04866).
class Compress : public Task {
 public:
  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset&) const override {
    return needs_an_encoder(model);
  }

  TaskPictures show(const TaskSubject& subject, const Dataset& data,
                    std::span<const std::int64_t> rows,
                    const TaskSettings& settings) const override {
    const FrozenModel& model = *subject.model;
    const ChosenPictures chosen(data, rows);
    const std::vector<float> codes = encode(model, chosen).mean;
    TaskPictures pictures;
    pictures.rows = {{"original", to_floats(chosen.images), {}}};
    if (model.info().discrete_code) {
      const CodeLevels levels = model.code_levels();
      pictures.rows.push_back({"decoded", decode(model, codes, chosen.labels), {}});
      pictures.remark = std::to_string(levels.positions) + " symbols of a book of " +
                        std::to_string(levels.levels) + ": " + fixed(full_bits(levels), 0) +
                        " bits for each picture. The bits cannot be chosen here.";
    } else {
      const auto length = static_cast<std::size_t>(model.latent_dim());
      const int bits = static_cast<int>(settings.parameter);
      std::vector<std::int64_t> some(static_cast<std::size_t>(std::min(kRangeRows, data.size())));
      for (std::size_t i = 0; i < some.size(); ++i) some[i] = static_cast<std::int64_t>(i);
      std::vector<float> known = encode(model, ChosenPictures(data, some)).mean;
      known.insert(known.end(), codes.begin(), codes.end());
      const Quantised coarse = quantise(codes, CodeRange(known, length), bits);
      pictures.rows.push_back({"whole code", decode(model, codes, chosen.labels), {}});
      pictures.rows.push_back(
          {std::to_string(bits) + (bits == 1 ? " bit" : " bits") + " for each number",
           decode(model, coarse.codes, chosen.labels),
           {}});
      pictures.remark = std::to_string(length) + (length == 1 ? " number × " : " numbers × ") +
                        std::to_string(bits) +
                        " bits = " + std::to_string(length * static_cast<std::size_t>(bits)) +
                        " bits for each picture, which itself has " + raw_bits(data.shape) +
                        ". Steps over the range of " + std::to_string(some.size()) +
                        " pictures' codes.";
    }
    pictures.captions_mean = "Squared error per pixel against the original.";
    const auto pixels = static_cast<std::size_t>(data.shape.pixels());
    for (std::size_t row = 1; row < pictures.rows.size(); ++row) {
      for (std::size_t at = 0; at < pictures.rows[0].pixels.size(); at += pixels) {
        pictures.rows[row].captions.push_back(
            fixed(squared_error(std::span(pictures.rows[0].pixels).subspan(at, pixels),
                                std::span(pictures.rows[row].pixels).subspan(at, pixels)),
                  3));
      }
    }
    return pictures;
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    const FrozenModel& model = *subject.model;
    const bool discrete = model.info().discrete_code;
    const auto length = static_cast<std::size_t>(model.latent_dim());
    const int chosen_bits = static_cast<int>(settings.parameter);
    PassPlan plan{progress, stop, discrete ? 2 : kMostBits + 2};

    // One pass encodes all; a Gaussian posterior is also drawn from, once for each picture.
    std::vector<float> codes;
    Spread rate;
    Spread rate_error;
    Draws draws(settings.seed);
    for_each_part(data, plan, [&](std::int64_t, const Pictures& part) {
      const Codes posterior = encode(model, part);
      codes.insert(codes.end(), posterior.mean.begin(), posterior.mean.end());
      if (posterior.log_var.empty()) return;
      const std::vector<float> z = draw_codes(posterior, draws);
      const std::vector<float> log_prior = model.log_prior(z);
      if (log_prior.empty()) return;
      const std::vector<float> clean = to_floats(part.images);
      const std::vector<float> decoded = decode(model, z, part.labels);
      for (std::size_t i = 0; i < log_prior.size(); ++i) {
        rate.add((log_posterior(posterior, z, i, length) - static_cast<double>(log_prior[i])) /
                 std::log(2.0));
        rate_error.add(error_of(clean, decoded, i, data.shape));
      }
    });
    ++plan.done;

    const auto error_with = [&](std::span<const float> all) {
      Spread errors;
      for_each_part(data, plan, [&](std::int64_t first, const Pictures& part) {
        const std::size_t n = part.labels.size();
        const std::vector<float> decoded = decode(
            model, all.subspan(static_cast<std::size_t>(first) * length, n * length), part.labels);
        const std::vector<float> clean = to_floats(part.images);
        for (std::size_t i = 0; i < n; ++i) errors.add(error_of(clean, decoded, i, data.shape));
      });
      ++plan.done;
      return errors;
    };

    TaskResult result;
    result.images = data.size();
    const std::string per_pixel = "squared error per pixel";
    TaskCurve curve{.title = "Distortion against rate",
                    .x_title = "bits per image",
                    .y_title = per_pixel,
                    .logarithmic_x = true,
                    .lines = {}};
    if (discrete) {
      const CodeLevels levels = model.code_levels();
      const double entropy =
          code_entropy(symbols_of(codes, levels), static_cast<std::size_t>(levels.positions));
      result.figures = {figure("bits", "Rate: symbols × log₂ of the book", "bits per image",
                               full_bits(levels), 1),
                        figure("entropy_bits", "Rate by how often each symbol is used",
                               "bits per image", entropy, 1),
                        figure("mse", "Distortion", per_pixel, error_with(codes), 4)};
      curve.lines.push_back({"symbols", {entropy}, {result.figures.back().mean}});
      result.remark =
          "The entropy is of each symbol on its own: what is common to several could save more.";
    } else {
      const CodeRange range(codes, length);
      TaskCurve::Line line{"quantised code", {}, {}};
      for (int bits = 1; bits <= kMostBits; ++bits) {
        const Quantised coarse = quantise(codes, range, bits);
        const double entropy = code_entropy(coarse.steps, length);
        const Spread errors = error_with(coarse.codes);
        line.x.push_back(entropy);
        line.y.push_back(errors.mean());
        if (bits == chosen_bits) {
          result.figures = {figure("bits", "Rate: numbers × " + std::to_string(bits) + " bits",
                                   "bits per image", static_cast<double>(length) * bits, 0),
                            figure("entropy_bits", "Rate by the entropy of the steps",
                                   "bits per image", entropy, 1),
                            figure("mse", "Distortion", per_pixel, errors, 4)};
        }
      }
      const Spread whole = error_with(codes);
      result.figures.push_back(
          figure("whole_mse", "Distortion with the whole code", per_pixel, whole, 4));
      curve.lines.push_back(std::move(line));
      result.remark =
          "Steps of equal width over the range of these pictures' codes; the curve goes "
          "from 1 to " +
          std::to_string(kMostBits) + " bits a number. The entropy is of each number on its own.";
    }
    if (rate.count() > 0) {
      result.figures.push_back(
          figure("kl_bits", "Rate of the posterior, KL / ln 2", "bits per image", rate, 1));
      result.figures.push_back(
          figure("kl_mse", "Distortion of a code drawn from it", per_pixel, rate_error, 4));
      curve.lines.push_back({"posterior, by its KL", {rate.mean()}, {rate_error.mean()}});
    } else if (model.info().gaussian_posterior) {
      result.remark +=
          " This code has several levels or steps: its KL is no sum over one Gaussian, "
          "and is left out.";
    }
    result.remark += " A picture itself has " + raw_bits(data.shape) + ".";
    result.curves = {std::move(curve)};
    return result;
  }

 private:
  static double full_bits(const CodeLevels& levels) {
    return levels.positions * std::log2(static_cast<double>(levels.levels));
  }

  static std::string raw_bits(const ImageShape& shape) {
    return std::to_string(8 * shape.pixels()) + " bits";
  }

  /// log q(z|x) of picture i, in nats.
  static double log_posterior(const Codes& posterior, std::span<const float> z, std::size_t i,
                              std::size_t length) {
    constexpr double kLogTwoPi = 1.8378770664093453;
    double sum = 0.0;
    for (std::size_t j = i * length; j < (i + 1) * length; ++j) {
      const double log_var = posterior.log_var[j];
      const double away = static_cast<double>(z[j]) - static_cast<double>(posterior.mean[j]);
      sum -= 0.5 * (kLogTwoPi + log_var + away * away * std::exp(-log_var));
    }
    return sum;
  }

  static double error_of(std::span<const float> clean, std::span<const float> decoded,
                         std::size_t i, const ImageShape& shape) {
    const auto pixels = static_cast<std::size_t>(shape.pixels());
    return squared_error(clean.subspan(i * pixels, pixels), decoded.subspan(i * pixels, pixels));
  }

  TaskInfo info_{
      .id = "compress",
      .title = "Compress",
      .explanation =
          "Keeps only the code of a picture: how many bits that takes, and what is lost.",
      .method =
          "Codes are quantised to b bits a number; symbols of a code book are counted; a "
          "Gaussian posterior costs its KL (bits-back coding, Townsend et al. 2019).",
      .parameter = {.id = "bits",
                    .title = "Bits for each number",
                    .help =
                        "Into how many steps each number of the code is rounded, 2 to the power "
                        "of it. Higher: a longer file, a picture nearer to that of the whole "
                        "code.",
                    .kind = Hyperparameter::Kind::Integer,
                    .initial = 4,
                    .minimum = 1,
                    .maximum = kMostBits,
                    .unit = "bits"}};
};

const TaskEntry compress_entry(40, std::make_unique<Compress>());

}  // namespace
}  // namespace latent::tasks
