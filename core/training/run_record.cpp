#include "training/run_record.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "latent/error.h"
#include "latent/latent_space.h"
#include "training/threads.h"

namespace latent::training {
namespace {

constexpr int kNeighbours = 15;
/// The neighbour search is exact, and in many dimensions quadratic in the points: all 10 000 up to
/// codes of 20, fewer of longer ones, so that the end of a run takes a second at most. The record
/// says how many.
constexpr std::int64_t kMostPoints = 10000;
constexpr double kMostProducts = 2e9;

}  // namespace

std::optional<std::string> measure_record(const FrozenNetwork& network, const Dataset& test,
                                          std::uint64_t seed,
                                          const std::function<bool()>& interrupted) try {
  nlohmann::json record = nlohmann::json::object();
  const Evaluation evaluation = network.evaluate(test, seed, interrupted);
  record["test_images"] = evaluation.images;
  record["test_total"] = evaluation.total;
  for (std::size_t i = 0; i < evaluation.terms.size(); ++i) {
    record["test_" + network.info().loss_terms[i].id] = evaluation.terms[i];
  }
  const bool labelled = std::any_of(test.labels.begin(), test.labels.end(),
                                    [](std::int32_t label) { return label >= 0; });
  if (network.info().has_encoder && labelled) {
    const auto length = static_cast<std::size_t>(network.latent_dim());
    const auto affordable =
        static_cast<std::int64_t>(std::sqrt(kMostProducts / static_cast<double>(length)));
    const auto n = static_cast<std::size_t>(std::min({test.size(), kMostPoints, affordable}));
    const std::span labels = std::span{test.labels}.first(n);
    std::vector<float> codes(n * length);
    network.encode(std::span{test.images}.first(n * static_cast<std::size_t>(test.shape.pixels())),
                   labels, codes, {});
    const double accuracy = knn_accuracy(codes, static_cast<int>(length), labels, kNeighbours,
                                         thread_count(), interrupted);
    record["knn_k"] = kNeighbours;
    record["knn_images"] = n;
    record["knn_accuracy"] = accuracy;
    if (length == 2) record["knn_accuracy_2d"] = accuracy;
  }
  return record.dump();
} catch (const Error& error) {
  if (error.code() != ErrorCode::Cancelled) throw;
  return std::nullopt;
}

std::string merged_records(const std::string& record, const std::string& added) {
  nlohmann::json all = nlohmann::json::parse(record);
  const nlohmann::json more = nlohmann::json::parse(added, nullptr, /*allow_exceptions=*/false);
  if (!more.is_object()) {
    throw Error{ErrorCode::InvalidConfig, "A run's record must be a JSON object."};
  }
  all.update(more);
  return all.dump();
}

}  // namespace latent::training
