#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "latent/dataset.h"

/// How well the numbers of a code stand for known factors, one each. n codes [n, L], F factors.
namespace latent::tasks {

/// The factors of n pictures, as numbers and as levels. A factor of at most 20 different values is
/// a class, its values the levels; any other is cut into ten levels of equally many pictures.
struct FactorTable {
  explicit FactorTable(const Factors& factors);

  struct Column {
    std::vector<float> values;         ///< [n]
    std::vector<std::int32_t> levels;  ///< [n] 0 … level_count − 1
    int level_count = 0;
    bool is_class = false;
  };
  std::vector<Column> columns;  ///< [F]
  std::size_t rows = 0;         ///< n
};

/// Mutual information gap: (I(z₁; v) − I(z₂; v)) / H(v) of the two codes that know most of v, mean
/// over the factors; codes in `bins` steps of equal width, factors by their levels. 0 … 1.
/// Chen et al. 2018, Eq. 6, https://arxiv.org/abs/1802.04942
double mutual_information_gap(std::span<const float> codes, std::size_t length,
                              const FactorTable& factors, int bins);

/// Separated attribute predictability: the gap between the two codes that tell a factor best, mean
/// over the factors. A code tells a number by its R², a class by the share of the code's variance
/// that lies between the classes (the paper: a linear SVM's accuracy). 0 … 1.
/// Kumar et al. 2018, section 3, https://arxiv.org/abs/1711.00848
double separated_predictability(std::span<const float> codes, std::size_t length,
                                const FactorTable& factors);

/// FactorVAE's score: of pictures that share a factor's level, the code that varies least (in units
/// of its own deviation) votes for that factor; the share of votes that a majority vote foretells,
/// on votes of its own. 800 + 800 votes of 64 pictures; codes with less than 1 % of the largest
/// variance do not vote. 1/F … 1. Kim & Mnih 2018, section 3, https://arxiv.org/abs/1802.05983
double factor_vae_score(std::span<const float> codes, std::size_t length,
                        const FactorTable& factors, std::uint64_t seed);

/// Disentanglement (each code for one factor), completeness (each factor in one code) and
/// informativeness (how well factors are foretold: R², accuracy for a class; on every second
/// picture, which no tree saw), by the importances of random forests (the paper: gradient-boosted
/// trees, lasso or random forests). 0 … 1. Eastwood & Williams 2018, section 2,
/// https://openreview.net/forum?id=By-7dz-AZ
struct DciScores {
  double disentanglement = 0.0;
  double completeness = 0.0;
  double informativeness = 0.0;
  std::vector<double> importance;  ///< [F, L], rows sum to 1
};
/// `between` is called after each factor.
DciScores dci_scores(std::span<const float> codes, std::size_t length, const FactorTable& factors,
                     std::uint64_t seed, const std::function<void()>& between = {});

}  // namespace latent::tasks
