#include "tasks/network_pass.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <utility>

#include "latent/error.h"

namespace latent::tasks {

ChosenPictures::ChosenPictures(const Dataset& data, std::span<const std::int64_t> rows) {
  for (const std::int64_t row : rows) {
    const auto image = data.image(row);
    images.insert(images.end(), image.begin(), image.end());
    labels.push_back(data.labels[static_cast<std::size_t>(row)]);
  }
}

void for_each_part(const Dataset& data, const PassPlan& plan,
                   const std::function<void(std::int64_t, const Pictures&)>& part) {
  const std::int64_t pixels = data.shape.pixels();
  const std::int64_t total = data.size() * plan.passes;
  for (std::int64_t first = 0; first < data.size(); first += plan.at_once) {
    if (plan.stop.stop_requested()) throw Error(ErrorCode::Cancelled, "Cancelled.");
    const std::int64_t count = std::min(plan.at_once, data.size() - first);
    part(first, {std::span(data.images)
                     .subspan(static_cast<std::size_t>(first * pixels),
                              static_cast<std::size_t>(count * pixels)),
                 std::span(data.labels)
                     .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count))});
    if (plan.progress) {
      plan.progress(data.size() * plan.done + first + count, total, "Measuring");
    }
  }
}

Codes encode(const FrozenModel& model, const Pictures& pictures) {
  Codes codes;
  const std::size_t values = pictures.labels.size() * static_cast<std::size_t>(model.latent_dim());
  codes.mean.resize(values);
  if (model.info().gaussian_posterior) codes.log_var.resize(values);
  model.encode(pictures.images, pictures.labels, codes.mean, codes.log_var);
  return codes;
}

std::vector<float> decode(const FrozenModel& model, std::span<const float> codes,
                          std::span<const std::int32_t> labels) {
  const std::size_t n = codes.size() / static_cast<std::size_t>(model.latent_dim());
  std::vector<float> pixels(n * static_cast<std::size_t>(model.shape().pixels()));
  model.decode(codes, model.info().conditional ? labels : std::span<const std::int32_t>{}, pixels);
  return pixels;
}

std::vector<float> rebuild(const FrozenModel& model, const Pictures& pictures) {
  return decode(model, encode(model, pictures).mean, pictures.labels);
}

std::vector<float> to_floats(std::span<const std::uint8_t> bytes) {
  std::vector<float> pixels(bytes.size());
  std::transform(bytes.begin(), bytes.end(), pixels.begin(),
                 [](std::uint8_t byte) { return static_cast<float>(byte) / 255.0F; });
  return pixels;
}

std::vector<std::uint8_t> to_bytes(std::span<const float> pixels) {
  std::vector<std::uint8_t> bytes(pixels.size());
  std::transform(pixels.begin(), pixels.end(), bytes.begin(), [](float pixel) {
    return static_cast<std::uint8_t>(std::lround(255.0F * std::clamp(pixel, 0.0F, 1.0F)));
  });
  return bytes;
}

double squared_error(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum / static_cast<double>(std::max<std::size_t>(a.size(), 1));
}

double peak_signal_to_noise(double squared_error) {
  return -10.0 * std::log10(squared_error);
}

void Spread::add(double value) {
  ++count_;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (value - mean_);
}

double Spread::deviation() const {
  return count_ > 1 ? std::sqrt(squares_ / static_cast<double>(count_ - 1)) : 0.0;
}

double Draws::uniform() {
  return static_cast<double>(stream_.next() >> 11) * 0x1p-53;
}

double Draws::normal() {
  if (spare_) return *std::exchange(spare_, std::nullopt);
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  return radius * std::cos(angle);
}

std::vector<float> draw_codes(const Codes& posterior, Draws& draws) {
  std::vector<float> codes = posterior.mean;
  for (std::size_t i = 0; i < posterior.log_var.size(); ++i) {
    const double deviation = std::exp(0.5 * static_cast<double>(posterior.log_var[i]));
    codes[i] += static_cast<float>(deviation * draws.normal());
  }
  return codes;
}

std::string needs_an_encoder(const FrozenModel& model) {
  if (model.info().has_encoder) return {};
  return model.info().title +
         " has no encoder: the code of every picture would have to be searched for.";
}

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

TaskFigure figure(std::string id, std::string title, std::string unit, const Spread& spread,
                  int decimals) {
  return {std::move(id), std::move(title),   std::move(unit),
          spread.mean(), spread.deviation(), decimals};
}

TaskFigure figure(std::string id, std::string title, std::string unit, double value, int decimals) {
  return {std::move(id), std::move(title), std::move(unit), value, std::nullopt, decimals};
}

}  // namespace latent::tasks
