#include "ui/overlays/off_manifold.h"

#include <algorithm>
#include <cmath>

#include "latent/latent_geometry.h"

namespace latent::ui {
namespace {

constexpr int kNearest = 10;
constexpr double kDistances = 4e8;  // numbers that are compared for one picture
constexpr double kMostPlaces = 128.0 * 96.0;
// Times as far as is usual among the codes: where the shading begins, and where it is full.
constexpr double kBegins = 2.0;
constexpr double kFull = 6.0;
constexpr int kHatchPixels = 8;

}  // namespace

Overlay::Description OffManifoldOverlay::description() const {
  return {QStringLiteral("off-manifold"), tr("Far from all codes"), QStringLiteral("H"),
          tr("Shaded where a code would be far from every picture's code: the decoder guesses "
             "there. Measured by the distance to the %1th nearest code; shading begins at %2 times "
             "what is usual among the codes (the median of 1000 of them) and is full at %3 times.")
              .arg(kNearest)
              .arg(kBegins)
              .arg(kFull),
          Codes | View | Base | Look};
}

QString OffManifoldOverlay::whyNot(const OverlaySubject& subject) const {
  if (QString none = whyNoPlane(subject); !none.isEmpty()) return none;
  if (!subject.frame) return tr("No picture has a code yet.");
  return {};
}

std::shared_ptr<const MapDrawing> OffManifoldOverlay::draw(
    const OverlaySubject& subject, const std::function<bool()>& interrupted) const {
  const auto& frame = subject.frame;
  if (!frame || subject.size.isEmpty()) return nullptr;
  const QRectF view = subject.view.normalized();
  const double each = double(frame->size()) * frame->latentDim;
  const int columns =
      gridColumns(subject, std::clamp(kDistances / std::max(1.0, each), 24.0 * 18.0, kMostPlaces));
  const int rows = gridRows(subject, columns);
  const auto places =
      manifold_grid(subject.plane, subject.base, static_cast<float>(view.left()),
                    static_cast<float>(view.right()), static_cast<float>(view.top()),
                    static_cast<float>(view.bottom()), rows, columns);
  const auto distances =
      distance_from_codes(*frame->codes, frame->latentDim, places, kNearest, interrupted);
  if (distances.empty() || std::isnan(distances[0])) return nullptr;
  QImage depth(columns, rows, QImage::Format_Grayscale8);
  for (int row = 0; row < rows; ++row) {
    uchar* line = depth.scanLine(row);
    for (int column = 0; column < columns; ++column) {
      const double times = distances[static_cast<std::size_t>(row * columns + column)];
      const double share = std::log(std::max(times, 1e-6) / kBegins) / std::log(kFull / kBegins);
      line[column] = static_cast<uchar>(255.0 * std::clamp(share, 0.0, 1.0));
    }
  }
  depth = depth.scaled(subject.size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);

  auto drawing = std::make_shared<PlaneImage>();
  drawing->area = view;
  drawing->image = QImage(subject.size, QImage::Format_ARGB32_Premultiplied);
  const bool dark = subject.theme->scheme == Theme::Scheme::Dark;
  // A wash that darkens what lies below, and hatching that is seen on any ground.
  const QRgb wash = dark ? 0xff000000 : subject.theme->text.rgb();
  const QRgb hatch = subject.theme->secondaryText.rgb();
  const auto over = [](QRgb color, double alpha) {
    return qPremultiply(qRgba(qRed(color), qGreen(color), qBlue(color),
                              static_cast<int>(255.0 * std::clamp(alpha, 0.0, 1.0))));
  };
  const int period = std::max(2, static_cast<int>(kHatchPixels * subject.ratio));
  const int thick = std::max(1, static_cast<int>(std::lround(subject.ratio)));
  for (int y = 0; y < drawing->image.height(); ++y) {
    const uchar* shade = depth.constScanLine(y);
    auto* out = reinterpret_cast<QRgb*>(drawing->image.scanLine(y));
    for (int x = 0; x < drawing->image.width(); ++x) {
      const double share = shade[x] / 255.0;
      out[x] = (x + y) % period < thick ? over(hatch, 0.45 * share)
                                        : over(wash, (dark ? 0.5 : 0.16) * share);
    }
  }
  drawing->note = tr("Shaded: %1 to %2 times as far from the codes as they are from each other")
                      .arg(kBegins)
                      .arg(kFull);
  if (frame->latentDim > 2) drawing->note += tr(", in the slice through the code shown");
  return drawing;
}

}  // namespace latent::ui
