#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "latent/dataset.h"

namespace latent {

/// An IDX file of unsigned bytes, the format MNIST came in: two zero bytes, the type (8), the
/// number of dimensions, each size as a big-endian 32-bit number, the values row-major.
struct IdxArray {
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> file;  ///< header and values, unpacked
  std::size_t header = 0;          ///< bytes before the values

  std::span<const std::uint8_t> values() const {
    return std::span<const std::uint8_t>(file).subspan(header);
  }
};

/// Plain or gzip. The sizes in the header are compared with the file's before anything is
/// allocated. Throws Error{DatasetNotFound, DatasetCorrupt} naming the file.
IdxArray read_idx(const std::filesystem::path& path);
/// The same of bytes in memory; `name` is for the sentence.
IdxArray parse_idx(std::vector<std::uint8_t> file, const std::string& name);

/// Images [N, H, W] and as many labels make a data set of grey images. `class_count` = 0: as many
/// classes as the labels name; without `labels` there are none. `images_name` and `labels_name` are
/// for the sentence. Throws Error{DatasetCorrupt}.
Dataset dataset_from_idx(const IdxArray& images, const std::string& images_name,
                         const IdxArray* labels, const std::string& labels_name, int class_count);

/// True when the file begins like an IDX file of unsigned bytes, plain or gzip.
bool looks_like_idx(const std::filesystem::path& path);

}  // namespace latent
