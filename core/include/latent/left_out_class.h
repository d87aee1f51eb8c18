#pragma once

#include <optional>
#include <string>

#include "latent/dataset.h"

/// Data that never show one class while a network is trained, so that it can be looked for as an
/// anomaly.
namespace latent {

/// `data` without the images of class `label` (row of Dataset::class_names) in training and
/// validation; the test part is whole. Title and fingerprint say so. A split that has none of them
/// to leave out comes back as it is. Throws Error{InvalidConfig} when there is no such class, or
/// nothing would be left to train on.
DataSplit without_class(const DataSplit& data, int label);

/// "without:LABEL:DATA", which `load_data` takes and a run remembers: the data of the specification
/// DATA without that class.
struct LeftOutClass {
  int label = 0;
  std::string data;
};
std::string to_specification(const LeftOutClass& left_out);
/// nullopt for a specification of whole data.
std::optional<LeftOutClass> left_out_class(const std::string& specification);

}  // namespace latent
