#include "bakeoff/measurement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "bakeoff/files.h"
#include "latent/anomaly.h"
#include "latent/latent_space.h"
#include "latent/pictures.h"
#include "latent/probe.h"

namespace latent::bakeoff {
namespace {

constexpr std::size_t kMostPoints = 400;  // of a curve in the report

/// Rows of `source` as a data set of their own.
std::shared_ptr<const Dataset> chosen_rows(const Dataset& source,
                                           const std::vector<std::int64_t>& rows) {
  auto chosen = std::make_shared<Dataset>();
  chosen->shape = source.shape;
  chosen->class_names = source.class_names;
  chosen->factors.names = source.factors.names;
  chosen->images.reserve(rows.size() * static_cast<std::size_t>(source.shape.pixels()));
  for (const std::int64_t row : rows) {
    const auto image = source.image(row);
    chosen->images.insert(chosen->images.end(), image.begin(), image.end());
    chosen->labels.push_back(source.labels[static_cast<std::size_t>(row)]);
    if (source.factors.values.empty()) continue;
    const auto width = static_cast<std::ptrdiff_t>(source.factors.names.size());
    const auto first = source.factors.values.begin() + static_cast<std::ptrdiff_t>(row) * width;
    chosen->factors.values.insert(chosen->factors.values.end(), first, first + width);
  }
  return chosen;
}

LabelledCodes encoded(const FrozenModel& model, const Dataset& images, const Check& check) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(images.size()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return labelled_codes(model, images, rows, /*with_log_var=*/true, [&](double) { check(); });
}

/// Where a system is told a class: these, otherwise nothing.
std::span<const std::int32_t> told(const FrozenModel& model,
                                   const std::vector<std::int32_t>& labels) {
  return model.info().conditional ? std::span{labels} : std::span<const std::int32_t>{};
}

std::vector<float> decoded(const FrozenModel& model, std::span<const float> codes,
                           const std::vector<std::int32_t>& labels) {
  const std::size_t n = codes.size() / static_cast<std::size_t>(model.latent_dim());
  std::vector<float> pixels(n * static_cast<std::size_t>(model.shape().pixels()));
  model.decode(codes, told(model, labels), pixels);
  return pixels;
}

int class_count(const DataSplit& data) {
  return static_cast<int>(data.train->class_names.size());
}

/// The first test image of each class.
std::vector<std::int64_t> one_of_each_class(const Dataset& test) {
  std::vector<std::int64_t> rows;
  for (std::int32_t label = 0; label < static_cast<std::int32_t>(test.class_names.size());
       ++label) {
    const auto found = std::find(test.labels.begin(), test.labels.end(), label);
    if (found != test.labels.end()) rows.push_back(found - test.labels.begin());
  }
  for (std::int64_t row = 0; rows.size() < 10 && row < test.size(); ++row) {
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
  }
  rows.resize(std::min<std::size_t>(rows.size(), 10));
  return rows;
}

/// Class colours that people with a colour-vision deficiency can tell apart (Okabe & Ito 2008, and
/// two greys).
constexpr std::uint8_t kClassColours[10][3] = {
    {0, 114, 178}, {230, 159, 0},  {0, 158, 115}, {204, 121, 167}, {86, 180, 233},
    {213, 94, 0},  {150, 140, 20}, {90, 60, 160}, {60, 60, 60},    {150, 150, 150}};

Picture map_picture(const std::vector<float>& codes, int length,
                    const std::vector<std::int32_t>& labels) {
  constexpr int kSide = 360;
  constexpr int kMargin = 8;
  const Projection plane =
      length <= 2 ? axis_projection(length, 0, length - 1) : fit_pca(codes, length);
  std::vector<float> points(2 * labels.size());
  plane.project(codes, points);
  float low[2] = {points[0], points[1]};
  float high[2] = {points[0], points[1]};
  for (std::size_t i = 0; i < points.size(); ++i) {
    low[i % 2] = std::min(low[i % 2], points[i]);
    high[i % 2] = std::max(high[i % 2], points[i]);
  }
  const float extent = std::max({high[0] - low[0], high[1] - low[1], 1e-6F});
  Picture picture{kSide, kSide, 3, std::vector<std::uint8_t>(std::size_t{3} * kSide * kSide, 255)};
  const auto place = [&](std::size_t point, std::size_t axis) {
    const float middle = 0.5F * (low[axis] + high[axis]);
    const float at = (points[2 * point + axis] - middle) / extent + 0.5F;
    return kMargin + static_cast<int>(std::lround(at * (kSide - 2 * kMargin - 2)));
  };
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::uint8_t* colour =
        kClassColours[static_cast<std::size_t>(std::max(0, labels[i])) % 10];
    for (int dy = 0; dy < 2; ++dy) {
      for (int dx = 0; dx < 2; ++dx) {
        const int x = place(i, 0) + dx;
        const int y = kSide - 1 - place(i, 1) - dy;
        std::copy_n(colour, 3, picture.pixels.begin() + 3 * (y * kSide + x));
      }
    }
  }
  return picture;
}

}  // namespace

void measure_losses(const Engine& engine, const FrozenModel& model, const DataSplit& data,
                    BakeoffResult& result) {
  const Evaluation evaluation = engine.evaluate(model, *data.test, result.seed);
  const auto& terms = model.info().loss_terms;
  const auto reconstruction = std::find_if(
      terms.begin(), terms.end(), [](const LossTerm& term) { return term.id == "reconstruction"; });
  if (reconstruction == terms.end()) {
    result.missing["reconstruction"] = model.info().title + " is not trained to reconstruct.";
    return;
  }
  const double nats = evaluation.terms[static_cast<std::size_t>(reconstruction - terms.begin())];
  result.figures["reconstruction"] = nats;
  result.figures["regularizer"] = evaluation.total - nats;
}

void measure_probe(const FrozenModel& model, const DataSplit& data, int images,
                   BakeoffResult& result, const Check& check) {
  if (!model.info().has_encoder || class_count(data) < 2) {
    result.missing["probe_accuracy"] = class_count(data) < 2
                                           ? "The data set has fewer than two classes."
                                           : model.info().title + " has no encoder.";
    return;
  }
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < data.train->size(); ++row) {
    if (data.train->labels[static_cast<std::size_t>(row)] >= 0) rows.push_back(row);
  }
  std::mt19937_64 random{result.seed};
  std::shuffle(rows.begin(), rows.end(), random);
  rows.resize(std::min(rows.size(), static_cast<std::size_t>(images)));
  result.figures["probe_accuracy"] =
      probe_accuracy(encoded(model, *chosen_rows(*data.train, rows), check),
                     encoded(model, *data.validation, check), encoded(model, *data.test, check),
                     model.latent_dim(), class_count(data), random());
}

void measure_anomaly(const FrozenModel& model, const DataSplit& data, int left_out,
                     BakeoffResult& result, const Check& check) {
  const Dataset& test = *data.test;
  const std::vector<float> nats =
      score_images(model, test, AnomalyScore::ReconstructionError, *data.train, /*neighbours=*/1,
                   [&](double) { check(); });
  std::vector<bool> anomalous;
  for (const std::int32_t label : test.labels) anomalous.push_back(label == left_out);
  const Roc curve = roc(nats, anomalous);
  result.figures["anomaly_auc"] = curve.area;
  result.roc = curve.points(kMostPoints);
}

void draw_pictures(const FrozenModel& model, const DataSplit& data,
                   const std::filesystem::path& folder, const std::string& competitor,
                   const Check& check) {
  const ImageShape shape = model.shape();
  const Dataset& test = *data.test;
  const auto draw = [&](const std::string& kind, const Picture& picture) {
    write_png(picture_path(folder, competitor, kind), picture);
  };
  if (model.info().has_prior) {
    constexpr int kSamples = 60;
    std::vector<std::int32_t> labels(kSamples);
    for (int i = 0; i < kSamples; ++i)
      labels[static_cast<std::size_t>(i)] = i % std::max(1, class_count(data));
    const std::vector<float> codes = model.sample_prior(kSamples, 1);
    if (!codes.empty()) draw("samples", tile_pictures(decoded(model, codes, labels), shape, 15));
  }
  check();
  if (!model.info().has_encoder) return;

  const auto rows = one_of_each_class(test);
  const auto shown = chosen_rows(test, rows);
  const LabelledCodes codes = encoded(model, *shown, check);
  std::vector<float> pairs;
  for (const std::uint8_t pixel : shown->images)
    pairs.push_back(static_cast<float>(pixel) / 255.0F);
  const std::vector<float> again = decoded(model, codes.mean, codes.labels);
  pairs.insert(pairs.end(), again.begin(), again.end());
  draw("reconstructions", tile_pictures(pairs, shape, static_cast<int>(rows.size())));

  const auto length = static_cast<std::size_t>(model.latent_dim());
  if (rows.size() >= 3) {
    constexpr int kSteps = 15;
    const std::span<const float> all{codes.mean};
    const std::vector<float> path =
        interpolate(all.first(length), all.subspan(length * (rows.size() / 2), length), kSteps,
                    PathKind::Linear);
    const std::vector<std::int32_t> told_class(kSteps, codes.labels.front());
    draw("path", tile_pictures(decoded(model, path, told_class), shape, kSteps));
  }
  const LabelledCodes everything = encoded(model, test, check);
  draw("map", map_picture(everything.mean, model.latent_dim(), everything.labels));
}

}  // namespace latent::bakeoff
