#include <algorithm>
#include <cmath>
#include <utility>

#include "tasks/network_pass.h"
#include "tasks/registry.h"

namespace latent::tasks {
namespace {

constexpr int kDenoiseCurveSteps = 8;

/// Noise on the pixels, and what an encode and a decode leave of it: the codes hold what pictures
/// of the training set have in common, which noise is not (Vincent et al. 2008, section 2.3).
class Denoise : public Task {
 public:
  enum class Noise { Gaussian, SaltAndPepper };

  Denoise(Noise noise, TaskInfo info) : noise_(noise), info_(std::move(info)) {}

  const TaskInfo& info() const override { return info_; }

  std::string why_not(const FrozenModel& model, const Dataset&) const override {
    return needs_an_encoder(model);
  }

  TaskPictures show(const TaskSubject& subject, const Dataset& data,
                    std::span<const std::int64_t> rows,
                    const TaskSettings& settings) const override {
    const ChosenPictures chosen(data, rows);
    Draws draws(settings.seed);
    const auto noisy = spoil(chosen.images, settings.parameter, draws);
    TaskPictures pictures;
    pictures.rows = {
        {"clean", to_floats(chosen.images), {}},
        {"noisy", to_floats(noisy), {}},
        {"denoised", rebuild(*subject.model, {noisy, chosen.labels}), {}},
    };
    const auto pixels = static_cast<std::size_t>(data.shape.pixels());
    const std::span<const float> clean = pictures.rows[0].pixels;
    for (std::size_t row = 1; row < pictures.rows.size(); ++row) {
      const std::span<const float> treated = pictures.rows[row].pixels;
      for (std::size_t at = 0; at < clean.size(); at += pixels) {
        pictures.rows[row].captions.push_back(
            fixed(squared_error(clean.subspan(at, pixels), treated.subspan(at, pixels)), 3));
      }
    }
    pictures.captions_mean = "Squared error per pixel against the clean picture.";
    return pictures;
  }

  TaskResult measure(const TaskSubject& subject, const Dataset& data, const TaskSettings& settings,
                     const ProgressFunction& progress, const std::stop_token& stop) const override {
    TaskCurve curve{.title = "Error against the noise",
                    .x_title = info_.parameter.title,
                    .y_title = "squared error per pixel",
                    .logarithmic_x = false,
                    .lines = {{"noisy", {}, {}}, {"denoised", {}, {}}}};
    PassPlan plan{progress, stop, kDenoiseCurveSteps + 2};
    const auto errors_at = [&](double level) {
      std::pair<Spread, Spread> errors;
      Draws draws(settings.seed);
      for_each_part(data, plan, [&](std::int64_t, const Pictures& part) {
        const auto noisy = spoil(part.images, level, draws);
        const auto clean = to_floats(part.images);
        const auto seen = to_floats(noisy);
        const auto denoised = rebuild(*subject.model, {noisy, part.labels});
        const auto pixels = static_cast<std::size_t>(data.shape.pixels());
        for (std::size_t at = 0; at < clean.size(); at += pixels) {
          const auto original = std::span(clean).subspan(at, pixels);
          errors.first.add(squared_error(original, std::span(seen).subspan(at, pixels)));
          errors.second.add(squared_error(original, std::span(denoised).subspan(at, pixels)));
        }
      });
      ++plan.done;
      return errors;
    };
    const auto [noisy, denoised] = errors_at(settings.parameter);
    for (int step = 0; step <= kDenoiseCurveSteps; ++step) {
      const double level = info_.parameter.maximum * step / kDenoiseCurveSteps;
      const auto [before, after] = errors_at(level);
      curve.lines[0].x.push_back(level);
      curve.lines[0].y.push_back(before.mean());
      curve.lines[1].x.push_back(level);
      curve.lines[1].y.push_back(after.mean());
    }
    TaskResult result;
    result.images = data.size();
    const std::string unit = "squared error per pixel";
    result.figures = {figure("noisy_mse", "Error of the noisy pictures", unit, noisy, 4),
                      figure("denoised_mse", "Error after denoising", unit, denoised, 4)};
    // Without noise there is no peak to speak of.
    if (noisy.mean() > 0.0) {
      result.figures.push_back(figure("noisy_psnr", "PSNR of the noisy pictures", "dB",
                                      peak_signal_to_noise(noisy.mean()), 2));
    }
    result.figures.push_back(figure("denoised_psnr", "PSNR after denoising", "dB",
                                    peak_signal_to_noise(denoised.mean()), 2));
    result.curves = {std::move(curve)};
    result.remark =
        "Errors are against the clean pictures; PSNR is of the mean error, for a peak of 1.";
    return result;
  }

 private:
  /// As bytes: what a network can be shown.
  std::vector<std::uint8_t> spoil(std::span<const std::uint8_t> images, double level,
                                  Draws& draws) const {
    std::vector<std::uint8_t> noisy(images.begin(), images.end());
    for (std::uint8_t& value : noisy) {
      if (noise_ == Noise::SaltAndPepper) {
        if (draws.uniform() < level) value = draws.uniform() < 0.5 ? 0 : 255;
        continue;
      }
      const double spoiled = static_cast<double>(value) + 255.0 * level * draws.normal();
      value = static_cast<std::uint8_t>(std::lround(std::clamp(spoiled, 0.0, 255.0)));
    }
    return noisy;
  }

  Noise noise_;
  TaskInfo info_;
};

constexpr const char* kDenoiseMethod =
    "The noisy picture is encoded and decoded once (Vincent et al. 2008, section 2.3). A system "
    "that "
    "was trained on noise does it best, every other does it too.";

const TaskEntry denoise_entry(
    10, std::make_unique<Denoise>(
            Denoise::Noise::Gaussian,
            TaskInfo{.id = "denoise",
                     .title = "Denoise",
                     .explanation = "Takes Gaussian noise off pictures that were never trained on.",
                     .method = kDenoiseMethod,
                     .parameter = {.id = "sigma",
                                   .title = "Noise σ",
                                   .help = "Standard deviation of the noise added to each pixel, "
                                           "which is 0 … 1; what leaves that range is clipped.",
                                   .initial = 0.3,
                                   .minimum = 0.0,
                                   .maximum = 1.0}}));

const TaskEntry salt_and_pepper_entry(
    11, std::make_unique<Denoise>(
            Denoise::Noise::SaltAndPepper,
            TaskInfo{.id = "denoise-salt-pepper",
                     .title = "Denoise: salt and pepper",
                     .explanation = "Rebuilds pictures in which some pixels were replaced by black "
                                    "or white.",
                     .method = kDenoiseMethod,
                     .parameter = {.id = "share",
                                   .title = "Share of spoiled pixels",
                                   .help = "How many of the pixels are replaced, half of them by "
                                           "black and half by white.",
                                   .initial = 0.2,
                                   .minimum = 0.0,
                                   .maximum = 1.0}}));

}  // namespace
}  // namespace latent::tasks
