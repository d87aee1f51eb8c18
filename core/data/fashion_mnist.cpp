#include "data/data_paths.h"
#include "data/data_source.h"
#include "data/known_files.h"
#include "latent/error.h"

namespace latent {
namespace {

const KnownFiles kFiles = {
    {"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
    {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
    {"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
    {"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}};

/// Xiao, Rasul & Vollgraf 2017, table 2.
const std::vector<std::string> kNames = {"T-Shirt/Top", "Trouser",    "Pullover", "Dress",
                                         "Coat",        "Sandals",    "Shirt",    "Sneaker",
                                         "Bag",         "Ankle boots"};

class FashionMnist : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "fashion-mnist";
    info.title = "Fashion-MNIST";
    info.description =
        "Pictures of clothes, 28 × 28, grey, 10 kinds: 60 000 for training, 10 000 for the test";
    info.origin = "Zalando SE (Xiao, Rasul, Vollgraf 2017), MIT; Debian: dataset-fashion-mnist";
    info.available = !find_known_files(data_set_directories("fashion-mnist"), kFiles).empty();
    if (!info.available) info.unavailable_because = missing();
    return info;
  }

  DataSplit load(const std::string&, const DataOptions& options, const ProgressFunction& progress,
                 std::stop_token stop) const override {
    const auto folders = find_known_files(data_set_directories("fashion-mnist"), kFiles);
    if (folders.empty()) throw Error(ErrorCode::DatasetNotFound, missing());
    DataSplit split = load_known_files(folders, kFiles, kNames, options, progress, stop);
    split.title = "Fashion-MNIST";
    return split;
  }

 private:
  static std::string missing() {
    return "Fashion-MNIST is not in /usr/share/datasets/fashion-mnist: install Debian's package "
           "dataset-fashion-mnist.";
  }
};

const DataSourceEntry fashion_mnist_entry(30, std::make_unique<FashionMnist>());

}  // namespace
}  // namespace latent
