#include "tasks/disentanglement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tasks/factor_forest.h"
#include "tasks/network_pass.h"

namespace latent::tasks {
namespace {

constexpr std::size_t kMostClasses = 20;
constexpr int kFactorLevels = 10;
constexpr int kVotes = 800;  // for the vote's majority, and as many to try it on
constexpr int kVotePictures = 64;
constexpr double kSilentShare = 0.01;

/// Column j of codes [n, L].
std::vector<float> code_column(std::span<const float> codes, std::size_t length, std::size_t j) {
  std::vector<float> column;
  for (std::size_t at = j; at < codes.size(); at += length) column.push_back(codes[at]);
  return column;
}

std::vector<std::int32_t> equal_steps(const std::vector<float>& values, int bins) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = (static_cast<double>(*high) - static_cast<double>(*low)) / bins;
  std::vector<std::int32_t> steps;
  for (const float value : values) {
    const double place =
        width > 0.0 ? (static_cast<double>(value) - static_cast<double>(*low)) / width : 0.0;
    steps.push_back(std::min(static_cast<std::int32_t>(place), bins - 1));
  }
  return steps;
}

/// Σ −p log p of counts, nats.
double entropy_of(const std::vector<double>& counts, double total) {
  double sum = 0.0;
  for (const double count : counts) {
    if (count > 0.0) sum -= count / total * std::log(count / total);
  }
  return sum;
}

std::vector<double> counts_of(const std::vector<std::int32_t>& levels, int level_count) {
  std::vector<double> counts(static_cast<std::size_t>(level_count));
  for (const std::int32_t level : levels) ++counts[static_cast<std::size_t>(level)];
  return counts;
}

/// I(a; b) = H(a) + H(b) − H(a, b), nats.
double mutual_information(const std::vector<std::int32_t>& a, int a_count,
                          const std::vector<std::int32_t>& b, int b_count) {
  std::vector<std::int32_t> both(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) both[i] = a[i] * b_count + b[i];
  const auto n = static_cast<double>(a.size());
  return entropy_of(counts_of(a, a_count), n) + entropy_of(counts_of(b, b_count), n) -
         entropy_of(counts_of(both, a_count * b_count), n);
}

/// The largest less the second largest; of one, itself.
double gap(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end(), std::greater<>());
  return scores.size() > 1 ? scores[0] - scores[1] : scores[0];
}

double squared_correlation(const std::vector<float>& a, const std::vector<float>& b) {
  Spread of_a;
  Spread of_b;
  for (std::size_t i = 0; i < a.size(); ++i) {
    of_a.add(static_cast<double>(a[i]));
    of_b.add(static_cast<double>(b[i]));
  }
  double product = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product +=
        (static_cast<double>(a[i]) - of_a.mean()) * (static_cast<double>(b[i]) - of_b.mean());
  }
  const double scale = of_a.deviation() * of_b.deviation() * static_cast<double>(a.size() - 1);
  return scale > 0.0 ? product * product / (scale * scale) : 0.0;
}

/// The share of the variance of `values` that lies between the levels.
double variance_between(const std::vector<float>& values, const FactorTable::Column& factor) {
  Spread all;
  std::vector<Spread> each(static_cast<std::size_t>(factor.level_count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.add(static_cast<double>(values[i]));
    each[static_cast<std::size_t>(factor.levels[i])].add(static_cast<double>(values[i]));
  }
  double between = 0.0;
  for (const Spread& level : each) {
    const double away = level.mean() - all.mean();
    if (level.count() > 0) between += static_cast<double>(level.count()) * away * away;
  }
  const double total = all.deviation() * all.deviation() * static_cast<double>(all.count() - 1);
  return total > 0.0 ? between / total : 0.0;
}

/// 1 − H(shares) / log(how many), where the shares are scaled to sum to 1; 0 where all are 0.
double concentration(const std::vector<double>& shares) {
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (total <= 0.0 || shares.size() < 2) return 0.0;
  return 1.0 - entropy_of(shares, total) / std::log(static_cast<double>(shares.size()));
}

}  // namespace

FactorTable::FactorTable(const Factors& factors) {
  const std::size_t count = factors.names.size();
  rows = count > 0 ? factors.values.size() / count : 0;
  for (std::size_t f = 0; f < count; ++f) {
    Column column;
    for (std::size_t i = 0; i < rows; ++i) column.values.push_back(factors.values[i * count + f]);
    const std::set<float> different(column.values.begin(), column.values.end());
    column.is_class = different.size() <= kMostClasses;
    column.levels.resize(rows);
    if (column.is_class) {
      column.level_count = static_cast<int>(different.size());
      for (std::size_t i = 0; i < rows; ++i) {
        column.levels[i] = static_cast<std::int32_t>(
            std::distance(different.begin(), different.find(column.values[i])));
      }
    } else {
      column.level_count = kFactorLevels;
      std::vector<std::size_t> order(rows);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::sort(order.begin(), order.end(),
                [&](std::size_t a, std::size_t b) { return column.values[a] < column.values[b]; });
      for (std::size_t rank = 0; rank < rows; ++rank) {
        column.levels[order[rank]] = static_cast<std::int32_t>(rank * kFactorLevels / rows);
      }
    }
    columns.push_back(std::move(column));
  }
}

double mutual_information_gap(std::span<const float> codes, std::size_t length,
                              const FactorTable& factors, int bins) {
  std::vector<std::vector<std::int32_t>> steps;
  for (std::size_t j = 0; j < length; ++j) {
    steps.push_back(equal_steps(code_column(codes, length, j), bins));
  }
  Spread gaps;
  for (const FactorTable::Column& factor : factors.columns) {
    const double entropy =
        entropy_of(counts_of(factor.levels, factor.level_count), static_cast<double>(factors.rows));
    if (entropy <= 0.0) continue;
    std::vector<double> information;
    for (const auto& column : steps) {
      information.push_back(mutual_information(column, bins, factor.levels, factor.level_count) /
                            entropy);
    }
    gaps.add(gap(std::move(information)));
  }
  return gaps.mean();
}

double separated_predictability(std::span<const float> codes, std::size_t length,
                                const FactorTable& factors) {
  Spread gaps;
  for (const FactorTable::Column& factor : factors.columns) {
    std::vector<double> scores;
    for (std::size_t j = 0; j < length; ++j) {
      const std::vector<float> column = code_column(codes, length, j);
      scores.push_back(factor.is_class ? variance_between(column, factor)
                                       : squared_correlation(column, factor.values));
    }
    gaps.add(gap(std::move(scores)));
  }
  return gaps.mean();
}

double factor_vae_score(std::span<const float> codes, std::size_t length,
                        const FactorTable& factors, std::uint64_t seed) {
  std::vector<double> variance(length);
  for (std::size_t j = 0; j < length; ++j) {
    Spread spread;
    for (const float value : code_column(codes, length, j)) spread.add(static_cast<double>(value));
    variance[j] = spread.deviation() * spread.deviation();
  }
  const double largest = *std::max_element(variance.begin(), variance.end());
  if (largest <= 0.0) return 0.0;
  std::vector<std::vector<std::vector<std::size_t>>> rows_of;  // [F][level]
  for (const FactorTable::Column& factor : factors.columns) {
    auto& levels = rows_of.emplace_back(static_cast<std::size_t>(factor.level_count));
    for (std::size_t i = 0; i < factors.rows; ++i) {
      levels[static_cast<std::size_t>(factor.levels[i])].push_back(i);
    }
  }
  Draws draws(seed);
  const auto vote = [&](std::size_t factor) {
    const auto& levels = rows_of[factor];
    const auto& rows = levels[draws.below(levels.size())];
    std::vector<Spread> spread(length);
    for (int picture = 0; picture < kVotePictures; ++picture) {
      const std::size_t row = rows[draws.below(rows.size())];
      for (std::size_t j = 0; j < length; ++j) {
        spread[j].add(static_cast<double>(codes[row * length + j]));
      }
    }
    std::size_t steadiest = 0;
    double least = INFINITY;
    for (std::size_t j = 0; j < length; ++j) {
      if (variance[j] < kSilentShare * largest) continue;
      const double share = spread[j].deviation() * spread[j].deviation() / variance[j];
      if (share < least) {
        least = share;
        steadiest = j;
      }
    }
    return steadiest;
  };
  const std::size_t count = factors.columns.size();
  std::vector<std::vector<int>> votes(length, std::vector<int>(count));
  for (int i = 0; i < kVotes; ++i) {
    const std::size_t factor = draws.below(count);
    ++votes[vote(factor)][factor];
  }
  int right = 0;
  for (int i = 0; i < kVotes; ++i) {
    const std::size_t factor = draws.below(count);
    const auto& majority = votes[vote(factor)];
    const auto guess = static_cast<std::size_t>(std::max_element(majority.begin(), majority.end()) -
                                                majority.begin());
    if (guess == factor) ++right;
  }
  return static_cast<double>(right) / kVotes;
}

DciScores dci_scores(std::span<const float> codes, std::size_t length, const FactorTable& factors,
                     std::uint64_t seed, const std::function<void()>& between) {
  std::vector<float> learned;  // codes of the even rows
  for (std::size_t row = 0; row < factors.rows; row += 2) {
    const auto code = codes.subspan(row * length, length);
    learned.insert(learned.end(), code.begin(), code.end());
  }
  DciScores scores;
  Spread told;
  for (const FactorTable::Column& factor : factors.columns) {
    const auto outputs = static_cast<std::size_t>(factor.is_class ? factor.level_count : 1);
    std::vector<float> targets;
    for (std::size_t row = 0; row < factors.rows; row += 2) {
      if (!factor.is_class) {
        targets.push_back(factor.values[row]);
        continue;
      }
      for (std::size_t k = 0; k < outputs; ++k) {
        targets.push_back(static_cast<std::size_t>(factor.levels[row]) == k ? 1.0F : 0.0F);
      }
    }
    const FactorForest forest(learned, length, targets, outputs, seed++);
    scores.importance.insert(scores.importance.end(), forest.importance().begin(),
                             forest.importance().end());
    Spread truth;
    Spread right;
    Spread errors;
    for (std::size_t row = 1; row < factors.rows; row += 2) {
      const std::vector<double> guess = forest.predict(codes.subspan(row * length, length));
      if (factor.is_class) {
        const auto best = std::max_element(guess.begin(), guess.end()) - guess.begin();
        right.add(best == factor.levels[row] ? 1.0 : 0.0);
      } else {
        const double value = factor.values[row];
        truth.add(value);
        errors.add((value - guess[0]) * (value - guess[0]));
      }
    }
    const double variance = truth.deviation() * truth.deviation();
    told.add(factor.is_class
                 ? right.mean()
                 : std::max(0.0, variance > 0.0 ? 1.0 - errors.mean() / variance : 0.0));
    if (between) between();
  }
  scores.informativeness = told.mean();

  const std::size_t count = factors.columns.size();
  Spread complete;
  for (std::size_t f = 0; f < count; ++f) {
    const auto begin = scores.importance.begin() + static_cast<std::ptrdiff_t>(f * length);
    complete.add(concentration({begin, begin + static_cast<std::ptrdiff_t>(length)}));
  }
  scores.completeness = complete.mean();
  double weights = 0.0;
  for (std::size_t j = 0; j < length; ++j) {
    std::vector<double> of_code;
    for (std::size_t f = 0; f < count; ++f) of_code.push_back(scores.importance[f * length + j]);
    const double weight = std::accumulate(of_code.begin(), of_code.end(), 0.0);
    scores.disentanglement += weight * concentration(of_code);
    weights += weight;
  }
  if (weights > 0.0) scores.disentanglement /= weights;
  return scores;
}

}  // namespace latent::tasks
