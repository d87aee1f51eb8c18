#include "ui/map_memory.h"

#include <QJsonArray>
#include <cmath>
#include <limits>

namespace latent::ui {
namespace {

constexpr int kLongestCode = 1 << 20;

QJsonObject jsonOf(const Projection& projection) {
  return {{QStringLiteral("latent_dim"), projection.latent_dim},
          {QStringLiteral("origin"), jsonFloats(projection.origin)},
          {QStringLiteral("axes"), jsonFloats(projection.axes)},
          {QStringLiteral("explained_variance"),
           QJsonArray{projection.explained_variance[0], projection.explained_variance[1]}}};
}

/// False where its parts do not fit together.
bool read(const QJsonValue& json, Projection& projection) {
  projection.latent_dim = json[QStringLiteral("latent_dim")].toInt();
  projection.origin = floatsOf(json[QStringLiteral("origin")]);
  projection.axes = floatsOf(json[QStringLiteral("axes")]);
  for (int axis = 0; axis < 2; ++axis) {
    projection.explained_variance[axis] =
        json[QStringLiteral("explained_variance")][axis].toDouble();
  }
  const auto dims = static_cast<std::size_t>(projection.latent_dim);
  return projection.latent_dim > 0 && projection.latent_dim <= kLongestCode &&
         projection.origin.size() == dims && projection.axes.size() == 2 * dims;
}

QJsonObject jsonOf(const UmapSettings& settings) {
  return {{QStringLiteral("neighbours"), settings.neighbours},
          {QStringLiteral("min_dist"), settings.min_dist},
          {QStringLiteral("cosine"), settings.metric == UmapMetric::Cosine},
          {QStringLiteral("seed"), static_cast<qint64>(settings.seed)}};
}

}  // namespace

QJsonArray jsonFloats(const std::vector<float>& numbers) {
  QJsonArray list;
  for (const float number : numbers) {
    list.append(std::isfinite(number) ? QJsonValue(double{number}) : QJsonValue());
  }
  return list;
}

std::vector<float> floatsOf(const QJsonValue& json) {
  std::vector<float> numbers;
  for (const QJsonValue& each : json.toArray()) {
    numbers.push_back(each.isNull() ? std::numeric_limits<float>::quiet_NaN()
                                    : static_cast<float>(each.toDouble()));
  }
  return numbers;
}

QJsonObject mapMemory(const ExplorerService& explorer) {
  const UmapProgress& umap = explorer.umapProgress();
  QJsonObject memory{{QStringLiteral("plane"), static_cast<int>(explorer.projection().kind)},
                     {QStringLiteral("horizontal"), explorer.projection().horizontal},
                     {QStringLiteral("vertical"), explorer.projection().vertical},
                     {QStringLiteral("aligned"), explorer.isAligned()},
                     {QStringLiteral("umap"), jsonOf(explorer.umapSettings())},
                     {QStringLiteral("umap_running"), umap.running},
                     {QStringLiteral("umap_epoch"), umap.epoch},
                     {QStringLiteral("umap_epochs"), umap.epochs}};
  const auto frame = explorer.frame();
  if (!frame) return memory;
  memory[QStringLiteral("latent_dim")] = frame->latentDim;
  memory[QStringLiteral("steps")] = frame->steps;
  memory[QStringLiteral("projection")] = jsonOf(frame->projection);
  memory[QStringLiteral("plane_of_means")] = jsonOf(frame->planeOfMeans);
  memory[QStringLiteral("laid_out")] = frame->laidOut;
  memory[QStringLiteral("turned")] = frame->turned;
  memory[QStringLiteral("points")] = jsonFloats(frame->points);
  // Codes of weights that are gone would be shown as if they were of these.
  if (explorer.placesOnDemand() && !explorer.placement().outdated) {
    memory[QStringLiteral("codes")] = jsonFloats(*frame->codes);
  }
  return memory;
}

void recallMap(ExplorerService& explorer, const QJsonObject& memory) {
  const QJsonObject umap = memory[QStringLiteral("umap")].toObject();
  UmapSettings settings = explorer.umapSettings();
  settings.neighbours = umap[QStringLiteral("neighbours")].toInt(settings.neighbours);
  settings.min_dist = umap[QStringLiteral("min_dist")].toDouble(settings.min_dist);
  settings.metric =
      umap[QStringLiteral("cosine")].toBool() ? UmapMetric::Cosine : UmapMetric::Euclidean;
  settings.seed = static_cast<std::uint64_t>(umap[QStringLiteral("seed")].toInteger(1));
  explorer.setUmapSettings(settings);
  explorer.setAligned(memory[QStringLiteral("aligned")].toBool());

  auto frame = std::make_shared<MapFrame>();
  frame->latentDim = memory[QStringLiteral("latent_dim")].toInt();
  frame->steps = memory[QStringLiteral("steps")].toInt(1);
  frame->choice = explorer.projection();
  frame->laidOut = memory[QStringLiteral("laid_out")].toBool();
  frame->turned = memory[QStringLiteral("turned")].toBool();
  frame->points = floatsOf(memory[QStringLiteral("points")]);
  const bool fits = read(memory[QStringLiteral("projection")], frame->projection) &&
                    read(memory[QStringLiteral("plane_of_means")], frame->planeOfMeans) &&
                    frame->steps > 0 && frame->projection.latent_dim == frame->latentDim &&
                    frame->planeOfMeans.latent_dim * frame->steps == frame->latentDim &&
                    frame->points.size() % 2 == 0;
  UmapProgress progress;
  progress.running = memory[QStringLiteral("umap_running")].toBool();
  progress.epoch = memory[QStringLiteral("umap_epoch")].toInt();
  progress.epochs = memory[QStringLiteral("umap_epochs")].toInt();
  if (!fits) {
    explorer.setUmapRunning(progress.running);
    return;
  }
  const std::vector<float> codes = floatsOf(memory[QStringLiteral("codes")]);
  if (codes.size() == frame->points.size() / 2 * static_cast<std::size_t>(frame->latentDim)) {
    frame->codes = std::make_shared<const std::vector<float>>(codes);
  }
  const bool laidOut = frame->laidOut;
  explorer.continueFrom(std::move(frame), progress);
  if (!laidOut) explorer.setUmapRunning(progress.running);
}

}  // namespace latent::ui
