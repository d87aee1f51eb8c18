#include "ui/overlays/quantiser.h"

#include <algorithm>

#include "latent/latent_geometry.h"

namespace latent::ui {
namespace {

constexpr double kComparisons = 1.5e8;  // of a place with a level
constexpr double kMostCellPlaces = 480.0 * 360.0;

}  // namespace

Overlay::Description QuantiserOverlay::description() const {
  return {QStringLiteral("quantiser"), tr("Quantiser's cells"), QStringLiteral("C"),
          tr("Borders of the areas within which all codes are taken for the same entries of the "
             "codebook: the Voronoi cells of its vectors, or the grid of its levels, where this "
             "plane cuts them."),
          Codes | Weights | View | Base | Look};
}

QString QuantiserOverlay::whyNot(const OverlaySubject& subject) const {
  if (QString none = whyNoPlane(subject); !none.isEmpty()) return none;
  if (!subject.model().info().discrete_code) {
    return tr("The codes of this system can take any value: nothing is quantised.");
  }
  return {};
}

std::shared_ptr<const MapDrawing> QuantiserOverlay::draw(
    const OverlaySubject& subject, const std::function<bool()>& interrupted) const {
  const CodeLevels levels = subject.model().code_levels();
  if (levels.values.empty() || subject.plane.latent_dim != subject.model().latent_dim()) {
    return nullptr;
  }
  stopIfInterrupted(interrupted);
  const QRectF view = subject.view.normalized();
  const double each = double(levels.positions) * levels.levels;
  const int columns =
      gridColumns(subject, std::clamp(kComparisons / each, 48.0 * 36.0, kMostCellPlaces));
  const int rows = gridRows(subject, columns);
  const auto cells = quantiser_cells(levels, subject.plane, subject.base, view.left(), view.right(),
                                     view.top(), view.bottom(), rows, columns);
  auto drawing = std::make_shared<PlaneImage>();
  drawing->area = view;
  drawing->image = QImage(columns, rows, QImage::Format_ARGB32_Premultiplied);
  drawing->image.fill(Qt::transparent);
  const QRgb ink = qPremultiply(qRgba(subject.theme->text.red(), subject.theme->text.green(),
                                      subject.theme->text.blue(), 150));
  for (int row = 0; row + 1 < rows; ++row) {
    auto* line = reinterpret_cast<QRgb*>(drawing->image.scanLine(row));
    for (int column = 0; column + 1 < columns; ++column) {
      const auto here = static_cast<std::size_t>(row * columns + column);
      const auto below = here + static_cast<std::size_t>(columns);
      if (cells[here] != cells[here + 1] || cells[here] != cells[below]) line[column] = ink;
    }
  }
  std::vector<std::uint64_t> different = cells;
  std::sort(different.begin(), different.end());
  const auto count = std::unique(different.begin(), different.end()) - different.begin();
  drawing->note = tr("The quantiser's cells: %1 in sight").arg(count);
  if (levels.positions * levels.size > 2) {
    drawing->note += tr(", in the slice through the code shown");
  }
  return drawing;
}

}  // namespace latent::ui
