#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "latent/dataset.h"
#include "latent/engine.h"
#include "latent/pictures.h"
#include "latent/snapshot.h"

namespace latent::app {

/// The options of every command that looks into a run; its values live as long as the program.
struct RunOptions {
  std::filesystem::path run;
  std::string data;  ///< empty: what the run was trained on
  std::string part = "test";

  /// RUN alone, for commands that need no images.
  void add_run(CLI::App* command);
  /// --data alone, for commands that look at all parts.
  void add_data(CLI::App* command);
  /// --data and --part, for commands that take RUN in another place.
  void add_data_and_part(CLI::App* command);
  /// RUN, --data and --part.
  void add_run_and_data(CLI::App* command);
};

/// A run's weights, computing on all cores.
struct OpenRun {
  RunFileInfo info;
  std::shared_ptr<const FrozenModel> model;

  std::size_t latent_dim() const { return static_cast<std::size_t>(model->latent_dim()); }
};
OpenRun open_run(const std::filesystem::path& path);

/// One part of a data set; images are named by their row in the source, as `encode` writes it.
struct Part {
  std::shared_ptr<const Dataset> images;
  std::vector<std::int64_t> index;
  std::shared_ptr<const Dataset> training = nullptr;  ///< the same data set's training part

  /// Throws UsageError naming the part when there is no such image.
  std::int64_t row_of(std::int64_t original_index, const std::string& flag) const;
};
/// Loads the data set that the options name and checks that the run can read it.
DataSplit load_split(const RunOptions& options, const OpenRun& run);
/// Loads what the options name and checks that the run can read it.
Part load_part(const RunOptions& options, const OpenRun& run);

/// Posterior means (and log-variances, where there are any and they are wanted) of some rows.
struct Codes {
  std::vector<float> mean;     ///< [n, L]
  std::vector<float> log_var;  ///< [n, L] or empty
};
Codes encode_rows(const OpenRun& run, const Dataset& images, const std::vector<std::int64_t>& rows,
                  bool with_log_var = false);
std::vector<std::int64_t> all_rows(const Dataset& images);

/// --label: the class that a conditional system's decoder is told.
struct ClassOption {
  int label = -1;

  /// `otherwise`: what happens without the option.
  void add_to(CLI::App* command, const std::string& otherwise);
  bool given() const { return label >= 0; }
  /// [n] labels: the one that was given, otherwise `others` repeated in turn; empty for systems
  /// that are told no class. Throws UsageError for a class that is not there.
  std::vector<std::int32_t> labels(const OpenRun& run, std::size_t n,
                                   const std::vector<std::int32_t>& others) const;
};
/// 0 … classes − 1; empty for systems that are told no class.
std::vector<std::int32_t> every_class(const OpenRun& run);

/// `codes` [n, L] to pictures [n, C, H, W] 0 … 1. `labels` [n] or empty.
std::vector<float> decode_codes(const OpenRun& run, std::span<const float> codes,
                                std::span<const std::int32_t> labels = {});

/// Options of every command that makes a picture.
struct PictureOptions {
  std::filesystem::path out;
  int scale = 3;
  int columns = 0;  ///< 0: chosen by the command
  bool force = false;

  void add_to(CLI::App* command, const std::string& endings);
};
/// Writes a PNG of the tiles and says so (as JSON when `json`).
void write_sheet(const PictureOptions& options, const OpenRun& run, std::span<const float> pixels,
                 int columns, bool json);

}  // namespace latent::app
