#include "ui/overlays/quantiser.h"

#include <algorithm>

#include "latent/latent_geometry.h"

namespace latent::ui {
namespace {

constexpr double kComparisons = 1.5e8;  // of a place with a level
constexpr double kMostCellPlaces = 480.0 * 360.0;
constexpr int kAround = 4;  // places to each side
constexpr double kSparse =
    1.6 * (2 * kAround + 1);  // borders around a place: one line, or nearly two
constexpr double kBorderOpacity = 0.6;

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
  // Borders above and left of each place, summed, so that those around it are counted at once.
  const auto across = static_cast<std::size_t>(columns) + 1;
  std::vector<int> sums(across * (static_cast<std::size_t>(rows) + 1));
  const auto isBorder = [&](int row, int column) {
    if (row + 1 >= rows || column + 1 >= columns) return false;
    const auto here = static_cast<std::size_t>(row * columns + column);
    return cells[here] != cells[here + 1] ||
           cells[here] != cells[here + static_cast<std::size_t>(columns)];
  };
  const auto sumAt = [&](int row, int column) -> int& {
    return sums[static_cast<std::size_t>(std::clamp(row, 0, rows)) * across +
                static_cast<std::size_t>(std::clamp(column, 0, columns))];
  };
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      sumAt(row + 1, column + 1) = sumAt(row, column + 1) + sumAt(row + 1, column) -
                                   sumAt(row, column) + (isBorder(row, column) ? 1 : 0);
    }
  }
  for (int row = 0; row < rows; ++row) {
    auto* line = reinterpret_cast<QRgb*>(drawing->image.scanLine(row));
    for (int column = 0; column < columns; ++column) {
      if (!isBorder(row, column)) continue;
      const int around = sumAt(row + kAround + 1, column + kAround + 1) -
                         sumAt(row - kAround, column + kAround + 1) -
                         sumAt(row + kAround + 1, column - kAround) +
                         sumAt(row - kAround, column - kAround);
      // Where they lie close they would be one dark area: there each is fainter.
      const double alpha = kBorderOpacity * std::min(1.0, kSparse / around);
      line[column] =
          qPremultiply(qRgba(subject.theme->text.red(), subject.theme->text.green(),
                             subject.theme->text.blue(), static_cast<int>(255.0 * alpha)));
    }
  }
  std::vector<std::uint64_t> different = cells;
  std::sort(different.begin(), different.end());
  const auto count = std::unique(different.begin(), different.end()) - different.begin();
  drawing->note = tr("The quantiser's cells: %1 found in sight, looked for in steps of %2")
                      .arg(count)
                      .arg(view.width() / columns, 0, 'g', 2);
  if (levels.positions * levels.size > 2) {
    drawing->note += tr(", in the slice through the code shown");
  }
  return drawing;
}

}  // namespace latent::ui
