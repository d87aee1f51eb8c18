#include "ui/overlays/decoder_stretch.h"

#include <algorithm>
#include <cmath>

#include "latent/latent_geometry.h"

namespace latent::ui {
namespace {

constexpr double kStretchSeconds = 0.35;  // for all pictures
constexpr double kMostCells = 72.0 * 54.0;
constexpr double kLeastCells = 16.0 * 12.0;
constexpr double kMostNumbers = 1.6e7;  // pixels of all pictures together
constexpr int kTimedPictures = 32;
constexpr double kStretchTail = 0.01;  // of the cells, at either end, beyond the scale
constexpr double kHeatOpacity = 0.7;

}  // namespace

Overlay::Description DecoderStretchOverlay::description() const {
  return {QStringLiteral("stretch"), tr("Decoder stretch"), QStringLiteral("S"),
          tr("How much the decoded picture changes for a small step in this plane: the logarithm "
             "of the Frobenius norm of the decoder's Jacobian, by differences over the cells of a "
             "grid. Bright seams part what the decoder makes different; dark areas look alike. "
             "Arvanitidis et al. 2018, “Latent Space Oddity”; also known as the magnification "
             "factor."),
          Codes | Weights | View | Base};
}

QString DecoderStretchOverlay::whyNot(const OverlaySubject& subject) const {
  if (QString none = whyNoPlane(subject); !none.isEmpty()) return none;
  if (subject.model().info().discrete_code) {
    return tr("Between two cells of a discrete code the decoder jumps: it has no derivative.");
  }
  return {};
}

std::shared_ptr<const MapDrawing> DecoderStretchOverlay::draw(
    const OverlaySubject& subject, const std::function<bool()>& interrupted) const {
  const FrozenModel& model = subject.model();
  if (subject.plane.latent_dim != model.latent_dim()) return nullptr;
  const QRectF view = subject.view.normalized();
  // The pictures at the corners of the cells: a grid that is larger by half a cell on each side.
  const auto corners = [&](int rows, int columns) {
    const double dx = view.width() / columns / 2.0;
    const double dy = view.height() / rows / 2.0;
    return manifold_grid(subject.plane, subject.base, static_cast<float>(view.left() - dx),
                         static_cast<float>(view.right() + dx), static_cast<float>(view.top() - dy),
                         static_cast<float>(view.bottom() + dy), rows + 1, columns + 1);
  };
  // As fine as the time allows.
  const auto timed = corners(3, kTimedPictures / 4 - 1);
  const double begin = computedSeconds();
  (void)decodedPictures(subject, timed, interrupted);
  const double spent = computedSeconds() - begin;
  const double perPicture = std::max(1e-7, spent / kTimedPictures);
  const double cells = std::min(
      {kStretchSeconds / perPicture, kMostCells, kMostNumbers / double(model.shape().pixels())});
  const int columns = gridColumns(subject, std::max(cells, kLeastCells));
  const int rows = gridRows(subject, columns);
  const auto pictures = decodedPictures(subject, corners(rows, columns), interrupted);
  const double width = view.width() / columns;
  const auto stretch = decoder_stretch(pictures, rows, columns, width, view.height() / rows);

  std::vector<double> logarithms;
  for (const float value : stretch) {
    logarithms.push_back(std::log10(std::max(1e-6, double{value})));
  }
  std::vector<double> sorted = logarithms;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    return sorted[static_cast<std::size_t>(share * double(sorted.size() - 1))];
  };
  const double low = at(kStretchTail);
  const double high = std::max(low + 1e-3, at(1.0 - kStretchTail));

  auto drawing = std::make_shared<PlaneImage>();
  drawing->area = view;
  drawing->image = QImage(columns, rows, QImage::Format_ARGB32);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const double value = logarithms[static_cast<std::size_t>(row * columns + column)];
      QColor color = sampleColorMap(ColorMap::Magma, (value - low) / (high - low));
      color.setAlphaF(static_cast<float>(kHeatOpacity));
      drawing->image.setPixelColor(column, row, color);
    }
  }
  drawing->scale = MapDrawing::Scale{ColorMap::Magma, low, high, kHeatOpacity};
  drawing->note =
      tr("Decoder stretch: log₁₀ of pixel values per unit, by cells of %1").arg(width, 0, 'g', 2);
  return drawing;
}

}  // namespace latent::ui
