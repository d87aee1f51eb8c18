#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "latent/bakeoff.h"

/// What lies in a bake-off's folder: bakeoff.json (the configuration), runs/ (run files), results/
/// (one JSON for each competitor and seed), pictures/, and the report.
namespace latent::bakeoff {

std::filesystem::path config_path(const std::filesystem::path& folder);
/// `part`: "" for the main run, "-anomaly" for the one without a class.
std::filesystem::path run_path(const std::filesystem::path& folder, const std::string& competitor,
                               std::uint64_t seed, const std::string& part = {});
std::filesystem::path result_path(const std::filesystem::path& folder,
                                  const std::string& competitor, std::uint64_t seed);
/// `kind`: "reconstructions", "samples", "path", "map".
std::filesystem::path picture_path(const std::filesystem::path& folder,
                                   const std::string& competitor, const std::string& kind);

/// The whole file; throws Error{RunFileCorrupt} when it cannot be read.
std::string read_text(const std::filesystem::path& path);

void write_config(const std::filesystem::path& folder, const BakeoffConfig& config);
/// Atomically.
void write_result(const std::filesystem::path& folder, const BakeoffResult& result);
/// nullopt when it is not there; throws Error{RunFileCorrupt}.
std::optional<BakeoffResult> read_result(const std::filesystem::path& folder,
                                         const std::string& competitor, std::uint64_t seed);

}  // namespace latent::bakeoff
