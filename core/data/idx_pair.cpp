#include "data/data_source.h"
#include "data/idx.h"
#include "data/split.h"
#include "io/sha256.h"
#include "latent/error.h"

namespace latent {
namespace {

namespace fs = std::filesystem;

struct Pair {
  fs::path images;
  fs::path labels;  ///< empty = none
};

/// The labels that by the custom of MNIST, EMNIST and KMNIST belong to a file of images.
fs::path labels_beside(const fs::path& images) {
  std::string name = images.filename().string();
  const std::size_t at = name.find("images");
  if (at == std::string::npos) return {};
  name.replace(at, 6, "labels");
  const std::size_t dimensions = name.find("idx3", at);
  if (dimensions != std::string::npos) name.replace(dimensions, 4, "idx1");
  const fs::path labels = images.parent_path() / name;
  std::error_code error;
  return fs::is_regular_file(labels, error) ? labels : fs::path();
}

Pair parse(const std::string& argument) {
  std::error_code error;
  if (fs::exists(argument, error)) return {argument, labels_beside(argument)};
  // A comma may also be part of a name: part where what stands before it is a file.
  std::size_t parting = argument.find(',');
  for (std::size_t comma = parting; comma != std::string::npos;
       comma = argument.find(',', comma + 1)) {
    if (fs::exists(argument.substr(0, comma), error)) parting = comma;
  }
  if (parting == std::string::npos) return {argument, {}};
  return {argument.substr(0, parting), argument.substr(parting + 1)};
}

/// Any IDX pair: EMNIST, KMNIST, or the user's own.
class IdxPair : public DataSource {
 public:
  DataSourceInfo info() const override {
    DataSourceInfo info;
    info.id = "idx";
    info.title = "IDX files";
    return info;
  }
  bool takes_path() const override { return true; }
  bool recognises(const fs::path& path) const override { return looks_like_idx(path); }

  DataSplit load(const std::string& argument, const DataOptions& options, const ProgressFunction&,
                 std::stop_token stop) const override {
    const Pair pair = parse(argument);
    const IdxArray images = read_idx(pair.images);
    stop_here_if_asked(stop);
    Sha256 fingerprint;
    fingerprint.add(images.file);
    Dataset all;
    if (pair.labels.empty()) {
      all = dataset_from_idx(images, pair.images.string(), nullptr, "", 0);
    } else {
      const IdxArray labels = read_idx(pair.labels);
      fingerprint.add(labels.file);
      all = dataset_from_idx(images, pair.images.string(), &labels, pair.labels.string(), 0);
    }
    DataSplit split = split_in_three(all, options.split_seed, pair.images.string());
    split.title = pair.images.filename().string();
    split.fingerprint = fingerprint.hex();
    return split;
  }
};

const DataSourceEntry idx_pair_entry(110, std::make_unique<IdxPair>());

}  // namespace
}  // namespace latent
