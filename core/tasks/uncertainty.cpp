#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

constexpr std::size_t kShownDraws = 2;
constexpr std::size_t kUncertaintyGroups = 10;
constexpr float kBrightest = 2.0F;  // a deviation of ½, the largest there is, is white

/// Mean and standard deviation of each pixel over k pictures decoded from draws of the posterior.
struct PixelSpread {
  std::vector<float> mean;       // [n, C, H, W]
  std::vector<float> deviation;  // [n, C, H, W]
  std::vector<std::vector<float>> draws;

  PixelSpread(const FrozenModel& model, const Pictures& pictures, std::int64_t samples,
              Draws& random, std::size_t kept = 0) {
    const Codes posterior = encode(model, pictures);
    std::vector<double> sum(pictures.images.size());
    std::vector<double> squares(pictures.images.size());
    for (std::int64_t k = 0; k < samples; ++k) {
      const std::vector<float> pixels =
          decode(model, draw_codes(posterior, random), pictures.labels);
      for (std::size_t i = 0; i < pixels.size(); ++i) {
        const auto value = static_cast<double>(pixels[i]);
        sum[i] += value;
        squares[i] += value * value;
      }
      if (draws.size() < kept) draws.push_back(pixels);
    }
    const auto count = static_cast<double>(samples);
    mean.resize(sum.size());
    deviation.resize(sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) {
      mean[i] = static_cast<float>(sum[i] / count);
      // Unbiased: over k − 1.
      const double variance = (squares[i] - sum[i] * sum[i] / count) / (count - 1.0);
      deviation[i] = static_cast<float>(std::sqrt(std::max(variance, 0.0)));
    }
  }
};

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  Spread of_a;
  Spread of_b;
  Spread of_products;
  for (std::size_t i = 0; i < a.size(); ++i) {
    of_a.add(a[i]);
    of_b.add(b[i]);
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    of_products.add((a[i] - of_a.mean()) * (b[i] - of_b.mean()));
  }
  const double scale = of_a.deviation() * of_b.deviation();
  const auto n = static_cast<double>(a.size());
  return scale > 0.0 ? of_products.mean() * n / (n - 1.0) / scale : 0.0;
}

/// Where a variational system is not sure: k codes of the posterior, decoded, and the spread of
/// each pixel over them (Kingma & Welling 2013: z ~ q(z|x)).
class Uncertainty : public Task {
 public:
  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset&) const override {
    if (const std::string missing = needs_an_encoder(model); !missing.empty()) return missing;
    if (model.info().gaussian_posterior) return {};
    return model.info().title +
           " encodes a picture to one code, not to a distribution: there is nothing to draw from.";
  }

  TaskPictures show(const TaskSubject& subject, const Dataset& data,
                    std::span<const std::int64_t> rows,
                    const TaskSettings& settings) const override {
    const ChosenPictures chosen(data, rows);
    Draws draws(settings.seed);
    PixelSpread spread(*subject.model, chosen, static_cast<std::int64_t>(settings.parameter), draws,
                       kShownDraws);
    TaskPictures pictures;
    pictures.rows.push_back({"picture", to_floats(chosen.images), {}});
    for (std::vector<float>& draw : spread.draws) {
      pictures.rows.push_back({"decoded draw", std::move(draw), {}});
    }
    pictures.rows.push_back({"mean of the draws", std::move(spread.mean), {}});
    TaskPictures::Row unsure{"spread", {}, {}};
    const auto pixels = static_cast<std::size_t>(data.shape.pixels());
    for (std::size_t at = 0; at < spread.deviation.size(); at += pixels) {
      const auto begin = spread.deviation.begin() + static_cast<std::ptrdiff_t>(at);
      const double sum = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(pixels), 0.0);
      unsure.captions.push_back(fixed(sum / static_cast<double>(pixels), 3));
    }
    for (const float deviation : spread.deviation) unsure.pixels.push_back(kBrightest * deviation);
    pictures.rows.push_back(std::move(unsure));
    pictures.remark =
        "Spread: standard deviation of each pixel over the draws, white where it is ½.";
    pictures.captions_mean = "Below the spread its mean over the pixels.";
    return pictures;
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    const auto samples = static_cast<std::int64_t>(settings.parameter);
    std::vector<double> spreads;
    std::vector<double> errors;
    Spread spread;
    Spread error;
    Draws draws(settings.seed);
    const PassPlan plan{progress, stop, 1, 0, 100};
    for_each_part(data, plan, [&](std::int64_t, const Pictures& part) {
      const PixelSpread of_part(*subject.model, part, samples, draws);
      const std::vector<float> clean = to_floats(part.images);
      const auto pixels = static_cast<std::size_t>(data.shape.pixels());
      for (std::size_t at = 0; at < clean.size(); at += pixels) {
        const auto begin = of_part.deviation.begin() + static_cast<std::ptrdiff_t>(at);
        spreads.push_back(std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(pixels), 0.0) /
                          static_cast<double>(pixels));
        errors.push_back(std::sqrt(squared_error(std::span(clean).subspan(at, pixels),
                                                 std::span(of_part.mean).subspan(at, pixels))));
        spread.add(spreads.back());
        error.add(errors.back());
      }
    });
    TaskResult result;
    result.images = data.size();
    result.figures = {
        figure("spread", "Spread of a pixel over the draws", "standard deviation", spread, 4),
        figure("error", "Error of the draws' mean", "root of squared error per pixel", error, 4),
        figure("correlation", "Correlation of spread and error", "", correlation(spreads, errors),
               3)};
    result.curves = {by_groups(spreads, errors)};
    result.remark =
        "The spread is of what is drawn from q(z|x), without the noise of the pixels themselves; a "
        "high correlation means that the system knows where it errs.";
    if (subject.model->code_steps() > 1 ||
        subject.model
            ->log_prior(std::vector<float>(static_cast<std::size_t>(subject.model->latent_dim())))
            .empty()) {
      result.remark +=
          " Of this code of several levels or steps, what is drawn is the Gaussian "
          "around the others' means.";
    }
    return result;
  }

 private:
  /// Pictures in ten groups of rising spread: the mean spread and the mean error of each.
  static TaskCurve by_groups(const std::vector<double>& spreads,
                             const std::vector<double>& errors) {
    std::vector<std::size_t> order(spreads.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return spreads[a] < spreads[b]; });
    TaskCurve curve{.title = "Tenths of the pictures, from sure to unsure",
                    .x_title = "mean spread",
                    .y_title = "mean error",
                    .logarithmic_x = false,
                    .lines = {{"tenths", {}, {}}}};
    const std::size_t groups = std::min(kUncertaintyGroups, order.size());
    for (std::size_t group = 0; group < groups; ++group) {
      Spread spread;
      Spread error;
      for (std::size_t i = group * order.size() / groups; i < (group + 1) * order.size() / groups;
           ++i) {
        spread.add(spreads[order[i]]);
        error.add(errors[order[i]]);
      }
      curve.lines[0].x.push_back(spread.mean());
      curve.lines[0].y.push_back(error.mean());
    }
    return curve;
  }

  TaskInfo info_{
      .id = "uncertainty",
      .title = "Uncertainty",
      .explanation = "Shows where a picture's code leaves open how it looks.",
      .method =
          "k codes are drawn from the posterior q(z|x) and decoded; the spread of each pixel "
          "over them is the picture.",
      .parameter = {.id = "k",
                    .title = "k (draws)",
                    .help =
                        "How many codes are drawn for each picture. Higher: a smoother estimate "
                        "of the spread, and k times the work.",
                    .kind = Hyperparameter::Kind::Integer,
                    .initial = 32,
                    .minimum = 2,
                    .maximum = 256,
                    .unit = "samples",
                    .logarithmic = true}};
};

const TaskEntry uncertainty_entry(30, std::make_unique<Uncertainty>());

}  // namespace
}  // namespace latent::tasks
