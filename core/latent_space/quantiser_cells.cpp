#include <string>

#include "latent/error.h"
#include "latent/latent_geometry.h"

namespace latent {
namespace {

/// 2·v·z − |v|², which is highest for the level v nearest to z, along the plane: it is linear.
struct LevelScore {
  double at_origin = 0.0;
  double right = 0.0;
  double up = 0.0;
};

}  // namespace

std::vector<std::uint64_t> quantiser_cells(const CodeLevels& levels, const Projection& projection,
                                           std::span<const float> base, double x0, double x1,
                                           double y0, double y1, int rows, int columns) {
  const auto dims = static_cast<std::size_t>(projection.latent_dim);
  const auto size = static_cast<std::size_t>(levels.size);
  const auto groups = static_cast<std::size_t>(levels.positions);
  const auto choices = static_cast<std::size_t>(levels.levels);
  if (groups * size != dims || levels.values.size() != groups * choices * size) {
    throw Error(ErrorCode::ShapeMismatch, "A code of " + std::to_string(dims) +
                                              " numbers was expected; its levels are for " +
                                              std::to_string(groups * size) + ".");
  }
  std::vector<float> origin(dims);
  std::vector<float> right(dims);
  std::vector<float> up(dims);
  projection.lift(0.0F, 0.0F, base, origin);
  projection.lift(1.0F, 0.0F, base, right);
  projection.lift(0.0F, 1.0F, base, up);
  std::vector<LevelScore> scores(groups * choices);
  for (std::size_t group = 0; group < groups; ++group) {
    for (std::size_t level = 0; level < choices; ++level) {
      LevelScore& score = scores[group * choices + level];
      for (std::size_t i = 0; i < size; ++i) {
        const std::size_t l = group * size + i;
        const double value = levels.values[(group * choices + level) * size + i];
        score.at_origin += value * (2.0 * double{origin[l]} - value);
        score.right += 2.0 * value * (double{right[l]} - double{origin[l]});
        score.up += 2.0 * value * (double{up[l]} - double{origin[l]});
      }
    }
  }
  std::vector<std::uint64_t> cells;
  cells.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (int row = 0; row < rows; ++row) {
    const double y = y1 + (y0 - y1) * (row + 0.5) / rows;
    for (int column = 0; column < columns; ++column) {
      const double x = x0 + (x1 - x0) * (column + 0.5) / columns;
      std::uint64_t cell = 0xcbf29ce484222325U;  // FNV-1a over what the groups choose
      for (std::size_t group = 0; group < groups; ++group) {
        const LevelScore* of_group = scores.data() + group * choices;
        std::size_t best = 0;
        double highest = of_group[0].at_origin + x * of_group[0].right + y * of_group[0].up;
        for (std::size_t level = 1; level < choices; ++level) {
          const double score =
              of_group[level].at_origin + x * of_group[level].right + y * of_group[level].up;
          if (score > highest) {
            highest = score;
            best = level;
          }
        }
        cell = (cell ^ (best + 1)) * 0x100000001b3U;
      }
      cells.push_back(cell);
    }
  }
  return cells;
}

}  // namespace latent
