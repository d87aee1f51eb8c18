#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "latent/error.h"
#include "latent/latent_space.h"

namespace latent {
namespace {

constexpr std::size_t kBlock = 256;
constexpr float kFar = std::numeric_limits<float>::infinity();

/// Points by coordinate instead of by row, so that one coordinate of a block of points is one run
/// of memory and its arithmetic is done for several points at once.
class Columns {
 public:
  Columns(std::span<const float> points, std::size_t dim, const std::vector<std::size_t>& rows)
      : count_(rows.size()), dim_(dim), stride_((count_ + kBlock - 1) / kBlock * kBlock) {
    values_.assign(dim_ * stride_, 0.0F);
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t d = 0; d < dim_; ++d) {
        values_[d * stride_ + i] = points[rows[i] * dim_ + d];
      }
    }
  }

  std::size_t count() const { return count_; }

  /// Squared distances of the points `first` … `first + kBlock` to `query`; what lies behind the
  /// last point, and what is not a number, is infinitely far.
  void squared_distances(const float* query, std::size_t first,
                         std::array<float, kBlock>& out) const {
    out.fill(0.0F);
    for (std::size_t d = 0; d < dim_; ++d) {
      const float* column = values_.data() + d * stride_ + first;
      const float at = query[d];
      for (std::size_t j = 0; j < kBlock; ++j) {
        const float difference = column[j] - at;
        out[j] += difference * difference;
      }
    }
    for (std::size_t j = std::min(kBlock, count_ - first); j < kBlock; ++j) out[j] = kFar;
  }

 private:
  std::size_t count_;
  std::size_t dim_;
  std::size_t stride_;
  std::vector<float> values_;
};

struct Candidate {
  float squared_distance;
  std::size_t index;
};

/// The k nearest so far, nearest first; of equally near ones the lower index.
class Nearest {
 public:
  explicit Nearest(std::size_t k) : k_(k) { found_.reserve(k + 1); }

  void clear() { found_.clear(); }
  float worst() const { return found_.size() < k_ ? kFar : found_.back().squared_distance; }
  const std::vector<Candidate>& found() const { return found_; }

  void offer(const std::array<float, kBlock>& distances, std::size_t first) {
    // Most blocks hold nothing nearer: they are passed over without a branch for each point.
    const float limit = worst();
    int nearer = 0;
    for (const float distance : distances) nearer |= static_cast<int>(distance < limit);
    if (nearer == 0) return;
    for (std::size_t j = 0; j < kBlock; ++j) {
      if (distances[j] < worst()) insert({distances[j], first + j});
    }
  }

 private:
  void insert(Candidate candidate) {
    if (found_.size() == k_) found_.pop_back();
    const auto place = std::upper_bound(found_.begin(), found_.end(), candidate,
                                        [](const Candidate& a, const Candidate& b) {
                                          return a.squared_distance < b.squared_distance;
                                        });
    found_.insert(place, candidate);
  }

  std::size_t k_;
  std::vector<Candidate> found_;
};

/// The label that most of `neighbours` have; of equally frequent ones the nearest one's.
std::int32_t majority_label(const std::vector<Candidate>& neighbours,
                            const std::vector<std::int32_t>& labels) {
  std::int32_t winner = -1;
  std::ptrdiff_t votes = 0;
  for (const Candidate& candidate : neighbours) {  // nearest first: a later tie does not win
    const std::int32_t label = labels[candidate.index];
    const auto count =
        std::count_if(neighbours.begin(), neighbours.end(),
                      [&](const Candidate& other) { return labels[other.index] == label; });
    if (count > votes) {
      votes = count;
      winner = label;
    }
  }
  return winner;
}

}  // namespace

std::vector<Neighbour> nearest_neighbours(std::span<const float> points, int dim,
                                          std::span<const float> query, int k) {
  const auto width = static_cast<std::size_t>(dim);
  const std::size_t n = points.size() / width;
  std::vector<Neighbour> neighbours;
  neighbours.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    double square = 0.0;
    for (std::size_t d = 0; d < width; ++d) {
      const double difference = double{points[i * width + d]} - double{query[d]};
      square += difference * difference;
    }
    if (std::isnan(square)) continue;
    neighbours.push_back({static_cast<std::int64_t>(i), static_cast<float>(std::sqrt(square))});
  }
  const auto count = std::min(neighbours.size(), static_cast<std::size_t>(std::max(k, 0)));
  std::partial_sort(neighbours.begin(), neighbours.begin() + static_cast<std::ptrdiff_t>(count),
                    neighbours.end(), [](const Neighbour& a, const Neighbour& b) {
                      return a.distance != b.distance ? a.distance < b.distance : a.index < b.index;
                    });
  neighbours.resize(count);
  return neighbours;
}

double knn_accuracy(std::span<const float> points, int dim, std::span<const std::int32_t> labels,
                    int k, const std::function<bool()>& interrupted) {
  const auto width = static_cast<std::size_t>(dim);
  std::vector<std::size_t> rows;
  std::vector<std::int32_t> known;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    rows.push_back(i);
    known.push_back(labels[i]);
  }
  if (rows.size() < 2 || k < 1) return 0.0;

  const Columns columns{points, width, rows};
  Nearest nearest{std::min(static_cast<std::size_t>(k), rows.size() - 1)};
  std::array<float, kBlock> distances;
  std::size_t right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % kBlock == 0 && interrupted && interrupted()) {
      throw Error{ErrorCode::Cancelled, "Cancelled."};
    }
    const float* query = points.data() + rows[i] * width;
    nearest.clear();
    for (std::size_t first = 0; first < columns.count(); first += kBlock) {
      columns.squared_distances(query, first, distances);
      if (i >= first && i < first + kBlock) distances[i - first] = kFar;  // not its own neighbour
      nearest.offer(distances, first);
    }
    if (majority_label(nearest.found(), known) == known[i]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(rows.size());
}

}  // namespace latent
