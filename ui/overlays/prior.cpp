#include "ui/overlays/prior.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "latent/latent_geometry.h"

namespace latent::ui {
namespace {

constexpr std::int64_t kPriorDraws = 10'000;
constexpr quint64 kPriorSeed = 1;
constexpr int kDensityCells = 128;
constexpr int kContours = 3;  // 1, 2 and 3 standard deviations

double massWithin(double deviations) {
  return 1.0 - std::exp(-0.5 * deviations * deviations);
}

/// By the density itself, at codes near and far in several directions: nothing is guessed from
/// names or draws.
bool isStandardNormal(const FrozenModel& model) {
  const auto dims = static_cast<std::size_t>(model.latent_dim());
  std::vector<float> codes;
  std::vector<double> expected;
  for (const double size : {0.0, 0.5, 1.5, 3.0}) {
    for (int direction = 0; direction < 4; ++direction) {
      double sum = 0.0;
      for (std::size_t l = 0; l < dims; ++l) {
        const auto value = static_cast<float>(
            size * std::cos(2.4 * double(l) + 0.5 * std::numbers::pi * direction + 0.3));
        codes.push_back(value);
        sum -= 0.5 * (double{value} * double{value} + std::log(2.0 * std::numbers::pi));
      }
      expected.push_back(sum);
    }
  }
  const std::vector<float> density = model.log_prior(codes);
  if (density.size() != expected.size()) return false;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!(std::abs(double{density[i]} - expected[i]) <= 1e-4 * (1.0 + std::abs(expected[i])))) {
      return false;
    }
  }
  return true;
}

/// The top of an outline of pieces (x, y), (x, y): as high as its highest corner, across where
/// those are that are nearly as high. Of two corners alike the last bits would choose one or the
/// other.
QPointF topOf(const std::vector<float>& pieces) {
  double high = pieces[1];
  double low = pieces[1];
  for (std::size_t at = 0; at + 1 < pieces.size(); at += 2) {
    high = std::max(high, double{pieces[at + 1]});
    low = std::min(low, double{pieces[at + 1]});
  }
  const double nearly = 0.02 * (high - low) + 1e-12;
  double across = 0.0;
  double weights = 0.0;
  for (std::size_t at = 0; at + 1 < pieces.size(); at += 2) {
    const double weight = std::max(0.0, pieces[at + 1] - (high - nearly));
    across += weight * pieces[at];
    weights += weight;
  }
  return {across / weights, high};
}

}  // namespace

Overlay::Description PriorOverlay::description() const {
  return {QStringLiteral("prior"), tr("Prior"), QStringLiteral("N"),
          tr("Where the prior expects codes. A standard normal prior is drawn at 1, 2 and 3 "
             "standard deviations, as it is seen in this plane: 39, 86 and 99 % lie within. Of "
             "other priors the same shares of draws, of systems without a prior those of the "
             "codes."),
          Codes | Weights | Look};
}

QString PriorOverlay::whyNot(const OverlaySubject& subject) const {
  if (QString none = whyNoPlane(subject); !none.isEmpty()) return none;
  if (subject.model().info().discrete_code) {
    return tr("A discrete code has no density in the plane: see the quantiser's cells.");
  }
  return {};
}

std::shared_ptr<const MapDrawing> PriorOverlay::draw(
    const OverlaySubject& subject, const std::function<bool()>& interrupted) const {
  const FrozenModel& model = subject.model();
  const auto dims = static_cast<std::size_t>(model.latent_dim());
  if (static_cast<std::size_t>(subject.plane.latent_dim) != dims) return nullptr;
  auto drawing = std::make_shared<PlaneLines>();
  drawing->abovePoints = true;
  const auto ink = [&](int contour) {
    QColor color = subject.theme->text;
    color.setAlphaF(0.85F - 0.2F * static_cast<float>(contour));
    return color;
  };
  QColor halo = subject.theme->canvas;
  halo.setAlphaF(0.55F);
  const QString whole = dims > 2 ? tr(", as seen in this plane") : QString();
  if (isStandardNormal(model)) {
    const PlaneGaussian prior = plane_standard_normal(subject.plane);
    for (int i = 0; i < kContours; ++i) {
      const PlaneEllipse ellipse = plane_ellipse(prior, i + 1.0);
      const QPolygonF outline =
          ellipseOutline(ellipse.x, ellipse.y, ellipse.major, ellipse.minor, ellipse.angle);
      drawing->lines.push_back({outline, ink(i), 1.4, halo, false});
      const auto top =
          std::max_element(outline.begin(), outline.end(),
                           [](const QPointF& a, const QPointF& b) { return a.y() < b.y(); });
      drawing->labels.push_back(
          {*top, tr("%1 σ").arg(i + 1), subject.theme->text, subject.theme->canvas});
    }
    drawing->note = tr("Prior N(0, I) at 1, 2 and 3 σ%1").arg(whole);
    return drawing;
  }

  stopIfInterrupted(interrupted);
  const bool drawn = model.info().has_prior;
  std::vector<float> codes;
  if (drawn) {
    codes = model.sample_prior(kPriorDraws, kPriorSeed);
  } else if (subject.frame) {
    codes = *subject.frame->codes;
  }
  std::vector<float> points(codes.size() / dims * 2);
  subject.plane.project(codes, points);
  stopIfInterrupted(interrupted);
  const PlaneDensity density = plane_density(points, kDensityCells);
  if (density.values.empty()) return nullptr;
  for (int i = 0; i < kContours; ++i) {
    const auto pieces = density_outline(density, density_level(density, massWithin(i + 1.0)));
    for (std::size_t at = 0; at + 3 < pieces.size(); at += 4) {
      drawing->lines.push_back(
          {{QPointF(pieces[at], pieces[at + 1]), QPointF(pieces[at + 2], pieces[at + 3])},
           ink(i),
           1.4,
           QColor(),
           false});
    }
    if (pieces.empty()) continue;
    drawing->labels.push_back({topOf(pieces),
                               tr("%1 %").arg(100.0 * massWithin(i + 1.0), 0, 'f', 0),
                               subject.theme->text, subject.theme->canvas});
  }
  drawing->note =
      drawn
          ? tr("Prior: where 39, 86 and 99 % of %1 draws lie%2").arg(codes.size() / dims).arg(whole)
          : tr("No prior: where 39, 86 and 99 % of the codes lie%1").arg(whole);
  return drawing;
}

}  // namespace latent::ui
