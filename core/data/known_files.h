#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "data/idx.h"
#include "latent/data_catalogue.h"

namespace latent {

/// A file that is always the same: its name and the SHA-256 of what it holds, unpacked.
struct KnownFile {
  std::string name;    ///< e.g. "train-images-idx3-ubyte"; "….gz" is the same file
  std::string sha256;  ///< 64 hexadecimal digits
};

/// A data set of four such files: images and labels for training and for the test.
struct KnownFiles {
  KnownFile train_images;
  KnownFile train_labels;
  KnownFile test_images;
  KnownFile test_labels;

  std::array<const KnownFile*, 4> all() const {
    return {&train_images, &train_labels, &test_images, &test_labels};
  }
};

/// `folder/name` or `folder/name.gz`, whichever is there.
std::optional<std::filesystem::path> find_known_file(const std::filesystem::path& folder,
                                                     const KnownFile& file);
/// Those of `folders` that hold all four.
std::vector<std::filesystem::path> find_known_files(
    const std::vector<std::filesystem::path>& folders, const KnownFiles& files);

/// Reads and checks one. Throws Error{DatasetNotFound, DatasetCorrupt}.
IdxArray read_known_file(const std::filesystem::path& folder, const KnownFile& file);

/// Reads all four from the first of `folders` (not empty) in which they are what they should be,
/// and parts them 55 000 / 5 000 / 10 000. `class_names` has one name a class. Throws what was
/// wrong with the first folder's files.
DataSplit load_known_files(const std::vector<std::filesystem::path>& folders,
                           const KnownFiles& files, const std::vector<std::string>& class_names,
                           const DataOptions& options, const ProgressFunction& progress,
                           const std::stop_token& stop);

/// SHA-256 over the files' own, in the order given: the fingerprint of what is made of them.
std::string fingerprint_of(std::initializer_list<const KnownFile*> files);

}  // namespace latent
