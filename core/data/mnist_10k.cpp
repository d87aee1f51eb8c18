#include "data/data_source.h"
#include "data/mnist_files.h"
#include "data/random_stream.h"
#include "data/split.h"

namespace latent {
namespace {

/// The original test files, shipped with the program, so that it trains on real digits without a
/// network. The split never changes: figures from it compare between machines.
class Mnist10k : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "mnist-10k";
    info.title = "MNIST 10k";
    info.description =
        "The 10\u00a0000 original MNIST test digits, shipped with the program: 8\u00a0000 / "
        "1\u00a0000 / 1\u00a0000";
    info.origin = kMnistOrigin;
    info.available = find_known_file(folder(), kMnistFiles.test_images).has_value() &&
                     find_known_file(folder(), kMnistFiles.test_labels).has_value();
    if (!info.available) {
      info.unavailable_because = "The shipped digits are missing from " + folder().string() +
                                 ": install the program again.";
    }
    return info;
  }

  DataSplit load(const std::string&, const DataOptions&, const ProgressFunction&,
                 std::stop_token) const override {
    const IdxArray labels = read_known_file(folder(), kMnistFiles.test_labels);
    const Dataset all = dataset_from_idx(
        read_known_file(folder(), kMnistFiles.test_images), kMnistFiles.test_images.name, &labels,
        kMnistFiles.test_labels.name, static_cast<int>(kDigitNames.size()));
    constexpr std::uint64_t kSeed = 10'000;
    constexpr std::int64_t kTrain = 8000;
    constexpr std::int64_t kValidation = 1000;
    const std::vector<std::int64_t> order = permutation(all.size(), kSeed);
    DataSplit split;
    split.title = "MNIST 10k";
    split.fingerprint = fingerprint_of({&kMnistFiles.test_images, &kMnistFiles.test_labels});
    split.train_index.assign(order.begin(), order.begin() + kTrain);
    split.validation_index.assign(order.begin() + kTrain, order.begin() + kTrain + kValidation);
    split.test_index.assign(order.begin() + kTrain + kValidation, order.end());
    split.train = take_rows(all, split.train_index);
    split.validation = take_rows(all, split.validation_index);
    split.test = take_rows(all, split.test_index);
    return split;
  }

 private:
  static std::filesystem::path folder() { return resource_directory() / "mnist-10k"; }
};

const DataSourceEntry mnist_10k_entry(20, std::make_unique<Mnist10k>());

}  // namespace
}  // namespace latent
