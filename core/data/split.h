#pragma once

#include "latent/dataset.h"

namespace latent {

/// The chosen rows of `whole`, in the order of `rows`, with its shape, class names and factors.
std::shared_ptr<const Dataset> take_rows(const Dataset& whole,
                                         const std::vector<std::int64_t>& rows);

/// Parts a source that has its own test part: `validation_count` rows of `training`, chosen by the
/// permutation of `seed`, are the validation set.
DataSplit split_training_part(const Dataset& training, Dataset test, std::int64_t validation_count,
                              std::uint64_t seed);

/// Parts a source of one part: 80 % for training, 10 % for validation, 10 % for the test. The test
/// set is the same whatever the seed, so that runs of different seeds are measured on the same
/// images. `name` is the source, for the sentence. Throws Error{DatasetCorrupt} for less than 10
/// images.
DataSplit split_in_three(const Dataset& whole, std::uint64_t seed, const std::string& name);

/// SHA-256 over shape, images, labels and class names: the fingerprint of what was read from the
/// user's own files.
std::string fingerprint_of(const Dataset& dataset);

}  // namespace latent
