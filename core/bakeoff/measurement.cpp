#include "bakeoff/measurement.h"

#include <algorithm>
#include <numeric>

namespace latent::bakeoff {
namespace {

/// Where a system is told a class: these, otherwise nothing.
std::span<const std::int32_t> told(const FrozenModel& model,
                                   const std::vector<std::int32_t>& labels) {
  return model.info().conditional ? std::span{labels} : std::span<const std::int32_t>{};
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

int class_count(const DataSplit& data) {
  return static_cast<int>(data.train->class_names.size());
}

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

std::vector<float> decoded(const FrozenModel& model, std::span<const float> codes,
                           const std::vector<std::int32_t>& labels) {
  const std::size_t n = codes.size() / static_cast<std::size_t>(model.latent_dim());
  std::vector<float> pixels(n * static_cast<std::size_t>(model.shape().pixels()));
  model.decode(codes, told(model, labels), pixels);
  return pixels;
}

}  // namespace latent::bakeoff
