#include "data/known_files.h"

#include <utility>

#include "data/data_source.h"
#include "data/split.h"
#include "io/sha256.h"
#include "latent/error.h"

namespace latent {

namespace fs = std::filesystem;

std::optional<fs::path> find_known_file(const fs::path& folder, const KnownFile& file) {
  std::error_code error;
  for (const char* ending : {"", ".gz"}) {
    fs::path path = folder / (file.name + ending);
    if (fs::is_regular_file(path, error)) return path;
  }
  return std::nullopt;
}

std::vector<fs::path> find_known_files(const std::vector<fs::path>& folders,
                                       const KnownFiles& files) {
  std::vector<fs::path> found;
  for (const fs::path& folder : folders) {
    bool complete = true;
    for (const KnownFile* file : files.all()) {
      complete = complete && find_known_file(folder, *file).has_value();
    }
    if (complete) found.push_back(folder);
  }
  return found;
}

IdxArray read_known_file(const fs::path& folder, const KnownFile& file) {
  const std::optional<fs::path> path = find_known_file(folder, file);
  if (!path) {
    throw Error(ErrorCode::DatasetNotFound,
                "There is no file " + (folder / file.name).string() + ", plain or gzipped.");
  }
  IdxArray array = read_idx(*path);
  const std::string found = sha256_hex(array.file);
  if (found != file.sha256) {
    throw Error(ErrorCode::DatasetCorrupt,
                path->string() +
                    " is damaged: its SHA-256 is not that of the "
                    "original file.",
                "expected " + file.sha256 + ", found " + found);
  }
  return array;
}

namespace {

/// Training part and test part.
std::pair<Dataset, Dataset> read_parts(const fs::path& folder, const KnownFiles& files,
                                       const std::vector<std::string>& class_names,
                                       const ProgressFunction& progress,
                                       const std::stop_token& stop) {
  std::int64_t read = 0;
  const auto next = [&](const KnownFile& file) {
    stop_here_if_asked(stop);
    if (progress) progress(read++, 4, "Reading " + file.name);
    return read_known_file(folder, file);
  };
  const auto part = [&](const KnownFile& images, const KnownFile& labels) {
    const IdxArray label_array = next(labels);
    Dataset dataset =
        dataset_from_idx(next(images), (folder / images.name).string(), &label_array,
                         (folder / labels.name).string(), static_cast<int>(class_names.size()));
    dataset.class_names = class_names;
    return dataset;
  };
  Dataset training = part(files.train_images, files.train_labels);
  return {std::move(training), part(files.test_images, files.test_labels)};
}

}  // namespace

DataSplit load_known_files(const std::vector<fs::path>& folders, const KnownFiles& files,
                           const std::vector<std::string>& class_names, const DataOptions& options,
                           const ProgressFunction& progress, const std::stop_token& stop) {
  std::optional<Error> first_error;
  std::pair<Dataset, Dataset> parts;
  for (const fs::path& folder : folders) {
    try {
      parts = read_parts(folder, files, class_names, progress, stop);
      break;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::Cancelled) throw;
      if (!first_error) first_error = error;
    }
  }
  if (parts.first.size() == 0) throw *first_error;
  constexpr std::int64_t kValidation = 5000;
  DataSplit split =
      split_training_part(parts.first, std::move(parts.second), kValidation, options.split_seed);
  split.fingerprint = fingerprint_of(
      {&files.train_images, &files.train_labels, &files.test_images, &files.test_labels});
  if (progress) progress(4, 4, "Loaded");
  return split;
}

std::string fingerprint_of(std::initializer_list<const KnownFile*> files) {
  Sha256 hash;
  for (const KnownFile* file : files) hash.add(file->sha256);
  return hash.hex();
}

}  // namespace latent
