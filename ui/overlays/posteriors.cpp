#include "ui/overlays/posteriors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "latent/latent_geometry.h"
#include "ui/plots/map_scale.h"

namespace latent::ui {
namespace {

constexpr double kSmallestSeen = 1.0;  // half of the longer axis, device-independent pixels
constexpr std::size_t kEllipsesBetweenLooks = 256;

}  // namespace

Overlay::Description PosteriorsOverlay::description() const {
  return {QStringLiteral("posteriors"), tr("Posteriors"), QStringLiteral("U"),
          tr("The Gaussian posterior of each point as an ellipse at one standard deviation, as it "
             "is seen in this plane: 39 % of its codes lie within. In the colour of the point; "
             "what is not selected is dimmed."),
          Codes | View | Look};
}

QString PosteriorsOverlay::whyNot(const OverlaySubject& subject) const {
  if (QString none = whyNoPlane(subject); !none.isEmpty()) return none;
  if (!subject.model().info().gaussian_posterior || !subject.model().info().has_encoder) {
    return tr("This system gives each picture one code: it has no Gaussian posterior.");
  }
  return {};
}

std::shared_ptr<const MapDrawing> PosteriorsOverlay::draw(
    const OverlaySubject& subject, const std::function<bool()>& interrupted) const {
  const auto& frame = subject.frame;
  if (!frame || !frame->logVariances || subject.size.isEmpty()) return nullptr;
  const auto dims = static_cast<std::size_t>(frame->latentDim);
  const double unit = subject.size.width() / subject.view.width();  // device pixels
  const auto labelOf = [&](std::size_t i) {
    return subject.classes && i < subject.classes->labels.size() ? subject.classes->labels[i] : -1;
  };
  struct Seen {
    std::size_t point;
    PlaneEllipse ellipse;
    bool bright;
  };
  std::vector<Seen> seen;
  std::size_t small = 0;
  std::size_t known = 0;
  const QRectF view = subject.view.normalized();
  for (std::size_t i = 0; i < frame->size(); ++i) {
    if (i % kEllipsesBetweenLooks == 0) stopIfInterrupted(interrupted);
    const std::span<const float> mean(frame->codes->data() + i * dims, dims);
    if (!std::isfinite(mean[0])) continue;
    ++known;
    const PlaneEllipse ellipse = plane_ellipse(
        plane_gaussian(subject.plane, mean, {frame->logVariances->data() + i * dims, dims}), 1.0);
    if (!std::isfinite(ellipse.major)) continue;
    const QRectF reach(ellipse.x - ellipse.major, ellipse.y - ellipse.major, 2 * ellipse.major,
                       2 * ellipse.major);
    if (!reach.intersects(view)) {
      if (ellipse.major * unit < kSmallestSeen * subject.ratio) ++small;
      continue;
    }
    if (ellipse.major * unit < kSmallestSeen * subject.ratio) {
      ++small;
      continue;
    }
    const bool bright = (!subject.selection || subject.selection->contains(i)) &&
                        (subject.bright.isEmpty() || subject.bright.contains(labelOf(i)));
    seen.push_back({i, ellipse, bright});
  }
  // What is dimmed lies below.
  std::stable_partition(seen.begin(), seen.end(), [](const Seen& each) { return !each.bright; });

  auto drawing = std::make_shared<PlaneImage>();
  drawing->area = view;
  drawing->image = QImage(subject.size, QImage::Format_ARGB32_Premultiplied);
  drawing->image.fill(Qt::transparent);
  QPainter painter(&drawing->image);
  painter.setRenderHint(QPainter::Antialiasing);
  const PlaneToPixel place{unit, -view.left() * unit, -subject.size.height() / view.height(),
                           view.bottom() * subject.size.height() / view.height()};
  // The more there are, the fainter is each, so that the dots stay readable.
  const double opacity = std::clamp(36.0 / std::sqrt(double(seen.size()) + 1.0), 0.32, 0.8);
  std::size_t drawn = 0;
  for (const Seen& each : seen) {
    if (++drawn % kEllipsesBetweenLooks == 0) stopIfInterrupted(interrupted);
    QColor color = subject.theme->classColor(labelOf(each.point));
    if (subject.scale && each.point < subject.scale->steps.size()) {
      const std::uint8_t step = subject.scale->steps[each.point];
      color = step == PointScale::kUnknown ? subject.theme->classColor(-1)
                                           : scaleColor(*subject.theme, step);
    }
    if (!each.bright) color = subject.theme->line;
    QColor wash = color;
    color.setAlphaF(static_cast<float>(each.bright ? opacity : 0.6 * opacity));
    wash.setAlphaF(static_cast<float>(each.bright ? 0.16 * opacity : 0.0));
    painter.resetTransform();
    painter.translate(place.map(each.ellipse.x, each.ellipse.y));
    painter.rotate(-each.ellipse.angle * 180.0 / std::numbers::pi);
    painter.setPen(QPen(color, 0.9 * subject.ratio));
    painter.setBrush(wash);
    painter.drawEllipse(QPointF(), each.ellipse.major * unit, each.ellipse.minor * unit);
  }
  painter.end();
  drawing->note = tr("Posteriors at 1 σ");
  if (small > 0) {
    drawing->note +=
        tr(", but for %1 of %2 that are smaller than a pixel here").arg(small).arg(known);
  }
  return drawing;
}

}  // namespace latent::ui
