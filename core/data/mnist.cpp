#include "data/data_paths.h"
#include "data/data_source.h"
#include "data/mnist_files.h"
#include "latent/error.h"

namespace latent {
namespace {

class Mnist : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "mnist";
    info.title = "MNIST";
    info.description =
        "Handwritten digits, 28 × 28, grey: 60 000 for training, 10 000 for the test";
    info.origin = kMnistOrigin;
    info.available = find_known_files(data_set_directories("mnist"), kMnistFiles).has_value();
    info.fetchable = true;
    if (!info.available) {
      info.unavailable_because = "The full MNIST is not on this machine yet; it can be fetched.";
    }
    return info;
  }

  DataSplit load(const std::string&, const DataOptions& options, const ProgressFunction& progress,
                 std::stop_token stop) const override {
    const auto folder = find_known_files(data_set_directories("mnist"), kMnistFiles);
    if (!folder) {
      throw Error(ErrorCode::DatasetNotFound,
                  "MNIST's four files are not in " + (user_data_directory() / "mnist").string() +
                      ": fetch them (`latent fetch mnist`), or choose the shipped MNIST 10k.");
    }
    DataSplit split = load_known_files(*folder, kMnistFiles, kDigitNames, options, progress, stop);
    split.title = "MNIST";
    return split;
  }
};

const DataSourceEntry entry(10, std::make_unique<Mnist>());

}  // namespace
}  // namespace latent
