#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "latent/bakeoff.h"

/// What lies in a bake-off's folder: bakeoff.json (the configuration), classes.json (the classes'
/// names, for the maps' legend), runs/ (run files), results/ (one JSON for each competitor and
/// seed), pictures/, and the report.
namespace latent::bakeoff {

std::filesystem::path config_path(const std::filesystem::path& folder);
/// `part`: "" for the main run, "-anomaly" for the one without a class.
std::filesystem::path run_path(const std::filesystem::path& folder, const std::string& competitor,
                               std::uint64_t seed, const std::string& part = {});
std::filesystem::path result_path(const std::filesystem::path& folder,
                                  const std::string& competitor, std::uint64_t seed);
/// `kind`: BakeoffPicture::kind.
std::filesystem::path picture_path(const std::filesystem::path& folder,
                                   const std::string& competitor, const std::string& kind);

/// The whole file; throws Error{RunFileCorrupt} when it cannot be read.
std::string read_text(const std::filesystem::path& path);

void write_config(const std::filesystem::path& folder, const BakeoffConfig& config);
void write_class_names(const std::filesystem::path& folder, const std::vector<std::string>& names);
/// None when they are not there, as in folders of earlier versions; throws Error{RunFileCorrupt}.
std::vector<std::string> read_class_names(const std::filesystem::path& folder);
/// Atomically.
void write_result(const std::filesystem::path& folder, const BakeoffResult& result);
/// nullopt when it is not there; throws Error{RunFileCorrupt}.
std::optional<BakeoffResult> read_result(const std::filesystem::path& folder,
                                         const std::string& competitor, std::uint64_t seed);

}  // namespace latent::bakeoff
