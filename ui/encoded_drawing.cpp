#include "ui/encoded_drawing.h"

#include <QPointer>
#include <QStringList>
#include <cmath>
#include <numbers>

#include "ui/drawn_digit.h"
#include "ui/exploration.h"
#include "ui/explorer_service.h"
#include "ui/plots/latent_map.h"
#include "ui/run_controller.h"
#include "ui/widgets/drawing_canvas.h"
#include "ui/widgets/pictures.h"

namespace latent::ui {
namespace {

constexpr double kDeviations = 2.0;  // of the posterior's ellipse
constexpr std::size_t kNumbersShown = 4;

/// Where a code lies in a map that was laid out point by point: the mean of its nearest codes'
/// places, the nearer the heavier.
QPointF placeAmong(const MapFrame& frame, const std::vector<float>& code) {
  constexpr int kNearest = 5;
  QPointF sum;
  double weights = 0.0;
  for (const Neighbour& near : nearest_neighbours(*frame.codes, frame.latentDim, code, kNearest)) {
    const double weight = 1.0 / (double(near.distance) + 1e-6);
    const auto at = 2 * static_cast<std::size_t>(near.index);
    sum += weight * QPointF(double(frame.points[at]), double(frame.points[at + 1]));
    weights += weight;
  }
  return weights > 0.0 ? sum / weights : QPointF();
}

QString drawnNumber(double value, int digits) {
  return QString::number(value, 'f', digits).replace(QLatin1Char('-'), QChar(0x2212));
}

}  // namespace

QPolygonF posteriorEllipse(const Projection& projection, const std::vector<float>& mean,
                           const std::vector<float>& logVariance, double deviations) {
  const std::size_t dims = mean.size();
  if (logVariance.size() != dims || projection.axes.size() != 2 * dims) return {};
  // The plane's covariance A diag(σ²) Aᵀ, and its root by Cholesky: the circle's image.
  double xx = 0.0;
  double xy = 0.0;
  double yy = 0.0;
  for (std::size_t l = 0; l < dims; ++l) {
    const double variance = std::exp(double(logVariance[l]));
    const double x = projection.axes[l];
    const double y = projection.axes[dims + l];
    xx += variance * x * x;
    xy += variance * x * y;
    yy += variance * y * y;
  }
  const double a = std::sqrt(std::max(xx, 0.0));
  const double b = a > 0.0 ? xy / a : 0.0;
  const double c = std::sqrt(std::max(yy - b * b, 0.0));
  float centre[2] = {0.0F, 0.0F};
  projection.project(mean, centre);
  QPolygonF outline;
  constexpr int kCorners = 64;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2.0 * std::numbers::pi * i / kCorners;
    const double u = deviations * std::cos(angle);
    const double v = deviations * std::sin(angle);
    outline << QPointF(double(centre[0]) + a * u, double(centre[1]) + b * u + c * v);
  }
  return outline;
}

EncodedDrawing::EncodedDrawing(const DrawingCanvas* canvas, RunController* run,
                               ExplorerService* explorer, Exploration* exploration, LatentMap* map,
                               QObject* parent)
    : QObject(parent),
      m_canvas(canvas),
      m_run(run),
      m_explorer(explorer),
      m_exploration(exploration),
      m_map(map) {
  connect(m_run, &RunController::runChanged, this, [this] {
    adopt(std::nullopt);
    encode();
  });
  connect(m_canvas, &DrawingCanvas::changed, this, &EncodedDrawing::encode);
  connect(m_exploration, &Exploration::labelChanged, this, &EncodedDrawing::encode);
  // The weights have moved: the same drawing has another code.
  connect(m_run, &RunController::snapshotArrived, this, &EncodedDrawing::encode);
  connect(m_explorer, &ExplorerService::mapReady, this,
          [this](const std::shared_ptr<const MapFrame>& frame) {
            // Its place among others has to be looked for again, on a plane it is known.
            if (frame->laidOut) {
              encode();
            } else {
              showOnMap();
            }
          });
  encode();
}

EncodedDrawing::~EncodedDrawing() = default;

void EncodedDrawing::encode() {
  const auto test = m_run->data().test;
  if (!test || !m_run->hasRun() || m_canvas->isBlank()) {
    adopt(std::nullopt);
    return;
  }
  m_explorer->ask(
      "drawing", 1,
      [this, guard = QPointer<EncodedDrawing>(this), drawing = m_canvas->drawing().copy(),
       label = m_exploration->label(), shape = test->shape,
       frame = m_explorer->frame()](const FrozenModel& model) -> ExplorerService::Deliver {
        if (!(model.shape() == shape)) return [] {};
        Values encoded;
        encoded.seen = frameDrawing(drawing, shape);
        const auto dims = static_cast<std::size_t>(model.latent_dim());
        encoded.mean.resize(dims);
        if (model.info().gaussian_posterior) encoded.logVariance.resize(dims);
        const std::vector<std::int32_t> labels = {std::max(0, label)};
        model.encode(encoded.seen, labels, encoded.mean, encoded.logVariance);
        std::vector<float> pixels(static_cast<std::size_t>(shape.pixels()));
        model.decode(encoded.mean,
                     model.info().conditional ? std::span<const std::int32_t>(labels)
                                              : std::span<const std::int32_t>(),
                     pixels);
        encoded.reconstruction = imageFromFloats(pixels, shape.channels, shape.height, shape.width);
        model.reconstruction_error(encoded.seen, labels, {&encoded.nats, 1});
        if (frame && frame->laidOut && frame->latentDim == model.latent_dim()) {
          encoded.laidOutAt = placeAmong(*frame, encoded.mean);
        }
        return [this, guard, encoded = std::move(encoded)] {
          if (guard && !m_canvas->isBlank()) adopt(encoded);
        };
      });
}

void EncodedDrawing::adopt(const std::optional<Values>& values) {
  m_values = values;
  showOnMap();
  emit changed();
}

QString EncodedDrawing::facts() const {
  if (!m_values) return {};
  QStringList numbers;
  double kl = 0.0;
  for (std::size_t l = 0; l < m_values->mean.size(); ++l) {
    const double mean = m_values->mean[l];
    QString text = QStringLiteral("z%1 = %2").arg(l + 1).arg(drawnNumber(mean, 2));
    if (!m_values->logVariance.empty()) {
      const double logVariance = m_values->logVariance[l];
      text += QStringLiteral(" ± %1").arg(drawnNumber(std::exp(0.5 * logVariance), 2));
      kl += 0.5 * (mean * mean + std::exp(logVariance) - 1.0 - logVariance);
    }
    if (l < kNumbersShown) numbers << text;
  }
  if (m_values->mean.size() > kNumbersShown) {
    numbers << tr("and %1 more").arg(m_values->mean.size() - kNumbersShown);
  }
  QString facts = tr("Reconstruction error %1 nats").arg(drawnNumber(double(m_values->nats), 1));
  if (!m_values->logVariance.empty()) facts += tr(", KL %1 nats").arg(drawnNumber(kl, 1));
  return facts + QStringLiteral("<br>") + numbers.join(QStringLiteral(", "));
}

void EncodedDrawing::showOnMap() {
  if (!m_map) return;
  const auto frame = m_explorer->frame();
  if (!m_values || !frame || frame->latentDim != m_exploration->latentDim() ||
      static_cast<int>(m_values->mean.size()) != frame->latentDim) {
    m_map->setDrawn(std::nullopt);
    return;
  }
  if (frame->laidOut) {
    if (m_values->laidOutAt) m_map->setDrawn(LatentMap::Drawn{*m_values->laidOutAt, {}});
    return;
  }
  m_map->setDrawn(LatentMap::Drawn{
      frame->project(m_values->mean),
      posteriorEllipse(frame->projection, m_values->mean, m_values->logVariance, kDeviations)});
}

}  // namespace latent::ui
