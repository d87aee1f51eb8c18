#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "latent/dataset.h"
#include "latent/engine.h"
#include "training/model_state.h"

namespace latent::training {

/// What a run file holds beside its tensors, as JSON in the safetensors metadata.
struct RunHeader {
  RunFileInfo info;
  ImageShape shape;  ///< without the padding
  int classes = 0;
  std::int64_t training_images = 0;
  std::map<std::string, double> knob_values;  ///< as they are now, by id
};

/// Writes atomically: tensors by their names. Throws Error{WriteFailed}.
void write_run(const std::filesystem::path& path, const RunHeader& header,
               const NamedTensors& tensors);

/// Checks everything that does not need the tensors, also that the system exists and that its
/// configuration is one it takes. Throws Error{RunFileCorrupt}.
RunHeader parse_run_header(const std::filesystem::path& path,
                           const std::map<std::string, std::string>& metadata);

/// Throws Error{ShapeMismatch} when `data` is not what the run was trained on: other images, or
/// another split of them.
void check_same_data(const RunHeader& header, const DataSplit& data);

/// Fills `targets` from the file's tensors `prefix` + name; nothing is changed unless every tensor
/// is there with the right type and shape. Throws Error{RunFileCorrupt}.
void read_tensors(const SafetensorsFile& file, const std::string& prefix,
                  const NamedTensors& targets);

/// Names of those of `tensors` whose bytes are not the file's. Throws Error{RunFileCorrupt} when
/// one is not there with the right type and shape.
std::vector<std::string> differing_tensors(const SafetensorsFile& file,
                                           const NamedTensors& tensors);

/// Each name with `prefix` before it.
NamedTensors prefixed(const std::string& prefix, NamedTensors tensors);

}  // namespace latent::training
