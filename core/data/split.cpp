#include "data/split.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "data/random_stream.h"
#include "io/sha256.h"
#include "latent/error.h"

namespace latent {
namespace {

using Rows = std::vector<std::int64_t>;

constexpr std::uint64_t kTestSeed = 20240229;

Rows part_of(const Rows& rows, std::int64_t begin, std::int64_t end) {
  return {rows.begin() + begin, rows.begin() + end};
}

}  // namespace

Rows permutation(std::int64_t count, std::uint64_t seed) {
  Rows rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  RandomStream random(seed);
  for (std::size_t left = rows.size(); left > 1; --left) {
    std::swap(rows[left - 1], rows[random.below(left)]);
  }
  return rows;
}

std::shared_ptr<const Dataset> take_rows(const Dataset& whole, const Rows& rows) {
  auto part = std::make_shared<Dataset>();
  part->shape = whole.shape;
  part->class_names = whole.class_names;
  part->factors.names = whole.factors.names;
  const auto factor_count = static_cast<std::ptrdiff_t>(whole.factors.names.size());
  const auto pixels = static_cast<std::size_t>(whole.shape.pixels());
  part->images.reserve(rows.size() * pixels);
  part->labels.reserve(rows.size());
  for (const std::int64_t row : rows) {
    const auto image = whole.image(row);
    part->images.insert(part->images.end(), image.begin(), image.end());
    part->labels.push_back(whole.labels[static_cast<std::size_t>(row)]);
    const auto factors = whole.factors.values.begin() + row * factor_count;
    if (factor_count > 0) {
      part->factors.values.insert(part->factors.values.end(), factors, factors + factor_count);
    }
  }
  return part;
}

DataSplit split_training_part(const Dataset& training, Dataset test, std::int64_t validation_count,
                              std::uint64_t seed) {
  DataSplit split;
  const Rows order = permutation(training.size(), seed);
  const std::int64_t train_count = training.size() - validation_count;
  split.train_index = part_of(order, 0, train_count);
  split.validation_index = part_of(order, train_count, training.size());
  split.test_index.resize(static_cast<std::size_t>(test.size()));
  std::iota(split.test_index.begin(), split.test_index.end(), 0);
  split.train = take_rows(training, split.train_index);
  split.validation = take_rows(training, split.validation_index);
  split.test = std::make_shared<Dataset>(std::move(test));
  return split;
}

DataSplit split_in_three(const Dataset& whole, std::uint64_t seed, const std::string& name) {
  constexpr std::int64_t kFewest = 10;
  if (whole.size() < kFewest) {
    throw Error(ErrorCode::DatasetCorrupt,
                name + " holds " + std::to_string(whole.size()) +
                    (whole.size() == 1 ? " image" : " images") + "; at least " +
                    std::to_string(kFewest) +
                    " are needed to part them into training, validation and test.");
  }
  const std::int64_t tenth = whole.size() / 10;
  const Rows order = permutation(whole.size(), kTestSeed);
  DataSplit split;
  split.test_index = part_of(order, 0, tenth);
  const Rows others = part_of(order, tenth, whole.size());
  for (const std::int64_t place : permutation(whole.size() - tenth, seed)) {
    Rows& part = split.validation_index.size() < static_cast<std::size_t>(tenth)
                     ? split.validation_index
                     : split.train_index;
    part.push_back(others[static_cast<std::size_t>(place)]);
  }
  split.train = take_rows(whole, split.train_index);
  split.validation = take_rows(whole, split.validation_index);
  split.test = take_rows(whole, split.test_index);
  return split;
}

std::string fingerprint_of(const Dataset& dataset) {
  Sha256 hash;
  hash.add(std::to_string(dataset.size()) + " of " + std::to_string(dataset.shape.channels) +
           " x " + std::to_string(dataset.shape.height) + " x " +
           std::to_string(dataset.shape.width));
  hash.add(dataset.images);
  hash.add(std::span(reinterpret_cast<const std::uint8_t*>(dataset.labels.data()),
                     dataset.labels.size() * sizeof(std::int32_t)));
  for (const std::string& name : dataset.class_names) {
    hash.add(name);
    hash.add(std::string_view("\0", 1));
  }
  return hash.hex();
}

}  // namespace latent
