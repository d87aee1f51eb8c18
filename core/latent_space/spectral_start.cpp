#include "latent_space/spectral_start.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace latent {
namespace {

// Vectors that are improved together; two are wanted, the others make these converge sooner.
constexpr std::size_t kWidth = 6;
constexpr std::size_t kRows = 1024;  // a piece of work, whatever the number of threads
constexpr int kDegree = 30;
constexpr int kRounds = 12;
constexpr double kGoodEnough = 1e-4;  // change of an eigenvalue of 0 … 2; the authors' tolerance

using Small = std::array<std::array<double, kWidth>, kWidth>;
using Block = std::vector<float>;  ///< [n, kWidth]

/// W' = D^(−1/2) W D^(−1/2), whose largest eigenvectors are the normalised Laplacian's smallest.
class Operator {
 public:
  Operator(const FuzzyGraph& graph, ThreadTeam& team, const Interrupted& interrupted)
      : graph_(graph), team_(team), interrupted_(interrupted), weight_(graph.weight.size()) {
    const std::size_t n = graph.count();
    root_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      double degree = 0.0;
      for (auto e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
        degree += double{graph.weight[static_cast<std::size_t>(e)]};
      }
      root_[i] = std::sqrt(degree);
      total_ += degree;
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (auto e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
        const auto at = static_cast<std::size_t>(e);
        weight_[at] =
            static_cast<float>(double{graph.weight[at]} /
                               (root_[i] * root_[static_cast<std::size_t>(graph.target[at])]));
      }
    }
  }

  std::size_t count() const { return root_.size(); }

  /// `to` = scale·W'·`from` + shift·`from` − `before` (which may be `to`).
  void apply(const Block& from, double scale, double shift, const Block* before, Block& to) const {
    rows([&](std::size_t i) {
      std::array<float, kWidth> sum{};
      for (auto e = graph_.begin[i]; e < graph_.begin[i + 1]; ++e) {
        const auto at = static_cast<std::size_t>(e);
        const float* other = from.data() + static_cast<std::size_t>(graph_.target[at]) * kWidth;
        for (std::size_t c = 0; c < kWidth; ++c) sum[c] += weight_[at] * other[c];
      }
      for (std::size_t c = 0; c < kWidth; ++c) {
        const float old = before != nullptr ? (*before)[i * kWidth + c] : 0.0F;
        to[i * kWidth + c] = static_cast<float>(scale) * sum[c] +
                             static_cast<float>(shift) * from[i * kWidth + c] - old;
      }
    });
  }

  /// aᵀ b, summed in the same order whatever the number of threads.
  Small products(const Block& a, const Block& b) const {
    std::vector<Small> parts((count() + kRows - 1) / kRows, Small{});
    team_.run(
        parts.size(),
        [&](std::size_t piece) {
          for (std::size_t i = piece * kRows; i < std::min(count(), (piece + 1) * kRows); ++i) {
            for (std::size_t r = 0; r < kWidth; ++r) {
              for (std::size_t c = 0; c < kWidth; ++c) {
                parts[piece][r][c] += double{a[i * kWidth + r]} * double{b[i * kWidth + c]};
              }
            }
          }
        },
        interrupted_);
    Small sum{};
    for (const Small& part : parts) {
      for (std::size_t r = 0; r < kWidth; ++r) {
        for (std::size_t c = 0; c < kWidth; ++c) sum[r][c] += part[r][c];
      }
    }
    return sum;
  }

  /// `block` · `matrix`, in place.
  void combine(Block& block, const Small& matrix) const {
    rows([&](std::size_t i) {
      std::array<double, kWidth> row{};
      for (std::size_t r = 0; r < kWidth; ++r) {
        for (std::size_t c = 0; c < kWidth; ++c) {
          row[c] += double{block[i * kWidth + r]} * matrix[r][c];
        }
      }
      for (std::size_t c = 0; c < kWidth; ++c) block[i * kWidth + c] = static_cast<float>(row[c]);
    });
  }

  /// Takes the eigenvector of eigenvalue 1, D^(1/2)·1, out of each column.
  void deflate(Block& block) const {
    std::array<double, kWidth> along{};
    for (std::size_t i = 0; i < count(); ++i) {
      for (std::size_t c = 0; c < kWidth; ++c) along[c] += root_[i] * double{block[i * kWidth + c]};
    }
    for (std::size_t i = 0; i < count(); ++i) {
      for (std::size_t c = 0; c < kWidth; ++c) {
        block[i * kWidth + c] -= static_cast<float>(root_[i] * along[c] / total_);
      }
    }
  }

 private:
  template <typename Row>
  void rows(const Row& row) const {
    team_.run((count() + kRows - 1) / kRows,
              [&](std::size_t piece) {
                for (std::size_t i = piece * kRows; i < std::min(count(), (piece + 1) * kRows);
                     ++i) {
                  row(i);
                }
              },
              interrupted_);
  }

  const FuzzyGraph& graph_;
  ThreadTeam& team_;
  const Interrupted& interrupted_;
  std::vector<float> weight_;
  std::vector<double> root_;  ///< of the degrees
  double total_ = 0.0;        ///< of the degrees
};

struct Eigen {
  std::array<double, kWidth> values;  ///< falling
  Small vectors;                      ///< in columns
};

/// Cyclic Jacobi rotations of a symmetric matrix (Golub & Van Loan, 8.5).
Eigen eigen_of(Small matrix) {
  Small vectors{};
  for (std::size_t i = 0; i < kWidth; ++i) vectors[i][i] = 1.0;
  for (int sweep = 0; sweep < 30; ++sweep) {
    for (std::size_t p = 0; p < kWidth; ++p) {
      for (std::size_t q = p + 1; q < kWidth; ++q) {
        if (matrix[p][q] == 0.0) continue;
        const double theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
        const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
        const double c = 1.0 / std::hypot(t, 1.0);
        const double s = t * c;
        for (std::size_t k = 0; k < kWidth; ++k) {
          const double a = matrix[k][p];
          const double b = matrix[k][q];
          matrix[k][p] = c * a - s * b;
          matrix[k][q] = s * a + c * b;
        }
        for (std::size_t k = 0; k < kWidth; ++k) {
          const double a = matrix[p][k];
          const double b = matrix[q][k];
          matrix[p][k] = c * a - s * b;
          matrix[q][k] = s * a + c * b;
          const double x = vectors[k][p];
          const double y = vectors[k][q];
          vectors[k][p] = c * x - s * y;
          vectors[k][q] = s * x + c * y;
        }
      }
    }
  }
  std::array<std::size_t, kWidth> order;
  for (std::size_t i = 0; i < kWidth; ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return matrix[a][a] > matrix[b][b]; });
  Eigen eigen{};
  for (std::size_t c = 0; c < kWidth; ++c) {
    eigen.values[c] = matrix[order[c]][order[c]];
    for (std::size_t r = 0; r < kWidth; ++r) eigen.vectors[r][c] = vectors[r][order[c]];
  }
  return eigen;
}

/// Makes the columns orthonormal through the spectrum of their products; what they have in common
/// beyond rounding comes out as small columns, which the next filtering lets grow apart.
void orthonormalise(const Operator& op, Block& block) {
  op.deflate(block);
  const Eigen gram = eigen_of(op.products(block, block));
  Small scaled = gram.vectors;
  for (std::size_t c = 0; c < kWidth; ++c) {
    const double length = std::sqrt(std::max(gram.values[c], 1e-10 * gram.values[0] + 1e-300));
    for (std::size_t r = 0; r < kWidth; ++r) scaled[r][c] /= length;
  }
  op.combine(block, scaled);
}

}  // namespace

std::size_t components_of(const FuzzyGraph& graph) {
  std::vector<bool> seen(graph.count(), false);
  std::vector<std::size_t> waiting;
  std::size_t components = 0;
  for (std::size_t start = 0; start < graph.count(); ++start) {
    if (seen[start]) continue;
    ++components;
    seen[start] = true;
    waiting.push_back(start);
    while (!waiting.empty()) {
      const std::size_t i = waiting.back();
      waiting.pop_back();
      for (auto e = graph.begin[i]; e < graph.begin[i + 1]; ++e) {
        const auto other = static_cast<std::size_t>(graph.target[static_cast<std::size_t>(e)]);
        if (seen[other]) continue;
        seen[other] = true;
        waiting.push_back(other);
      }
    }
  }
  return components;
}

// Subspace iteration filtered by Chebyshev polynomials (Zhou, Saad, Tiago & Chelikowsky 2006):
// between −1 and the smallest eigenvalue that the block holds a polynomial stays below one, above
// it grows with its degree; so the wanted end of the spectrum outgrows the rest in each round.
std::vector<float> spectral_start(const FuzzyGraph& graph, std::uint64_t seed, ThreadTeam& team,
                                  const Interrupted& interrupted) {
  const Operator op{graph, team, interrupted};
  const std::size_t n = op.count();
  Block block(n * kWidth);
  std::mt19937_64 generator{seed};
  for (float& value : block) {
    value = static_cast<float>(static_cast<double>(generator() >> 11) * 0x1p-53 - 0.5);
  }
  Block previous(block.size());
  Block next(block.size());
  orthonormalise(op, block);
  double cut = 0.5;
  std::array<double, 2> last{-2.0, -2.0};
  for (int round = 0; round < kRounds; ++round) {
    const double centre = 0.5 * (cut - 1.0);
    const double half = 0.5 * (cut + 1.0);
    op.apply(block, 1.0 / half, -centre / half, nullptr, next);
    previous.swap(block);
    block.swap(next);
    for (int degree = 2; degree <= kDegree; ++degree) {
      op.apply(block, 2.0 / half, -2.0 * centre / half, &previous, next);
      previous.swap(block);
      block.swap(next);
    }
    orthonormalise(op, block);
    op.apply(block, 1.0, 0.0, nullptr, next);
    const Eigen ritz = eigen_of(op.products(block, next));
    op.combine(block, ritz.vectors);
    const bool settled =
        std::abs(ritz.values[0] - last[0]) < kGoodEnough * (1.0 - ritz.values[0]) &&
        std::abs(ritz.values[1] - last[1]) < kGoodEnough * (1.0 - ritz.values[1]);
    last = {ritz.values[0], ritz.values[1]};
    if (settled) break;
    cut = std::clamp(ritz.values[kWidth - 1], 0.0, 0.9999);
  }
  std::vector<float> start(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    start[2 * i] = block[i * kWidth];
    start[2 * i + 1] = block[i * kWidth + 1];
  }
  return start;
}

}  // namespace latent
